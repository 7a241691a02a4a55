"""Say a page and a mention in features that a linear model has weights for: view (+ hit) → {name: value}.

For a mention: the named features that the rules see, the rule that would decide, the words around it and the terms in
its sentence, its block and the blocks beside, so that the model learns where a rule errs. For a page: its role cues by
lexicon entry and place, signs of discourse, and the words of its title, menus, headings, body and footer.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from itertools import pairwise

from ..types import Block
from .mentions import Hit
from .speaker import Signals
from .tokenizer import fold
from .view import View

Features = dict[str, float]

_AROUND = 28  # characters of the sentence on either side of a mention
_BESIDE = 8  # of these, the ones that touch it
_WORDS = 5  # on either side, of a sentence in ASCII
_HEADING, _HEADING_WORDS = 24, 6
_BODY_BLOCKS = 16  # a page says within its first blocks who speaks; a long article adds only time
_WORD = re.compile(r"[a-z][a-z'-]*|[$€£¥₩]|\d")
_PIECE = re.compile(r"[a-z][a-z'-]*|\d+|[^\sa-z\d]")
_GROUPS = {"title": "T", "nav": "V", "header": "V", "footer": "F", "heading": "H"}
_PAIRED = ("T", "H")  # groups of which pairs of words are looked at, too
_SCALE = 8.0  # of the words of one group of blocks, whatever their number
_COUNTED = ("offer", "cue", "section", "flag", "safeguard", "therapy", "act", "tier", "class", "donor", "purpose")


def mention_features(view: View, hit: Hit, found: Mapping[str, str], rule: str) -> set[str]:
    """Return the features of a mention; ``found`` are those of features.py, ``rule`` is the rule that would decide."""
    sentence, block = view.sentences[hit.sentence], view.blocks[hit.block]
    family = hit.label.partition(".")[0]
    left = fold(block.text[sentence.start : hit.start])
    right = fold(block.text[hit.end : sentence.end])
    names = {f"f:{name}" for name in found} | {f"{family}&{name}" for name in found}
    names |= {f"lang:{view.document.lang[:2]}", f"family:{family}", f"label:{hit.label}", f"rule:{rule}"}
    names |= {f"kind:{block.kind}", f"{family}&kind:{block.kind}", f"section:{block.section}"}
    names.update(_beside("L", left, -1), _beside("R", right, 1))
    names |= {"first"} if not left else set()
    names |= {"last"} if not right.strip(" .。!") else set()
    heading = next(iter(view.heading_chain(block)), None)
    if heading is not None:
        names.update(_said("H", fold(heading.text)))
    for other in sentence.hits:
        if other is not hit:
            side = "B" if other.first < hit.first else "A"
            names |= {f"{side}:{other.label}", f"{family}&{side}:{other.label}"}
    names.update(f"S:{other.label}" for other in view.by_block[block.id] if other.sentence != hit.sentence)
    for name, place in (("X", block.id - 1), ("Y", block.id + 1)):
        names.update(f"{name}:{other.label}" for other in view.by_block.get(place, ()))
    return names


def _beside(name: str, text: str, way: int) -> Iterable[str]:
    """Return what stands beside a mention: words and pairs in ASCII, else n-grams; of the nearest, longer ones."""
    if not text.isascii():
        wide, close = (text[-_AROUND:], text[-_BESIDE:]) if way < 0 else (text[:_AROUND], text[:_BESIDE])
        return [*_grams(name, wide, (2, 3)), *_grams(name.lower(), close, (1, 2, 3))]
    words = _PIECE.findall(text)
    words = words[-_WORDS:] if way < 0 else words[:_WORDS]
    near = words[::way]
    longer = (f"{name.lower()}{size}{' '.join(near[:size])}" for size in (1, 2, 3) if len(near) >= size)
    return [*(name + word for word in words), *(name + " ".join(pair) for pair in pairwise(words)), *longer]


def _said(name: str, text: str) -> Iterable[str]:
    """Return the beginning of a heading in features: words and pairs in ASCII, else 3-grams."""
    if not text.isascii():
        return _grams(name, text[:_HEADING], (3,))
    words = _PIECE.findall(text)[:_HEADING_WORDS]
    return [*(name + word for word in words), *(name + " ".join(pair) for pair in pairwise(words))]


def _grams(prefix: str, text: str, sizes: Iterable[int]) -> Iterable[str]:
    return [prefix + text[at : at + size] for size in sizes for at in range(len(text) - size + 1)]


def page_features(view: View, signals: Signals, known: Mapping[str, Set[str]] | None = None) -> Features:
    """Return the features of a page; the words of a group of blocks have one length in all, however many they are.

    Only words that are ``known`` in their group become features; None stands for all.
    """
    features: Features = defaultdict(float)
    for role, hits in signals.hits.items():
        for rule, found in hits.items():
            features[f"rule:{rule}"] += 1.0
            for hit in found:
                features[f"cue:{role}:{view.blocks[hit.block].section}"] += 0.5
    for name, score in signals.scores.items():
        features[f"score:{name}"] = math.sqrt(max(score, 0.0))
    features |= {f"sign:{name}": value for name, value in signals.signs.items()}
    features[f"ruled:{max(signals.scores, key=lambda name: signals.scores[name])}"] = 1.0
    for label, number in Counter(hit.label for hit in view.hits).items():
        if label.partition(".")[0] in _COUNTED:
            features[f"count:{label}"] = min(number, 3) / 3
    for group, words in _words(view).items():
        share = _SCALE / math.sqrt(len(words))
        told = words if known is None else words & known.get(group, frozenset())
        features |= {f"{group}:{word}": share for word in told}
    return dict(features)


def _words(view: View) -> dict[str, set[str]]:
    """Return the words of each group of blocks: in Latin script words, of headings pairs too, else 2- and 3-grams."""
    groups: dict[str, list[Block]] = defaultdict(list)
    for block in view.document.blocks:
        group = _GROUPS.get(block.layer) or _GROUPS.get(block.section) or _GROUPS.get(block.kind) or "B"
        if group != "B" or len(groups["B"]) < _BODY_BLOCKS:
            groups[group].append(block)
    found: dict[str, set[str]] = {}
    for group, blocks in groups.items():
        words: set[str] = set()
        for text in (fold(block.text) for block in blocks):
            if text.isascii():
                tokens = _WORD.findall(text)
                words.update(tokens)
                if group in _PAIRED:
                    words.update(map(" ".join, pairwise(tokens)))
            else:
                words.update(_grams("", text.replace(" ", ""), (2, 3)))
        if words:
            found[group] = words
    return found
