"""Clean the characters of a text: any string in, NFKC with single spaces out.

Every block and the text of the whole page pass through :func:`clean`, so that terms are compared in one spelling.
"""

from __future__ import annotations

import re
from itertools import islice
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
_ANY_DROPPED = re.compile(f"[{_DROPPED}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SEAM_IN_WORD = re.compile("\0(?=[A-Za-z])(?<=[A-Za-z]\0)")
_LETTERS_LAST = re.compile(r"[A-Za-z]+\Z")
_PIECES = re.compile("(?:\0[A-Za-z]{1,40}){1,3}")
_LONG = 2000
_MAX_SEAMS = 200_000  # that are looked at


def clean(text: str) -> str:
    """NFKC, without ™ ® © and characters of no width, white space collapsed to single spaces and stripped."""
    if text.isascii():
        return " ".join(text.split())
    single = " ".join(text.split())
    normal = _normal(single)
    return single if normal == single else " ".join(normal.split())


def _normal(text: str) -> str:
    if len(text) < _LONG:
        text = _ANY_DROPPED.sub("", text)
    else:
        # Looking for one character is many times faster than for one of a class: for whole pages that counts.
        for character in _DROPPED:
            if character in text:
                text = text.replace(character, "")
    # "…" is the one common character that keeps text from being NFKC already, which normalize() sees at once.
    return normalize("NFKC", text.replace("…", "..."))


def clean_foreign(text: str) -> str:
    """:func:`clean` for strings that come from JSON, where half a surrogate pair can stand alone."""
    return clean(_SURROGATE.sub("\ufffd", text))


def clean_seamed(text: str) -> str:
    """:func:`clean` for text nodes joined with :data:`SEAM`: a seam is a space; then come words that it may have split.

    ``<p>an <b>Exo</b>some</p>`` gives "an Exo some" and, at the end, "Exosome": a term that starts in one element and
    ends in the next must be found in the text of the page, whose readers look for terms and nothing else.
    """
    return " ".join((clean(text.replace(SEAM, " ")), *_split_words(text))).strip()


def _split_words(text: str) -> dict[str, None]:
    """The words of Latin letters that stand across up to three seams, joined, each once."""
    words: dict[str, None] = {}
    for seam in islice(_SEAM_IN_WORD.finditer(text), _MAX_SEAMS):
        at = seam.start()
        left = _LETTERS_LAST.search(text, max(at - 40, 0), at)
        right = _PIECES.match(text, at) if left else None
        if left and right:
            joined = left[0]
            for piece in right[0].split(SEAM)[1:]:
                joined += piece
                words[joined] = None
    return words
