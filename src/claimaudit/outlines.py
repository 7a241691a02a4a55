"""Read labelled page outlines: data/training/<lang>.jsonl → values; an outline → HTML; its mentions → places in blocks.

An outline is an invented page whose mentions a coder labelled (data/training/DATASHEET.md). It is written out as HTML
and read by the same extraction as any page, so that what a model learns from is what it meets.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from . import resources
from .errors import DataError
from .extract.text import clean
from .types import Block, BlockKind, Document, Role, Section, Status

SECOND_CODER = "second_coder.jsonl"


class Labelled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mention as the coder labelled it; offsets into the text of its outline block."""

    start: int
    end: int
    variable: str  # a label of the lexicons: therapy.prp, tier.institution, safeguard.price_disclosed
    status: Status
    offered: bool = False
    cue: str = ""  # the words that decided


class OutlineBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One block of an outline."""

    kind: BlockKind
    text: str
    level: int = 0
    section: Section = "main"
    mentions: tuple[Labelled, ...] = ()


class Outline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An invented page: who speaks, what the codebook says of it, and its blocks with their mentions."""

    id: str
    site: str  # outlines of one invented site stay together in every split
    lang: str
    role: Role
    blocks: tuple[OutlineBlock, ...]
    labels: dict[str, Any] = {}  # the page's fields by the codebook; none where only the speaker was labelled
    site_name: str = ""

    @property
    def lexicon(self) -> str:
        """The language of the lexicon that reads it: zh for zh-Hant."""
        return self.lang.partition("-")[0]


@cache
def load_outlines(folder: Path | None = None) -> tuple[Outline, ...]:
    """Return all outlines in the order of files and lines; DataError names file, line and what is wrong."""
    folder = folder or resources.data_path("training")
    files = sorted(folder.glob("??.jsonl"))
    if not files:
        raise DataError(f"{folder}: no file such as en.jsonl; training data is part of a checkout, not of the wheel")
    return tuple(outline for path in files for outline in _read(path))


def _read(path: Path) -> Iterator[Outline]:
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            outline = msgspec.json.decode(line, type=Outline)
        except msgspec.DecodeError as error:
            raise DataError(f"{path}: line {number}: {error}; the fields are described in DATASHEET.md") from error
        for block in outline.blocks:
            for mention in block.mentions:
                if not 0 <= mention.start < mention.end <= len(block.text):
                    raise DataError(f"{path}: line {number}: mention {mention} lies outside {block.text!r}")
        yield outline


def fragments(outline: Outline) -> Iterator[Outline]:
    """Yield parts of an outline, for many a real page has no frame: its body, and the body's halves."""
    title = tuple(block for block in outline.blocks if block.kind == "title")
    body = tuple(b for b in outline.blocks if b.section == "main" and b.kind not in ("title", "meta", "jsonld"))
    half = len(body) // 2
    for blocks in (body, (*title, *body[:half]), body[half:]):
        if blocks:
            yield msgspec.structs.replace(outline, blocks=blocks, site_name="")


# ── outline → HTML ───────────────────────────────────────────────────────────────────────────────────


_TAGS = {
    "list_item": ["li"],
    "question": ["dt"],
    "answer": ["dd"],
    "quote": ["blockquote"],
    "caption": ["figure", "figcaption"],
}
_WRAPPED = {"list_item": "ul", "row": "table", "question": "dl", "answer": "dl"}


def to_html(outline: Outline) -> bytes:
    """Return the outline as a page in UTF-8, built as pages of the field are: menus, lists, tables, definitions."""
    head = [f"<title>{html.escape(b.text)}</title>" for b in outline.blocks if b.kind == "title"]
    head += [_meta("description", b.text) for b in outline.blocks if b.kind == "meta"]
    head += [_meta("og:site_name", outline.site_name)] if outline.site_name else []
    head += [_data(b.text) for b in outline.blocks if b.kind == "jsonld"]
    body = [b for b in outline.blocks if b.kind not in ("title", "meta", "jsonld")]
    parts = [
        _in_section(section, _wrapped(list(blocks)))
        for section, blocks in itertools.groupby(body, key=lambda block: block.section)
    ]
    page = f'<!DOCTYPE html><html lang="{outline.lang}"><head><meta charset="utf-8">{"".join(head)}</head>'
    return f"{page}<body>{''.join(parts)}</body></html>".encode()


def _meta(name: str, content: str) -> str:
    key = "property" if name.startswith("og:") else "name"
    return f'<meta {key}="{name}" content="{html.escape(content)}">'


def _data(text: str) -> str:
    value = msgspec.json.encode({"@context": "https://schema.org", "@type": "WebPage", "description": text}).decode()
    value = value.replace("</", "<\\/")
    return f'<script type="application/ld+json">{value}</script>'


def _in_section(section: Section, inner: str) -> str:
    return f"<{section}>{inner}</{section}>"


def _wrapped(blocks: list[OutlineBlock]) -> str:
    parts = []
    for tag, run in itertools.groupby(blocks, key=lambda block: _WRAPPED.get(block.kind, "")):
        inner = "".join(_element(block) for block in run)
        parts.append(f"<{tag}>{inner}</{tag}>" if tag else inner)
    return "".join(parts)


def _element(block: OutlineBlock) -> str:
    text = html.escape(block.text)
    if block.section == "nav":
        return "<ul>" + "".join(f'<li><a href="#">{part}</a></li>' for part in text.split(" / ")) + "</ul>"
    if block.kind == "row":
        return "<tr>" + "".join(f"<td>{cell}</td>" for cell in text.split(" | ")) + "</tr>"
    if block.kind == "alt":
        return f'<img src="picture.jpg" alt="{text}">'
    tags = [f"h{block.level or 2}"] if block.kind == "heading" else _TAGS.get(block.kind, ["p"])
    return "".join(f"<{tag}>" for tag in tags) + text + "".join(f"</{tag}>" for tag in reversed(tags))


# ── labelled mentions → places in the document ───────────────────────────────────────────────────────


class Placed(NamedTuple):
    """A labelled mention in the document that its outline was read as."""

    block: int
    start: int
    end: int
    label: Labelled


def place(outline: Outline, document: Document) -> tuple[list[Placed], list[Labelled]]:
    """Return the labelled mentions with their places in the document's blocks, and those that have none."""
    placed: list[Placed] = []
    lost: list[Labelled] = []
    used: set[tuple[int, int]] = set()
    for block in outline.blocks:
        for mention in block.mentions:
            found = _find(block, mention, _alike(block, document.blocks), used)
            if found is None:
                lost.append(mention)
            else:
                used.add(found[:2])
                placed.append(Placed(*found, mention))
    return placed, lost


_LAYERS = {"title": "title", "meta": "meta", "jsonld": "jsonld", "alt": "alt"}


def _alike(block: OutlineBlock, blocks: Iterable[Block]) -> list[Block]:
    """Return the document's blocks that an outline block may have become: of its layer, and visible in its section."""
    layer = _LAYERS.get(block.kind, "visible")
    return [one for one in blocks if one.layer == layer and (layer != "visible" or one.section == block.section)]


def _find(
    block: OutlineBlock, mention: Labelled, blocks: list[Block], used: set[tuple[int, int]]
) -> tuple[int, int, int] | None:
    """Return block, start and end: where most of the words around the mention stand, first those right before it."""
    words = clean(block.text[mention.start : mention.end])
    for reach in (60, 20, 6, 0):
        before = clean(block.text[max(mention.start - reach, 0) : mention.end])
        after = clean(block.text[mention.start : mention.end + reach])
        for wanted, shift in ((before, len(before) - len(words)), (after, 0)):
            for one in blocks:
                at = one.text.find(wanted)
                while at >= 0:
                    if (one.id, at + shift) not in used:
                        return one.id, at + shift, at + shift + len(words)
                    at = one.text.find(wanted, at + 1)
    return None
