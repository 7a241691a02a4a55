"""Check every data file and run every term's own examples: → the problems found, and a line on what was checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from .errors import ClaimAuditError
from .framework import list_frameworks, load_framework
from .lexicon import LANGUAGES, Entry, load_lexicon
from .nlp.mentions import found_in
from .nlp.rules import load_rules
from .text import check_text


def check_data(framework: str | None = None) -> tuple[list[str], str]:
    """Return the problems of all data files (messages with file, key, found and allowed) and a summary."""
    problems: list[str] = []
    frameworks = [*list_frameworks(), *([framework] if framework else [])]
    for name in frameworks:
        problems += _failing(partial(load_framework, name))
    problems += _failing(load_rules)
    try:
        problems += check_text()
    except ClaimAuditError as error:
        problems.append(str(error))
    terms = examples = 0
    for lang in LANGUAGES:
        try:
            lexicon = load_lexicon(lang)
        except ClaimAuditError as error:
            problems.append(str(error))
            continue
        for entry in lexicon.entries:
            terms += 1
            examples += len(entry.term.examples) + len(entry.term.counter_examples)
            problems += check_entry(entry)
    return (
        problems,
        f"checked {len(frameworks)} framework(s), {terms} terms with {examples} examples in {len(LANGUAGES)} languages",
    )


def _failing(load: Callable[[], object]) -> list[str]:
    try:
        load()
    except ClaimAuditError as error:
        return [str(error)]
    return []


def check_entry(entry: Entry) -> Iterator[str]:
    """Yield what is wrong with a term's examples: one that it does not find, a counter-example that it does."""
    for sentence in entry.term.examples:
        matched, _, labels = found_in(sentence, entry.lang)
        if entry.rule not in matched:
            yield f"{entry.rule}: the example {sentence!r} is not matched by any of its patterns"
        elif entry.label not in labels:
            yield f"{entry.rule}: the example {sentence!r} is matched, then dropped: longer term, ignore, needs, unless"
    for sentence in entry.term.counter_examples:
        if entry.rule in found_in(sentence, entry.lang)[1]:
            yield f"{entry.rule}: the counter-example {sentence!r} is found"
