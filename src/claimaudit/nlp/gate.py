"""Decide cheaply which text can hold a term at all, so that spaCy sees only those blocks (or is never imported).

An Aho-Corasick automaton looks for one *anchor* of every pattern: a piece that every match must hold. The gate may let
through text without a term; it must never hold back text with one.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

import ahocorasick_rs

from ..lexicon import LANGUAGES, Entry, load_lexicon
from ..pattern_language import Slot, compile_pattern
from .tokenizer import fold, is_cjk, norm, split

_DIGIT = re.compile(r"\d")
_APOSTROPHE = re.compile("'(?=[a-z])")
_LETTERS = bytes(code if chr(code).isalpha() else ord(" ") for code in range(256))
_REACH = 250  # no term is longer: eight words or twenty characters of a gap, and its own words
_SHORT = 3  # Latin anchors up to this length must be whole words


def latin_form(folded: str) -> str:
    """Return the Latin words of folded text with one space between and around them; all else, digits too, goes."""
    if "'" in folded:
        folded = _APOSTROPHE.sub("", folded)  # clinic's is one word
    letters = folded.encode("latin-1", "replace").translate(_LETTERS)  # bytes, for speed
    return f" {' '.join(letters.decode('latin-1').split())} "


def other_form(folded: str) -> str:
    """Return folded text (white space collapsed) without spaces."""
    return folded.replace(" ", "")


class _Wait(NamedTuple):
    """What else a pattern needs once its key anchor was seen."""

    digit: bool
    slots: tuple[frozenset[int], ...]  # an anchor of each
    written: tuple[str, ...]  # one of these in just this case; () where case does not count


class Gate:
    """Tell whether a text can hold one of the patterns of ``entries``; ``gate(text) -> bool``.

    A pattern can only match where every slot that must be filled has one of its anchors in the text. ``rank``
    gives an entry's rank from its label; :meth:`level` is the highest rank of what a text may hold.
    """

    def __init__(self, entries: Iterable[Entry], rank: Callable[[str], int] = lambda _: 1) -> None:
        self._numbers: dict[tuple[str, str], int] = {}  # (script, anchor) → number
        self._waiting: dict[int, dict[int, list[_Wait]]] = defaultdict(lambda: defaultdict(list))
        self._marked: dict[int, list[Entry]] = defaultdict(list)  # entries whose regular expressions a marker calls for
        self._marked_ranks: dict[int, int] = defaultdict(int)
        for entry in entries:
            level = rank(entry.label)
            for number in {
                self._number(a) for marker in entry.term.markers for a in anchors(marker) or [_literal(marker)]
            }:
                self._marked[number].append(entry)
                self._marked_ranks[number] = max(self._marked_ranks[number], level)
            for pattern in entry.term.match:
                for slots in compile_pattern(pattern):
                    self._add(slots, self._waiting[level], entry.term.case)
        latin = [anchor for script, anchor in self._numbers if script == "latin"]
        other = [anchor for script, anchor in self._numbers if script == "other"]
        self._latin, self._other = ahocorasick_rs.AhoCorasick(latin), ahocorasick_rs.AhoCorasick(other)
        self._latin_numbers = [self._numbers["latin", anchor] for anchor in latin]
        self._other_numbers = [self._numbers["other", anchor] for anchor in other]
        self._ranks = sorted({*self._waiting, *self._marked_ranks.values()}, reverse=True)

    def _add(self, slots: tuple[Slot, ...], waiting: dict[int, list[_Wait]], case: bool) -> None:
        key = key_slot(slots)
        filled = [slot for slot in slots if slot.phrases and not slot.optional]
        sets = {id(s): frozenset(self._number(a) for phrase in s.phrases for a in anchors(phrase)) for s in filled}
        telling = [slot for slot in filled if slot is not key and all(map(_weight, slot.phrases))]
        written = tuple(re.split(r"[\s\-‐‑]", phrase, maxsplit=1)[0] for phrase in key.phrases) if case else ()
        rest = _Wait(any(slot.number for slot in slots), tuple(sets[id(slot)] for slot in telling), written)
        keys = {self._number(a) for phrase in key.phrases for a in anchors(phrase) or [_literal(phrase)]}  # 100 %
        for number in keys:
            waiting[number].append(rest)

    def _number(self, anchor: tuple[str, str]) -> int:
        return self._numbers.setdefault(anchor, len(self._numbers))

    def __call__(self, text: str) -> bool:
        """Return True where ``text`` (as on the page) may hold a term."""
        return self.level(text) > 0

    def within_reach(self, text: str) -> bool:
        """Return True where a long text may hold a term: what it needs must stand within ``_REACH`` characters."""
        if not self(text):
            return False
        steps = range(0, max(len(text) - _REACH, 1), _REACH)
        return any(self(text[start : start + 2 * _REACH]) for start in steps)

    def level(self, text: str) -> int:
        """Return the highest rank of an entry that the text may hold, 0 where it holds none."""
        return self._level(text, self._present(text))

    def levels(self, texts: Sequence[str]) -> list[int]:
        """Return the level of each text; one search through all of them costs half of one search each."""
        folded = fold("\n".join(texts)).split("\n")
        present: list[set[int]] = [set() for _ in texts]
        for forms, automaton, numbers in (
            (list(map(latin_form, folded)), self._latin, self._latin_numbers),
            (list(map(other_form, folded)), self._other, self._other_numbers),
        ):
            starts = list(accumulate((len(form) + 1 for form in forms), initial=0))
            place = 0
            for number, start, _ in sorted(
                automaton.find_matches_as_indexes("\n".join(forms), overlapping=True), key=itemgetter(1)
            ):
                while starts[place + 1] <= start:
                    place += 1
                present[place].add(numbers[number])
        return [self._level(text, found) for text, found in zip(texts, present, strict=True)]

    def _level(self, text: str, present: set[int]) -> int:
        if not present:
            return 0
        digit = _DIGIT.search(text) is not None
        marked = (
            max((self._marked_ranks[number] for number in present & self._marked.keys()), default=0) if digit else 0
        )
        return next((r for r in self._ranks if r <= marked or _any_met(self._waiting[r], present, text, digit)), 0)

    def numbered(self, text: str) -> list[Entry]:
        """Return the entries whose regular expressions are worth trying: a marker and a digit stand in the text."""
        if not _DIGIT.search(text):
            return []
        present = self._present(text)
        return list(
            {entry.rule: entry for number in sorted(present) for entry in self._marked.get(number, ())}.values()
        )

    def _present(self, text: str) -> set[int]:
        """Return the numbers of the anchors that stand in a text."""
        folded = fold(text)
        present = {
            self._latin_numbers[match[0]]
            for match in self._latin.find_matches_as_indexes(latin_form(folded), overlapping=True)
        }
        present.update(
            self._other_numbers[match[0]]
            for match in self._other.find_matches_as_indexes(other_form(folded), overlapping=True)
        )
        return present


def _any_met(waiting: dict[int, list[_Wait]], present: set[int], text: str, digit: bool) -> bool:
    """Tell whether a text with these anchors has what one of their patterns needs besides."""
    for number in present & waiting.keys():
        for needs_digit, slots, written in waiting[number]:
            if needs_digit and not digit:
                continue
            for slot in slots:
                if slot.isdisjoint(present):
                    break
            else:
                if not written or any(word in text for word in written):
                    return True
    return False


def key_slot(slots: tuple[Slot, ...]) -> Slot:
    """Return the slot that says most about a pattern: it must be filled, and its shortest phrase is the longest."""
    filled = [slot for slot in slots if slot.phrases and not slot.optional]
    return max(filled, key=lambda slot: min(_weight(phrase) for phrase in slot.phrases))


@cache
def _weight(phrase: str) -> int:
    return sum(2 if is_cjk(char) else char.isalpha() for char in phrase)


def anchors(phrase: str) -> list[tuple[str, str]]:
    """Return the anchors of a phrase, one of which is in every text that holds it: (script, text), all inflections."""
    runs: list[list[str]] = [[]]
    before = ""
    for word in split(unicodedata.normalize("NFKC", phrase))[0]:
        kind = _kind(word)
        if kind != before:
            runs.append([])
        runs[-1].append(word)
        before = kind
    best = max(filter(None, runs), key=lambda run: _weight("".join(run)))
    if not _weight(phrase) and not any(is_marker(word) for word in best):
        return []  # punctuation and bare digits stand in every text
    if _kind(best[0]) != "latin":
        return [("other", "".join(fold(word) for word in best))]
    if _weight("".join(best)) < _SHORT and len(runs) > 2:  # A2M: its letters alone stand in every text
        return [("other", "".join(fold(word) for run in runs for word in run).rstrip("s"))]
    return [("latin", form) for form in _inflections([norm(word).replace("'", "") for word in best])]


def _literal(marker: str) -> tuple[str, str]:
    return "other", other_form(fold(marker))


def is_marker(word: str) -> bool:
    """Tell a sign that says something (₩, $) from punctuation and digits."""
    return unicodedata.category(word[0]) in ("Sc", "So")


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
    return [
        word + "s",
        *([word[:-1] + "ies"] if word.endswith("y") else []),
        *([word + "es"] if word.endswith("ss") else []),
    ]


@lru_cache(maxsize=1)
def page_gate() -> Gate:
    """Return the gate for whole pages: a page without a therapy term in any language needs no reading."""
    return Gate(
        entry for lang in LANGUAGES for entry in load_lexicon(lang).entries if entry.label.startswith("therapy.")
    )
