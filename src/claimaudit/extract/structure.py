"""Read a table, definition list or question-and-answer container exactly: its HTML in, (kind, text) pairs out.

Only structures that hold a hit come here, because BeautifulSoup costs twenty times what lexbor does: headers are put
before the cells they belong to, spans are resolved, questions get their answers.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from claimaudit.types import BlockKind

from .settings import settings
from .tags import HEADINGS, INLINE
from .text import clean
from .traits import traits

if TYPE_CHECKING:
    from bs4 import BeautifulSoup
    from bs4.element import Tag

MAX_HTML = 1_000_000
"""Characters of HTML of one structure; a longer one is read the quick way."""

_MAX_SPAN = 100
_MAX_CELLS = 50_000

Piece = tuple[BlockKind, str]


# ── marks of questions and answers ───────────────────────────────────────────────────────────────────


@lru_cache(maxsize=2)
def _opening(*, answer: bool) -> re.Pattern[str]:
    kinds = settings().kinds
    marks = "|".join(map(re.escape, kinds.answer_marks if answer else kinds.question_marks))
    numbered = "" if answer else r"|Q\s?\d{1,3}\s"
    return re.compile(rf"(?:{marks})\s?\d{{0,3}}\s?[.:)、]\s*\S{numbered}")


@lru_cache(maxsize=1)
def _first_characters() -> tuple[frozenset[str], frozenset[str]]:
    """What a question and an answer can begin with; most lines begin with neither."""
    kinds = settings().kinds
    questions = {"Q", *(mark[0] for mark in kinds.question_marks)}
    return frozenset(questions), frozenset(mark[0] for mark in kinds.answer_marks)


def opens_question(text: str) -> bool:
    """Whether a line starts as a question does: "Q.", "Q1:", "질문:", "問:", or "Q " where it also ends as one."""
    if text[:1] not in _first_characters()[0]:
        return False
    return _opening(answer=False).match(text) is not None or (text.startswith("Q ") and _ends_as_question(text))


def opens_answer(text: str) -> bool:
    """Whether a line starts as an answer does: "A.", "답변:", "答:"."""
    return text[:1] in _first_characters()[1] and _opening(answer=True).match(text) is not None


def is_question(text: str) -> bool:
    """Whether a text is worded or marked as a question, in any of the languages read."""
    return _ends_as_question(text) or opens_question(text)


def _ends_as_question(text: str) -> bool:
    return text.rstrip(" .。)」』\"'”’").endswith(settings().kinds.question_ends)


# ── structures ───────────────────────────────────────────────────────────────────────────────────────


def read_table(html: str) -> list[Piece] | None:
    """The rows of a table as "header: cell | header: cell", in order; None if it has none.

    Headers are the cells of a first row that is all ``<th>`` or stands in ``<thead>``, and the first cell of a row
    where it is a ``<th>``. The first row is a piece of its own only where one of its headers has no cell below it.
    """
    soup = _soup(html)
    table = soup.find("table") if soup else None
    rows = _grid(table) if table else []
    if not rows:
        return None
    heads = [cell.text for cell in rows[0]] if _is_head(rows[0]) and len(rows) > 1 else []
    used: set[int] = set()
    texts = [_row_text(row, heads, used) for row in (rows[1:] if heads else rows)]
    if any(head and column not in used for column, head in enumerate(heads)):
        texts.insert(0, " | ".join(dict.fromkeys(filter(None, heads))))
    return [("row", text) for text in texts if text] or None


def read_definitions(html: str) -> list[Piece] | None:
    """The terms of a ``<dl>`` as questions, its definitions as answers of one piece a line; None if it has no pair."""
    return _read_pairs(html, "dl")


def read_faq(html: str) -> list[Piece] | None:
    """All text of a container with its questions and answers, by class, element or mark; None if it has no pair."""
    return _read_pairs(html, "body")


def _soup(html: str) -> BeautifulSoup | None:
    if len(html) > MAX_HTML:
        return None
    from bs4 import BeautifulSoup

    return BeautifulSoup(html, "lxml")


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────


class _Cell:
    __slots__ = ("is_head", "origin", "text")

    def __init__(self, text: str, is_head: bool, origin: int) -> None:
        self.text, self.is_head, self.origin = text, is_head, origin


_NOTHING = _Cell("", False, -1)


def _grid(table: Tag) -> list[list[_Cell]]:
    """The cells by row and column; a cell that spans several stands in each of them with the same origin."""
    grid: list[list[_Cell]] = []
    open_spans: dict[int, tuple[int, _Cell]] = {}  # column → rows still covered, cell
    origin = 0
    for row in table.find_all("tr"):
        cells: list[_Cell] = []
        in_head = row.find_parent("thead") is not None
        for tag in row.find_all(["td", "th"], recursive=False):
            _fill(cells, open_spans)
            cell = _Cell(" ".join(_lines(tag)), tag.name == "th" or in_head, origin)
            origin += 1
            height = _span(tag, "rowspan")
            for _ in range(_span(tag, "colspan")):
                if height > 1:
                    open_spans[len(cells)] = (height - 1, cell)
                cells.append(cell)
            if origin > _MAX_CELLS:
                return grid
        _fill(cells, open_spans)
        if cells:
            grid.append(cells)
    return grid


def _fill(cells: list[_Cell], open_spans: dict[int, tuple[int, _Cell]]) -> None:
    """Put the cells that reach down from rows above into the columns that come next."""
    while (column := len(cells)) in open_spans:
        left, cell = open_spans.pop(column)
        cells.append(cell)
        if left > 1:
            # Under a key that this row cannot meet again; the next row starts at column 0.
            open_spans[column] = (left - 1, cell)


def _span(tag: Tag, name: str) -> int:
    value = str(tag.get(name) or "")
    return min(max(int(value), 1), _MAX_SPAN) if value.isdecimal() and value.isascii() else 1


def _is_head(row: list[_Cell]) -> bool:
    return all(cell.is_head for cell in row if cell.text) and any(cell.text for cell in row)


def _row_text(row: list[_Cell], heads: list[str], used: set[int]) -> str:
    """One row in words; a cell that spans columns is said once, under the first header."""
    own_head = row[0].text if row[0].is_head and len(row) > 1 and not all(cell.is_head for cell in row) else ""
    parts: list[str] = []
    seen: set[int] = set()
    for column, cell in enumerate(row):
        if not cell.text:
            continue
        head = heads[column] if column < len(heads) else ""
        if cell.origin in seen:
            used.add(column)
            continue
        seen.add(cell.origin)
        if head:
            used.add(column)
        if own_head and column == 0:
            # "Cell source" heads its row; the corner above it heads nothing that a reader would say.
            continue
        parts.append(f"{head}: {cell.text}" if head and head != cell.text else cell.text)
    if not own_head:
        return " | ".join(parts)
    return f"{own_head}: {' | '.join(parts)}" if parts else own_head


# ── questions and answers ────────────────────────────────────────────────────────────────────────────


def _read_pairs(html: str, container: str) -> list[Piece] | None:
    soup = _soup(html)
    root = soup.find(container) if soup else None
    if root is None:
        return None
    pieces: list[Piece] = []
    last_owner: object = None
    for kind, owner, text in _marked(_runs(root)):
        if kind == "question" and pieces and pieces[-1][0] == "question" and owner is last_owner is not None:
            pieces[-1] = (kind, f"{pieces[-1][1]} {text}")
        else:
            pieces.append((kind, text))
        last_owner = owner
    return pieces if {"question", "answer"} <= {kind for kind, _ in pieces} else None


_Run = tuple[BlockKind, "Tag | None", str]


def _marked(runs: list[_Run]) -> list[_Run]:
    """The runs, with those that open with "Q." and "A." made question and answer where nothing else did."""
    result: list[_Run] = []
    for kind, owner, text in runs:
        if kind in ("paragraph", "heading") and opens_question(text):
            result.append(("question", None, text))
        elif kind == "paragraph" and opens_answer(text) and any(run[0] == "question" for run in result):
            result.append(("answer", None, text))
        else:
            result.append((kind, owner, text))
    return result


def _lines(tag: Tag) -> list[str]:
    """The text of an element, one string for each block or ``<br>`` in it."""
    return [text for _, _, text in _runs(tag)]


def _runs(root: Tag) -> list[_Run]:
    """The runs of text below an element, each with its kind and the question or answer element that it lies in."""
    from bs4.element import Comment, NavigableString, Tag

    runs: list[_Run] = []
    buffer: list[str] = []

    def flush(kind: BlockKind, owner: Tag | None) -> None:
        text = clean("".join(buffer))
        buffer.clear()
        if text:
            runs.append((kind, owner, text))

    kind: BlockKind = "paragraph"
    owner: Tag | None = None
    stack = [(iter(root.children), kind, owner, True)]
    while stack:
        children, kind, owner, is_block = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            if is_block:
                flush(kind, owner)
        elif isinstance(child, Tag):
            if child.name == "br":
                flush(kind, owner)
                continue
            starts_block = child.name not in INLINE
            inner_kind, inner_owner = (kind, owner) if owner is not None else _role_of(child, kind)
            # A question in a <span> of its own is as much a question as one in a <div>.
            starts_block = starts_block or inner_owner is not owner
            if starts_block:
                flush(kind, owner)
            stack.append((iter(child.children), inner_kind, inner_owner, starts_block))
        elif isinstance(child, NavigableString) and not isinstance(child, Comment):
            buffer.append(str(child))
    return runs


def _role_of(tag: Tag, around: BlockKind) -> tuple[BlockKind, Tag | None]:
    """Whether an element is a heading, question or answer, and then itself; else the kind of what is around it."""
    if tag.name in ("dt", "summary"):
        return "question", tag
    if tag.name == "details":  # without an owner, so that its <summary> is still seen
        return "answer", None
    names = tag.get("class")
    found = traits(" ".join(names) if isinstance(names, list) else names or "")
    if found.question:
        return "question", tag
    if found.answer or tag.name == "dd":
        return "answer", tag
    return ("heading", tag) if tag.name in HEADINGS else (around, None)
