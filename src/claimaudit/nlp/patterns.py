"""Match the lexicon's patterns on tokens: slots + a hit of the key slot → the longest span of the pattern, or None.

spaCy's PhraseMatcher finds the *key* phrases (the slot of a pattern that says most); the slots around a key are then
compared token by token, so that alternatives never multiply and common words are looked at only beside a key.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from ..lexicon import Entry
from ..pattern_language import Slot
from .gate import key_slot
from .sentences import Boundaries
from .tokenizer import is_cjk, norm, split

_GAP_COST = 40  # a Latin word costs 5 and any other character 2: 8 words or 20 characters
_WORD_COST, _OTHER_COST = 5, 2


class Atom(NamedTuple):
    """A phrase of the lexicon: its normal form, where the page may have spaces in it, its letters where case counts."""

    norms: tuple[str, ...]
    spaces: tuple[bool, ...]
    words: tuple[str, ...] | None


class Place(NamedTuple):
    """A slot, ready to be compared: its atoms by their first and by their last token; None for a number."""

    beginning: Mapping[str, tuple[Atom, ...]] | None
    ending: Mapping[str, tuple[Atom, ...]] | None
    optional: bool
    space: bool
    gap: bool


class Pattern(NamedTuple):
    """An entry's pattern: its places in order, which of them is the key, and what must stand around the key."""

    entry: Entry
    places: tuple[Place, ...]
    key: int
    needs: tuple[frozenset[str], ...]  # of each other place that must be filled, the tokens that its atoms begin with
    after: Mapping[str, tuple[Atom, ...]] | None  # atoms by first token, where one must begin right behind the key
    before: Mapping[str, tuple[Atom, ...]] | None  # atoms by last token, where one must end right before the key


class Candidates:
    """The patterns that share an atom of their key, by what must touch the key: a hit is compared with few of them."""

    def __init__(self, one: Atom) -> None:
        self.atom = one
        self.plain = len(one.norms) == 1 and one.words is None  # fits wherever its normal form stands
        self.whole: list[Entry] = []  # of patterns that are their key and nothing else
        self.after: dict[str, list[Pattern]] = defaultdict(list)  # by the token right behind the key
        self.before: dict[str, list[Pattern]] = defaultdict(list)  # by the token right before it
        self.free: list[Pattern] = []

    def add(self, pattern: Pattern) -> None:
        """Add a pattern where a look at one neighbour finds it."""
        if len(pattern.places) == 1:
            self.whole.append(pattern.entry)
        elif pattern.after is not None:
            for token in pattern.after:
                self.after[token].append(pattern)
        elif pattern.before is not None:
            for token in pattern.before:
                self.before[token].append(pattern)
        else:
            self.free.append(pattern)

    def beside(self, before: str, after: str) -> list[Pattern]:
        """Return the patterns of several places that may match between these two tokens."""
        found = self.free
        if before in self.before:
            found = found + self.before[before]
        if after in self.after:
            found = found + [p for p in self.after[after] if p.before is None or before in p.before]
        return found


@cache
def atom(phrase: str, case: bool) -> Atom:
    """Return a phrase as tokens."""
    words, spaces = split(phrase)
    return Atom(tuple(norm(word) for word in words), tuple(spaces), tuple(words) if case else None)


@cache
def _fillings(
    phrases: tuple[str, ...], case: bool
) -> tuple[Mapping[str, tuple[Atom, ...]], Mapping[str, tuple[Atom, ...]]]:
    """Return the atoms of a slot by first and by last token, the longest first."""
    beginning: dict[str, list[Atom]] = defaultdict(list)
    ending: dict[str, list[Atom]] = defaultdict(list)
    for one in sorted(
        {atom(phrase, case) for phrase in phrases}, key=lambda item: (-len(item.norms), item.norms, item.spaces)
    ):
        beginning[one.norms[0]].append(one)
        ending[one.norms[-1]].append(one)
    return {k: tuple(v) for k, v in beginning.items()}, {k: tuple(v) for k, v in ending.items()}


def _place(slot: Slot, case: bool) -> Place:
    beginning, ending = (None, None) if slot.number else _fillings(slot.phrases, case)
    return Place(beginning, ending, slot.optional, slot.space, slot.gap)


def pattern_of(entry: Entry, slots: tuple[Slot, ...]) -> tuple[Pattern, tuple[Atom, ...]]:
    """Return a compiled pattern and the atoms of its key slot."""
    case = entry.term.case
    places = tuple(_place(slot, case) for slot in slots)
    key = slots.index(key_slot(slots))
    after = places[key + 1] if key + 1 < len(places) else None
    before = places[key - 1] if key else None
    pattern = Pattern(
        entry,
        places,
        key,
        tuple(
            frozenset(place.beginning)
            for number, place in enumerate(places)
            if number != key and place.beginning is not None and not place.optional
        ),
        after.beginning if after and not after.optional and not after.gap else None,
        before.ending if before and not before.optional and not places[key].gap else None,
    )
    return pattern, tuple(dict.fromkeys(atom(phrase, case) for phrase in slots[key].phrases))


class Tokens:
    """The tokens of a page, and the search for a pattern around a hit of its key."""

    def __init__(self, words: list[str], follows: list[bool], bounds: Boundaries) -> None:
        self.words = words
        self.norms = [*map(_norm, words), ""]  # the last stands beside both ends of the page
        self.follows = follows
        self.sentence = bounds.sentence
        self._lines = [position for position, word in enumerate(words) if word == "\n"]  # where blocks end
        self._stock: dict[int, frozenset[str]] = {}  # block by its place on the page → its tokens

    def stock(self, position: int) -> frozenset[str]:
        """Return the normal forms of all tokens of the block in which a token stands."""
        place = bisect_left(self._lines, position)
        if place not in self._stock:
            start = self._lines[place - 1] + 1 if place else 0
            end = self._lines[place] if place < len(self._lines) else len(self.words)
            self._stock[place] = frozenset(self.norms[start:end])
        return self._stock[place]

    def fits(self, one: Atom, first: int) -> bool:
        """Tell whether an atom whose normal form stands at ``first`` also fits in its spaces and its case."""
        size = len(one.norms)
        if size > 1:
            for offset in range(size - 1):
                at = first + offset
                if (
                    self.follows[at]
                    and not one.spaces[offset]
                    and is_cjk(self.words[at][-1])
                    and is_cjk(self.words[at + 1][0])
                ):
                    return False  # a space is read only where the lexicon writes one: 줄기 세포, not 줄기세 포
        if one.words is None:
            return True
        pairs = zip(one.words, self.words[first : first + size], strict=True)
        return all(page.rstrip("-‐‑").startswith(term.rstrip("-‐‑")) for term, page in pairs if term.isascii())

    def matches(self, candidates: Candidates, first: int, last: int) -> list[tuple[Entry, int, int]]:
        """Return the spans of the patterns that match around a hit of their key."""
        norms = self.norms
        patterns = candidates.beside(norms[first - 1], norms[last])
        if not (patterns or candidates.whole) or not (candidates.plain or self.fits(candidates.atom, first)):
            return []
        found = [(entry, first, last) for entry in candidates.whole]
        if patterns:
            stock = self.stock(first)
            for pattern in patterns:
                if not pattern.needs or not any(map(stock.isdisjoint, pattern.needs)):
                    span = self.match(pattern, first, last)
                    if span is not None:
                        found.append((pattern.entry, *span))
        return found

    def match(self, pattern: Pattern, first: int, last: int) -> tuple[int, int] | None:
        """Return the longest span of the pattern around a hit of its key, or None."""
        key = pattern.places[pattern.key]
        end = self._forward(pattern, pattern.key + 1, last, space=False, gap=False)
        if end is None:
            return None
        start = self._before(pattern, pattern.key - 1, first, space=key.space, gap=key.gap)
        return None if start is None else (start, end)

    def _forward(self, pattern: Pattern, index: int, position: int, *, space: bool, gap: bool) -> int | None:
        """Return the furthest end of the places from ``index`` on, the first of which begins at ``position``."""
        places = pattern.places
        while index < len(places):
            place = places[index]
            space, gap = space or place.space, gap or place.gap
            index += 1
            for start in self._starts(position, space, gap):
                if gap and place.beginning is not None and self.norms[start] not in place.beginning:
                    continue
                ends = self._ends(place, start)
                if index < len(places):
                    reaches = (self._forward(pattern, index, end, space=False, gap=False) for end in ends)
                    ends = [reach for reach in reaches if reach is not None]
                if ends:
                    return max(ends)
            if not place.optional:
                return None
        return position

    def _before(self, pattern: Pattern, index: int, position: int, *, space: bool, gap: bool) -> int | None:
        """Return the earliest start of the places up to ``index``, the last of which ends at ``position``."""
        while index >= 0:
            place = pattern.places[index]
            index -= 1
            for end in self._stops(position, space, gap):
                if gap and place.ending is not None and self.norms[end - 1] not in place.ending:
                    continue
                begins = self._begins(place, end)
                if index >= 0:
                    reaches = (
                        self._before(pattern, index, begin, space=place.space, gap=place.gap) for begin in begins
                    )
                    begins = [reach for reach in reaches if reach is not None]
                if begins:
                    return min(begins)
            if not place.optional:
                return None
            space, gap = space or place.space, gap or place.gap
        return position

    def _ends(self, place: Place, start: int) -> list[int]:
        """Return where an atom of the place that begins at ``start`` ends."""
        if place.beginning is None:
            return [start + 1] if self.words[start][0].isdigit() else []
        ends = []
        for one in place.beginning.get(self.norms[start], ()):
            end = start + len(one.norms)
            if (len(one.norms) == 1 or tuple(self.norms[start:end]) == one.norms) and self.fits(one, start):
                ends.append(end)
        return ends

    def _begins(self, place: Place, end: int) -> list[int]:
        """Return where an atom of the place that ends at ``end`` begins."""
        if place.ending is None:
            return [end - 1] if self.words[end - 1][0].isdigit() else []
        begins = []
        for one in place.ending.get(self.norms[end - 1], ()):
            start = end - len(one.norms)
            if (
                start >= 0
                and (len(one.norms) == 1 or tuple(self.norms[start:end]) == one.norms)
                and self.fits(one, start)
            ):
                begins.append(start)
        return begins

    def _starts(self, position: int, space: bool, gap: bool) -> Sequence[int]:
        """Return where the next place may begin: right here, or within the gap of the same sentence."""
        if position >= len(self.words):
            return ()
        if not gap:
            return (position,) if self._touches(position, space) else ()
        cost, end, sentence = 0, position, self.sentence[position - 1]
        while end < len(self.words) and self.sentence[end] == sentence and cost <= _GAP_COST:
            cost += _cost(self.words[end])
            end += 1
        return range(position, end)

    def _stops(self, position: int, space: bool, gap: bool) -> Sequence[int]:
        """Return where the place before may end."""
        if position <= 0:
            return ()
        if not gap:
            return (position,) if self._touches(position, space) else ()
        cost, end, sentence = 0, position, self.sentence[position]
        while end > 0 and self.sentence[end - 1] == sentence and cost <= _GAP_COST:
            cost += _cost(self.words[end - 1])
            end -= 1
        return range(position, end, -1)

    def _touches(self, position: int, space: bool) -> bool:
        """Tell whether the tokens around ``position`` may be neighbours in a term."""
        left, right = self.words[position - 1], self.words[position]
        if left == "\n" or right == "\n":
            return False
        return space or not self.follows[position - 1] or not (is_cjk(left[-1]) and is_cjk(right[0]))


def _cost(word: str) -> int:
    return _WORD_COST if word[0].isascii() and word[0].isalnum() else _OTHER_COST


_norm = lru_cache(maxsize=100_000)(norm)
