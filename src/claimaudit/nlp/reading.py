"""Read a document: Document → Reading, the two middle steps of the walk in one pass over the blocks that passed the gate."""

from __future__ import annotations

from ..types import Claim, Document, Reading, Speaker
from .assertion import read_claims
from .mentions import finder, lexicon_language
from .owner import owner_of
from .speaker import is_advertorial, read_speaker
from .view import View

UNRELATED = Reading(speaker=Speaker(role="unrelated", confidence=1.0, by="rule:no-term"))


def view_of(document: Document) -> View:
    """Return the page laid out for rules, its speaker decided."""
    find = finder(lexicon_language(document.lang))
    blocks = tuple(block for block in document.blocks if find.gate(block.text))
    view = View(document, find.find(blocks), owner_of(document.names))
    speaker = read_speaker(view)
    view.role = speaker.role
    view.speaker = speaker
    view.advertorial = is_advertorial(view)
    return view


def read(document: Document) -> Reading:
    """Return every claim of the page with its status, and who speaks."""
    view = view_of(document)
    claims: tuple[Claim, ...] = read_claims(view)
    if not any(claim.mention.label.startswith("therapy.") for claim in claims):
        return UNRELATED
    return Reading(speaker=view.speaker, claims=claims)
