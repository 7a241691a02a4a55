"""Check the English negation cues against sentences of other authors: NegEx test kit → precision, recall, F1.

    python benchmarks/negex.py rsAnnotations-1-120-random.txt [--errors] [--json]

The kit (github.com/chapmanbe/negex, not part of this repository) has 2,376 sentences of clinical reports; in each a
concept is labelled Affirmed or Negated. A concept stands in for a therapy: what is asked is whether a negation cue of
``data/lexicons/en/cues.toml`` that acts on therapies reaches it, by the same matching, sides and scopes as on pages.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from claimaudit.extract.text import clean
from claimaudit.lexicon import Entry, Lexicon, Term, load_lexicon
from claimaudit.nlp.features import features_of
from claimaudit.nlp.mentions import Finder, Hit
from claimaudit.nlp.owner import Owner
from claimaudit.nlp.sentences import Boundaries
from claimaudit.nlp.view import View
from claimaudit.types import Block, Document

STAND_IN = "therapy.stem_cell"
NEGATED = ("negated", "negated_near")
SPECIAL = str.maketrans(dict.fromkeys("(){}|…", " "))  # signs of the pattern language; as words they would be rare
MEASURED = "whether an English negation cue that acts on therapies reaches the concept, per sentence of the kit"


class Row(NamedTuple):
    """One line of the kit."""

    number: str
    phrase: str
    text: str
    negated: bool


class OneConcept(Finder):
    """A Finder of all cues and concepts that sees, in each sentence, the cues and its own concept only."""

    concept = ""

    def spans(self, blocks: Sequence[Block]) -> tuple[list[tuple[Entry, int, int]], list[str], list[int], Boundaries]:
        """Return the matches without those of other sentences' concepts."""
        spans, words, starts, bounds = super().spans(blocks)
        own = [span for span in spans if span[0].label != STAND_IN or span[0].term.id == self.concept]
        return own, words, starts, bounds


def load(path: Path) -> list[Row]:
    """Return the rows of the kit: number, concept, sentence and label, parted by tabs."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.reader(file, delimiter="\t") if len(line) == 4]
    return [Row(number, written(phrase), clean(text), label == "Negated") for number, phrase, text, label in lines]


def written(phrase: str) -> str:
    """Return a concept as a pattern: what is a sign of the pattern language is left out."""
    return " ".join(clean(phrase).translate(SPECIAL).split())


def finder_of(phrases: Iterable[str]) -> OneConcept:
    """Return the matcher of these concepts and of the English lexicon without its therapies."""
    cues = [entry for entry in load_lexicon("en").entries if not entry.rule.startswith("en/therapies/")]
    terms = [Term(id=phrase, label=STAND_IN, match=(phrase,)) for phrase in dict.fromkeys(phrases)]
    concepts = [Entry(rule=f"en/therapies/{term.id}", lang="en", term=term) for term in terms]
    return OneConcept([Lexicon("en", (*cues, *concepts), "")], "en")


def cue_of(find: OneConcept, row: Row) -> str | None:
    """Return the words of the cue that negates the concept, "" if none does, None if the concept is not found."""
    find.concept = row.phrase
    block = Block(id=0, kind="paragraph", text=row.text)
    view = View(Document(lang="en", blocks=(block,)), find.find([block]), Owner(()))
    hits = [hit for hit in view.hits if hit.label == STAND_IN]
    if not hits:
        return None
    found = features_of(view, meant(view, hits))
    return next((found[name] for name in NEGATED if name in found), "")


def meant(view: View, hits: Sequence[Hit]) -> Hit:
    """Return the occurrence that the kit means: the one in capitals."""
    return next((hit for hit in hits if view.words(hit).isupper()), hits[0])


def main() -> None:
    """Run the check and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kit", type=Path, help="rsAnnotations-1-120-random.txt of the NegEx test kit")
    parser.add_argument("--errors", action="store_true", help="print each sentence read otherwise than labelled")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = load(args.kit)
    find = finder_of(row.phrase for row in rows)
    counts: Counter[tuple[bool, bool]] = Counter()
    lost = 0
    for row in rows:
        cue = cue_of(find, row)
        lost += cue is None
        counts[row.negated, bool(cue)] += 1
        if args.errors and row.negated != bool(cue):
            kind = "missed" if row.negated else "false alarm"
            print(f"{row.number}\t{kind}\t{row.phrase}\t{cue or '-'}\t{row.text}")
    right = counts[True, True]
    precision = right / max(right + counts[False, True], 1)
    recall = right / max(right + counts[True, False], 1)
    result = {
        "n": len(rows),
        "negated": right + counts[True, False],
        "not_found": lost,
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 3),
    }
    if args.json:
        print(json.dumps({"measured": MEASURED, **result}, indent=1))
        return
    print(f"Negated: {MEASURED}")
    print(f"{'n':>6}{'negated':>9}{'not found':>11}{'precision':>11}{'recall':>8}{'F1':>7}")
    print(
        f"{result['n']:6}{result['negated']:9}{result['not_found']:11}"
        f"{result['precision']:11.3f}{result['recall']:8.3f}{result['f1']:7.3f}"
    )


if __name__ == "__main__":
    main()
