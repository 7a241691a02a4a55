"""Say what the training data hold and how two coders agree on them: labelled outlines → a text."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from . import resources
from .agreement import kappa
from .extract.text import clean
from .nlp.sentences import spans
from .outlines import SECOND_CODER, Outline, OutlineBlock, load_outlines


def labelled_sentences(outline: Outline) -> list[str]:
    """Return the sentences of an outline that hold a labelled mention, cleaned."""
    return [sentence for block in outline.blocks for sentence in _labelled(block)]


def _labelled(block: OutlineBlock) -> list[str]:
    return [
        clean(block.text[start:end])
        for start, end in spans(block.text)
        if any(start <= mention.start < end for mention in block.mentions)
    ]


def describe(folder: Path | None = None) -> str:
    """Return counts of outlines, sentences and mentions by language, and the agreement of the second coder."""
    folder = folder or resources.data_path("training")
    outlines = load_outlines(folder)
    lines = [f"{'':10}{'outlines':>10}{'sites':>8}{'sentences':>11}{'mentions':>10}"]
    for lang in (*sorted({outline.lexicon for outline in outlines}), "all"):
        chosen = [outline for outline in outlines if lang in (outline.lexicon, "all")]
        sentences = sum(len(labelled_sentences(outline)) for outline in chosen)
        mentions = sum(len(block.mentions) for outline in chosen for block in outline.blocks)
        sites = len({outline.site for outline in chosen})
        lines.append(f"{lang:10}{len(chosen):10d}{sites:8d}{sentences:11d}{mentions:10d}")
    found = [mention for outline in outlines for block in outline.blocks for mention in block.mentions]
    for what, values in (
        ("role", [outline.role for outline in outlines]),
        ("variable", [mention.variable.partition(".")[0] for mention in found]),
        ("status", [mention.status for mention in found]),
    ):
        counts = ", ".join(f"{name} {number}" for name, number in Counter(values).most_common())
        lines.append(f"{what}: {counts}")
    return "\n".join([*lines, "", *agreement_lines(folder, outlines)])


def agreement_lines(folder: Path, outlines: Sequence[Outline]) -> list[str]:
    """Return Cohen's kappa between the first and the second, blind coder, field by field."""
    by_id = {outline.id: outline for outline in outlines}
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in map(json.loads, (folder / SECOND_CODER).read_text("utf-8").splitlines()):
        outline = by_id[row["id"]]
        if "mention" not in row:
            pairs["page role"].append((outline.role, row["role"]))
            for field in ("verdict", "tier_status"):
                pairs[f"page {field}"].append((outline.labels[field], row["labels"][field]))
            continue
        first = outline.blocks[row["block"]].mentions[row["mention"]]
        pairs["mention variable"].append((first.variable, row["variable"]))
        pairs["mention status"].append((first.status, row["status"]))
        if first.variable.startswith("therapy."):
            pairs["mention offered"].append((str(first.offered), str(row["offered"])))
    lines = [f"{'second coder':20}{'n':>6}{'agreement':>11}{'kappa':>8}"]
    for field, values in sorted(pairs.items()):
        share = sum(a == b for a, b in values) / len(values)
        lines.append(f"{field:20}{len(values):6d}{share:11.3f}{kappa(values):8.3f}")
    return lines
