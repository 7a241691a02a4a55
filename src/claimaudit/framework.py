"""Read a rulebook: the id or path of a framework file → a checked, frozen ``Framework``.

A framework says what one country's law, this project's guide and the wording seen on pages mean: tiers, classes,
scope, pathways, and the rules that turn facts into a verdict, flags and a score. All of that is data in
``data/frameworks/<id>.toml``; this module mirrors the file, checks it and answers questions about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from .errors import DataError
from .resources import choices, data_path, read_toml
from .types import FLAGS, PATHWAYS, PLANS, RISK_CLASSES, SAFEGUARDS, THERAPIES, TIERS, VERDICTS, Frozen

# fmt: off
KNOWN_FACTS: tuple[str, ...] = (
    "readable", "any_term", "promotes", "tier_named", "class_named", "only_outside_scope", "sold_as_act_or_cells",
    "pathway_for_each_offer", "unspecified_designation_claimed", "designation_pending_claimed",
    "third_party_designation_claimed", "outside_product_sold_as_act", "offer_exceeds_tier", "class_below_offer",
    "cells_offered", "other_credential_claimed", "guarantee_claimed", "testimonial_shown", "scope_distinguished",
    "pathway_or_plan_named",
)
# fmt: on
"""What a rule may ask. The predicates themselves are Python in ``facts.py``."""

Basis = Literal["statute", "guide", "usage"]
"""``statute``: the Act, its decree or rule; ``guide``: this project's guide; ``usage``: wording seen on pages."""

LABEL_SETS: dict[str, tuple[str, ...]] = {"safeguards": SAFEGUARDS}
"""What a score component of kind ``set`` may count."""


class Entry(Frozen, frozen=True, kw_only=True):
    """Every entry: where it is written, when that was read, and what kind of authority it has."""

    source: str
    as_of: date
    basis: Basis


class Source(Entry, frozen=True, kw_only=True):
    """A text that entries cite by its short name at the start of ``source``."""

    id: str
    title: str
    url: str = ""


class Amendment(Entry, frozen=True, kw_only=True):
    """One change of the Act."""

    number: str
    in_force: date
    what: str


class Act(Entry, frozen=True, kw_only=True):
    """The law itself; names by language."""

    names: Mapping[str, str]
    short_names: Mapping[str, str]
    promulgated: date
    in_force: date
    amendment: tuple[Amendment, ...] = ()


class Designation(Entry, frozen=True, kw_only=True):
    """A tier: its names and translations by language, and the risk classes it may deliver."""

    id: str
    names: Mapping[str, tuple[str, ...]]
    may_deliver: tuple[str, ...]
    note: str = ""
    note_id: str = ""  # the sentence ``note.<id>`` in data/text that a report adds where a page uses this tier


class RiskLevel(Entry, frozen=True, kw_only=True):
    """A risk class; ``order`` counts up from the lowest."""

    id: str
    order: int
    names: Mapping[str, tuple[str, ...]]
    criteria: str  # as the law has it
    guide_criteria: str = ""  # as this project's guide has it


class TherapyEntry(Entry, frozen=True, kw_only=True):
    """Whether a kind of therapy lies inside the Act, and its class where kind alone settles it."""

    id: str
    scope: Literal["in", "outside", "generic"]
    default_class: str | None = None
    allogeneic_class: str | None = None
    note: str = ""


class Named(Entry, frozen=True, kw_only=True):
    """A pathway, a plan, or something that the law takes out of scope: its name and what counts as that."""

    id: str
    label: str
    means: str


class SafeguardEntry(Named, frozen=True, kw_only=True):
    """Something a designated facility is expected to show, and the neutral question that asks for it."""

    question: str


class Rule(Entry, frozen=True, kw_only=True):
    """Holds when all of ``all``, at least one of ``any`` (if given) and none of ``none`` are true."""

    id: str
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()

    def holds(self, facts: Mapping[str, bool]) -> bool:
        """Whether the facts meet the rule; KeyError if a fact that it asks for was not worked out."""
        return (
            all(facts[name] for name in self.all)
            and (not self.any or any(facts[name] for name in self.any))
            and not any(facts[name] for name in self.none)
        )


class VerdictRule(Rule, frozen=True, kw_only=True):
    """One row of the rubric."""

    scored: bool
    sentence_id: str  # key in data/text


class FlagRule(Rule, frozen=True, kw_only=True):
    """One flag with its neutral reason and its known weakness."""

    label: str
    why: str
    wrong_when: str


class Part(Frozen, frozen=True, kw_only=True):
    """Points for one fact."""

    fact: str
    points: int


class FactComponent(Entry, frozen=True, kw_only=True, tag_field="kind", tag="fact"):
    """All points if a fact holds."""

    id: str
    fact: str
    points: int


class SetComponent(Entry, frozen=True, kw_only=True, tag_field="kind", tag="set"):
    """Points for each member of a label set."""

    id: str
    set: str
    each: int


class PartsComponent(Entry, frozen=True, kw_only=True, tag_field="kind", tag="parts"):
    """Points for each of several facts."""

    id: str
    parts: tuple[Part, ...]


Component = FactComponent | SetComponent | PartsComponent


def max_points(component: Component) -> int:
    """The points that a component can give."""
    everything = {name: frozenset(labels) for name, labels in LABEL_SETS.items()}
    return points(component, dict.fromkeys(KNOWN_FACTS, True), everything)


def points(component: Component, facts: Mapping[str, bool], sets: Mapping[str, Collection[str]]) -> int:
    """The points that a component gives for these facts and label sets (``{"safeguards": …}``)."""
    match component:
        case FactComponent():
            return component.points if facts[component.fact] else 0
        case SetComponent():
            return component.each * len(sets[component.set])
        case PartsComponent():
            return sum(part.points for part in component.parts if facts[part.fact])


class Score(Entry, frozen=True, kw_only=True):
    """The weights; the parts add up to ``max``."""

    max: int
    component: tuple[Component, ...]


_Item = TypeVar("_Item", Designation, RiskLevel, TherapyEntry, SafeguardEntry, VerdictRule, FlagRule)


_ONE = {"therapies": "therapy", "risk_classes": "risk_class"}  # the file says [[tier]] where the struct says tiers


class Framework(Frozen, frozen=True, kw_only=True, rename=lambda name: _ONE.get(name, name.removesuffix("s"))):
    """A rulebook. Its identity is ``id``, ``version`` and ``sha256`` of the file's bytes, never its place on a disk."""

    id: str
    version: str
    law_as_of: date
    title: str
    sources: tuple[Source, ...]
    act: Act
    tiers: tuple[Designation, ...]
    risk_classes: tuple[RiskLevel, ...]
    therapies: tuple[TherapyEntry, ...]
    exclusions: tuple[Named, ...]
    pathways: tuple[Named, ...]
    plans: tuple[Named, ...]
    safeguards: tuple[SafeguardEntry, ...]
    verdicts: tuple[VerdictRule, ...]
    flags: tuple[FlagRule, ...]
    score: Score
    sha256: str = ""

    def tier(self, id: str) -> Designation:
        """The tier; DataError lists the ids that exist."""
        return self._get("tier", self.tiers, id)

    def risk_class(self, id: str) -> RiskLevel:
        """The risk class; DataError lists the ids that exist."""
        return self._get("risk_class", self.risk_classes, id)

    def therapy(self, id: str) -> TherapyEntry:
        """The therapy; DataError lists the ids that exist."""
        return self._get("therapy", self.therapies, id)

    def scope(self, therapy: str) -> Literal["in", "outside", "generic"]:
        """Whether the Act covers a kind of therapy; ``generic`` for a term that names no kind."""
        return self.therapy(therapy).scope

    def class_of(self, therapy: str, *, allogeneic: bool = False) -> str | None:
        """The class that the law gives a therapy, or None where its kind alone does not settle it."""
        entry = self.therapy(therapy)
        return (entry.allogeneic_class if allogeneic else None) or entry.default_class

    def class_order(self, id: str) -> int:
        """The rank of a risk class, 1 for the lowest."""
        return self.risk_class(id).order

    def safeguard(self, id: str) -> SafeguardEntry:
        """The safeguard; DataError lists the ids that exist."""
        return self._get("safeguard", self.safeguards, id)

    def verdict(self, id: str) -> VerdictRule:
        """The rubric row of a verdict; DataError lists the ids that exist."""
        return self._get("verdict", self.verdicts, id)

    def flag(self, id: str) -> FlagRule:
        """The flag; DataError lists the ids that exist."""
        return self._get("flag", self.flags, id)

    def verdict_for(self, facts: Mapping[str, bool]) -> VerdictRule:
        """The first rule from the top that holds; loading made sure that one does."""
        return next(rule for rule in self.verdicts if rule.holds(facts))

    def flags_for(self, facts: Mapping[str, bool]) -> tuple[FlagRule, ...]:
        """All flags that hold, in the order of the file."""
        return tuple(rule for rule in self.flags if rule.holds(facts))

    def _get(self, table: str, items: tuple[_Item, ...], id: str) -> _Item:
        for item in items:
            if item.id == id:
                return item
        raise DataError(f"rulebook {self.id}: no {table} {id!r};{choices(id, (item.id for item in items))}")


def list_frameworks() -> tuple[str, ...]:
    """The ids of the rulebooks that ship, sorted."""
    return tuple(sorted(path.stem for path in data_path("frameworks").glob("*.toml")))


def load_framework(name_or_path: str) -> Framework:
    """The checked rulebook with an id or at a path; DataError lists what is wrong, where, what to do."""
    path = Path(name_or_path)
    if path.suffix != ".toml" and len(path.parts) == 1:
        if name_or_path not in list_frameworks():
            known = choices(name_or_path, list_frameworks())
            raise DataError(f"no framework {name_or_path!r};{known}, or the path of a .toml file")
        path = data_path("frameworks", f"{name_or_path}.toml")
    file = read_toml(path)
    framework = msgspec.structs.replace(file.convert(Framework), sha256=file.sha256)
    problems = [file.message(*problem) for problem in find_problems(framework, file.tables)]
    if problems:
        raise DataError("\n".join(problems))
    return framework


def find_problems(framework: Framework, tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the types alone cannot see, as (place in the file, problem): ids, facts, classes, sources, weights, gaps."""
    if "sha256" in tables:
        yield "sha256", f"found {tables['sha256']!r}; not allowed in the file: it is computed from it; delete the line"
    tiers, plans = [tier for tier in TIERS if tier not in ("unspecified", "none")], [p for p in PLANS if p != "none"]
    wanted = {"tier": tiers, "risk_class": RISK_CLASSES, "therapy": THERAPIES, "pathway": PATHWAYS, "plan": plans}
    for table, ids in (wanted | {"safeguard": SAFEGUARDS, "verdict": VERDICTS, "flag": FLAGS}).items():
        yield from _id_problems(table, [entry["id"] for entry in tables[table]], ids)
    rules: list[tuple[str, Rule]] = [(f"verdict[{n}]", rule) for n, rule in enumerate(framework.verdicts)]
    rules += [(f"flag[{n}]", rule) for n, rule in enumerate(framework.flags)]
    for place, rule in rules:
        for key, names in (("all", rule.all), ("any", rule.any), ("none", rule.none)):
            yield from _unknown(f"{place}.{key}", names, KNOWN_FACTS, "fact")
    for n, tier in enumerate(framework.tiers):
        yield from _unknown(f"tier[{n}].may_deliver", tier.may_deliver, RISK_CLASSES, "risk class")
    for n, therapy in enumerate(framework.therapies):
        for key, value in (("default_class", therapy.default_class), ("allogeneic_class", therapy.allogeneic_class)):
            yield from _unknown(f"therapy[{n}].{key}", [value] if value is not None else [], RISK_CLASSES, "risk class")
    orders = sorted(level.order for level in framework.risk_classes)
    if orders != list(range(1, len(orders) + 1)):
        yield "risk_class[0].order", f"found {orders}; allowed: 1, 2, 3, each once; number from the lowest"
    yield from _score_problems(framework.score)
    yield from _source_problems(framework, tables)
    yield from _rubric_gap(framework.verdicts)


def _id_problems(table: str, found: Sequence[str], wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    for n, id in enumerate(found):
        yield from _unknown(f"{table}[{n}].id", [id], wanted, "id")
    for id, count in Counter(found).items():
        if count > 1:
            last = len(found) - 1 - found[::-1].index(id)
            yield f"{table}[{last}].id", f"found {id!r} {count} times; allowed: once; delete or rename one"
    missing = [id for id in wanted if id not in found]
    if missing:
        yield table, f"found no entry for {', '.join(missing)}; the codebook needs each of: {', '.join(wanted)}; add it"


def _unknown(place: str, names: Iterable[str], allowed: Sequence[str], kind: str) -> Iterator[tuple[str, str]]:
    for name in names:
        if name not in allowed:
            yield place, f"found the unknown {kind} {name!r};{choices(name, allowed)}"


def _score_problems(score: Score) -> Iterator[tuple[str, str]]:
    total = 0
    for n, item in enumerate(score.component):
        place = f"score.component[{n}]"
        match item:
            case FactComponent():
                bad = list(_unknown(f"{place}.fact", [item.fact], KNOWN_FACTS, "fact"))
            case SetComponent():
                bad = list(_unknown(f"{place}.set", [item.set], tuple(LABEL_SETS), "set"))
            case PartsComponent():
                bad = list(_unknown(f"{place}.parts", [part.fact for part in item.parts], KNOWN_FACTS, "fact"))
        if bad:
            yield from bad
            return
        total += max_points(item)
    if total != score.max:
        yield "score.max", f"found {score.max}; allowed: {total}, the sum of the components; change one of them"


def _source_problems(framework: Framework, tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    names = tuple(source.id for source in framework.sources)
    for key, value in tables.items():
        for place, cited in _cited(key, value):
            if not cited.startswith((*names, "https://", "http://")):
                yield place, f"found {cited!r}; allowed: a URL, or text that starts with {', '.join(names)}; cite one"


def _cited(place: str, value: object) -> Iterator[tuple[str, str]]:
    """Every ``source`` below a value, with its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from [(f"{place}.source", inner)] if key == "source" else _cited(f"{place}.{key}", inner)
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _cited(f"{place}[{n}]", inner)


def _rubric_gap(rules: Sequence[VerdictRule]) -> Iterator[tuple[str, str]]:
    """A set of facts that no verdict covers would leave a page without one."""
    names = sorted({name for rule in rules for name in (*rule.all, *rule.any, *rule.none)})
    for values in product((False, True), repeat=min(len(names), 16)):
        facts = dict.fromkeys(names, False) | dict(zip(names, values, strict=False))
        if not any(rule.holds(facts) for rule in rules):
            true = ", ".join(name for name, value in facts.items() if value)
            yield "verdict", f"found no rule for the facts [{true}]; allowed: one for each case; add a last rule"
            return
