"""Take the reading apart: labelled pages or outlines → what each rule and model contributes, what each stage adds.

On outlines (data/training) a claim is right where the coder gave the same mention the same status, and for a therapy
the same offer. On labelled pages only asserted claims can be judged: they are right where the page's label holds them.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

from .agreement import measure
from .auditor import Auditor
from .formats.json import as_record
from .framework import Framework
from .outlines import load_outlines
from .train import read_outlines, status_label
from .types import Stage

_SEED = 20261125
_FIELDS = {
    "therapy": "therapies",
    "risk_class": "risk_classes",
    "pathway": "pathway",
    "flag": "flags",
    "safeguard": "safeguards",
}


class Decision(NamedTuple):
    """One claim: who decided it, whether that was right (None: cannot be judged), whether another opinion differs."""

    by: str
    right: bool | None
    conflict: bool


class RuleFigures(NamedTuple):
    """How often a rule or model decides, how often it is right where that can be judged, how often it is doubted."""

    by: str
    claims: int
    coverage: float
    judged: int
    precision: float | None
    conflicts: int


def by_rule(decisions: Iterable[Decision]) -> list[RuleFigures]:
    """Return the figures of each rule and model, the most frequent first."""
    grouped: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        grouped[decision.by].append(decision)
    total = sum(map(len, grouped.values()))
    figures = []
    for by, made in grouped.items():
        judged = [one.right for one in made if one.right is not None]
        precision = sum(judged) / len(judged) if judged else None
        conflicts = sum(one.conflict for one in made)
        figures.append(RuleFigures(by, len(made), len(made) / total, len(judged), precision, conflicts))
    return sorted(figures, key=lambda one: (-one.claims, one.by))


def decisions_on_pages(gold: Sequence[Mapping[str, Any]], predicted: Mapping[str, Mapping[str, Any]]) -> list[Decision]:
    """Return a decision for each finding of labelled pages."""
    decisions = []
    for row in gold:
        for finding in predicted[row["id"]]["findings"]:
            right = None
            if finding["status"] == "asserted":
                right = _held(row, finding["variable"], finding["value"])
            decisions.append(Decision(finding["decided_by"], right, bool(finding["doubt"])))
    return decisions


def _held(row: Mapping[str, Any], variable: str, value: str) -> bool | None:
    if variable == "tier":
        return bool(row["tier"] == value and row["tier_status"] == "asserted")
    if variable == "plan":
        return bool(row["plan"] == value)
    field = _FIELDS.get(variable)
    if field is None:
        return None
    return value in {*row[field], *(row.get(f"{field}_optional") or ())}


def decisions_on_outlines(folder: Path) -> list[Decision]:
    """Return a decision for each mention that a coder labelled and the lexicons find; read as any page is."""
    from .nlp.assertion import read_claims

    decisions = []
    for outline, view, pairs in read_outlines(load_outlines(folder), "models"):
        claims = {(claim.mention.block, claim.mention.start, claim.mention.label): claim for claim in read_claims(view)}
        for number, label in pairs:
            hit = view.hits[number]
            claim = claims[hit.block, hit.start, hit.label]
            wanted = status_label(hit.label, label.status, outline.role)
            right = wanted == status_label(hit.label, claim.status, outline.role)
            if hit.label.startswith("therapy."):
                right = label.offered == claim.offered
            decisions.append(Decision(claim.by, right, bool(claim.doubt)))
    return decisions


def rule_table(figures: Sequence[RuleFigures]) -> str:
    """Return the figures as an aligned text table."""
    lines = [f"{'decided by':36}{'claims':>8}{'coverage':>10}{'judged':>8}{'precision':>11}{'conflicts':>11}"]
    for one in figures:
        precision = "-" if one.precision is None else f"{one.precision:.3f}"
        counts = f"{one.claims:8d}{one.coverage:10.3f}{one.judged:8d}{precision:>11}{one.conflicts:11d}"
        lines.append(f"{one.by:36}{counts}")
    return "\n".join(lines)


class StageFigures(NamedTuple):
    """The figures of one stage of reading over all pages, and the 95 % bootstrap interval of each."""

    figures: dict[str, float]
    intervals: dict[str, tuple[float, float]]


def by_stage(
    gold: Sequence[Mapping[str, Any]], framework: Framework, *, resamples: int = 1000
) -> dict[str, StageFigures]:
    """Return the figures over all pages for each stage of reading: gate, terms, rules, models."""
    found = {}
    for stage in get_args(Stage):
        auditor = Auditor(framework, stage=stage)
        predicted = {row["id"]: as_record(auditor.audit_file(Path(row["path"]))) for row in gold}
        found[stage] = StageFigures(measure(gold, predicted), intervals(gold, predicted, resamples))
    return found


def intervals(
    gold: Sequence[Mapping[str, Any]], predicted: Mapping[str, Mapping[str, Any]], resamples: int
) -> dict[str, tuple[float, float]]:
    """Return the percentile bootstrap interval (95 %; Efron 1979) of each figure, pages drawn with a fixed seed."""
    draw = random.Random(_SEED)
    drawn: dict[str, list[float]] = defaultdict(list)
    for _ in range(resamples):
        for name, value in measure(draw.choices(gold, k=len(gold)), predicted).items():
            drawn[name].append(value)
    cut = int(0.025 * resamples)
    return {name: (sorted(values)[cut], sorted(values)[-1 - cut]) for name, values in drawn.items()}


def stage_table(found: Mapping[str, StageFigures]) -> str:
    """Return the figures of the stages side by side, each with its interval."""
    lines = [f"{'':24}" + "".join(f"{stage:>22}" for stage in found)]
    for name in next(iter(found.values())).figures:
        cells = []
        for one in found.values():
            value, interval = one.figures[name], one.intervals.get(name)
            shown = f"{value:.3f}" if isinstance(value, float) else str(value)
            low, high = interval or (0.0, 0.0)
            spread = f" [{low:.2f}, {high:.2f}]" if interval and isinstance(value, float) else ""
            cells.append(f"{shown + spread:>22}")
        lines.append(f"{name:24}" + "".join(cells))
    return "\n".join(lines)
