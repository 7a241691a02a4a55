"""The commands that keep the rulebook: evaluate, explain, frameworks, check-data, schema, train; options in, code out.

Each prints to standard output and returns its exit code. What they need is loaded when they run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import DONE, FAILED, ClaimAuditError, UsageError

if TYPE_CHECKING:
    from .framework import Framework


def framework_named(name: str) -> Framework:
    """Return the framework that the command line names; one that cannot be used is wrong usage."""
    from .framework import load_framework

    try:
        return load_framework(name)
    except ClaimAuditError as error:
        raise UsageError(str(error)) from error


def evaluate(options: argparse.Namespace) -> int:
    """Print how the program's labels compare with labelled pages: figures, or by rule, or by stage of reading."""
    import json

    from .agreement import errors, groups, load_gold, measure, table
    from .auditor import Auditor
    from .formats.json import as_record

    if options.by_rule and not (options.gold / "labels.jsonl").exists() and any(options.gold.glob("??.jsonl")):
        from .diagnosis import by_rule, decisions_on_outlines, rule_table

        print(rule_table(by_rule(decisions_on_outlines(options.gold))))
        print("\nmodel:… learned from these outlines; its figures on unseen ones are in models/*/MODEL_CARD.md")
        return DONE
    try:
        gold = load_gold(options.gold)
    except ClaimAuditError as error:
        raise UsageError(str(error)) from error
    if options.by_stage:
        from .diagnosis import by_stage, stage_table

        print(stage_table(by_stage(gold, framework_named(options.framework))))
        return DONE
    auditor = Auditor(framework_named(options.framework))
    predicted = {row["id"]: as_record(auditor.audit_file(Path(row["path"]))) for row in gold}
    if options.by_rule:
        from .diagnosis import by_rule, decisions_on_pages, rule_table

        print(rule_table(by_rule(decisions_on_pages(gold, predicted))))
        return DONE
    figures = {name: measure(rows, predicted) for name, rows in groups(gold).items()}
    if options.json:
        print(json.dumps(figures, indent=1))
        return DONE
    print(table(figures))
    if not options.no_errors:
        found = errors(gold, predicted)
        print(f"\n{len(found)} difference{'' if len(found) == 1 else 's'}", *found, sep="\n")
    return DONE


def explain(options: argparse.Namespace) -> int:
    """Print what a label, a rule or a lexicon entry means."""
    from .explain import explain

    print(explain(options.id, framework_named(options.framework)))
    return DONE


def frameworks(_: argparse.Namespace) -> int:
    """Print the bundled frameworks."""
    from .framework import list_frameworks, load_framework

    for name in list_frameworks():
        framework = load_framework(name)
        print(f"{framework.id}  {framework.version}  law as of {framework.law_as_of.isoformat()}  {framework.title}")
    return DONE


def check_data(options: argparse.Namespace) -> int:
    """Check every data file; the code says whether there were problems."""
    from .checks import check_data

    problems, summary = check_data(options.framework)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{summary}; {len(problems) or 'no'} problem{'s' if len(problems) != 1 else ''}")
    return FAILED if problems else DONE


def train(options: argparse.Namespace) -> int:
    """Train the models, or compare them with the bundled ones, or describe the data."""
    if options.describe:
        from .coding import describe

        print(describe())
        return DONE
    from .train import changed, train_all, write

    files = train_all(lambda line: print(line, file=sys.stderr))
    if options.check:
        names = changed(files)
        print("the bundled models are those of the data" if not names else f"these would change: {', '.join(names)}")
        return FAILED if names else DONE
    for line in write(files):
        print(line)
    return DONE


def schema(_: argparse.Namespace) -> int:
    """Print the JSON Schema of a record."""
    import json

    from .formats.json import schema

    print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return DONE
