"""Gather what tells who speaks on a page: view → Signals, from weighted role cues and from how the page talks.

Lexicon terms with a ``role.*`` label carry a weight; the words found for one term count 1, ½, ¼ …, so that a word said
twenty times counts little more than once. Beside them stand signs of discourse: "our clinic" and the owner's name speak
for a provider; sentences about what clinics must do, what readers should ask and what others claim for a publisher.
:func:`by_rules` decides from them alone; reading.py asks the trained model as well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from ..types import Mention, Role, Speaker
from .mentions import Hit
from .view import Sentence, View, mention_of

ROLES: tuple[Role, ...] = ("provider", "intermediary", "vendor", "publisher")
_FRAME = 0.4  # "News" and "Blog" stand in the menus and footers of clinics too
_PLACE = {"title": 1.5, "footer": 1.3, "header": 1.2, "nav": 0.8, "aside": 0.4}
_ADVERTORIAL = 3
_CLINIC_WORDS = ("clinic", "hospital", "practice", "원", "의원", "병원", "클리닉", "院", "クリニック", "诊所", "科")
_SELF_MAX = 3.0
_OWNER = 2.0
_OWNER_IN_FRAME = 1.5
_GENERAL_TALK = 5.0
_GENERAL_CUES = frozenset(f"cue.{name}" for name in ("hearer", "generic", "quote", "comparison", "news"))
_WEAKLY_GENERAL = frozenset(
    f"cue.{name}" for name in ("modal", "define", "condition")
)  # half as telling: consent forms say "must"
_PRIOR = 2.0  # most pages of the field are a provider's; without signs of another speaker a page is read as one
_ENOUGH = 3  # sentences about the subject before their manner counts
_MANY_FACILITIES = 3
_DIRECTORY = 2.0
_SMOOTHING = 0.5


class Signals(NamedTuple):
    """What tells who speaks: cues of each role by lexicon entry, a score for each role, and signs of discourse."""

    hits: dict[Role, dict[str, list[Hit]]]
    scores: dict[str, float]
    signs: dict[str, float]

    def shown(self, view: View, role: Role) -> tuple[Mention, ...]:
        """Return one mention of each cue of a role."""
        return tuple(mention_of(view, found[0]) for found in self.hits.get(role, {}).values())


def signals_of(view: View) -> Signals:
    """Return the signals of a page."""
    hits = _role_hits(view)
    scores: dict[str, float] = dict.fromkeys(ROLES, 0.0)
    for role, cues in hits.items():
        for found in cues.values():
            values = sorted((hit.entry.term.weight * _place(view, hit) for hit in found), reverse=True)
            scores[role] += sum(value * 0.5**rank for rank, value in enumerate(values))
    selves, owner, general = _self_sentences(view), _owner_score(view), _general_share(view)
    others = len(_other_facilities(view))
    scores["provider"] += _PRIOR + min(_SELF_MAX, selves) + owner
    scores["publisher"] += _GENERAL_TALK * general
    if others >= _MANY_FACILITIES:
        scores["intermediary"] += _DIRECTORY
    signs = {"self": min(selves, 9) / 3, "owner": owner / 2, "general": 2 * general, "others": min(others, 3) / 3}
    return Signals(hits, scores, signs | {"advertorial": float(is_advertorial(view))})


RULES_SHARE = 0.25
"""How much the rules' scores count beside the model's probabilities. In cross-validation the model alone is a point
better; on pages unlike those that it learned from the mixture is steadier."""


def mixed(said: Mapping[str, float], scores: Mapping[str, float]) -> dict[str, float]:
    """Return the probability of each role by model and rules together; ``scores`` are the rules'."""
    total = sum(scores.values()) + _SMOOTHING * len(said)
    return {
        role: (1 - RULES_SHARE) * chance + RULES_SHARE * (scores[role] + _SMOOTHING) / total
        for role, chance in said.items()
    }


def by_rules(view: View, signals: Signals) -> Speaker:
    """Return the role with the highest score; confidence is its share of all scores, smoothed."""
    role = max(ROLES, key=lambda name: signals.scores[name])
    confidence = round((signals.scores[role] + 1) / (sum(signals.scores.values()) + 4), 3)
    return Speaker(role=role, confidence=confidence, by="rule:weighted-cues", cues=signals.shown(view, role))


def _role_hits(view: View) -> dict[Role, dict[str, list[Hit]]]:
    """Return the cues of each role by lexicon entry, each wording once; what is only quoted does not count."""
    hits: dict[Role, dict[str, list[Hit]]] = defaultdict(lambda: defaultdict(list))
    seen: set[tuple[str, str]] = set()
    for hit in view.hits:
        head, _, role = hit.label.partition(".")
        if head != "role" or role not in ROLES or _quoted(view, hit):
            continue
        block = view.blocks[hit.block]
        if hit.entry.term.only and not (block.layer == "title" or (block.kind == "heading" and block.level == 1)):
            continue
        words = block.text[hit.start : hit.end].casefold()
        if (hit.entry.rule, words) not in seen:
            seen.add((hit.entry.rule, words))
            hits[role][hit.entry.rule].append(hit)
    return hits


def _place(view: View, hit: Hit) -> float:
    block = view.blocks[hit.block]
    if hit.label == "role.publisher" and block.section in ("nav", "footer", "header"):
        return _FRAME
    return _PLACE.get("title" if block.layer == "title" else block.section, 1.0)


def _quoted(view: View, hit: Hit) -> bool:
    block = view.blocks[hit.block]
    return block.kind in ("quote", "question") or any(a <= hit.start and hit.end <= b for a, b in view.quotes(block))


def _self_sentences(view: View) -> float:
    """Count the sentences in which a clinic speaks of itself; a plain "we" counts a quarter, for everybody says it.

    Beside a therapy it counts half ("our stem cell drip"): few but providers and sellers say that.
    """
    clinic: set[int] = set()
    plain: set[int] = set()
    offering = {s.id for s in view.sentences.values() if any(h.label.startswith("therapy.") for h in s.hits)}
    for hit in view.hits:
        if hit.label == "cue.self" and not _quoted(view, hit):
            words = view.blocks[hit.block].text[hit.start : hit.end].casefold()
            (clinic if any(word in words for word in _CLINIC_WORDS) else plain).add(hit.sentence)
    return len(clinic) + 0.25 * len(plain - clinic) + 0.25 * len((plain & offering) - clinic)


def _owner_score(view: View) -> float:
    if not view.owner.facility:
        return 0.0
    frame = any(block.section in ("footer", "header") and view.owned(block.text) for block in view.document.blocks)
    return _OWNER + _OWNER_IN_FRAME * frame


def _general_share(view: View) -> float:
    """Return the share of sentences on therapies and designation that speak of everyone, of rules or to the reader."""
    subject = [
        sentence
        for sentence in view.sentences.values()
        if view.blocks[sentence.block].section == "main"
        and any(hit.label.split(".")[0] in ("therapy", "tier", "class", "act") for hit in sentence.hits)
    ]
    if len(subject) < _ENOUGH:
        return 0.0
    return sum(_generality(view, sentence) for sentence in subject) / len(subject)


def _generality(view: View, sentence: Sentence) -> float:
    """Return 1 for a sentence about everyone or to the reader, ½ for a rule or definition, 0 for one's own."""
    block = view.blocks[sentence.block]
    own = [hit for hit in sentence.hits if hit.label == "cue.self" and not _quoted(view, hit)]
    labels = {hit.label for hit in sentence.hits}
    if own or "offer.price" in labels or block.kind == "quote":
        return 0.0
    if labels & _GENERAL_CUES:
        return 1.0
    return 0.5 if labels & _WEAKLY_GENERAL else 0.0


def _other_facilities(view: View) -> set[str]:
    return {name for sentence in view.sentences.values() for name in view.others(sentence)}


def is_advertorial(view: View) -> bool:
    """Tell whether a publisher's page plainly advertises: it says so, or praises one clinic and leads to it.

    A clinic that a publisher's title names is not the publisher's own.
    """
    hits = [hit for hit in view.hits if hit.label == "role.advertorial" and not _quoted(view, hit)]
    marked = sum({hit.entry.rule: hit.entry.term.weight for hit in hits}.values())
    if marked >= _ADVERTORIAL + 1:
        return True
    selling = {"offer.price", "offer.action", "flag.testimonial", "flag.efficacy_guarantee"} & {
        hit.label for hit in view.hits
    }
    return _dominant(view) and marked + len(selling) >= _ADVERTORIAL - 1


def _dominant(view: View) -> bool:
    """Tell whether one facility is named again and again, and in the title or a heading."""
    named: Counter[str] = Counter()
    headed: set[str] = set()
    for sentence in view.sentences.values():
        names = list(view.others(sentence))
        if view.speaker.role == "publisher" and view.owner.facility and view.owned(sentence.text):
            names.append(view.owner.names[0])
        for name in names:
            named[name] += 1
            if view.blocks[sentence.block].kind in ("title", "heading"):
                headed.add(name)
    if not named:
        return False
    name, count = named.most_common(1)[0]
    return count >= _MANY_FACILITIES and name in headed and count >= 0.6 * named.total()
