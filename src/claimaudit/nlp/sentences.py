"""Mark sentences and clauses on a page's tokens: tokens → a sentence number and a clause number for each.

Sentences end at block boundaries, at full stops and at question and exclamation marks; abbreviations, initials,
decimals and numbered items do not end one. Clauses end at commas, semicolons, colons, brackets and bars.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from operator import add
from typing import NamedTuple

from .tokenizer import is_cjk, split

_ENDS = frozenset("。!?！？")
_CLAUSE = frozenset(",;:、，；：()（）|·/–—")
_CLOSERS = frozenset("\"'”’」』)）]】》")
_MARKS = _ENDS | _CLAUSE | {".", "\n"}
_QUOTES = frozenset("\"'”’」』")
_ABBREVIATIONS = frozenset(
    [
        "dr",
        "prof",
        "mr",
        "mrs",
        "ms",
        "st",
        "vs",
        "no",
        "nos",
        "inc",
        "ltd",
        "co",
        "corp",
        "e.g",
        "i.e",
        "eg",
        "ie",
        "etc",
        "approx",
        "dept",
        "fig",
        "al",
        "art",
        "sec",
        "tel",
        "ph",
        "est",
        "sq",
        "mt",
        "jr",
        "sr",
    ]
)


class Boundaries(NamedTuple):
    """For each token its sentence and its clause, numbered over the page; a line break has a number of its own."""

    sentence: list[int]
    clause: list[int]
    firsts: list[int]  # for each sentence, its first token


def boundaries(words: list[str], follows: list[bool]) -> Boundaries:
    """Return the boundaries of tokens; ``follows[i]`` tells whether a space stands after token i."""
    sentence: list[int] = []
    clause: list[int] = []
    firsts: list[int] = [0]
    s = c = 0
    pending = False  # an end was seen; closing quotes and brackets still belong to it
    for position, word in enumerate(words):
        if not pending and word not in _MARKS:  # most tokens
            sentence.append(s)
            clause.append(c)
            continue
        if word == "\n":
            s, c, pending = s + 1, c + 1, False
            sentence.append(s)
            clause.append(c)
            s, c = s + 1, c + 1
            firsts += (position, position + 1)
            continue
        if pending and word not in _CLOSERS and word not in _ENDS and not _said(words, follows, position):
            s, c, pending = s + 1, c + 1, False
            firsts.append(position)
        if pending and word not in _CLOSERS and word not in _ENDS:
            pending = False
        sentence.append(s)
        clause.append(c)
        if word in _ENDS or (word == "." and _full_stop(words, follows, position)):
            pending = True
        elif word in _CLAUSE:
            c += 1
    return Boundaries(sentence, clause, firsts)


def spans(text: str) -> list[tuple[int, int]]:
    """Return the sentences of a text as (start, end), offsets into it."""
    words, follows = split(text)
    starts = list(accumulate(map(add, map(len, words), follows), initial=0))
    firsts = boundaries(words, follows).firsts
    return [(starts[a], starts[b]) for a, b in pairwise((*firsts, len(words))) if a < b]


def _full_stop(words: list[str], follows: list[bool], position: int) -> bool:
    if position + 1 >= len(words):
        return True
    before = words[position - 1] if position else ""
    after = words[position + 1]
    if "." in (before, after):
        return False
    if before and is_cjk(before[-1]):
        return follows[position] or is_cjk(after[0]) or after in _CLOSERS
    abbreviated = before.lower() in _ABBREVIATIONS or (len(before) == 1 and before.isalpha())
    if not follows[position]:
        return after == "\n" or (after in _CLOSERS and not abbreviated)
    numbered = before.isdigit() and (position == 1 or words[position - 2] in ("\n", "."))  # "1. Consultation"
    return not abbreviated and not numbered and not after[0].islower()


def _said(words: list[str], follows: list[bool], position: int) -> bool:
    """Tell whether a closing quotation mark goes on in the same sentence: "…입니다."라고, 「…です。」と."""
    return (
        words[position - 1] in _QUOTES
        and not follows[position - 1]
        and ("가" <= words[position][0] <= "힣" or words[position] == "と")
    )
