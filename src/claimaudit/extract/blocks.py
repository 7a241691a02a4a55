"""Turn a parsed page into a Document: title, metadata, then the body's blocks in reading order, then JSON-LD.

The walk (walk.py) gives drafts; here they learn what only the blocks around them can tell: whether a bold line heads
something, which question an answer belongs to, which heading stands above.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

import msgspec
from selectolax.lexbor import LexborNode

from claimaudit.types import Block, BlockKind, Document

from . import about
from .drafts import Draft
from .page import Page
from .structure import opens_answer, opens_question
from .walk import MAX_BLOCKS, Hit, Walker

_MARKABLE: frozenset[BlockKind] = frozenset({"paragraph", "list_item", "heading", "quote"})
_NAME = re.compile(r"[A-Za-z_-]*[A-Za-z][A-Za-z0-9_-]*")  # an id that needs no escape in a selector
_ANSWER_WITHIN = 3  # blocks after "Q." in which "A." must come


def document(page: Page, hit: Hit | None = None) -> Document:
    """The blocks of a page and what is known about it as a whole; a page with a problem gives a document with it.

    Tables, definition lists and question-and-answer containers whose cleaned text satisfies ``hit`` are read exactly
    ("header: cell"), the others quickly (cells joined by " | "). The elements of the blocks stay with the page, for
    :func:`path_of`.
    """
    walker = Walker(hit, lru_cache(lambda: len(page.body_text) - page.body_text.count(" ")))
    body = page.tree.body if page.tree else None
    if body is not None:
        walker.walk(body)
    drafts = walker.drafts[:MAX_BLOCKS]
    _mark_questions(drafts)
    _settle_labels(drafts)
    visible = [draft.text for draft in drafts if draft.layer == "visible"]
    limits, script_only = ((), False) if page.problem else about.limits(page, walker, visible)
    everything = [*_head(page), *drafts, *_jsonld(page)]
    if len(everything) > MAX_BLOCKS:
        everything = everything[:MAX_BLOCKS]
        limits = limits if walker.cut else (*limits, f"blocks_cut:{MAX_BLOCKS}")
    page.nodes.clear()
    page.nodes.update((place, draft.node) for place, draft in enumerate(everything) if draft.node is not None)
    return Document(
        url=page.url,
        lang=page.lang,
        charset=page.decoded.charset,
        title=page.title,
        blocks=_blocks(everything),
        names=about.names(page, drafts),
        text_chars=len(page.text),
        images=walker.images,
        images_without_alt=walker.images_without_alt,
        script_only=script_only,
        html_sha256=page.html_sha256,
        text_sha256=page.text_sha256,
        problem=page.problem,
        limits=limits,
    )


def located(page: Page, made: Document, ids: Collection[int]) -> Document:
    """The last document made from a page, with the CSS paths of the blocks ``ids`` filled in."""
    paths: dict[int, str] = {}
    blocks = tuple(
        msgspec.structs.replace(block, path=path_of(page, block.id, paths)) if block.id in ids else block
        for block in made.blocks
    )
    return msgspec.structs.replace(made, blocks=blocks)


def path_of(page: Page, block_id: int, known: dict[int, str] | None = None) -> str:
    """The CSS path of a block's element, from the nearest id or the root; "" for blocks that have none.

    Valid for the last document made from the page. ``div#main > ul:nth-of-type(2) > li:nth-of-type(3)``. ``known``
    keeps the paths of elements from call to call, for neighbours share most of theirs.
    """
    known = {} if known is None else known
    node = page.nodes.get(block_id)
    steps: list[tuple[int, str]] = []
    above = ""
    while node is not None and node.is_element_node:
        if node.mem_id in known:
            above = known[node.mem_id]
            break
        tag, identifier = node.tag or "", node.attributes.get("id") or ""
        if _NAME.fullmatch(identifier):
            steps.append((node.mem_id, f"{tag}#{identifier}"))
            break
        steps.append((node.mem_id, tag if tag in ("html", "body") else f"{tag}:nth-of-type({_place(node, tag)})"))
        node = node.parent
    for identity, step in reversed(steps):
        above = known[identity] = f"{above} > {step}" if above else step
    return above


def _place(node: LexborNode, tag: str) -> int:
    place, before = 1, node.prev
    while before is not None:
        place += before.tag == tag
        before = before.prev
    return place


# ── around the body ──────────────────────────────────────────────────────────────────────────────────


def _head(page: Page) -> list[Draft]:
    drafts = [Draft("title", page.title, layer="title")] if page.title else []
    drafts.extend(Draft("meta", content, layer="meta") for _, content in page.metas if content != page.title)
    return drafts


def _jsonld(page: Page) -> list[Draft]:
    return [Draft(item.kind, item.text, layer="jsonld") for item in page.items]


# ── what only the neighbours can tell ────────────────────────────────────────────────────────────────


def _mark_questions(drafts: list[Draft]) -> None:
    """Make lines that open with "Q." questions where one that opens with "A." follows soon, and that one an answer."""
    for place, draft in enumerate(drafts):
        if draft.kind not in _MARKABLE or not opens_question(draft.text):
            continue
        for follower in drafts[place + 1 : place + 1 + _ANSWER_WITHIN]:
            if follower.kind in ("question", "row") or opens_question(follower.text):
                break
            if follower.kind in _MARKABLE and opens_answer(follower.text):
                draft.kind, draft.level, draft.label = "question", 0, False
                follower.kind, follower.level, follower.label = "answer", 0, False
                break


def _settle_labels(drafts: list[Draft]) -> None:
    """Make a short bold or titled line a heading where a block of the same section follows that is no such line."""
    level = 1
    for place, draft in enumerate(drafts):
        if draft.kind == "heading":
            level = draft.level or level
        elif draft.label:
            follower = next((one for one in drafts[place + 1 : place + 4] if one.layer == "visible"), None)
            if follower is not None and follower.section == draft.section and not follower.label:
                draft.kind, draft.level = "heading", min(level + 1, 6)


def _blocks(drafts: list[Draft]) -> tuple[Block, ...]:
    """The drafts numbered, each with the nearest heading and question above it in its own section and layer."""
    blocks: list[Block] = []
    headings: dict[str, int] = {}
    questions: dict[str, int] = {}
    for number, draft in enumerate(drafts):
        kind, section, layer = draft.kind, draft.section, draft.layer
        in_body = layer in ("visible", "alt")
        question = None
        if kind == "answer":
            question = questions.get(section if in_body else layer)
        elif kind == "question":
            questions[section if in_body else layer] = number
        blocks.append(
            Block(
                id=number,
                kind=kind,
                text=draft.text,
                section=section,
                layer=layer,
                level=draft.level,
                heading=headings.get(section) if in_body else None,
                question=question,
            )
        )
        if kind == "heading":
            headings[section] = number
            questions.pop(section, None)
    return tuple(blocks)
