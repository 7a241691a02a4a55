"""Find the lexicon's terms in a page's blocks: blocks → hits, each with its place and its lexicon entry.

One spaCy PhraseMatcher holds the phrases ("atoms") of all patterns; a pattern is matched by joining atoms that stand next to
each other, so alternatives never multiply. spaCy's objects do not leave this folder.
"""

from __future__ import annotations

import gc
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from ..lexicon import LANGUAGES, Entry, Lexicon, Slot, compile_pattern, load_lexicon
from ..extract.text import clean
from ..types import Block
from .gate import Gate, key_slot
from .sentences import Boundaries, boundaries
from .tokenizer import ScriptTokenizer, is_cjk, norm, split

_GAP_COST = 40  # a Latin word costs 5 and any other character 2: 8 words or 20 characters
_WORD_COST, _OTHER_COST = 5, 2
_ABROAD = ("therapies", "designation")  # files that are read on pages of every language
_AROUND = ("cue.", "section.", "offer.provide", "offer.explain", "designate", "class_context", "authority.", "donor.", "purpose.")
"""Labels that matter only near others: a block with nothing else is read only next to a block that has more."""
_POLARITY = frozenset({"cue.asserted", "cue.negated", "cue.pending", "cue.past"})


class Hit(NamedTuple):
    """A term in a block. ``start``/``end`` are offsets into the block's text, ``first``/``last`` token positions in the page."""

    label: str
    entry: Entry
    block: int
    start: int
    end: int
    first: int
    last: int  # exclusive
    sentence: int
    clause: int


class Found(NamedTuple):
    """All hits of a page in page order, and where its sentences and clauses run."""

    hits: tuple[Hit, ...]
    boundaries: Boundaries
    sentence_spans: dict[int, tuple[int, int, int]]  # sentence → block, start, end


class _Atom(NamedTuple):
    """A phrase of the lexicon: its normal form, where the page may have spaces in it, its letters where case counts."""

    norms: tuple[str, ...]
    spaces: tuple[bool, ...]
    words: tuple[str, ...] | None


class _Pattern(NamedTuple):
    """An entry's pattern as slots of atoms; ``key`` is the slot whose hits make it worth trying."""

    entry: Entry
    slots: tuple[Slot, ...]
    atoms: tuple[frozenset[int], ...]
    key: int
    single: bool  # one slot, so that a hit of its key is a match
    others: tuple[frozenset[int], ...]  # atoms of the other slots that must be filled
    follows: frozenset[int]  # atoms one of which must begin where the key's hit ends (empty: no matter)
    precedes: frozenset[int]  # atoms one of which must end where the key's hit begins


def _family(label: str) -> str:
    """Labels of one family compete for the same words; the longest match wins."""
    if label in _POLARITY:
        return "polarity"
    head = label.split(".")[0]
    return head if head in ("therapy", "tier", "class") else label


class Finder:
    """The matcher for pages of one language; built once, used for every page."""

    def __init__(self, lexicons: Sequence[Lexicon], lang: str) -> None:
        import spacy
        from spacy.attrs import NORM
        from spacy.matcher import PhraseMatcher

        self.nlp = spacy.blank("xx")
        # PhraseMatcher needs NORM alone; spaCy's other fifteen attributes cost more than all of our matching.
        self.nlp.vocab.lex_attr_getters = {NORM: norm}
        self.nlp.tokenizer = ScriptTokenizer(self.nlp.vocab)
        self.matcher = PhraseMatcher(self.nlp.vocab, attr="NORM")
        self.entries = tuple(e for e in _entries(lexicons, lang))
        self.gate = Gate(self.entries, around=_AROUND)
        self._atoms: dict[_Atom, int] = {}
        self._variants: dict[int, list[tuple[int, _Atom]]] = defaultdict(list)
        self._by_key: dict[int, list[_Pattern]] = defaultdict(list)
        for entry in self.entries:
            for pattern in entry.term.match:
                for slots in compile_pattern(pattern):
                    self._add(entry, slots)

    def _add(self, entry: Entry, slots: tuple[Slot, ...]) -> None:
        atoms = tuple(frozenset(self._atom(phrase, entry.term.case) for phrase in slot.phrases) for slot in slots)
        key = slots.index(key_slot(slots))
        others = tuple(atoms[i] for i, slot in enumerate(slots) if i != key and slot.phrases and not slot.optional)
        beside = _neighbour(slots, atoms, key + 1, key + 1), _neighbour(slots, atoms, key - 1, key)
        compiled = _Pattern(entry, slots, atoms, key, len(slots) == 1, others, *beside)
        for atom in atoms[key]:
            self._by_key[atom].append(compiled)

    def _atom(self, phrase: str, case: bool) -> int:
        words, spaces = split(phrase)
        atom = _Atom(tuple(norm(word) for word in words), tuple(spaces), tuple(words) if case else None)
        if atom not in self._atoms:
            self._atoms[atom] = len(self._atoms)
            name = "\x00".join(atom.norms)
            key = self.nlp.vocab.strings.add(name)
            if key not in self._variants:
                self.matcher.add(name, [self.nlp.make_doc(phrase)])
            self._variants[key].append((self._atoms[atom], atom))
        return self._atoms[atom]

    def find(self, blocks: Iterable[Block], *, keep_ignored: bool = False) -> Found:
        """Return the hits in ``blocks`` (those that passed the gate) after overlaps and conditions are settled."""
        blocks = tuple(blocks)
        spans, words, starts, bounds = self.spans(blocks)
        offsets = _block_offsets(blocks)
        hits: list[Hit] = []
        for entry, first, last in dict.fromkeys(spans):
            place = bisect_right(offsets, starts[first]) - 1
            end = starts[last - 1] + len(words[last - 1].rstrip("-‐‑"))
            base = offsets[place]
            where = (blocks[place].id, starts[first] - base, end - base, first, last)
            hits.append(Hit(entry.label, entry, *where, bounds.sentence[first], bounds.clause[first]))
        hits += self.regex_hits(blocks, offsets, starts, bounds)
        hits = _settle(hits, {block.id: block for block in blocks}, keep_ignored)
        return Found(tuple(hits), bounds, _sentence_spans(words, starts, bounds, blocks, offsets))

    def spans(self, blocks: Sequence[Block]) -> tuple[list[tuple[Entry, int, int]], list[str], list[int], Boundaries]:
        """Return every match of every pattern as token spans, with the tokens, their offsets and boundaries."""
        text = "\n".join(block.text for block in blocks)
        words, follows = split(text)
        doc = self.nlp(self.nlp.tokenizer.doc(words, follows))
        starts = list(accumulate((len(word) + space for word, space in zip(words, follows, strict=True)), initial=0))[:-1]
        bounds = boundaries(words, follows)
        page = _Page(words, follows, bounds)
        for key, first, last in self.matcher(doc):
            for number, atom in self._variants[key]:
                if (last - first == 1 or _spacing_fits(atom, words, follows, first)) and (
                    atom.words is None or _case_fits(atom, words, first)
                ):
                    page.add(number, first, last)
        spans: list[tuple[Entry, int, int]] = []
        for first, last, number in page.found:
            for pattern in self._by_key.get(number, ()):
                if pattern.single:
                    spans.append((pattern.entry, first, last))
                elif page.worth_trying(pattern, first, last):
                    span = page.match(pattern, first, last)
                    if span is not None:
                        spans.append((pattern.entry, *span))
        return spans, words, starts, bounds

    def regex_hits(
        self, blocks: tuple[Block, ...], offsets: list[int], starts: list[int], bounds: Boundaries
    ) -> list[Hit]:
        """Return the hits of regular expressions; they are for numbers, so a block without a digit has none."""
        hits: list[Hit] = []
        for place, block in enumerate(blocks):
            for entry, pattern in ((entry, p) for entry in self.gate.numbered(block.text) for p in _compiled(entry.term.regex)):
                for match in pattern.finditer(block.text):
                    if match.end() > match.start():
                        first = max(bisect_right(starts, offsets[place] + match.start()) - 1, 0)
                        last = max(bisect_left(starts, offsets[place] + match.end()), first + 1)
                        sentence, clause = bounds.sentence[first], bounds.clause[first]
                        where = (block.id, match.start(), match.end(), first, last)
                        hits.append(Hit(entry.label, entry, *where, sentence, clause))
        return hits


def _entries(lexicons: Sequence[Lexicon], lang: str) -> Iterable[Entry]:
    """Yield what is read on a page: its own lexicon, the English one, and therapies and designations of the others.

    Japanese and Chinese write different laws in the same characters (再生医療法), so neither reads the other's designations.
    """
    for lexicon in lexicons:
        abroad = ("therapies",) if {lexicon.lang, lang} == {"ja", "zh"} else _ABROAD
        for entry in lexicon.entries:
            if lexicon.lang in (lang, "en") or entry.rule.split("/")[1] in abroad:
                yield entry


@lru_cache(maxsize=None)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


def _block_offsets(blocks: tuple[Block, ...]) -> list[int]:
    offsets, position = [], 0
    for block in blocks:
        offsets.append(position)
        position += len(block.text) + 1
    return offsets


def _neighbour(slots: tuple[Slot, ...], atoms: tuple[frozenset[int], ...], index: int, joint: int) -> frozenset[int]:
    """Return the atoms of the slot beside the key, if it must be filled and must touch it; ``joint`` is the slot behind the seam."""
    if not 0 <= index < len(slots) or slots[index].optional or slots[index].number or slots[joint].gap:
        return frozenset()
    return atoms[index]


def _spacing_fits(atom: _Atom, words: list[str], follows: list[bool], first: int) -> bool:
    """A space between two CJK characters of a term is read only where the lexicon writes one (줄기 세포, not 줄기세 포)."""
    return not any(
        follows[first + offset]
        and not atom.spaces[offset]
        and is_cjk(words[first + offset][-1])
        and is_cjk(words[first + offset + 1][0])
        for offset in range(len(atom.norms) - 1)
    )


def _case_fits(atom: _Atom, words: list[str], first: int) -> bool:
    if atom.words is None:
        return True
    pairs = zip(atom.words, words[first:], strict=False)
    return all(page.rstrip("-‐‑").startswith(term.rstrip("-‐‑")) for term, page in pairs if term.isascii())


class _Page:
    """The atoms found on a page, and the search for patterns among them."""

    def __init__(self, words: list[str], follows: list[bool], bounds: Boundaries) -> None:
        self.words = words
        self.follows = follows
        self.sentence = bounds.sentence
        self.found: list[tuple[int, int, int]] = []
        self.present: set[int] = set()
        self.starting: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.ending: dict[int, list[tuple[int, int]]] = defaultdict(list)

    def add(self, atom: int, first: int, last: int) -> None:
        """Note that an atom stands from token ``first`` up to ``last``."""
        self.found.append((first, last, atom))
        self.present.add(atom)
        self.starting[first].append((atom, last))
        self.ending[last].append((atom, first))

    def worth_trying(self, pattern: _Pattern, first: int, last: int) -> bool:
        """Tell whether the slots beside a hit of the key can be filled, and the others somewhere on the page."""
        if pattern.follows and not any(atom in pattern.follows for atom, _ in self.starting.get(last, ())):
            return False
        if pattern.precedes and not any(atom in pattern.precedes for atom, _ in self.ending.get(first, ())):
            return False
        return not any(slot.isdisjoint(self.present) for slot in pattern.others)

    def match(self, pattern: _Pattern, first: int, last: int) -> tuple[int, int] | None:
        """Return the longest span of the pattern around a hit of its key slot, or None."""
        start = self._backward(pattern, pattern.key, first)
        if start is None:
            return None
        end = self._forward(pattern, pattern.key + 1, last, space=False, gap=False)
        return None if end is None else (start, end)

    def _forward(self, pattern: _Pattern, index: int, position: int, *, space: bool, gap: bool) -> int | None:
        """Return the furthest end of the slots from ``index`` on, the first of which begins at ``position``."""
        if index == len(pattern.slots):
            return position
        slot = pattern.slots[index]
        space, gap = space or slot.space, gap or slot.gap
        best = None
        for start in self._starts(position, space, gap):
            for end in self._ends(pattern, index, start):
                reach = self._forward(pattern, index + 1, end, space=False, gap=False)
                if reach is not None and (best is None or reach > best):
                    best = reach
            if best is not None:
                return best
        if slot.optional:
            return self._forward(pattern, index + 1, position, space=space, gap=gap)
        return None

    def _backward(self, pattern: _Pattern, index: int, position: int) -> int | None:
        """Return the earliest start of the slots before ``index``, the last of which ends at ``position``."""
        slot = pattern.slots[index]
        return self._before(pattern, index - 1, position, space=slot.space, gap=slot.gap)

    def _before(self, pattern: _Pattern, index: int, position: int, *, space: bool, gap: bool) -> int | None:
        if index < 0:
            return position
        slot = pattern.slots[index]
        best = None
        for end in self._stops(position, space, gap):
            for start in self._begins(pattern, index, end):
                reach = self._before(pattern, index - 1, start, space=slot.space, gap=slot.gap)
                if reach is not None and (best is None or reach < best):
                    best = reach
            if best is not None:
                return best
        if slot.optional:
            return self._before(pattern, index - 1, position, space=space or slot.space, gap=gap or slot.gap)
        return None

    def _ends(self, pattern: _Pattern, index: int, start: int) -> list[int]:
        if pattern.slots[index].number:
            return [start + 1] if start < len(self.words) and self.words[start][0].isdigit() else []
        return [end for atom, end in self.starting.get(start, ()) if atom in pattern.atoms[index]]

    def _begins(self, pattern: _Pattern, index: int, end: int) -> list[int]:
        if pattern.slots[index].number:
            return [end - 1] if end > 0 and self.words[end - 1][0].isdigit() else []
        return [start for atom, start in self.ending.get(end, ()) if atom in pattern.atoms[index]]

    def _starts(self, position: int, space: bool, gap: bool) -> Iterator[int]:
        """Yield where the next slot may begin: right here, or within the gap of the same sentence."""
        if position >= len(self.words):
            return
        if not gap:
            if self._touches(position, space):
                yield position
            return
        cost = 0
        while position < len(self.words) and self.sentence[position] == self.sentence[position - 1]:
            yield position
            cost += _cost(self.words[position])
            if cost > _GAP_COST:
                return
            position += 1

    def _stops(self, position: int, space: bool, gap: bool) -> Iterator[int]:
        """Yield where the slot before may end."""
        if position <= 0:
            return
        if not gap:
            if self._touches(position, space):
                yield position
            return
        cost = 0
        while position > 0 and self.sentence[position - 1] == self.sentence[position]:
            yield position
            cost += _cost(self.words[position - 1])
            if cost > _GAP_COST:
                return
            position -= 1

    def _touches(self, position: int, space: bool) -> bool:
        """Tell whether the tokens around ``position`` may be neighbours in a term."""
        left, right = self.words[position - 1], self.words[position]
        if left == "\n" or right == "\n":
            return False
        return space or not self.follows[position - 1] or not (is_cjk(left[-1]) and is_cjk(right[0]))


def _cost(word: str) -> int:
    return _WORD_COST if word[0].isascii() and word[0].isalnum() else _OTHER_COST


def _settle(hits: list[Hit], blocks: dict[int, Block], keep_ignored: bool) -> list[Hit]:
    """Drop what ``ignore`` covers, what lies inside a longer hit of its family, and what its conditions exclude.

    A hit with conditions neither suppresses others nor supports them until its conditions are met.
    """
    ignored = [hit for hit in hits if hit.label == "ignore"]
    covered = [(hit.first, hit.last) for hit in ignored]
    rest = [hit for hit in hits if hit.label != "ignore" and not any(a <= hit.first and hit.last <= b for a, b in covered)]
    free = [hit for hit in rest if not _conditional(hit)]
    kept = _longest(_with_conditions(_longest(free) + [hit for hit in rest if _conditional(hit)], blocks))
    kept += [hit._replace(label=label) for hit in kept for label in hit.entry.term.also]
    kept += ignored if keep_ignored else []
    return sorted(dict.fromkeys(kept), key=lambda hit: (hit.first, hit.last, hit.entry.rule, hit.label))


def _conditional(hit: Hit) -> bool:
    return bool(hit.entry.term.needs or hit.entry.term.unless)


def _with_conditions(hits: list[Hit], blocks: dict[int, Block]) -> list[Hit]:
    """Return the hits whose ``needs`` stand in their sentence, the one before or their heading, and whose ``unless`` does not stand in their sentence.

    A hit with conditions counts as support for others only once they are met, so rounds go on until nothing changes.
    """
    kept = [hit for hit in hits if not _conditional(hit)]
    waiting = [hit for hit in hits if _conditional(hit)]
    while waiting:
        sentences: dict[int, set[str]] = defaultdict(set)
        in_sentence: dict[tuple[int, int], set[str]] = defaultdict(set)
        in_block: dict[int, set[str]] = defaultdict(set)
        for hit in kept:
            sentences[hit.sentence].add(hit.label)
            in_sentence[hit.block, hit.sentence].add(hit.label)
            in_block[hit.block].add(hit.label)
        waiting = [hit for hit in waiting if not _any_label(hit.entry.term.unless, sentences[hit.sentence])]
        met = [
            hit
            for hit in waiting
            if not hit.entry.term.needs
            or _any_label(hit.entry.term.needs, sentences[hit.sentence] | _before(hit, in_sentence))
            or _any_label(hit.entry.term.needs, in_block.get(_heading(hit, blocks), set()))
        ]
        if not met:
            break
        kept += met
        waiting = [hit for hit in waiting if hit not in met]
    return kept


def _before(hit: Hit, in_sentence: dict[tuple[int, int], set[str]]) -> set[str]:
    """Return the labels of the sentence before, if it is one of the same block."""
    return in_sentence.get((hit.block, hit.sentence - 1), set())


def _heading(hit: Hit, blocks: dict[int, Block]) -> int:
    heading = blocks[hit.block].heading
    return -1 if heading is None else heading


def _any_label(wanted: tuple[str, ...], present: set[str]) -> bool:
    return any(label == want or label.startswith(want + ".") for want in wanted for label in present)


def _longest(hits: list[Hit]) -> list[Hit]:
    """Drop every hit that lies wholly inside a longer one of its family, and repetitions of one label at one place."""
    families: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        families[_family(hit.label)].append(hit)
    kept: list[Hit] = []
    for family in families.values():
        family.sort(key=lambda hit: (hit.first, -hit.last, hit.entry.rule))
        reach = (-1, -1)
        seen: set[tuple[int, int, str, tuple[str, ...]]] = set()
        for hit in family:
            place = (hit.first, hit.last, hit.label, hit.entry.term.acts_on)
            if (hit.last > reach[1] or (hit.first, hit.last) == reach) and place not in seen:
                kept.append(hit)
                seen.add(place)
                reach = max(reach, (hit.first, hit.last), key=lambda span: span[1])
    return kept


def _sentence_spans(
    words: list[str], starts: list[int], bounds: Boundaries, blocks: tuple[Block, ...], offsets: list[int]
) -> dict[int, tuple[int, int, int]]:
    spans: dict[int, tuple[int, int, int]] = {}
    for position, sentence in enumerate(bounds.sentence):
        if words[position] == "\n":
            continue
        end = starts[position] + len(words[position])
        if sentence in spans:
            block, start, _ = spans[sentence]
            spans[sentence] = (block, start, end)
        else:
            spans[sentence] = (0, starts[position], end)
    result = {}
    for sentence, (_, start, end) in spans.items():
        place = bisect_right(offsets, start) - 1
        result[sentence] = (blocks[place].id, start - offsets[place], end - offsets[place])
    return result


def lexicon_language(lang: str) -> str:
    """Return the lexicon that reads a page language: ``zh-Hant`` → ``zh``."""
    return lang.split("-")[0]


@lru_cache(maxsize=len(LANGUAGES))
def finder(lang: str) -> Finder:
    """Return the Finder for pages in ``lang`` (a lexicon language); built at first use."""
    built = Finder([load_lexicon(code) for code in LANGUAGES], lang)
    gc.collect()
    gc.freeze()  # the lexicon's objects live as long as the process; collecting around them takes half the time of a page
    return built


def found_in(text: str, lang: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return what a single text holds for a lexicon language; for checks and tests.

    Returns:
        The rules whose patterns match, the rules that remain once overlaps and conditions are settled, and their labels.
    """
    block = Block(id=0, kind="paragraph", text=clean(text))
    find = finder(lang)
    spans, _, starts, bounds = find.spans([block])
    matched = {entry.rule for entry, _, _ in spans}
    matched |= {hit.entry.rule for hit in find.regex_hits((block,), [0], starts, bounds)}
    hits = find.find([block], keep_ignored=True).hits
    return frozenset(matched), frozenset(hit.entry.rule for hit in hits), frozenset(hit.label for hit in hits)
