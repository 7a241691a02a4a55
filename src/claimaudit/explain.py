"""Say what an id means: verdict, flag, safeguard, feature, reading rule or lexicon entry → text with its rule and source."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import UsageError
from .framework import Framework, Rule, load_framework
from .lexicon import LANGUAGES, load_lexicon
from .nlp.rules import load_rules
from .nlp.view import FEATURES
from .resources import choices
from .text import Text, load_text


def explain(identifier: str, framework: str = "kr-arma") -> str:
    """Return the explanation of an id; raise UsageError with the nearest ids when there is none."""
    wanted = identifier.strip()
    rulebook, text = load_framework(framework), load_text("en")
    name = wanted.removeprefix("rule:").rsplit("/", 1)[-1] if wanted.startswith(rulebook.id) else wanted.removeprefix("rule:")
    parts = [*_law(name, rulebook, text), *_reading(name), *_entry(name)]
    if not parts:
        known = [*(e.id for e in (*rulebook.verdicts, *rulebook.flags, *rulebook.safeguards, *rulebook.tiers))]
        known += [rule.id for rules in load_rules().values() for rule in rules] + list(FEATURES)
        known += [entry.rule for lang in LANGUAGES for entry in load_lexicon(lang).entries]
        raise UsageError(f"no label, rule or lexicon entry is called {identifier!r};{choices(name, sorted(set(known)))}")
    return "\n\n".join(parts)


def _law(name: str, framework: Framework, text: Text) -> Iterator[str]:
    for verdict in framework.verdicts:
        if verdict.id == name:
            meaning = text.get(f"verdict_name.{name}")
            yield f"verdict {name}: {meaning}\n{_conditions(verdict)}\n{_source(verdict)}"
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
    lines = [f"  {word}: {', '.join(names)}" for word, names in (("all", rule.all), ("any", rule.any), ("none", rule.none)) if names]
    return "\n".join(lines) or "  always"


def _source(entry: object) -> str:
    return f"  source: {entry.source} · as of {entry.as_of} · basis: {entry.basis}"  # type: ignore[attr-defined]


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


def _entry(name: str) -> Iterator[str]:
    for lang in LANGUAGES:
        for entry in load_lexicon(lang).entries:
            if entry.rule == name:
                term = entry.term
                lines = [f"lexicon entry {name}: {term.label}", *(f"  matches  {p}" for p in (*term.match, *term.regex))]
                lines += [f"  needs one of: {', '.join(term.needs)}"] if term.needs else []
                lines += [f"  unless: {', '.join(term.unless)}"] if term.unless else []
                lines += [f"  found in      {sentence}" for sentence in term.examples]
                lines += [f"  not found in  {sentence}" for sentence in term.counter_examples]
                yield "\n".join(lines)
