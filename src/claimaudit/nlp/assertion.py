"""Decide what each mention asserts: view of a page → claims, by the rules of data/reading.toml and the trained models.

A rule that is sure decides. Where the rule at hand is unsure, or none holds, the model decides if it is sure; else the
rule's guess stands and the claim says who doubts it. A sure rule that a very sure model contradicts is doubted as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, cast

import msgspec

from ..types import Claim, Status
from .features import Found, features_of
from .learned import mention_features
from .linear import best, load_model
from .mentions import Hit
from .rules import VARIABLES, load_rules
from .view import Sentence, View, mention_of


def read_claims(view: View) -> tuple[Claim, ...]:
    """Return one claim per mention of a codebook variable; mentions that no rule decides are ``undecided``."""
    ruled = [_ruled(view, hit) for hit in view.hits if hit.label.split(".")[0] in VARIABLES]
    settled = {
        one.hit.label
        for one in ruled
        if one.claim.confidence >= RULE_SURE and (one.claim.offered or one.hit.label.startswith("safeguard."))
    }
    claims = tuple(_decided(view, one, settled) for one in ruled)
    claims += tuple(_pointed_back(view))
    return _taken_back(view, claims)


class _Ruled(NamedTuple):
    """A mention, its features, and what the rules read."""

    hit: Hit
    features: Found
    claim: Claim


def _ruled(view: View, hit: Hit) -> _Ruled:
    features = features_of(view, hit)
    return _Ruled(hit, features, by_rules(view, hit, features))


def at_face_value(view: View) -> tuple[Claim, ...]:
    """Return one claim per mention that takes every term for an assertion: what a keyword matcher would say."""
    families = VARIABLES if view.stage == "terms" else ("therapy",)
    return tuple(
        Claim(mention=mention_of(view, hit), status="asserted", offered=hit.label.startswith("therapy."), by="term")
        for hit in view.hits
        if hit.label.split(".")[0] in families
    )


def _decided(view: View, one: _Ruled, settled: set[str]) -> Claim:
    """Return the claim of a mention; ``settled`` labels stand on surer mentions, so the models need not be asked."""
    family = one.hit.label.partition(".")[0]
    sure = one.claim.confidence >= RULE_SURE
    if view.stage != "models" or one.hit.label in settled or (sure and family not in _CHECKED):
        return one.claim
    return _weighed(family, one.claim, by_models(view, one.hit, one.features, one.claim))


def _weighed(family: str, ruled: Claim, learned: Claim) -> Claim:
    """Return the claim that rule and model together make."""
    agree = learned.status == ruled.status and learned.offered == ruled.offered
    if ruled.confidence >= RULE_SURE:
        return ruled if agree or learned.confidence < CONFLICT else _doubted(ruled, ruled, learned)
    if agree and ruled.status != "undecided":
        return msgspec.structs.replace(ruled, confidence=max(ruled.confidence, learned.confidence))
    if family in _CAREFUL and learned.status == "asserted" and learned.confidence < CREDIT:
        return _doubted(ruled, ruled, learned)  # no credit on the model's word alone
    if learned.confidence >= load_model("offer" if family == "therapy" else "assertion").threshold:
        return learned
    likelier = learned if learned.confidence > ruled.confidence else ruled
    return _doubted(msgspec.structs.replace(likelier, confidence=min(likelier.confidence, 0.5)), ruled, learned)


RULE_SURE = 0.9
"""From this confidence on a rule decides by itself."""
CONFLICT = 0.9
"""From this probability on a model that contradicts a sure rule makes the claim doubtful."""
CREDIT = 0.95
"""From this probability on a model alone may say that a tier, class, pathway or plan is asserted."""
_UNOFFERED = ("negated", "question", "third_party", "pending")
_CHECKED = ("tier", "class")  # a sure rule is checked against the model where an error would hurt most
_CAREFUL = ("tier", "class", "pathway", "plan")


def _doubted(claim: Claim, ruled: Claim, learned: Claim) -> Claim:
    said = " and ".join(f"{one.by} says {_said(one)} ({one.confidence:.2f})" for one in (ruled, learned))
    other = ruled if claim.by == learned.by else learned
    return msgspec.structs.replace(claim, doubt=said, other=other.status, other_offered=other.offered)


def _said(claim: Claim) -> str:
    return claim.status + (", offered" if claim.offered else "")


def by_models(view: View, hit: Hit, features: Found, ruled: Claim) -> Claim:
    """Return what the models read: the likeliest status, and for a therapy whether it is offered."""
    names = mention_features(view, hit, features, ruled.by)
    offered = False
    if hit.label.startswith("therapy."):
        answer, confidence = best(load_model("offer").probabilities(names))
        offered = answer == "offered"
        said: str = "asserted" if offered else ruled.status if ruled.status in _UNOFFERED else "general"
    else:
        said, confidence = best(load_model("assertion").probabilities(names))
    return Claim(
        mention=ruled.mention,
        status=cast("Status", said),
        offered=offered,
        by="model:offer" if hit.label.startswith("therapy.") else "model:assertion",
        cue=ruled.cue or next((words for words in features.values() if words), ""),
        cue_rule=ruled.cue_rule or next((name for name, words in features.items() if words), ""),
        confidence=round(confidence, 3),
    )


def by_rules(view: View, hit: Hit, features: Found) -> Claim:
    """Return what the first rule that holds reads; ``undecided`` where none does."""
    mention = mention_of(view, hit)
    for rule in load_rules()[hit.label.split(".")[0]]:
        if rule.holds(features):
            name, words = rule.cue(features)
            return Claim(
                mention=mention,
                status=rule.status,
                offered=rule.offered,
                by=f"rule:{rule.id}",
                cue=words,
                cue_rule=name,
                confidence=rule.confidence,
            )
    return Claim(mention=mention, status="undecided", by="rule:none", confidence=0.0)


_ASKED = ("cue.self", "cue.this", "cue.hearer")
_OWN = ("self", "self_near", "self_before")
_TELLING = ("negated", "pending", "third_party")


def _pointed_back(view: View) -> Iterator[Claim]:
    """Yield what an answer says of the designation that its question or heading names: "we have not been designated".

    The word of designation stands for the tier above it; only what the speaker says of itself counts, or answers to a
    question about itself ("Are you …? No, …").
    """
    for sentence in view.sentences.values():
        labels = {hit.label for hit in sentence.hits}
        if "designate" not in labels or any(label.startswith("tier.") for label in labels):
            continue
        tier = _tier_above(view, sentence)
        word = next(hit for hit in sentence.hits if hit.label == "designate")
        if tier is None:
            continue
        stand_in = word._replace(label=tier)
        features = features_of(view, stand_in)
        claim = by_rules(view, stand_in, features)  # no model has learned from a word that stands for another
        if claim.status in _TELLING and (features.keys() & set(_OWN) or _answers_no(view, sentence)):
            yield claim


def _answers_no(view: View, sentence: Sentence) -> bool:
    """Tell whether a sentence begins the answer to a question about the speaker with a no."""
    block = view.blocks[sentence.block]
    question = view.by_block[block.question] if block.question is not None else []
    return (
        any(hit.label == "offer.denied" for hit in sentence.hits)
        and view.order[block.id][0] == sentence.id
        and any(hit.label in _ASKED for hit in question)
    )


def _tier_above(view: View, sentence: Sentence) -> str | None:
    """Return the tier that the sentence before, the question or the nearest heading names."""
    block = view.blocks[sentence.block]
    numbers = view.order[block.id]
    earlier = [hit for number in numbers[: numbers.index(sentence.id)] for hit in view.sentences[number].hits]
    above = [hit for heading in view.heading_chain(block)[:2] for hit in view.by_block[heading.id]]
    question = view.by_block[block.id - 1]
    for hit in (*reversed(earlier), *above, *question):
        if hit.label in ("tier.institution", "tier.center"):
            return hit.label
    return None


_MARKS = "*※†‡"
_SMALL_PRINT = re.compile(rf"(?:^|[\s.。)])([{_MARKS}]+\d?|\d\))\s*(?=\w)")


def _taken_back(view: View, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Let small print outrank the headline that points at it: an asserted tier with a mark takes the note's status.

    The note is a sentence that begins with a mark and says that another party holds the designation, or that the
    speaker does not.
    """
    if not any(_marked(view, claim) for claim in claims):
        return claims
    note = _note(view)
    if note is None:
        return claims
    status, words = note
    return tuple(
        msgspec.structs.replace(claim, status=status, by="rule:tier-taken-back", cue=words, cue_rule="small_print")
        if claim.status in ("asserted", "undecided") and _marked(view, claim)
        else claim
        for claim in claims
    )


def _marked(view: View, claim: Claim) -> bool:
    """Tell whether a footnote mark stands behind a tier."""
    if not claim.mention.label.startswith("tier."):
        return False
    behind = view.blocks[claim.mention.block].text[claim.mention.end : claim.mention.end + 30]
    return any(mark in behind for mark in _MARKS)


def _note(view: View) -> tuple[Status, str] | None:
    """Return what the small print says of the designation, with its words; a partner's outranks a denial."""
    found: list[tuple[Status, str]] = []
    for block in view.blocks.values():
        match = _SMALL_PRINT.search(block.text)
        if match is None or block.kind == "heading":
            continue
        for number in view.order[block.id]:
            sentence = view.sentences[number]
            labels = {hit.label for hit in sentence.hits}
            if not labels & {"designate", "tier.institution", "tier.center", "tier.unspecified", "cue.asserted"}:
                continue
            if "cue.other_party" in labels or view.others(sentence):
                found.append(("third_party", sentence.text[:80]))
            elif "cue.negated" in labels:
                found.append(("negated", sentence.text[:80]))
    return min(found, key=lambda item: item[0] != "third_party", default=None)
