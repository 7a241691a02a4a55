"""Read a document: Document → Reading, the two middle steps of the walk in one pass over the blocks that passed the gate."""

from __future__ import annotations

from ..types import Block, Claim, Document, Reading, Speaker
from .assertion import read_claims
from .mentions import Finder, finder, lexicon_language
from .owner import owner_of
from .speaker import is_advertorial, read_speaker
from .view import View

UNRELATED = Reading(speaker=Speaker(role="unrelated", confidence=1.0, by="rule:no-term"))


def view_of(document: Document) -> View:
    """Return the page laid out for rules, its speaker decided."""
    find = finder(lexicon_language(document.lang))
    view = View(document, find.find(worth_reading(document, find)), owner_of(document.names))
    speaker = read_speaker(view)
    view.role = speaker.role
    view.speaker = speaker
    view.advertorial = is_advertorial(view)
    return view


def worth_reading(document: Document, find: Finder) -> tuple[Block, ...]:
    """Return the blocks that can hold a term, and of those that can hold only cues the ones next to them."""
    levels = {block.id: find.gate.level(block.text) for block in document.blocks}
    strong = {identifier for identifier, level in levels.items() if level == 2}
    above = {place for block in document.blocks if block.id in strong for place in (block.heading, block.question)}

    def near(block: Block) -> bool:
        return bool({block.id - 1, block.id + 1, block.heading, block.question} & strong) or block.id in above

    return tuple(block for block in document.blocks if block.id in strong or (levels[block.id] and near(block)))


def read(document: Document) -> Reading:
    """Return every claim of the page with its status, and who speaks."""
    view = view_of(document)
    claims: tuple[Claim, ...] = read_claims(view)
    if not any(claim.mention.label.startswith("therapy.") for claim in claims):
        return UNRELATED
    return Reading(speaker=view.speaker, claims=claims)
