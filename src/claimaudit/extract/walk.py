"""Walk the tree of a page once, in reading order: its body in, drafts of blocks out.

The walk keeps its own stack, so depth cannot exhaust Python's. Inline elements are joined as they stand; a block
element ends the run of text before and behind it. Structures that hold a hit are handed to structure.py.
"""

from __future__ import annotations

from collections.abc import Callable

from selectolax.lexbor import LexborNode

from claimaudit.types import BlockKind, Section

from . import structure
from .drafts import Draft, has_counterpart, is_layout, is_menu, letters, split_at_breaks
from .run import PLAIN, Run
from .tags import HEADINGS, INLINE, PICTURES, can_hold_text
from .text import BREAK, clean
from .traits import NO_TRAITS, Traits, heading_level, traits, traits_of

MAX_BLOCKS = 20_000
MAX_NODES = 3_000_000
MAX_ALTS = 200

Hit = Callable[[str], bool]

_SENTENCE_END = (".", "!", "。", ";", ",", "、", "니다", "세요", "어요", "아요", "ます", "です", "ました")
_LABEL_CHARS = 80  # a heading without heading markup is at most this long
_HEADING_CHARS = 300  # a longer "heading" is an element that was never closed
_MAX_GUARDS = 300  # elements whose text is measured before their class is believed
_MAX_STRUCTURES = 300  # structures that are compared with the hit predicate

# What a block element changed, to be undone or given out where it ends; _READ: it has been read as a whole.
_NOTHING, _COLLECT, _CELL, _ROW, _LIST, _READ = range(6)
_BLOCK = -1  # stands beside the codes of inline elements

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
_SECTIONING = frozenset({"header", "footer", "article", "section", *_SECTION_OF})
_CELLS = frozenset({"tr", "td", "th"})
_MEANING = frozenset({*HEADINGS, *_KIND_OF, *_SECTIONING, *_CELLS, "table", "dl", "ul", "ol"}) - {"li"}
_TEXT = 2  # lexbor's number for text nodes, LXB_TAG__TEXT
_State = tuple[BlockKind, Section, int, bool, bool, int, bool, LexborNode | None]
_Mark = tuple[int, int, int, int]  # drafts, links, characters in links, characters when an element began
_Memory = tuple[int, _State, _Mark]
_Frame = tuple[LexborNode | None, int, LexborNode | None, BlockKind, _Memory | None]


class Walker:
    """One walk over one body; the results are in ``drafts``, ``images`` and ``images_without_alt``."""

    def __init__(self, hit: Hit | None, total_chars: Callable[[], int]) -> None:
        self.hit = hit
        self.total_chars = total_chars
        self.drafts: list[Draft] = []
        self.images = 0
        self.images_without_alt = 0
        self.cut = False
        self._alts: dict[str, None] = {}
        self._pending: list[tuple[str, LexborNode]] = []
        self._run = Run()
        self._node: LexborNode | None = None  # of the block that is being read
        # inherited from block to block
        self._kind: BlockKind = "paragraph"
        self._section: Section = "main"
        self._level = 0
        self._titled = False  # a class says that this is a heading
        self._faq = False
        self._scope = 0  # 1 in <main> or <section>, 2 in <article>: their <header> is not the page's
        self._data = False  # in a table of data
        # counters of the page, for menus
        self._links = self._link_chars = self._text_chars = 0
        self._parts: list[str] | None = None  # text of the heading, cell … that is being collected
        self._row: list[str] | None = None
        self._guards = self._structures = 0

    def walk(self, body: LexborNode) -> None:  # noqa: PLR0912, PLR0915
        """Read everything below an element, in one loop: a call for each node would double the time of a page."""
        stack: list[_Frame] = []
        node: LexborNode | None = body.first_child
        self._node = body
        run, texts, pending = self._run, self._run.texts, self._pending
        seen, blank = 0, False  # blank: the run has begun with white space, which is not kept
        before: LexborNode | None = None
        kind: BlockKind = "paragraph"
        memory: _Memory | None = None
        while True:
            while node is not None:
                following = node.next
                seen += 1
                if node.tag_id == _TEXT:
                    text = node.text_content or ""
                    if not texts and text.isspace():
                        blank = True
                    else:
                        texts.append(text)
                        if run.marked:
                            run.count(text)
                    node = following
                    continue
                tag, first = node.tag or "", node.first_child
                if tag in INLINE:
                    code = run.open(tag, node)
                    if tag in PICTURES:
                        self._picture(tag, node)
                    if first is None:
                        run.close(code)
                elif first is None:
                    code = PLAIN
                    if tag[:1] not in "-!":  # neither a comment nor a doctype
                        if texts or pending or (blank and run.links):
                            self._flush(blank=blank)
                        blank = False
                else:
                    if texts or pending or (blank and run.links):
                        self._flush(blank=blank)
                    blank = False
                    before, kind, memory = self._node, self._kind, None
                    code, found = _BLOCK, traits_of(node.attributes)
                    if found is NO_TRAITS and (tag not in _MEANING or (tag in _CELLS and not self._data)):
                        self._node = node  # most blocks change nothing else
                        if tag == "li" and kind in ("paragraph", "row"):
                            self._kind = "list_item"
                    else:
                        memory = self._enter(tag, node, found)
                        if memory is None:
                            first = None
                if first is None:
                    node = following
                else:
                    stack.append((following, code, before, kind, memory))
                    node = first
            if not stack or len(self.drafts) >= MAX_BLOCKS or seen > MAX_NODES:
                break
            node, code, before, kind, memory = stack.pop()
            if code != _BLOCK:
                run.close(code)
                continue
            if texts or pending or (blank and run.links):
                self._flush(blank=blank)
            blank = False
            if memory is None:
                self._node, self._kind = before, kind
            else:
                self._leave(memory)
        self._flush()
        self.cut = bool(stack) or len(self.drafts) > MAX_BLOCKS

    def _enter(self, tag: str, node: LexborNode, found: Traits) -> _Memory | None:
        """Enter a block element; what :meth:`_leave` needs, or None where it has been read as a whole."""
        state = (self._kind, self._section, self._level, self._titled, self._faq, self._scope, self._data, self._node)
        end = self._open_block(tag, node, found)
        if end == _READ:
            self._restore(state)
            return None
        return end, state, (len(self.drafts), self._links, self._link_chars, self._text_chars)

    def _restore(self, state: _State) -> None:
        self._kind, self._section, self._level, self._titled, self._faq, self._scope, self._data, self._node = state

    def _picture(self, tag: str, node: LexborNode) -> None:
        attributes = node.attributes
        if tag == "input" and (attributes.get("type") or "").lower() != "image":
            return
        alt = clean(attributes.get("alt") or "")
        if tag == "img" and can_hold_text(attributes):
            self.images += 1
            self.images_without_alt += not alt
        if alt and alt not in self._alts and len(self._alts) < MAX_ALTS:
            self._alts[alt] = None
            self._pending.append((alt, node))
            if self._run.link:
                self._link_chars += len(alt)
                self._text_chars += len(alt)

    # ── blocks ───────────────────────────────────────────────────────────────────────────────────────

    def _open_block(self, tag: str, node: LexborNode, found: Traits) -> int:
        """Set what the blocks of an element inherit; what to do where it ends."""
        self._node = node
        level = heading_level(tag, node.attributes) if found.heading or tag in HEADINGS else 0
        if level and tag not in HEADINGS and self._parts is not None:
            level = 0
        if level:
            return self._collect("heading", level)
        if found.section or tag in _SECTIONING:
            self._enter_section(tag, found, node)
        self._titled = self._titled or found.heading
        if tag in ("table", "tr", "td", "th"):
            return self._open_table(tag, node)
        if self._read_pairs(tag, found, node):
            return _READ
        kind = self._kind_by_class(found, node) or _KIND_OF.get(tag)
        if kind and (kind != "list_item" or self._kind in ("paragraph", "row")):
            self._kind = kind
            if tag in _COLLECTED or (kind == "question" and len(node.text()) <= _HEADING_CHARS):
                return self._collect(kind, 0)
        return _LIST if tag in ("ul", "ol") else _NOTHING

    def _read_pairs(self, tag: str, found: Traits, node: LexborNode) -> bool:
        """Read a definition list or the outermost question-and-answer container exactly, if it holds a hit."""
        if tag == "dl":
            return self._hits(node) and self._read(node, structure.read_definitions)
        if not found.faq or self._faq:
            return False
        self._faq = True
        # A class that names the whole page "faq" stands on more than a container of pairs.
        whole = node.css_matches("nav,footer,main,table,h1")
        return not whole and self._hits(node) and self._read(node, structure.read_faq)

    def _collect(self, kind: BlockKind, level: int) -> int:
        """Begin a block that swallows the blocks inside it."""
        if self._parts is not None:
            return _NOTHING
        self._kind, self._level = kind, level
        self._parts = []
        return _COLLECT

    def _kind_by_class(self, found: Traits, node: LexborNode) -> BlockKind | None:
        if not (found.question or found.answer) or (found.weak and not self._faq and not has_counterpart(node, found)):
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
        total = self.total_chars()
        return total < 1000 or len(node.text()) <= 0.6 * total

    # ── tables ───────────────────────────────────────────────────────────────────────────────────────

    def _open_table(self, tag: str, node: LexborNode) -> int:
        if tag == "table":
            role = node.attributes.get("role") or ""
            self._data = self._parts is None and role not in ("presentation", "none") and not is_layout(node)
            if self._data and self._hits(node) and self._read(node, structure.read_table):
                return _READ
            return _NOTHING
        if not self._data or self._parts is not None:
            return _NOTHING
        self._kind = "row"
        if tag == "tr":
            self._row = []
            return _ROW
        if self._row is None:
            return _NOTHING
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
        if not pieces or letters(text for _, text in pieces) < letters([clean(node.text(separator=" "))]):
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

    def _leave(self, memory: _Memory) -> None:
        """Leave a block element: give out what it collected, and go back to what its parent hands down."""
        code, state, mark = memory
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
        elif code == _LIST:
            self._close_list(*mark)
        self._restore(state)

    def _close_list(self, start: int, links: int, link_chars: int, text_chars: int) -> None:
        """Move a list to the navigation if it is little more than short links."""
        links, link_chars = self._links - links, self._link_chars - link_chars
        text_chars = self._text_chars - text_chars
        if is_menu(links, link_chars, text_chars):
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

    def _flush(self, *, blank: bool = False) -> None:
        """End the current run of text; blank: it has begun with white space."""
        run = self._run
        texts = run.texts
        if texts:
            raw = texts[0] if len(texts) == 1 else "".join(texts)
            texts.clear()
            if raw and not raw.isspace():
                self._end_run(raw)
            run.reset()
        elif blank and run.links:
            run.reset()
        if self._pending:
            for alt, node in self._pending:
                self.drafts.append(Draft("alt", alt, section=self._section, layer="alt", node=node))
            self._pending.clear()

    def _end_run(self, raw: str) -> None:
        run = self._run
        texts = split_at_breaks(raw) if BREAK in raw else (clean(raw),)
        size = len(texts[0]) if len(texts) == 1 else sum(map(len, texts))
        self._text_chars += size
        self._links += run.links
        self._link_chars += run.link_chars
        if self._parts is not None:
            self._parts.extend(filter(None, texts))
            return
        kind, section = self._kind, self._section
        label = self._titled and kind == "paragraph" and len(texts) == 1
        if run.links >= 3 or run.bold_chars or run.quote_chars:
            # What separates links is not said.
            said = size - sum(text.count(mark) for text in texts for mark in " |/>·")
            label = label or (kind == "paragraph" and len(texts) == 1 and run.bold_chars >= 0.9 * said > 0)
            if kind == "paragraph" and run.quote_chars >= 0.95 * said > 0:
                kind = "quote"
            if section == "main" and is_menu(run.links, run.link_chars, said):
                section = "nav"
        for text in texts[:MAX_BLOCKS]:
            if text:
                short = label and len(text) <= _LABEL_CHARS and not text.endswith(_SENTENCE_END)
                self.drafts.append(Draft(kind, text, section, "visible", 0, self._node, short))

    def _add(self, kind: BlockKind, text: str, level: int = 0, node: LexborNode | None = None) -> None:
        self.drafts.append(Draft(kind, text, self._section, "visible", level, node or self._node))
