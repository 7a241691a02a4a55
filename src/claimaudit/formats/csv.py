"""Assessments → CSV: one row a page, one column a label, for a spreadsheet or a statistics program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ..types import FLAGS, RISK_CLASSES, SAFEGUARDS, THERAPIES, Assessment

_Value: TypeAlias = str | int | float | None

# fmt: off
COLUMNS: tuple[str, ...] = (
    "source", "url", "final_url", "domain", "lang", "page_title", "role", "captured_at", "http_status", "robots",
    "outcome", "problem", "text_chars", "html_sha256",
    *(f"th_{t}" for t in THERAPIES), "offered_any", "tier", "tier_status", *(f"risk_{c}" for c in RISK_CLASSES),
    "plan_named", "pathway", *(f"fl_{f}" for f in FLAGS), *(f"sg_{s}" for s in SAFEGUARDS),
    "verdict", "verdict_alternatives", "score", "undecided_n", "tool_version", "rulebook_version", "rulebook_sha256",
)
# fmt: on
"""The columns of section 4 of the output contract that are computed so far, in its order. Sets are 0/1 columns."""


def lines(assessments: Iterable[Assessment]) -> Iterator[str]:
    """Yield the header and then one line per assessment; cells that a spreadsheet would run as a formula are quoted."""
    yield _line(COLUMNS)
    for assessment in assessments:
        row = _row(assessment)
        yield _line([_cell(row[column]) for column in COLUMNS])


def _line(cells: Iterable[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()


def _cell(value: _Value) -> _Value:
    if value is None:
        return ""
    if isinstance(value, str) and value != "-" and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value  # page titles are untrusted
    return value


def _row(a: Assessment) -> dict[str, Any]:
    fetch = a.fetch or {}
    final_url = fetch.get("final_url", "")
    rulebook = a.provenance["rulebook"]
    return {
        "source": a.source,
        "url": a.url,
        "final_url": final_url,
        "domain": urlsplit(final_url or a.url).hostname or "",
        "lang": a.lang,
        "page_title": a.title,
        "role": a.role,
        "captured_at": fetch.get("ended", ""),
        "http_status": fetch.get("status"),
        "robots": fetch.get("robots", {}).get("result", ""),
        "outcome": a.outcome,
        "problem": a.problem,
        "text_chars": a.text_chars,
        "html_sha256": a.provenance["capture"]["html_sha256"],
        **{f"th_{t}": int(t in a.therapies) for t in THERAPIES},
        "offered_any": int(bool(a.offered)),
        "tier": a.tier,
        "tier_status": a.tier_status,
        **{f"risk_{c}": int(c in a.risk_classes) for c in RISK_CLASSES},
        "plan_named": a.plan,
        "pathway": "|".join(a.pathway),
        **{f"fl_{f}": int(f in a.flags) for f in FLAGS},
        **{f"sg_{s}": int(s in a.safeguards) for s in SAFEGUARDS},
        "verdict": a.verdict,
        "verdict_alternatives": "|".join(a.verdict_alternatives),
        "score": a.score,
        "undecided_n": len(a.needs_review),
        "tool_version": a.provenance["tool"]["version"],
        "rulebook_version": rulebook["version"],
        "rulebook_sha256": rulebook["sha256"],
    }
