"""Blocks in the making, and judgements of single elements: lexbor nodes and raw runs in, drafts and yes or no out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from selectolax.lexbor import LexborNode

from claimaudit.types import BlockKind, Layer, Section

from .structure import opens_answer, opens_question
from .text import BREAK, clean
from .traits import Traits, traits

_PARAGRAPH_BREAK = re.compile("\0\\s*\0[\\s\0]*")
_SHORT_LINK = 30  # mean characters of the links of a menu
_LAYOUT = "td h1,td h2,td h3,td h4,td ul,td ol,td dl,td form,td section,td article,td header,td nav,td blockquote"


class Draft:
    """A block to be: mutable until all of the page has been seen."""

    __slots__ = ("kind", "label", "layer", "level", "node", "section", "text")

    def __init__(  # noqa: PLR0917 - names would double the time
        self,
        kind: BlockKind,
        text: str,
        section: Section = "main",
        layer: Layer = "visible",
        level: int = 0,
        node: LexborNode | None = None,
        label: bool = False,
    ) -> None:
        self.kind, self.text, self.section, self.layer = kind, text, section, layer
        self.level, self.node = level, node
        self.label = label  # looks like a heading without being marked as one


def is_menu(links: int, link_chars: int, chars: int) -> bool:
    """Whether a text is little more than short links: three or more, in 80 % of its characters."""
    return links >= 3 and link_chars >= 0.8 * chars and link_chars <= _SHORT_LINK * links


def split_at_breaks(raw: str) -> Sequence[str]:
    """The blocks of a run with <br>: two in a row part blocks, and so does one before a marked question or answer."""
    blocks: list[str] = []
    for paragraph in _PARAGRAPH_BREAK.split(raw):
        lines = [line for line in map(clean, paragraph.split(BREAK)) if line]
        start = 0
        for place, line in enumerate(lines[1:], 1):
            if opens_question(line) or opens_answer(line):
                blocks.append(" ".join(lines[start:place]))
                start = place
        blocks.append(" ".join(lines[start:]))
    return [block for block in blocks if block]


def is_layout(table: LexborNode) -> bool:
    """Whether a table only places things on the page: it holds tables or blocks, or its rows have one cell."""
    if len(table.css("table")) > 1:
        return True
    rows, cells = len(table.css("tr")), len(table.css("td,th"))
    if cells <= rows:
        return True
    if table.css_matches("th"):
        return False
    return table.css_matches(_LAYOUT) or len(table.css("td p,td div")) > 2 * cells or len(table.text()) > 400 * cells


def has_counterpart(node: LexborNode, found: Traits) -> bool:
    """Whether a "q" has an "a" beside it, or the reverse."""
    after, before = node.next, node.prev
    while after is not None and after.tag == "-text":
        after = after.next
    while before is not None and before.tag == "-text":
        before = before.prev
    for sibling in (after, before):
        if sibling is not None and sibling.is_element_node:
            other = traits(sibling.attributes.get("class") or "")
            if (found.question and other.answer) or (found.answer and other.question):
                return True
    return False


def letters(texts: Iterable[str]) -> int:
    """The number of characters without white space and the marks that join cells."""
    return sum(len(re.sub(r"[\s|:]+", "", text)) for text in texts)
