"""Decide whether a document can be judged at all: Document → the same with ``problem`` set where it cannot.

Not knowing is never scored: a page whose text is drawn by scripts, stands in pictures or hides behind a check is
inconclusive.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from . import resources
from .types import Document

READ = ("en", "ko", "ja", "zh-Hans", "zh-Hant")
_BLOCKED_BELOW = 900  # letters; a page with more text is more than a notice
_PICTURES_BELOW = 1500
_CONTENT_BELOW = 80
_EMPTY = ("too_little_text", "script_only", "pictures_only", "blocked")
FATAL = (*_EMPTY, "unknown_language")
"""Limits that leave nothing to judge."""


class _Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    phrases: tuple[str, ...]


def checked(document: Document) -> Document:
    """Return the document with the limit and problem that keep it from being judged, or as it is."""
    if document.problem:
        return document
    limits = document.limits
    visible = [block.text for block in document.blocks if block.layer == "visible"]
    empty = any(limit.split(":")[0] in _EMPTY for limit in limits)
    # Letters are counted where they can decide; a text has at least as many as characters.
    letters = sum(map(len, visible))
    if letters < _PICTURES_BELOW or empty:
        letters = sum(map(_letters, visible))
    if document.blocks and not empty:
        if letters < _BLOCKED_BELOW and _stands_in_the_way(document):
            limits = (*limits, "blocked")
        elif letters < _PICTURES_BELOW and document.images and _content(document) < _CONTENT_BELOW:
            limits = (*limits, "pictures_only")
    if document.lang not in READ:
        limits = (*limits, f"unknown_language:{document.lang}")
    fatal = [limit for limit in limits if limit.split(":")[0] in FATAL]
    if not fatal:
        return document
    from .text import load_text

    values = [limit if ":" in limit else f"{limit}:{letters}" for limit in fatal]
    problem = "; ".join(load_text("en").limit(value) for value in values)
    return msgspec.structs.replace(document, limits=limits, problem=problem)


def _letters(text: str) -> int:
    """Return a text's length; Hangul, kana and Han count as two letters."""
    return len(text) if text.isascii() else sum(2 if char > "ᄀ" else 1 for char in text)


def _content(document: Document) -> int:
    return sum(
        _letters(block.text) for block in document.blocks if block.layer == "visible" and block.section == "main"
    )


@lru_cache(maxsize=1)
def _phrases() -> tuple[str, ...]:
    data = resources.read_toml(resources.data_path("blocked.toml")).convert(_Phrases)
    return tuple(phrase.casefold() for phrase in data.phrases)


def _stands_in_the_way(document: Document) -> bool:
    text = " ".join(block.text for block in document.blocks).casefold()
    return any(phrase in text for phrase in _phrases())
