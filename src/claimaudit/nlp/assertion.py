"""Decide what each mention asserts: view of a page → claims, by the rules of data/reading.toml."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from ..types import Claim, Mention, Status
from .features import features_of
from .mentions import Hit
from .rules import VARIABLES, load_rules
from .view import Sentence, View


def read_claims(view: View) -> tuple[Claim, ...]:
    """Return one claim per mention of a codebook variable; mentions that no rule decides are ``undecided``."""
    claims = tuple(_claim(view, hit) for hit in view.hits if hit.label.split(".")[0] in VARIABLES)
    claims += tuple(_pointed_back(view))
    return _taken_back(view, claims)


def mention_of(view: View, hit: Hit) -> Mention:
    """Return a hit as the published value."""
    text = view.blocks[hit.block].text[hit.start : hit.end]
    return Mention(label=hit.label, block=hit.block, start=hit.start, end=hit.end, text=text, rule=hit.entry.rule)


def _claim(view: View, hit: Hit) -> Claim:
    mention = mention_of(view, hit)
    features = features_of(view, hit)
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


_OWN = ("self", "self_near", "self_before")
_TELLING = ("negated", "pending", "third_party")


def _pointed_back(view: View) -> Iterator[Claim]:
    """Yield what an answer says of the designation that its question or heading names: "we have not been designated".

    The word of designation stands for the tier above it; only what the speaker says of itself counts.
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
        claim = _claim(view, stand_in)
        if claim.status in _TELLING and features_of(view, stand_in).keys() & set(_OWN):
            yield claim


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
