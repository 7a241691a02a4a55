"""Say what an id means: verdict, flag, safeguard, rule, model, feature or lexicon entry → text with rule and source."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from .errors import UsageError
from .facts import FACTS
from .framework import Entry, Framework, Rule
from .lexicon import LANGUAGES, load_lexicon
from .nlp.features import FEATURES
from .nlp.linear import NAMES, load_model
from .nlp.rules import load_rules
from .text import Text, load_text


def explain(identifier: str, framework: Framework) -> str:
    """Return the explanation of an id; raise UsageError with the nearest ids when there is none."""
    name = identifier.strip().removeprefix("rule:")
    if name.startswith(f"{framework.id}/"):  # as `verdict_rule` of a record has it
        name = name.rsplit("/", maxsplit=1)[-1]
    parts = [*_law(name, framework, load_text("en")), *_reading(name), *_entry(name), *_model(name)]
    if not parts:
        raise UsageError(f"no label, rule or lexicon entry is called {identifier!r}; {_instead(name, framework)}")
    return "\n\n".join(parts)


def _instead(name: str, framework: Framework) -> str:
    """Return the ids that look like a wrong one, or else the kinds of ids with the labels that there are."""
    labels = [
        ("verdicts", [rule.id for rule in framework.verdicts]),
        ("flags", [rule.id for rule in framework.flags]),
        ("safeguards", [entry.id for entry in framework.safeguards]),
        ("tiers", [entry.id for entry in framework.tiers]),
    ]
    known = {id for _, ids in labels for id in ids} | {rule.id for rules in load_rules().values() for rule in rules}
    known |= {*FEATURES, *FACTS, *(entry.rule for lang in LANGUAGES for entry in load_lexicon(lang).entries)}
    near = difflib.get_close_matches(name, sorted(known), n=5)
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    listed = "\n".join(f"  {kind}: {', '.join(ids)}" for kind, ids in labels)
    return (
        f"expected one of\n{listed}\n  or a rule of a finding, such as en/therapies/svf, rule:tier-own or model:offer"
    )


def _law(name: str, framework: Framework, text: Text) -> Iterator[str]:
    for place, verdict in enumerate(framework.verdicts, start=1):
        if verdict.id == name:
            meaning = text.get(f"verdict_name.{name}")
            order = f"  rule {place} of {len(framework.verdicts)}: the first that holds decides"
            yield f"verdict {name}: {meaning}\n{order}\n{_conditions(verdict)}\n{_source(verdict)}"
    for flag in framework.flags:
        if flag.id == name:
            yield (
                f"flag {name}: {flag.label}\n{_conditions(flag)}\n  why: {flag.why}\n"
                f"  when this flag is wrong: {flag.wrong_when}\n{_source(flag)}"
            )
    for safeguard in framework.safeguards:
        if safeguard.id == name:
            yield f"safeguard {name}: {safeguard.means}\n  to ask: {safeguard.question}\n{_source(safeguard)}"
    for tier in framework.tiers:
        if tier.id == name:
            names = "\n".join(f"  {lang}: {', '.join(values)}" for lang, values in tier.names.items())
            may = ", ".join(tier.may_deliver)
            yield f"tier {name}\n{names}\n  may deliver: {may} ({tier.basis})\n  {tier.note}\n{_source(tier)}"
    for level in framework.risk_classes:
        if level.id == name:
            yield f"risk class {name}: {level.criteria}\n{_source(level)}"
    for pathway in (*framework.pathways, *framework.plans):
        if pathway.id == name:
            yield f"{name}: {pathway.means}\n{_source(pathway)}"


def _conditions(rule: Rule) -> str:
    asked = (("all of", rule.all), ("one of", rule.any), ("none of", rule.none))
    lines = [f"  {word}: {', '.join(names)}" for word, names in asked if names]
    return "\n".join(lines) or "  always, when no rule above holds"


def _source(entry: Entry) -> str:
    return f"  source: {entry.source} · as of {entry.as_of} · basis: {entry.basis}"


def _reading(name: str) -> Iterator[str]:
    for variable, rules in load_rules().items():
        for place, rule in enumerate(rules, start=1):
            if rule.id == name:
                lines = [f"rule {name}, number {place} of {len(rules)} for {variable}: reads as {rule.status}"]
                for word, names in (("all", rule.all), ("any", rule.any), ("none", rule.none)):
                    lines += [f"  {word}  {feature}: {FEATURES[feature]}" for feature in names]
                yield "\n".join(lines)
    if name in FEATURES:
        yield f"feature {name}: {FEATURES[name]}"
    if name in FACTS:
        yield f"fact {name}: {' '.join((FACTS[name].__doc__ or '').split())}"


def _model(name: str) -> Iterator[str]:
    if name.removeprefix("model:") in NAMES and name.startswith("model:"):
        meta = load_model(name.removeprefix("model:")).meta
        figures = meta.scores["all"]
        yield (
            f"model {meta.name}: reads one of {', '.join(meta.labels)}\n"
            f"  right in {figures['accuracy']:.1%} of {figures['n']} labelled cases in cross-validation, "
            f"rules alone in {figures['rules_accuracy']:.1%}\n"
            f"  decides from a probability of {meta.threshold}; more: models/{meta.name}/MODEL_CARD.md"
        )


def _entry(name: str) -> Iterator[str]:
    for lang in LANGUAGES:
        for entry in load_lexicon(lang).entries:
            if entry.rule == name:
                term = entry.term
                lines = [
                    f"lexicon entry {name}: {term.label}",
                    *(f"  matches  {p}" for p in (*term.match, *term.regex)),
                ]
                lines += [f"  needs one of: {', '.join(term.needs)}"] if term.needs else []
                lines += [f"  unless: {', '.join(term.unless)}"] if term.unless else []
                lines += [f"  found in      {sentence}" for sentence in term.examples]
                lines += [f"  not found in  {sentence}" for sentence in term.counter_examples]
                yield "\n".join(lines)
