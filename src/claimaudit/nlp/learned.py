"""Say a page and a mention in features that a linear model has weights for: view (+ hit) → {name: value}.

For a mention: the named features that the rules see, the rule that would decide, and the characters around it, so that
the model learns where a rule errs. For a page: its role cues by lexicon entry and place, signs of discourse, and the
words of its title, menus, headings, body and footer.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from ..types import Block
from .mentions import Hit
from .speaker import Signals
from .tokenizer import fold
from .view import View

Features = dict[str, float]

_AROUND = 28  # characters of the sentence on either side of a mention
_BESIDE = 8  # of these, the ones that touch it
_HEADING = 24
_BODY_BLOCKS = 16  # a page says within its first blocks who speaks; a long article adds only time
_WORD = re.compile(r"[a-z][a-z'-]*|[$€£¥₩]|\d")
_GROUPS = {"title": "T", "nav": "V", "header": "V", "footer": "F", "heading": "H"}
_PAIRED = ("T", "H")  # groups of which pairs of words are looked at, too
_SCALE = 2.0  # of the words of one group of blocks, whatever their number
_COUNTED = ("offer", "cue", "section", "flag", "safeguard", "therapy", "act", "tier", "class", "donor", "purpose")


def mention_features(view: View, hit: Hit, found: Mapping[str, str], rule: str) -> Features:
    """Return the features of a mention; ``found`` are those of features.py, ``rule`` is the rule that would decide."""
    sentence, block = view.sentences[hit.sentence], view.blocks[hit.block]
    family = hit.label.partition(".")[0]
    left = fold(block.text[sentence.start : hit.start])
    right = fold(block.text[hit.end : sentence.end])
    names = {f"f:{name}" for name in found} | {f"{family}&{name}" for name in found}
    names |= {f"lang:{view.document.lang[:2]}", f"family:{family}", f"label:{hit.label}", f"rule:{rule}"}
    names |= {f"kind:{block.kind}", f"{family}&kind:{block.kind}", f"section:{block.section}"}
    names.update(_grams("L", left[-_AROUND:], (2, 3)), _grams("R", right[:_AROUND], (2, 3)))
    names.update(_grams("l", left[-_BESIDE:], (1, 2, 3)), _grams("r", right[:_BESIDE], (1, 2, 3)))
    names |= {"first"} if not left else set()
    names |= {"last"} if not right.strip(" .。!") else set()
    heading = next(iter(view.heading_chain(block)), None)
    if heading is not None:
        names.update(_grams("H", fold(heading.text[:_HEADING]), (3,)))
    numbers = view.order[hit.block]
    place = numbers.index(hit.sentence)
    if place:
        names.update(_grams("P", fold(view.sentences[numbers[place - 1]].text)[-_AROUND:], (3,)))
    if place + 1 < len(numbers):
        names.update(_grams("N", fold(view.sentences[numbers[place + 1]].text)[:_AROUND], (3,)))
    return dict.fromkeys(names, 1.0)


def _grams(prefix: str, text: str, sizes: Iterable[int]) -> Iterable[str]:
    return [prefix + text[at : at + size] for size in sizes for at in range(len(text) - size + 1)]


def page_features(view: View, signals: Signals) -> Features:
    """Return the features of a page; the words of a group of blocks have one length in all, however many they are."""
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
        features |= {f"{group}:{word}": share for word in words}
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
