"""Decide cheaply which text can hold a term at all, so that spaCy sees only those blocks (or is never imported).

An Aho-Corasick automaton looks for one *anchor* of every pattern: a piece that every match must hold. The gate may let
through text without a term; it must never hold back text with one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from functools import lru_cache

import ahocorasick_rs

from ..lexicon import LANGUAGES, Entry, Slot, compile_pattern, load_lexicon
from .tokenizer import fold, is_cjk, norm, split

_DIGIT = re.compile(r"\d")
_LETTERS = str.maketrans({chr(c): (chr(c) if chr(c).isalpha() else " ") for c in range(128)} | {"'": ""})
_NOT_LETTERS = re.compile(r"[^a-zà-öø-ɏ]+")
_SHORT = 3  # Latin anchors up to this length must be whole words


def latin_form(folded: str) -> str:
    """Return the Latin words of folded text with one space between and around them; all else, digits too, is dropped."""
    if folded.isascii():
        return f" {' '.join(folded.translate(_LETTERS).split())} "
    return f" {_NOT_LETTERS.sub(' ', folded.replace(chr(39), '')).strip()} "


def other_form(folded: str) -> str:
    """Return folded text without any white space."""
    return "".join(folded.split())


class Gate:
    """Tell whether a text can hold one of the patterns of ``entries``; ``gate(text) -> bool``."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        latin: set[str] = set()
        other: set[str] = set()
        regexes: dict[str, None] = {}
        for entry in entries:
            regexes |= dict.fromkeys(entry.term.regex)
            for pattern in entry.term.match:
                for slots in compile_pattern(pattern):
                    for phrase in key_slot(slots).phrases:
                        anchors(phrase, latin, other)
        self._latin = ahocorasick_rs.AhoCorasick(sorted(latin))
        self._other = ahocorasick_rs.AhoCorasick(sorted(other))
        self._regex = re.compile("|".join(map(_inline, regexes))) if regexes else None

    def __call__(self, text: str) -> bool:
        """Return True where ``text`` (as on the page) may hold a term."""
        folded = fold(text)
        if self._latin.find_matches_as_indexes(latin_form(folded)):
            return True
        if self._other.find_matches_as_indexes(other_form(folded)):
            return True
        return self._regex is not None and _DIGIT.search(text) is not None and self._regex.search(text) is not None


def _inline(pattern: str) -> str:
    """Write a regular expression so that it can stand beside others: its flags inside its own group."""
    return f"(?i:{pattern[4:]})" if pattern.startswith("(?i)") else f"(?:{pattern})"


def key_slot(slots: tuple[Slot, ...]) -> Slot:
    """Return the slot that says most about a pattern: it must be filled, and its shortest phrase is the longest."""
    filled = [slot for slot in slots if slot.phrases and not slot.optional]
    return max(filled, key=lambda slot: min(_weight(phrase) for phrase in slot.phrases))


@lru_cache(maxsize=None)
def _weight(phrase: str) -> int:
    return sum(2 if is_cjk(char) else char.isalpha() for char in phrase)


def anchors(phrase: str, latin: set[str], other: set[str]) -> None:
    """Add the anchor of ``phrase`` to the set that its script belongs to, in every inflection that the tokenizer folds."""
    runs: list[list[str]] = [[]]
    before = ""
    for word in split(phrase)[0]:
        kind = _kind(word)
        if kind != before:
            runs.append([])
        runs[-1].append(word)
        before = kind
    best = max(filter(None, runs), key=lambda run: _weight("".join(run)))
    if _kind(best[0]) == "latin":
        latin.update(_inflections([norm(word).replace("'", "") for word in best]))
    else:
        other.add("".join(fold(word) for word in best))


def _kind(word: str) -> str:
    if is_cjk(word[0]):
        return "cjk"
    return "latin" if word[0].isascii() and word[0].isalpha() else "other"


def _inflections(words: list[str]) -> Iterable[str]:
    forms = [[word, *_plurals(word)] for word in words]
    if len(words) > 3:
        forms = forms[:3]  # a longer anchor says no more and doubles with every word
    for reading in itertools.product(*forms[:-1], forms[-1]):
        text = " " + " ".join(reading)
        yield text + " " if len(text) - 1 <= _SHORT + 1 and len(reading) == 1 else text


def _plurals(word: str) -> list[str]:
    return [word + "s", *([word[:-1] + "ies"] if word.endswith("y") else []), *([word + "es"] if word.endswith("ss") else [])]


@lru_cache(maxsize=1)
def page_gate() -> Gate:
    """Return the gate for whole pages: a page without a therapy term in any language needs no reading."""
    return Gate(entry for lang in LANGUAGES for entry in load_lexicon(lang).entries if entry.label.startswith("therapy."))
