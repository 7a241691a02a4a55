"""Lay a page's hits out so that rules can ask about them: document + hits → sentences, headings, quotations, names."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import NamedTuple

from ..types import Block, Document, Mention, Speaker, Stage
from .mentions import Found, Hit
from .owner import Owner
from .places import elsewhere

_FOREIGN = {"act.foreign", "pathway.foreign_scheme"}
_KOREAN = {"act.kr", "authority.kr", "tier.institution", "tier.center"}
_MAX_CHAIN = 6
_QUOTED = re.compile(
    r"“[^”]{4,400}”|「[^」]{4,400}」|『[^』]{4,400}』|\"[^\"]{4,400}\"|‘[^’]{4,400}’(?![A-Za-z])|\"[^\"]{4,400}\"|《[^》]{4,400}》"
)


class Sentence(NamedTuple):
    """A sentence of a block, with its hits."""

    id: int
    block: int
    start: int
    end: int
    text: str
    hits: tuple[Hit, ...]


class View:
    """A page laid out for the reading rules. Built once per page; reading it changes nothing."""

    def __init__(self, document: Document, found: Found, owner: Owner, stage: Stage = "models") -> None:
        self.document = document
        self.stage = stage
        self.owner = owner
        self.hits = found.hits
        self.blocks: dict[int, Block] = {block.id: block for block in document.blocks}
        by_sentence: dict[int, list[Hit]] = defaultdict(list)
        self.by_block: dict[int, list[Hit]] = defaultdict(list)
        for hit in found.hits:
            by_sentence[hit.sentence].append(hit)
            self.by_block[hit.block].append(hit)
        self.sentences: dict[int, Sentence] = {}
        self.order: dict[int, list[int]] = defaultdict(list)
        for number, (block, start, end) in found.sentence_spans.items():
            text = self.blocks[block].text[start:end]
            self.sentences[number] = Sentence(number, block, start, end, text, tuple(by_sentence.get(number, ())))
            self.order[block].append(number)
        self.clause = found.boundaries.clause
        labels = {hit.label for hit in found.hits if self.blocks[hit.block].section == "main"}
        self.foreign = bool(labels & _FOREIGN) and not labels & _KOREAN
        unspecified = any(hit.label == "tier.unspecified" for hit in found.hits)
        self.elsewhere = unspecified and elsewhere(document.lang, (block.text for block in document.blocks))
        self._chains: dict[int, list[Block]] = {}
        self._others: dict[int, tuple[str, ...]] = {}
        self._owned: dict[str, bool] = {}
        self._quotes: dict[int, list[tuple[int, int]]] = {}
        self._layouts: dict[tuple[str, int | None, str], set[str]] = {}
        self.speaker = Speaker(role="unrelated", confidence=0.0, by="rule:none")  # decided after the page is laid out
        self.advertorial = False

    def heading_chain(self, block: Block) -> list[Block]:
        """Return the headings above a block, nearest first, then its question."""
        if block.id not in self._chains:
            self._chains[block.id] = self._above(block)
        return self._chains[block.id]

    def _above(self, block: Block) -> list[Block]:
        chain: list[Block] = []
        heading = block.heading
        while heading is not None and heading in self.blocks and len(chain) < _MAX_CHAIN:
            above = self.blocks[heading]
            chain.append(above)
            heading = above.heading if above.heading != heading else None
        if block.question is not None and block.question in self.blocks:
            chain.append(self.blocks[block.question])
        return chain

    def quotes(self, block: Block) -> list[tuple[int, int]]:
        """Return the stretches between quotation marks in a block."""
        if block.id not in self._quotes:
            self._quotes[block.id] = [match.span() for match in _QUOTED.finditer(block.text)]
        return self._quotes[block.id]

    def others(self, sentence: Sentence) -> tuple[str, ...]:
        """Return the other facilities that a sentence names."""
        if sentence.id not in self._others:
            self._others[sentence.id] = self.owner.others_in(sentence.text)
        return self._others[sentence.id]

    def owned(self, text: str) -> bool:
        """Tell whether the owner is named in a text."""
        if text not in self._owned:
            self._owned[text] = self.owner.named_in(text)
        return self._owned[text]

    def laid_out(self, block: Block, family: str) -> set[str]:
        """Return the values of a variable in a block, or in all rows or items that stand under one heading with it."""
        listed = block.kind in ("row", "list_item")
        key = (block.kind, block.heading, family) if listed else (str(block.id), None, family)
        if key not in self._layouts:
            beside = [
                one
                for one in (self.document.blocks if listed else (block,))
                if one.kind == block.kind and one.heading == block.heading
            ]
            self._layouts[key] = {
                hit.label for one in beside for hit in self.by_block[one.id] if hit.label.startswith(family + ".")
            }
        return self._layouts[key]

    def words(self, hit: Hit) -> str:
        """Return the words of a hit."""
        return self.blocks[hit.block].text[hit.start : hit.end]


def mention_of(view: View, hit: Hit) -> Mention:
    """Return a hit as the published value."""
    return Mention(
        label=hit.label, block=hit.block, start=hit.start, end=hit.end, text=view.words(hit), rule=hit.entry.rule
    )
