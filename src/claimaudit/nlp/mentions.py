"""Find the lexicon's terms in a page's blocks: blocks → hits, each with its place and its lexicon entry.

One spaCy PhraseMatcher holds the key phrases of all patterns; patterns.py compares the rest of a pattern around a key.
Then overlaps and conditions are settled. spaCy's objects do not leave this folder.
"""

from __future__ import annotations

import gc
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from operator import add
from typing import NamedTuple

from ..extract.text import clean
from ..lexicon import LANGUAGES, Entry, Lexicon, load_lexicon
from ..pattern_language import compile_pattern
from ..types import Block
from .gate import Gate
from .patterns import Atom, Candidates, Pattern, Tokens, pattern_of
from .sentences import Boundaries, boundaries
from .tokenizer import ScriptTokenizer, norm, split

_ABROAD = ("therapies", "designation")  # files that are read on pages of every language
_NUMBER = re.compile(r"\d+")
_NEAR_DIGIT = 40
SUBJECT, CLAIM, SHOWN, CONTEXT, CUE = 5, 4, 3, 2, 1
"""Ranks of labels: what a page must speak of to matter; what is then claimed in everyday words ("class", "certified");
what is shown of it; who speaks and sells; cues that only matter beside the others."""
_RANKS = {
    **dict.fromkeys(("therapy", "tier", "pathway", "plan", "act", "processing_licence"), SUBJECT),
    **dict.fromkeys(("class", "other_designation"), CLAIM),
    **dict.fromkeys(("flag", "safeguard"), SHOWN),
    **dict.fromkeys(("role", "offer.action", "offer.price", "offer.denied", "offer.mechanism"), CONTEXT),
}


def rank(label: str) -> int:
    """Return how much a label matters by itself."""
    return _RANKS.get(label, _RANKS.get(label.split(".", maxsplit=1)[0], CUE))


_POLARITY = frozenset({"cue.asserted", "cue.negated", "cue.pending", "cue.past"})


class Hit(NamedTuple):
    """A term in a block: ``start``/``end`` are offsets into its text, ``first``/``last`` tokens of the page."""

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


def _family(label: str) -> str:
    """Labels of one family compete for the same words; the longest match wins."""
    if label in _POLARITY:
        return "polarity"
    head = label.split(".", maxsplit=1)[0]
    return head if head in ("therapy", "tier", "class") else label


class Finder:
    """The matcher for pages of one language; built once, used for every page."""

    def __init__(self, lexicons: Sequence[Lexicon], lang: str) -> None:
        import spacy
        from spacy.attrs import NORM  # type: ignore[import-not-found]
        from spacy.matcher import PhraseMatcher

        self.nlp = spacy.blank("xx")
        # PhraseMatcher needs NORM alone; spaCy's other fifteen attributes cost more than all of our matching.
        self.nlp.vocab.lex_attr_getters = {NORM: norm}  # type: ignore[attr-defined]
        self.tokenizer = ScriptTokenizer(self.nlp.vocab)
        self.nlp.tokenizer = self.tokenizer
        self.matcher = PhraseMatcher(self.nlp.vocab, attr="NORM")
        self.entries = tuple(e for e in _entries(lexicons, lang))
        self.claims = Gate((e for e in self.entries if rank(e.label) >= CLAIM), rank)
        self.context = Gate((e for e in self.entries if rank(e.label) < CLAIM), rank)
        self.numbers = Gate(self.entries, patterns=False)
        self._keys: dict[int, dict[Atom, Candidates]] = defaultdict(dict)
        for entry in self.entries:
            for written in entry.term.match:
                for slots in compile_pattern(written):
                    self._add(*pattern_of(entry, slots))

    def _add(self, pattern: Pattern, keys: tuple[Atom, ...]) -> None:
        for atom in keys:
            name = "\x00".join(atom.norms)
            key = self.nlp.vocab.strings.add(name)
            if key not in self._keys:
                self.matcher.add(name, [self.tokenizer.doc(list(atom.norms), [False] * len(atom.norms))])
            self._keys[key].setdefault(atom, Candidates(atom)).add(pattern)

    def level(self, text: str) -> int:
        """Return the rank of what a text may hold: SUBJECT to CUE, or 0 where spaCy need not see it."""
        return self.claims.level(text) or self.context.level(text)

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
        doc = self.nlp(self.tokenizer.doc(words, follows))
        starts = list(accumulate(map(add, map(len, words), follows), initial=0))[:-1]
        bounds = boundaries(words, follows)
        tokens = Tokens(words, follows, bounds)
        spans: list[tuple[Entry, int, int]] = []
        for key, first, last in self.matcher(doc):
            for candidates in self._keys[key].values():
                spans += tokens.matches(candidates, first, last)
        return spans, words, starts, bounds

    def regex_hits(
        self, blocks: tuple[Block, ...], offsets: list[int], starts: list[int], bounds: Boundaries
    ) -> list[Hit]:
        """Return the hits of regular expressions; they are for numbers, so a block without a digit has none."""
        hits: list[Hit] = []
        numbered = [place for place, block in enumerate(blocks) if _NUMBER.search(block.text)]
        worth_trying = self.numbers.numbered([blocks[place].text for place in numbered])
        for place, entries in zip(numbered, worth_trying, strict=True):
            block = blocks[place]
            windows = _around_digits(block.text) if entries else []
            for entry in entries:
                for start, end in _regex_spans(entry, block.text, windows):
                    first = max(bisect_right(starts, offsets[place] + start) - 1, 0)
                    last = max(bisect_left(starts, offsets[place] + end), first + 1)
                    where = (block.id, start, end, first, last, bounds.sentence[first], bounds.clause[first])
                    hits.append(Hit(entry.label, entry, *where))
        return hits


def _entries(lexicons: Sequence[Lexicon], lang: str) -> Iterable[Entry]:
    """Yield what is read on a page: its own lexicon, the English one, and therapies and designations of the others.

    Japanese and Chinese write different laws in the same characters (再生医療法): neither reads the other's.
    """
    for lexicon in lexicons:
        abroad = ("therapies",) if {lexicon.lang, lang} == {"ja", "zh"} else _ABROAD
        for entry in lexicon.entries:
            if lexicon.lang in (lang, "en") or entry.rule.split("/")[1] in abroad:
                yield entry


def _regex_spans(entry: Entry, text: str, windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    matches = (
        match.span()
        for pattern in _compiled(entry.term.regex)
        for start, end in windows
        for match in pattern.finditer(text, start, end)
    )
    return [(start, end) for start, end in matches if end > start]


def _around_digits(text: str) -> list[tuple[int, int]]:
    """Return the stretches of a text that lie near a digit: regular expressions are for numbers, and slow on prose."""
    windows: list[tuple[int, int]] = []
    for match in _NUMBER.finditer(text):
        start, end = max(match.start() - _NEAR_DIGIT, 0), min(match.end() + _NEAR_DIGIT, len(text))
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


def _block_offsets(blocks: tuple[Block, ...]) -> list[int]:
    offsets, position = [], 0
    for block in blocks:
        offsets.append(position)
        position += len(block.text) + 1
    return offsets


def _settle(hits: list[Hit], blocks: dict[int, Block], keep_ignored: bool) -> list[Hit]:
    """Drop what ``ignore`` covers, what lies inside a longer hit of its family, and what its conditions exclude.

    A label such as ``tier.ignore`` takes words away from the other labels of its family only. A hit with conditions
    neither suppresses others nor supports them until its conditions are met.
    """
    ignored = [hit for hit in hits if hit.label == "ignore"]
    covered = [(hit.first, hit.last) for hit in ignored]
    rest = [
        hit for hit in hits if hit.label != "ignore" and not any(a <= hit.first and hit.last <= b for a, b in covered)
    ]
    conditional = [hit for hit in rest if hit.entry.term.needs or hit.entry.term.unless]
    waiting = set(map(id, conditional))
    free = [hit for hit in rest if id(hit) not in waiting]
    kept = _longest(_with_conditions(_longest(free), conditional, blocks))
    kept += [hit._replace(label=label) for hit in kept for label in hit.entry.term.also]
    kept = kept + ignored if keep_ignored else [hit for hit in kept if not hit.label.endswith(".ignore")]
    return sorted(dict.fromkeys(kept), key=lambda hit: (hit.first, hit.last, hit.entry.rule, hit.label))


def _with_conditions(free: list[Hit], conditional: list[Hit], blocks: dict[int, Block]) -> list[Hit]:
    """Return ``free`` and those of ``conditional`` whose conditions are met.

    ``needs`` must stand in the sentence, the one before, a heading or another row of the table, ``unless`` must not
    stand in the sentence. A hit
    with conditions counts as support for others only once they are met, so rounds go on until nothing changes.
    """
    kept, waiting = list(free), conditional
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
            or _any_label(hit.entry.term.needs, _in_table(hit, blocks, in_block))
        ]
        if not met:
            break
        kept += met
        done = set(map(id, met))
        waiting = [hit for hit in waiting if id(hit) not in done]
    return kept


def _before(hit: Hit, in_sentence: dict[tuple[int, int], set[str]]) -> set[str]:
    """Return the labels of the sentence before, if it is one of the same block."""
    return in_sentence.get((hit.block, hit.sentence - 1), set())


def _heading(hit: Hit, blocks: dict[int, Block]) -> int:
    heading = blocks[hit.block].heading
    return -1 if heading is None else heading


def _in_table(hit: Hit, blocks: dict[int, Block], in_block: dict[int, set[str]]) -> set[str]:
    """Return the labels of the other rows of a table, for a cell is read with its table's headers."""
    if blocks[hit.block].kind != "row":
        return set()
    labels: set[str] = set()
    for step in (-1, 1):
        place = hit.block + step
        while place in blocks and blocks[place].kind == "row":
            labels |= in_block.get(place, set())
            place += step
    return labels


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
        seen: set[tuple[int, int, str, tuple[str, ...], str]] = set()
        for hit in family:
            place = (hit.first, hit.last, hit.label, hit.entry.term.acts_on, hit.entry.term.side)
            if (hit.last > reach[1] or (hit.first, hit.last) == reach) and place not in seen:
                kept.append(hit)
                seen.add(place)
                reach = max(reach, (hit.first, hit.last), key=lambda span: span[1])
    return kept


def _sentence_spans(
    words: list[str], starts: list[int], bounds: Boundaries, blocks: tuple[Block, ...], offsets: list[int]
) -> dict[int, tuple[int, int, int]]:
    spans: dict[int, tuple[int, int, int]] = {}
    for sentence, (first, behind) in enumerate(pairwise((*bounds.firsts, len(words)))):
        if first == behind or words[first] == "\n":
            continue
        place = bisect_right(offsets, starts[first]) - 1
        end = starts[behind - 1] + len(words[behind - 1])
        spans[sentence] = (blocks[place].id, starts[first] - offsets[place], end - offsets[place])
    return spans


def lexicon_language(lang: str) -> str:
    """Return the lexicon that reads a page language: ``zh-Hant`` → ``zh``."""
    return lang.split("-", maxsplit=1)[0]


@lru_cache(maxsize=len(LANGUAGES))
def finder(lang: str) -> Finder:
    """Return the Finder for pages in ``lang`` (a lexicon language); built at first use."""
    built = Finder([load_lexicon(code) for code in LANGUAGES], lang)
    gc.collect()
    gc.freeze()  # the lexicon lives as long as the process; collecting around it would take half the time of a page
    return built


def found_in(text: str, lang: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return what a single text holds for a lexicon language; for checks and tests.

    Returns:
        The rules whose patterns match, those that remain once overlaps and conditions are settled, and their labels.
    """
    block = Block(id=0, kind="paragraph", text=clean(text))
    find = finder(lang)
    spans, _, starts, bounds = find.spans([block])
    matched = {entry.rule for entry, _, _ in spans}
    matched |= {hit.entry.rule for hit in find.regex_hits((block,), [0], starts, bounds)}
    hits = find.find([block], keep_ignored=True).hits
    return frozenset(matched), frozenset(hit.entry.rule for hit in hits), frozenset(hit.label for hit in hits)
