"""Read a document: Document → Reading, the two middle steps of the walk over the blocks that passed the gate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import msgspec

from ..types import Block, Claim, Document, Reading, Role, Speaker, Stage
from .assertion import at_face_value, read_claims
from .gate import texts_of
from .learned import page_features
from .linear import best, load_model
from .mentions import CONTEXT, SHOWN, SUBJECT, Finder, finder, lexicon_language
from .owner import owner_of
from .speaker import Signals, by_rules, is_advertorial, mixed, signals_of
from .view import View

_NEIGHBOURHOOD = 12  # blocks; what stands further from any therapy or designation is another subject
_CLOSE = 6  # blocks; further off, only what shows a safeguard or a flag is read
_FRAME = ("header", "footer", "title", "meta", "jsonld")  # sections and layers
_MARKS = ("donor.", "purpose.")
_UNSAID = ("cue.negated", "cue.comparison", "cue.generic", "offer.denied", "act.kr")  # of others, or of the law
UNRELATED = Reading(speaker=Speaker(role="unrelated", confidence=1.0, by="rule:no-term"))


def view_of(document: Document, stage: Stage = "models") -> View:
    """Return the page laid out for rules, its speaker decided."""
    find = finder(lexicon_language(document.lang))
    view = View(document, find.find(worth_reading(document, find)), owner_of(document.names), stage)
    signals = signals_of(view)
    view.speaker = by_rules(view, signals) if stage == "rules" else speaker_of(view, signals)
    view.advertorial = is_advertorial(view)
    return view


def speaker_of(view: View, signals: Signals) -> Speaker:
    """Return who speaks by the trained model and the rules together."""
    model = load_model("speaker")
    said = mixed(model.probabilities(page_features(view, signals, model.words)), signals.scores)
    role, confidence = best(said)
    other, less = best({name: value for name, value in said.items() if name != role})
    doubt = f"model:speaker says {role} ({confidence:.2f}) and {other} ({less:.2f})"
    spoken = cast("Role", role)
    return Speaker(
        role=spoken,
        confidence=round(confidence, 3),
        by="model:speaker",
        cues=signals.shown(view, spoken),
        doubt=doubt if confidence < model.threshold else "",
        other=cast("Role", other),
    )


def worth_reading(document: Document, find: Finder) -> tuple[Block, ...]:
    """Return the blocks that can hold a claim, blocks with context in their neighbourhood, and cues beside them.

    Words such as "class" are claims only in the neighbourhood of a therapy, a tier or the law. Frames of the page
    (title, header, footer, metadata) count as near to everything: they say whose page it is.
    """
    blocks = document.blocks  # a block's id is its place among them
    texts = texts_of([block.text for block in blocks])
    ranks = {place: level for place, level in enumerate(find.claims.levels(texts)) if level}
    subjects = [place for place, level in ranks.items() if level == SUBJECT]
    around, close = _reach(subjects, _NEIGHBOURHOOD), _reach(subjects, _CLOSE)
    close |= {block.id for block in blocks if block.section in _FRAME or block.layer in _FRAME}
    claims = {place for place, level in ranks.items() if level == SUBJECT or place in around}
    near = [block.id for block in blocks if block.id not in claims and (block.id in around or block.id in close)]
    levels = dict(zip(near, find.context.levels(texts.few(near)), strict=True))
    read = claims | {place for place, level in levels.items() if level >= (CONTEXT if place in close else SHOWN)}
    above = {place for number in read for place in (blocks[number].heading, blocks[number].question)}

    core = read & (claims | close)

    def beside(block: Block) -> bool:
        return block.id in above or bool({block.id - 1, block.id + 1, block.heading, block.question} & core)

    return tuple(block for block in blocks if block.id in read or (levels.get(block.id) and beside(block)))


def _reach(places: Iterable[int], distance: int) -> set[int]:
    """Return the places within a distance of one of ``places``."""
    return {place + step for place in places for step in range(-distance, distance + 1)}


def read(document: Document, stage: Stage = "models") -> Reading:
    """Return every claim of the page with its status, and who speaks."""
    view = view_of(document, stage)
    plain = stage in ("gate", "terms")
    if plain:
        view.speaker = Speaker(role="provider", confidence=1.0, by="stage:" + stage)
    claims: tuple[Claim, ...] = at_face_value(view) if plain else read_claims(view)
    if not any(claim.mention.label.startswith("therapy.") for claim in claims):
        return UNRELATED
    reading = Reading(speaker=view.speaker, claims=claims, marks=_marks(view))
    return msgspec.structs.replace(reading, instead=_as_the_other(view, reading)) if view.speaker.doubt else reading


def _as_the_other(view: View, reading: Reading) -> Reading:
    """Return the page as it reads if the other of two likely speakers speaks."""
    view.speaker = Speaker(role=view.speaker.other, confidence=0.0, by="model:speaker")
    return msgspec.structs.replace(reading, speaker=view.speaker, claims=read_claims(view))


def _marks(view: View) -> tuple[str, ...]:
    """Return what the page says of its therapies as a whole: whose cells, for which purpose."""
    said = {
        hit.label
        for hit in view.hits
        if hit.label.startswith(_MARKS)
        and view.blocks[hit.block].section == "main"
        and view.blocks[hit.block].kind != "question"
        and not any(other.label in _UNSAID for other in view.sentences[hit.sentence].hits)
    }
    return tuple(sorted(said))
