"""Decide cheaply which text can hold a term at all, so that spaCy sees only those blocks (or is never imported).

An Aho-Corasick automaton looks for one *anchor* of every pattern: a piece that every match must hold. The gate may let
through text without a term; it must never hold back text with one.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

import ahocorasick_rs

from ..lexicon import LANGUAGES, Entry, load_lexicon
from ..pattern_language import Slot, compile_pattern
from .tokenizer import fold, is_cjk, norm, split

_DIGIT = re.compile(r"\d")
_APOSTROPHE = re.compile("'(?=[a-z])")
_EDGE = "\x01"
"""Stands between two texts that are searched as one; no anchor holds it, and in a text it becomes a space."""
_LETTERS = bytes(code if chr(code).isalpha() or chr(code) == _EDGE else ord(" ") for code in range(256))
_REACH = 250  # no term is longer: eight words or twenty characters of a gap, and its own words
_HEAD = 1500  # characters of a page that are searched before all of it
_NONE: frozenset[int] = frozenset()
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


class Texts(NamedTuple):
    """Texts that are searched as one, and each in the two forms in which anchors are looked for."""

    texts: list[str]
    latin: list[str]
    other: list[str]

    def few(self, places: Sequence[int]) -> Texts:
        """Return some of the texts."""
        return Texts(*([column[place] for place in places] for column in self))


def texts_of(texts: list[str]) -> Texts:
    """Return texts with their forms, made in one go."""
    folded = fold("\n".join(texts)).replace(_EDGE, " ").replace("\n", f" {_EDGE} ")
    return Texts(texts, latin_form(folded).split(_EDGE), other_form(folded).split(_EDGE))


class _Wait(NamedTuple):
    """What else a pattern needs once its key anchor was seen."""

    digit: bool
    slots: tuple[frozenset[int], ...]  # an anchor of each
    written: tuple[str, ...]  # one of these in just this case; () where case does not count

    def holds(self, text: str) -> bool:
        """Tell whether the text has the digit and the spelling that the pattern asks for."""
        return (not self.digit or _DIGIT.search(text) is not None) and (
            not self.written or any(word in text for word in self.written)
        )


class Gate:
    """Tell whether a text can hold one of the patterns of ``entries``; ``gate(text) -> bool``.

    A pattern can only match where every slot that must be filled has one of its anchors in the text. ``rank``
    gives an entry's rank from its label; :meth:`level` is the highest rank of what a text may hold. Without
    ``patterns`` only the markers of regular expressions are looked for.
    """

    def __init__(
        self, entries: Iterable[Entry], rank: Callable[[str], int] = lambda _: 1, *, patterns: bool = True
    ) -> None:
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
            for pattern in entry.term.match if patterns else ():
                for slots in compile_pattern(pattern):
                    self._add(slots, self._waiting[level], entry.term.case)
        latin = [anchor for script, anchor in self._numbers if script == "latin"]
        other = [anchor for script, anchor in self._numbers if script == "other"]
        self._script = [script for script, _ in self._numbers]  # by number
        self._latin, self._other = ahocorasick_rs.AhoCorasick(latin), ahocorasick_rs.AhoCorasick(other)
        self._latin_numbers = [self._numbers["latin", anchor] for anchor in latin]
        self._other_numbers = [self._numbers["other", anchor] for anchor in other]
        self._alone = {  # anchors that need nothing besides
            level: {number for number, waits in waiting.items() if any(not any(wait) for wait in waits)}
            for level, waiting in self._waiting.items()
        }
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
        """Return True where a long text may hold a term: what it needs must stand within ``_REACH`` characters.

        Distances are measured between anchors of one script, in the form that is searched, where none is longer than in
        the text. A page that names a therapy often does so in its title: its beginning is searched first.
        """
        return (len(text) > 2 * _HEAD and self._within_reach(text[:_HEAD])) or self._within_reach(text)

    def _within_reach(self, text: str) -> bool:
        places = self._places(text)
        if self._marked_rank(text, places.keys()):
            return True
        return any(
            _near(places, self._script, key, wait.slots) and wait.holds(text)
            for waiting in self._waiting.values()
            for key in places.keys() & waiting.keys()
            for wait in waiting[key]
        )

    def level(self, text: str) -> int:
        """Return the highest rank of an entry that the text may hold, 0 where it holds none."""
        return self._level(text, self._present(text))

    def levels(self, texts: Texts) -> list[int]:
        """Return the level of each text; one search through all of them costs half of one search each."""
        found = self._present_in_each(texts)
        return [self._level(text, present) if present else 0 for text, present in zip(texts.texts, found, strict=True)]

    def _present_in_each(self, texts: Texts) -> list[set[int]]:
        """Return the numbers of the anchors that stand in each text."""
        present: list[set[int]] = [set() for _ in texts.texts]
        for forms, automaton, numbers in (
            (texts.latin, self._latin, self._latin_numbers),
            (texts.other, self._other, self._other_numbers),
        ):
            ends = list(accumulate(len(form) + 1 for form in forms))
            place = 0
            matches = automaton.find_matches_as_indexes(_EDGE.join(forms), overlapping=True)
            for number, _, end in matches:  # ordered by their ends
                while ends[place] <= end:
                    place += 1
                present[place].add(numbers[number])
        return present

    def _level(self, text: str, present: set[int]) -> int:
        if not present:
            return 0
        marked = self._marked_rank(text, present)
        for rank in self._ranks:
            if rank <= marked or not self._alone.get(rank, _NONE).isdisjoint(present):
                return rank
            if _any_met(self._waiting[rank], present, text):
                return rank
        return 0

    def _marked_rank(self, text: str, present: Set[int]) -> int:
        """Return the highest rank of an entry whose regular expressions may match, 0 where none may."""
        if self._marked.keys().isdisjoint(present) or not _DIGIT.search(text):
            return 0
        return max(self._marked_ranks[number] for number in present & self._marked.keys())

    def numbered(self, texts: list[str]) -> list[list[Entry]]:
        """Return for each text the entries whose regular expressions are worth trying: a marker stands in it."""
        return [
            list({entry.rule: entry for number in sorted(found) for entry in self._marked.get(number, ())}.values())
            for found in self._present_in_each(texts_of(texts))
        ]

    def _present(self, text: str) -> set[int]:
        """Return the numbers of the anchors that stand in a text."""
        return set(self._places(text))

    def _places(self, text: str) -> dict[int, list[int]]:
        """Return the anchors that stand in a text: number → places in the form of its script, ascending."""
        folded = fold(text).replace(_EDGE, " ")
        places: dict[int, list[int]] = defaultdict(list)
        for form, automaton, numbers in (
            (latin_form(folded), self._latin, self._latin_numbers),
            (other_form(folded), self._other, self._other_numbers),
        ):
            for number, start, _ in automaton.find_matches_as_indexes(form, overlapping=True):
                places[numbers[number]].append(start)
        return places


def _any_met(waiting: dict[int, list[_Wait]], present: set[int], text: str) -> bool:
    """Tell whether a text with these anchors has what one of their patterns needs besides."""
    for number in present:
        for wait in waiting.get(number, ()):
            for slot in wait.slots:
                if slot.isdisjoint(present):
                    break
            else:
                if wait.holds(text):
                    return True
    return False


def _near(places: dict[int, list[int]], script: Sequence[str], key: int, slots: tuple[frozenset[int], ...]) -> bool:
    """Tell whether some place of the key has an anchor of every slot within reach; other scripts are near anyway."""
    if any(slot.isdisjoint(places) for slot in slots):
        return False
    beside = [
        [places[number] for number in slot & places.keys()]
        for slot in slots
        if all(script[number] == script[key] for number in slot & places.keys())
    ]
    return any(all(any(_within(found, place) for found in lists) for lists in beside) for place in places[key])


def _within(found: list[int], place: int) -> bool:
    """Tell whether one of ascending places lies within reach of ``place``."""
    at = bisect_left(found, place - _REACH)
    return at < len(found) and found[at] <= place + _REACH


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
