"""Compare labels with gold labels: two lists of records → accuracy, kappa, F1 and the two errors that hurt somebody.

Cohen's kappa (Cohen 1960) and macro F1 come from scikit-learn. A label listed in ``<field>_optional`` of a gold record
is one on which careful coders may differ: it is neither required nor punished.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import DataError
from .types import VERDICTS

SCALARS = ("verdict", "role", "tier", "tier_status", "plan")
SETS = ("risk_classes", "pathway", "therapies", "flags", "safeguards")
CREDITED = ("named", "partial")

Record = Mapping[str, Any]


def load_gold(folder: Path) -> list[dict[str, Any]]:
    """Return the gold records of a folder, each with the ``path`` of its page.

    Args:
        folder: holds ``labels.jsonl`` beside ``pages/``, or pairs NAME.html + NAME.json.

    Raises:
        DataError: the folder holds neither, a label file is broken, or a page is missing.
    """
    labels = folder / "labels.jsonl"
    if labels.is_file():
        lines = enumerate(_text(labels).splitlines(), 1)
        rows = [_row(line, f"{labels}:{n}") for n, line in lines if line.strip()]
        for row in rows:
            if "id" not in row:
                raise DataError(f"{labels}: a record has no id; add the name of its page without .html")
            row["path"] = str(folder / "pages" / f"{row['id']}.html")
    else:
        pairs = sorted(path for path in folder.glob("*.json") if path.with_suffix(".html").is_file())
        rows = [
            _row(_text(path), str(path)) | {"id": path.stem, "path": str(path.with_suffix(".html"))} for path in pairs
        ]
    if not rows:
        raise DataError(
            f"{folder}: found neither labels.jsonl with pages/ nor NAME.html + NAME.json pairs; give a folder of gold"
        )
    missing = [row["path"] for row in rows if not Path(row["path"]).is_file()]
    if missing:
        raise DataError(f"{folder}: {len(missing)} labelled pages are missing, the first is {missing[0]}")
    return rows


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error}); expected JSON in UTF-8") from error


def _row(text: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{where}: not JSON ({error}); expected one object with the codebook's fields") from error
    if not isinstance(row, dict):
        raise DataError(f"{where}: found {str(row)[:60]!r}; expected one object with the codebook's fields")
    missing = [field for field in ("lang", *SCALARS, *SETS) if field not in row]
    if missing:
        raise DataError(f"{where}: found no {', '.join(missing)}; a gold record needs the codebook's fields; add them")
    if row["verdict"] not in VERDICTS:
        raise DataError(f"{where}: verdict {row['verdict']!r} is none of {', '.join(VERDICTS)}")
    return row


def measure(gold: Sequence[Record], predicted: Mapping[str, Record]) -> dict[str, float]:
    """Return the figures over ``gold`` (records with ``id``) and predictions by id; a missing prediction is wrong."""
    from sklearn.metrics import f1_score

    figures: dict[str, float] = {"pages": len(gold)}
    for field in SCALARS:
        pairs = [_scalar(row, predicted.get(row["id"], {}), field) for row in gold]
        figures[f"{field}.accuracy"] = sum(a == b for a, b in pairs) / len(pairs)
        if field == "verdict":
            said = [a for a, _ in pairs], [str(b) for _, b in pairs]
            labels = sorted(set(said[0]))
            figures["verdict.macro_f1"] = float(f1_score(*said, labels=labels, average="macro", zero_division=0))
            figures["verdict.kappa"] = kappa([(a, str(b)) for a, b in pairs])
    for field in SETS:
        figures |= _set_figures(gold, predicted, field)
    pairs = [_scalar(row, predicted.get(row["id"], {}), "verdict") for row in gold]
    figures["false_credit"] = sum(b in CREDITED and a not in CREDITED for a, b in pairs)
    figures["false_blame"] = sum(b == "borrowed" and a != "borrowed" for a, b in pairs)
    return figures


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Return Cohen's kappa (Cohen 1960) of two codings; 1 where both always say the same one thing."""
    from sklearn.metrics import cohen_kappa_score

    first, second = zip(*pairs, strict=True)
    return 1.0 if len({*first, *second}) == 1 else float(cohen_kappa_score(first, second))


def _scalar(row: Record, said: Record, field: str) -> tuple[Any, Any]:
    value = said.get(field)
    return (value if value in (row.get(f"{field}_optional") or ()) else row[field]), value


def _set_figures(gold: Sequence[Record], predicted: Mapping[str, Record], field: str) -> dict[str, float]:
    tp = fp = fn = exact = 0
    for row in gold:
        a, b = compared(row, predicted.get(row["id"], {}), field)
        tp, fp, fn, exact = tp + len(a & b), fp + len(b - a), fn + len(a - b), exact + (a == b)
    f1 = 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 1.0
    return {f"{field}.micro_f1": f1, f"{field}.exact": exact / len(gold)}


def compared(row: Record, said: Record, field: str) -> tuple[set[str], set[str]]:
    """Return the labels required and given for a set field, optional ones left out of both."""
    optional = set(row.get(f"{field}_optional") or ())
    return set(row.get(field) or ()) - optional, set(said.get(field) or ()) - optional


def groups(gold: Sequence[Record]) -> dict[str, list[Record]]:
    """Return the rows by group: all, hard ones, and each language."""
    out: dict[str, list[Record]] = {"all": list(gold), "hard": [row for row in gold if row.get("hard")]}
    for lang in sorted({row["lang"] for row in gold}):
        out[lang] = [row for row in gold if row["lang"] == lang]
    return {name: rows for name, rows in out.items() if rows}


def table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """Return figures by group as an aligned text table."""
    names = list(figures)
    lines = [f"{'':24}" + "".join(f"{name:>9}" for name in names)]
    for row in figures[names[0]]:
        cells = (figures[name][row] for name in names)
        lines.append(f"{row:24}" + "".join(f"{c:9.3f}" if isinstance(c, float) else f"{c:9d}" for c in cells))
    return "\n".join(lines)


def errors(gold: Sequence[Record], predicted: Mapping[str, Record]) -> list[str]:
    """Return one line per page and field that differ: what gold says, what was read."""
    lines = []
    for row in gold:
        said = predicted.get(row["id"], {})
        for field in SCALARS:
            a, b = _scalar(row, said, field)
            if a != b:
                lines.append(f"{row['id']:28} {field:12} {a} read as {b}")
        for field in SETS:
            want, got = compared(row, said, field)
            if want != got:
                missed, extra = sorted(want - got), sorted(got - want)
                lines.append(f"{row['id']:28} {field:12} missed {missed} extra {extra}")
    return lines
