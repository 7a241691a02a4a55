"""Clean the characters of a text: any string in, NFKC with single spaces out.

Every block and the text of the whole page pass through :func:`clean`, so that terms are compared in one spelling.
"""

from __future__ import annotations

import re
from unicodedata import normalize

BREAK = SEAM = "\0"
"""Stands for a ``<br>`` in a run of text, and between two text nodes of a page, until the text is cleaned.

HTML parsers drop NUL, so no page can contain it; and unlike a rarer character it keeps the strings of Western pages at
one byte a character, which halves the time of cleaning them.
"""

# Marks that would hide a term (™ would become "TM" under NFKC), then characters without width: soft hyphens, joiners,
# direction marks, Hangul fillers, variation selectors, byte order marks.
_DROPPED = (
    "™®©℠\u00ad\u034f\u061c\u115f\u1160\u180b\u180c\u180d\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c"
    "\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u3164\ufe00\ufe01\ufe02\ufe0e\ufe0f\ufeff\uffa0"
    "\U000e0100\U000e0101\U000e0102\U000e0103"
)
_DROPPED_SET = frozenset(_DROPPED)
_DROP = dict.fromkeys(map(ord, _DROPPED))
_SURROGATE = re.compile("[\ud800-\udfff]")
_ASCII = bytes(range(128))
_SHAPES = bytes(0 if not code else 97 if chr(code).isalpha() and code < 128 else 32 for code in range(256))
_PIECES = re.compile("(?:\0[A-Za-z]{1,40}){1,3}")
_LONG = 300
_MAX_SEAMS = 200_000  # that are looked at


def clean(text: str) -> str:
    """NFKC, without ™ ® © and characters of no width, white space collapsed to single spaces and stripped."""
    if text.isascii():
        return " ".join(text.split())
    normal = _normal(" ".join(text.split()))
    # The only white space that normalising can bring is the space.
    if "  " in normal or normal[:1] == " " or normal[-1:] == " ":
        return " ".join(normal.split())
    return normal


def _normal(text: str) -> str:
    if len(text) < _LONG:
        if not _DROPPED_SET.isdisjoint(text):
            text = text.translate(_DROP)
        # "…" is the one common character that keeps text from being NFKC already, which normalize() sees at once.
        return normalize("NFKC", text.replace("…", "..."))
    characters = set(not_ascii(text))
    for character in characters & _DROPPED_SET:
        text = text.replace(character, "")
    # A page has few characters beyond ASCII: one search for each of those to be replaced is quicker than a walk.
    for character in characters - _DROPPED_SET:
        normal = normalize("NFKC", character)
        if normal != character:
            text = text.replace(character, normal)
    return normalize("NFKC", text)


def not_ascii(text: str) -> str:
    """The characters of a text that are not ASCII, in order."""
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")


def clean_foreign(text: str) -> str:
    """:func:`clean` for strings that come from JSON, where half a surrogate pair can stand alone."""
    return clean(text if text.isascii() else _SURROGATE.sub("\ufffd", text))


def split_words(text: str) -> dict[str, None]:
    """The words of Latin letters that stand across up to three seams of text nodes, joined, each once.

    ``<p>an <b>Exo</b>some</p>`` gives "Exosome": a term that starts in one element and ends in the next must be found
    by those who look for terms in the text of a page, where a seam is a space.
    """
    words: dict[str, None] = {}
    shapes = text.encode("ascii", "replace").translate(_SHAPES)  # letters as "a", seams as they are
    at = 0
    for _ in range(_MAX_SEAMS):
        at = shapes.find(b"a\0a", at) + 1
        if not at:
            break
        before = shapes[max(at - 40, 0) : at]
        joined = text[at - len(before) + len(before.rstrip(b"a")) : at]
        right = _PIECES.match(text, at)
        if right:
            for piece in right[0].split(SEAM)[1:]:
                joined += piece
                words[joined] = None
    return words
