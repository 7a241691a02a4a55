"""Walk the tree of a page once, in reading order: its body in, drafts of blocks out.

The walk keeps its own stack, so depth cannot exhaust Python's. Inline elements are joined as they stand; a block element
ends the run of text before and behind it. Structures that hold a hit are handed to structure.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from selectolax.lexbor import LexborNode

from claimaudit.types import BlockKind, Layer, Section

from . import structure
from .tags import BOLD, HEADINGS, INLINE
from .text import BREAK, clean
from .traits import NO_TRAITS, Traits, traits

MAX_BLOCKS = 20_000
MAX_NODES = 3_000_000
MAX_ALTS = 200

Hit = Callable[[str], bool]

_PARAGRAPH_BREAK = re.compile("\0\\s*\0[\\s\0]*")
_SENTENCE_END = (".", "!", "。", ";", ",", "、", "니다", "세요", "어요", "아요", "ます", "です", "ました")
_LABEL_CHARS = 80  # a heading without heading markup is at most this long
_HEADING_CHARS = 300  # a longer "heading" is an element that was never closed
_SHORT_LINK = 30  # mean characters of the links of a menu
_MAX_GUARDS = 300  # elements whose text is measured before their class is believed
_MAX_STRUCTURES = 300  # structures that are compared with the hit predicate
_LAYOUT = "td h1,td h2,td h3,td h4,td ul,td ol,td dl,td form,td section,td article,td header,td nav,td blockquote"

# What to do where an element ends.
_PLAIN, _BOLD, _QUOTE, _LINK, _BLOCK, _COLLECT, _CELL, _ROW, _LIST, _READ = range(10)

_KIND_OF: dict[str, BlockKind] = {
    "li": "list_item",
    "option": "list_item",
    "blockquote": "quote",
    "figcaption": "caption",
    "caption": "caption",
    "dt": "question",
    "dd": "answer",
    "summary": "question",
    "details": "answer",
}
_COLLECTED = frozenset({"dt", "summary", "figcaption", "caption"})
_SECTION_OF: dict[str, Section] = {"nav": "nav", "aside": "aside", "main": "main"}
_State = tuple[BlockKind, Section, int, bool, bool, int, bool, LexborNode | None]
_Mark = tuple[int, int, int, int]  # drafts, links, characters in links, characters when a list began
_Memory = tuple[_State, _Mark | None]


class Draft:
    """A block to be: mutable until all of the page has been seen."""

    __slots__ = ("kind", "label", "layer", "level", "node", "section", "text")

    def __init__(
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


class Walker:
    """One walk over one body; the results are in ``drafts``, ``images`` and ``images_without_alt``."""

    def __init__(self, hit: Hit | None, total_chars: int) -> None:
        self.hit = hit
        self.total_chars = total_chars
        self.drafts: list[Draft] = []
        self.images = 0
        self.images_without_alt = 0
        self.cut = False
        self._alts: dict[str, None] = {}
        self._pending: list[tuple[str, LexborNode]] = []
        self._buffer: list[str] = []
        self._node: LexborNode | None = None  # of the block that is being read
        # inherited from block to block
        self._kind: BlockKind = "paragraph"
        self._section: Section = "main"
        self._level = 0
        self._titled = False  # a class says that this is a heading
        self._faq = False
        self._scope = 0  # 1 in <main> or <section>, 2 in <article>: their <header> is not the page's
        self._data = False  # in a table of data
        # counters of the current run of text, in characters
        self._bold = self._bold_chars = 0
        self._quote = self._quote_chars = 0
        self._link = self._run_links = self._run_link_chars = 0
        # counters of the page, for menus
        self._links = self._link_chars = self._text_chars = 0
        self._parts: list[str] | None = None  # text of the heading, cell … that is being collected
        self._row: list[str] | None = None
        self._guards = self._structures = 0

    def walk(self, body: LexborNode) -> None:
        """Read everything below an element."""
        stack: list[tuple[LexborNode | None, int, _Memory | None]] = []
        node = body.first_child
        self._node = body
        buffer = self._buffer
        seen = 0
        while True:
            while node is not None:
                following, tag = node.next, node.tag
                seen += 1
                if tag == "-text":
                    text = node.text_content or ""
                    buffer.append(text)
                    if self._bold or self._quote or self._link:
                        self._count(text)
                    node = following
                    continue
                first = node.first_child
                if tag in INLINE:
                    code = self._open_inline(tag, node) if tag != "span" or first else _PLAIN
                    if first is None:
                        self._close(code, None)
                        node = following
                    else:
                        stack.append((following, code, None))
                        node = first
                    continue
                if tag == "br":
                    buffer.append(BREAK)
                    node = following
                    continue
                if first is None:
                    if tag[0] not in "-!":
                        self._flush()
                    node = following
                    continue
                self._flush()
                saved = self._state()
                code = self._open_block(tag, node)
                if code == _READ:
                    self._restore(saved)
                    node = following
                    continue
                mark = (len(self.drafts), self._links, self._link_chars, self._text_chars) if code == _LIST else None
                stack.append((following, code, (saved, mark)))
                node = first
            if not stack:
                break
            if len(self.drafts) >= MAX_BLOCKS or seen > MAX_NODES:
                self.cut = True
                break
            node, code, memory = stack.pop()
            self._close(code, memory)
        self._flush()

    def _state(self) -> _State:
        """What blocks inherit, to be restored where the element ends."""
        return (
            self._kind, self._section, self._level, self._titled, self._faq, self._scope, self._data, self._node
        )  # fmt: skip

    def _restore(self, state: _State) -> None:
        (
            self._kind, self._section, self._level, self._titled, self._faq, self._scope, self._data, self._node
        ) = state  # fmt: skip

    # ── inline ───────────────────────────────────────────────────────────────────────────────────────

    def _open_inline(self, tag: str, node: LexborNode) -> int:
        if tag in BOLD:
            self._bold += 1
            return _BOLD
        if tag == "a":
            previous = node.prev
            if previous is not None and previous.tag == "a":
                self._buffer.append(" ")  # two links side by side are two words, as style sheets set them
            self._link += 1
            return _LINK
        if tag in ("img", "area", "input"):
            self._picture(tag, node)
        elif tag in ("q", "cite"):
            self._quote += 1
            return _QUOTE
        elif tag in ("span", "em", "font"):
            class_ = node.attributes.get("class") if tag == "span" or node.first_child else None
            if class_:
                previous = node.prev
                if (
                    previous is not None
                    and previous.tag == tag
                    and previous.attributes.get("class") not in (None, class_)
                ):
                    self._buffer.append(" ")  # a date and a title, set apart by the style sheet
                if traits(class_).heading:
                    self._bold += 1
                    return _BOLD
        return _PLAIN

    def _count(self, text: str) -> None:
        size = len(text.strip())
        if self._bold:
            self._bold_chars += size
        if self._quote:
            self._quote_chars += size
        if self._link:
            self._run_link_chars += size

    def _picture(self, tag: str, node: LexborNode) -> None:
        attributes = node.attributes
        if tag == "input" and (attributes.get("type") or "").lower() != "image":
            return
        alt = clean(attributes.get("alt") or "")
        if tag == "img" and self._section != "nav" and can_hold_text(attributes):
            self.images += 1
            self.images_without_alt += not alt
        if alt and alt not in self._alts and len(self._alts) < MAX_ALTS:
            self._alts[alt] = None
            self._pending.append((alt, node))
            if self._link:
                self._link_chars += len(alt)
                self._text_chars += len(alt)

    # ── blocks ───────────────────────────────────────────────────────────────────────────────────────

    def _open_block(self, tag: str, node: LexborNode) -> int:
        """Enter an element: set what its blocks inherit; what to do at its end, ``_READ`` where it has been read already."""
        self._node = node
        attributes = node.attributes
        found = NO_TRAITS
        if attributes:
            role = attributes.get("role") or ""
            found = traits(attributes.get("class") or "", attributes.get("id") or "", role)
            if role == "heading" and self._parts is None:
                level = attributes.get("aria-level") or "2"
                return self._collect("heading", min(int(level), 6) if level.isdecimal() and level.isascii() else 2)
        self._enter_section(tag, found, node)
        if tag in HEADINGS:
            return self._collect("heading", int(tag[1]))
        self._titled = self._titled or found.heading
        if tag in ("table", "tr", "td", "th"):
            return self._open_table(tag, node, attributes)
        if tag == "dl" and self._hits(node) and self._read(node, structure.read_definitions):
            return _READ
        if found.faq and not self._faq:
            self._faq = True
            if (
                self._hits(node)
                and not node.css_matches("nav,footer,main,table,h1")
                and self._read(node, structure.read_faq)
            ):
                return _READ
        kind = self._kind_by_class(found, node) or _KIND_OF.get(tag)
        if kind and (kind != "list_item" or self._kind in ("paragraph", "row")):
            self._kind = kind
            if tag in _COLLECTED or (kind == "question" and len(node.text()) <= _HEADING_CHARS):
                return self._collect(kind, 0)
        return _LIST if tag in ("ul", "ol") else _BLOCK

    def _collect(self, kind: BlockKind, level: int) -> int:
        """Begin a block that swallows the blocks inside it."""
        if self._parts is not None:
            return _BLOCK
        self._kind, self._level = kind, level
        self._parts = []
        return _COLLECT

    def _kind_by_class(self, found: Traits, node: LexborNode) -> BlockKind | None:
        if not (found.question or found.answer) or (found.weak and not self._faq and not _has_counterpart(node, found)):
            return None
        if found.answer:
            return "answer"
        holds_answer = any(traits(one.attributes.get("class") or "").answer for one in node.css("[class]"))
        if holds_answer:
            self._faq = True
            return None
        return "question"

    def _enter_section(self, tag: str, found: Traits, node: LexborNode) -> None:
        section: Section | None = _SECTION_OF.get(tag)
        if (tag == "header" and self._scope == 0) or (tag == "footer" and self._scope < 2):
            section = "header" if tag == "header" else "footer"
        if tag in ("article", "main", "section"):
            self._scope = 2 if tag == "article" else max(self._scope, 1)
        if found.section and (found.by_role or (section is None and self._believes(tag, found.section, node))):
            section = found.section
        if section:
            self._section = section

    def _believes(self, tag: str, section: Section, node: LexborNode) -> bool:
        """Whether a class may set the section: not for what is the page's main matter by its elements or its size."""
        if tag in ("main", "article", "p") or tag in HEADINGS or section == self._section:
            return False
        if self._section != "main" and section != "nav":
            return False
        self._guards += 1
        if self._guards > _MAX_GUARDS or node.css_matches("main,article" if section == "header" else "main,article,h1"):
            return False
        return self.total_chars < 1000 or len(node.text()) <= 0.6 * self.total_chars

    # ── tables ───────────────────────────────────────────────────────────────────────────────────────

    def _open_table(self, tag: str, node: LexborNode, attributes: dict[str, str | None]) -> int:
        if tag == "table":
            role = attributes.get("role") or ""
            self._data = self._parts is None and role not in ("presentation", "none") and not _is_layout(node)
            if self._data and self._hits(node) and self._read(node, structure.read_table):
                return _READ
            return _BLOCK
        if not self._data or self._parts is not None:
            return _BLOCK
        self._kind = "row"
        if tag == "tr":
            self._row = []
            return _ROW
        if self._row is None:
            return _BLOCK
        self._parts = []
        return _CELL

    def _hits(self, node: LexborNode) -> bool:
        if self.hit is None or self._parts is not None:
            return False
        self._structures += 1
        return self._structures <= _MAX_STRUCTURES and self.hit(clean(node.text(separator=" ")))

    def _read(self, node: LexborNode, reader: Callable[[str], list[structure.Piece] | None]) -> bool:
        """Take the exact reading of a structure, unless it lost text on the way."""
        pieces = reader(node.html or "")
        if not pieces or _letters(text for _, text in pieces) < _letters([clean(node.text(separator=" "))]):
            return False
        rows = node.css("tr") if node.tag == "table" else []
        caption = node.css_first("caption") if rows else None
        if caption is not None:
            text = clean(caption.text(separator=" "))
            if text:
                self._add("caption", text, node=caption)
        for image in node.css("img,area,input"):
            self._picture(image.tag or "", image)
        for place, (kind, text) in enumerate(pieces):
            at = rows[place + len(rows) - len(pieces)] if len(rows) >= len(pieces) else node
            self._add(kind, text, level=4 if kind == "heading" else 0, node=at)
        self._flush()
        return True

    # ── ends ─────────────────────────────────────────────────────────────────────────────────────────

    def _close(self, code: int, memory: _Memory | None) -> None:
        if code == _PLAIN:
            return
        if code == _BOLD:
            self._bold -= 1
        elif code == _QUOTE:
            self._quote -= 1
        elif code == _LINK:
            self._link -= 1
            self._run_links += 1
        elif memory is not None:
            self._close_block(code, memory)

    def _close_block(self, code: int, memory: _Memory) -> None:
        self._flush()
        state, mark = memory
        if code == _COLLECT:
            parts, self._parts = self._parts or [], None
            self._add_collected(parts)
        elif code == _CELL:
            cell, self._parts = " ".join(self._parts or []), None
            if cell and self._row is not None:
                self._row.append(cell)
        elif code == _ROW:
            cells, self._row = self._row or [], None
            if cells:
                self._add("row", " | ".join(cells))
        elif mark is not None:
            self._close_list(*mark)
        self._restore(state)

    def _close_list(self, start: int, links: int, link_chars: int, text_chars: int) -> None:
        """Move a list to the navigation if it is little more than short links."""
        links, link_chars = self._links - links, self._link_chars - link_chars
        text_chars = self._text_chars - text_chars
        if links >= 3 and link_chars >= 0.8 * text_chars and link_chars <= _SHORT_LINK * links:
            inside = self.drafts[start:]
            if all(draft.section == "main" and draft.kind != "heading" for draft in inside):
                for draft in inside:
                    draft.section = "nav"

    def _add_collected(self, parts: list[str]) -> None:
        joined = " ".join(parts)
        if self._kind != "heading" or len(joined) <= _HEADING_CHARS:
            if joined:
                self._add(self._kind, joined, level=self._level)
            return
        self._add("heading", parts[0], level=self._level)
        for part in parts[1:]:
            self._add("paragraph", part)

    def _flush(self) -> None:
        """End the current run of text."""
        if self._buffer:
            raw = "".join(self._buffer)
            self._buffer.clear()
            if raw and not raw.isspace():
                self._end_run(raw)
            self._bold_chars = self._quote_chars = self._run_links = self._run_link_chars = 0
        if self._pending:
            for alt, node in self._pending:
                self.drafts.append(Draft("alt", alt, self._section, "alt", 0, node))
            self._pending.clear()

    def _end_run(self, raw: str) -> None:
        texts = _split_at_breaks(raw) if BREAK in raw else [clean(raw)]
        size = sum(map(len, texts))
        self._text_chars += size
        self._links += self._run_links
        self._link_chars += self._run_link_chars
        if self._parts is not None:
            self._parts.extend(filter(None, texts))
            return
        kind = self._kind
        label = kind == "paragraph" and len(texts) == 1 and (self._titled or self._bold_chars >= 0.9 * size > 0)
        if kind == "paragraph" and size and self._quote_chars >= 0.95 * size:
            kind = "quote"
        menu = (
            self._run_links >= 3
            and self._section == "main"
            and self._run_link_chars >= 0.8 * size
            and self._run_link_chars <= _SHORT_LINK * self._run_links
        )
        for text in texts:
            if text:
                self._add(kind, text, label=label, section="nav" if menu else self._section)

    def _add(
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int = 0,
        node: LexborNode | None = None,
        label: bool = False,
        section: Section | None = None,
    ) -> None:
        label = label and len(text) <= _LABEL_CHARS and not text.endswith(_SENTENCE_END)
        self.drafts.append(Draft(kind, text, section or self._section, "visible", level, node or self._node, label))


def _split_at_breaks(raw: str) -> list[str]:
    """The blocks of a run with <br>: two in a row part blocks, and so does one before a marked question or answer."""
    blocks: list[str] = []
    for paragraph in _PARAGRAPH_BREAK.split(raw):
        lines = [line for line in map(clean, paragraph.split(BREAK)) if line]
        start = 0
        for place, line in enumerate(lines[1:], 1):
            if structure.opens_question(line) or structure.opens_answer(line):
                blocks.append(" ".join(lines[start:place]))
                start = place
        blocks.append(" ".join(lines[start:]))
    return [block for block in blocks if block]


def can_hold_text(attributes: dict[str, str | None]) -> bool:
    """Whether a picture is large enough to hold text: a known side of 200 px or more, or no known side."""
    sides = [_pixels(attributes.get("width")), _pixels(attributes.get("height"))]
    known = [side for side in sides if side is not None]
    return not known or max(known) >= 200


def _pixels(value: str | None) -> int | None:
    found = re.match(r"\s*(\d{1,6})(?:\.\d+)?\s*(?:px)?\s*$", value or "")
    return int(found[1]) if found else None


def _is_layout(table: LexborNode) -> bool:
    """Whether a table only places things on the page: it holds tables or blocks, or its rows have one cell."""
    if len(table.css("table")) > 1:
        return True
    rows, cells = len(table.css("tr")), len(table.css("td,th"))
    if cells <= rows:
        return True
    if table.css_matches("th"):
        return False
    return table.css_matches(_LAYOUT) or len(table.css("td p,td div")) > 2 * cells or len(table.text()) > 400 * cells


def _has_counterpart(node: LexborNode, found: Traits) -> bool:
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


def _letters(texts: Iterable[str]) -> int:
    return sum(len(re.sub(r"[\s|:]+", "", text)) for text in texts)
