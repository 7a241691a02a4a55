"""Decide cheaply which text can hold a term at all, so that spaCy sees only those blocks (or is never imported).

An Aho-Corasick automaton looks for one *anchor* of every pattern: a piece that every match must hold. The gate may let
through text without a term; it must never hold back text with one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from functools import lru_cache

import ahocorasick_rs

from ..lexicon import LANGUAGES, Entry, Slot, compile_pattern, load_lexicon
from .tokenizer import fold, is_cjk, norm, split

_ASCII = str.maketrans({chr(c): (chr(c) if chr(c).isalnum() else " ") for c in range(128)} | {"'": "", "\n": " "})
_SHORT = 3  # Latin anchors up to this length must be whole words


def latin_form(folded: str) -> str:
    """Return folded text with every run of ASCII punctuation and space as one space, and a space at both ends."""
    return f" {' '.join(folded.translate(_ASCII).split())} "


def cjk_form(folded: str) -> str:
    """Return folded text without any white space."""
    return "".join(folded.split())


class Gate:
    """Tell whether a text can hold one of the patterns of ``entries``; ``gate(text) -> bool``."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        latin: set[str] = set()
        cjk: set[str] = set()
        for entry in entries:
            for pattern in entry.term.match:
                for slots in compile_pattern(pattern):
                    for phrase in key_slot(slots).phrases:
                        anchors(phrase, latin, cjk)
        self._latin = ahocorasick_rs.AhoCorasick(sorted(latin))
        self._cjk = ahocorasick_rs.AhoCorasick(sorted(cjk))

    def __call__(self, text: str) -> bool:
        """Return True where ``text`` (as on the page) may hold a term."""
        folded = fold(text)
        if self._latin.find_matches_as_indexes(latin_form(folded)):
            return True
        return not text.isascii() and bool(self._cjk.find_matches_as_indexes(cjk_form(folded)))


def key_slot(slots: tuple[Slot, ...]) -> Slot:
    """Return the slot that says most about a pattern: it must be filled, and its shortest phrase is the longest."""
    filled = [slot for slot in slots if slot.phrases and not slot.optional]
    return max(filled, key=lambda slot: min(_weight(phrase) for phrase in slot.phrases))


def _weight(phrase: str) -> int:
    return sum(2 if is_cjk(char) else char.isalnum() for char in phrase)


def anchors(phrase: str, latin: set[str], cjk: set[str]) -> None:
    """Add the anchor of ``phrase`` to the set that its script belongs to, in every inflection that the tokenizer folds."""
    runs: list[list[str]] = [[]]
    words = split(phrase)[0]
    kinds = ["cjk" if is_cjk(word[0]) else "latin" if word[0].isascii() and word[0].isalnum() else "other" for word in words]
    for word, kind, before in zip(words, kinds, [None, *kinds], strict=False):
        if kind == before and kind != "other":
            runs[-1].append(word)
        else:
            runs.append([word])
    best = max(filter(None, runs), key=lambda run: _weight("".join(run)))
    if best[0][0].isascii() and best[0][0].isalnum():
        latin.update(_inflections([norm(word).replace("'", "") for word in best]))
    else:
        cjk.add("".join(fold(word) for word in best))


def _inflections(words: list[str]) -> Iterable[str]:
    forms = [[word, *_plurals(word)] for word in words]
    if len(words) > 3:
        forms = forms[:3]  # a longer anchor says no more and doubles with every word
    for reading in itertools.product(*forms[:-1], forms[-1]):
        text = " " + " ".join(reading)
        yield text + " " if len(text) - 1 <= _SHORT + 1 and len(reading) == 1 else text


def _plurals(word: str) -> list[str]:
    if word[0].isdigit():
        return []
    return [word + "s", *([word[:-1] + "ies"] if word.endswith("y") else []), *([word + "es"] if word.endswith("ss") else [])]


@lru_cache(maxsize=1)
def page_gate() -> Gate:
    """Return the gate for whole pages: a page without a therapy term in any language needs no reading."""
    return Gate(entry for lang in LANGUAGES for entry in load_lexicon(lang).entries if entry.label.startswith("therapy."))
