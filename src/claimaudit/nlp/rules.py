"""Read data/reading.toml: an ordered list of rules, features of a mention → what it asserts; the first decides."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from .. import resources
from ..errors import DataError
from ..types import Status
from .features import FEATURES

VARIABLES = ("therapy", "tier", "class", "pathway", "plan", "processing_licence", "flag", "safeguard")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule: it holds where every feature of ``all``, at least one of ``any`` and none of ``none`` is present."""

    id: str
    reads: tuple[str, ...]
    status: Status
    offered: bool = False
    confidence: float = 1.0
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    note: str = ""

    def holds(self, features: Mapping[str, str]) -> bool:
        """Tell whether the rule applies to a mention with these features."""
        return (
            all(name in features for name in self.all)
            and (not self.any or any(name in features for name in self.any))
            and not any(name in features for name in self.none)
        )

    def cue(self, features: Mapping[str, str]) -> tuple[str, str]:
        """Return the feature that made the rule hold, and its words."""
        for name in (*self.any, *self.all):
            if features.get(name):
                return name, features[name]
        return "", ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    rule: tuple[Rule, ...]


@lru_cache(maxsize=1)
def load_rules() -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules for each variable, in order; raise DataError naming file, rule and the names allowed."""
    path = resources.data_path("reading.toml")
    try:
        data = msgspec.toml.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError) as error:
        raise DataError(f"{path}: {error}; the shape of a rule is described in docs/reading.md") from error
    seen: set[str] = set()
    for rule in data.rule:
        if rule.id in seen:
            raise DataError(f"{path}: rule {rule.id!r} stands twice; ids are unique")
        seen.add(rule.id)
        for name in (*rule.all, *rule.any, *rule.none):
            if name not in FEATURES:
                raise DataError(
                    f"{path}: rule {rule.id!r}: {name!r} is not a feature; known: {', '.join(sorted(FEATURES))}"
                )
        for variable in rule.reads:
            if variable not in VARIABLES:
                raise DataError(f"{path}: rule {rule.id!r}: reads {variable!r}; known: {', '.join(VARIABLES)}")
    return {variable: tuple(rule for rule in data.rule if variable in rule.reads) for variable in VARIABLES}
