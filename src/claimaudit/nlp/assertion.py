"""Decide what each mention asserts: view of a page → claims, by the rules of data/reading.toml."""

from __future__ import annotations

from ..types import Claim, Mention
from .mentions import Hit
from .rules import VARIABLES, load_rules
from .view import View


def read_claims(view: View) -> tuple[Claim, ...]:
    """Return one claim per mention of a codebook variable, in page order; mentions that no rule decides are ``undecided``."""
    return tuple(_claim(view, hit) for hit in view.hits if hit.label.split(".")[0] in VARIABLES)


def mention_of(view: View, hit: Hit) -> Mention:
    """Return a hit as the published value."""
    text = view.blocks[hit.block].text[hit.start : hit.end]
    return Mention(
        label=hit.label, block=hit.block, start=hit.start, end=hit.end, text=text, rule=hit.entry.rule
    )


def _claim(view: View, hit: Hit) -> Claim:
    mention = mention_of(view, hit)
    features = view.features(hit)
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
