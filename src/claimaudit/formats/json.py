"""Assessments → JSON: an object for one, an array for several, or a line each; and the JSON Schema of a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from ..types import Assessment

_encoder = msgspec.json.Encoder()


def render(assessments: Sequence[Assessment]) -> str:
    """Return indented JSON: an object for one assessment, an array for any other number."""
    value: Any = assessments[0] if len(assessments) == 1 else list(assessments)
    return msgspec.json.format(_encoder.encode(value), indent=2).decode() + "\n"


def lines(assessments: Iterable[Assessment]) -> Iterator[str]:
    """Yield one line of JSON per assessment, as soon as it is there."""
    for assessment in assessments:
        yield _encoder.encode(assessment).decode() + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one record."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "claimaudit record of one page",
        **msgspec.json.schema(Assessment),
    }


def as_record(assessment: Assessment) -> dict[str, Any]:
    """Return an assessment as the plain object that its JSON holds."""
    record: dict[str, Any] = msgspec.json.decode(_encoder.encode(assessment))
    return record
