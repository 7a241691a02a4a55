"""Decide who speaks on a page: view → Speaker, from weighted role cues, the owner's name and the use of "we".

Weights stand in the lexicons (``role.*`` terms); the scores of a role are added over distinct terms, so that a word said
twenty times counts once.
"""

from __future__ import annotations

from ..types import Role, Speaker
from .assertion import mention_of
from .view import View

ROLES: tuple[Role, ...] = ("provider", "intermediary", "vendor", "publisher")
_SELF_WEIGHT = 1.0  # "our clinic", 본원: clinics, but agencies say "we" too
_PLACE = {"title": 1.5, "footer": 1.3, "header": 1.2, "nav": 0.8, "aside": 0.6}
_ADVERTORIAL = 2


def read_speaker(view: View) -> Speaker:
    """Return the role with the highest score; confidence is its share of all scores, smoothed."""
    best: dict[tuple[str, str], tuple[float, object]] = {}
    for hit in view.hits:
        head, _, role = hit.label.partition(".")
        if head != "role" or role not in ROLES:
            continue
        block = view.blocks[hit.block]
        place = "title" if block.layer == "title" else block.section
        value = hit.entry.term.weight * _PLACE.get(place, 1.0)
        key = (role, hit.entry.rule)
        if key not in best or value > best[key][0]:  # type: ignore[operator]
            best[key] = (value, hit)
    scores = dict.fromkeys(ROLES, 0.0)
    for (role, _), (value, _hit) in best.items():
        scores[role] += value  # type: ignore[index]
    if view.owner.names:
        scores["provider"] += 1.0
    if any(hit.label == "cue.self" for hit in view.hits):
        scores["provider"] += _SELF_WEIGHT
    role = max(ROLES, key=lambda name: scores[name])
    total = sum(scores.values())
    cues = tuple(mention_of(view, hit) for (name, _), (_, hit) in sorted(best.items()) if name == role)  # type: ignore[arg-type]
    if total == 0:
        return Speaker(role="publisher", confidence=0.0, by="rule:no-role-cue")
    return Speaker(role=role, confidence=round((scores[role] + 1) / (total + 4), 3), by="rule:weighted-cues", cues=cues)


def is_advertorial(view: View) -> bool:
    """Tell whether a publisher's page plainly advertises: weighted advertorial cues, distinct terms."""
    weights = {hit.entry.rule: hit.entry.term.weight for hit in view.hits if hit.label == "role.advertorial"}
    return sum(weights.values()) >= _ADVERTORIAL
