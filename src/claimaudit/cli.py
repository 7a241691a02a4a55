"""The command line: arguments in, results on standard output, all else on standard error. No logic of its own."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from .errors import ClaimAuditError, UsageError
from .types import FLAGS, VERDICTS

if TYPE_CHECKING:
    from .auditor import Auditor
    from .types import Assessment

DONE, FAILED, USAGE, CONDITION, UNREADABLE, INTERRUPTED = 0, 1, 2, 3, 4, 130
COMMANDS = ("audit", "evaluate", "explain", "frameworks", "check-data", "schema")
FORMATS = ("text", "json", "jsonl", "csv")
LANGS = ("en", "ko", "ja", "zh-Hans", "zh-Hant")

_EPILOG = """\
exit codes:
  0  done
  1  failed: something went wrong that is not the page's doing
  2  wrong usage, or broken data named on the command line
  3  a --fail-on condition was found
  4  nothing readable: every input is inconclusive
  130  interrupted

examples:
  claimaudit https://clinic.example/stem-cell
  claimaudit audit saved/ -f csv -o pages.csv
  claimaudit page.html -f json --fail-on borrowed,efficacy_guarantee
  curl -s https://clinic.example/ | claimaudit audit -
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] not in (*COMMANDS, "-h", "--help", "--version"):
        arguments.insert(0, "audit")  # `claimaudit URL` means `claimaudit audit URL`
    try:
        options = _parser().parse_args(arguments)
        if not hasattr(options, "run"):
            _parser().print_help(sys.stderr)
            return USAGE
        return int(options.run(options))
    except UsageError as error:
        return _complain(error, USAGE)
    except ClaimAuditError as error:
        return _complain(error, USAGE if getattr(error, "from_user", False) else FAILED)
    except KeyboardInterrupt:
        print("claimaudit: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; that is not a failure
        return DONE


def _complain(error: Exception, code: int) -> int:
    print(f"claimaudit: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="claimaudit",
        description="Audit what clinic pages claim about regenerative-medicine designation.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    _audit_arguments(_command(commands, "audit", _audit, "judge pages: URLs, files, folders, or - for standard input"))
    evaluate = _command(commands, "evaluate", _evaluate, "compare the program's labels with labelled pages")
    evaluate.add_argument("gold", type=Path, help="folder with labels.jsonl and pages/, or with NAME.html + NAME.json pairs")
    evaluate.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    evaluate.add_argument("--no-errors", action="store_true", help="print the figures without the list of errors")
    evaluate.add_argument("--framework", default="kr-arma", help="bundled framework or path of a file")
    explain = _command(commands, "explain", _explain, "say what a label, flag, rule or lexicon entry means and where it comes from")
    explain.add_argument("id", help="for example borrowed, efficacy_guarantee, rule:tier-own, ko/designation/institution")
    explain.add_argument("--framework", default="kr-arma", help="bundled framework or path of a file")
    _command(commands, "frameworks", _frameworks, "list the bundled frameworks")
    check = _command(commands, "check-data", _check_data, "check every data file and run the examples of every term")
    check.add_argument("--framework", default=None, help="check this framework file as well")
    _command(commands, "schema", _schema, "print the JSON Schema of a record")
    return parser


def _command(commands: argparse._SubParsersAction, name: str, run: object, help: str) -> argparse.ArgumentParser:  # type: ignore[type-arg]
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
    parser.set_defaults(run=run)
    return parser


class _Version(argparse.Action):
    """Print the version; importlib.metadata is imported only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"claimaudit {version('claimaudit')}")
        parser.exit()


def _audit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("inputs", nargs="+", metavar="URL|FILE|FOLDER|-", help="what to judge; - reads a page from standard input")
    parser.add_argument("-f", "--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument("-o", "--output", type=Path, help="write to this file instead of standard output")
    parser.add_argument("--framework", default="kr-arma", help="bundled framework or path of a file (default: kr-arma)")
    parser.add_argument("--lang", choices=LANGS, help="read every page as this language instead of detecting it")
    parser.add_argument("--fail-on", metavar="VERDICT|FLAG,…", default="", help="exit with 3 if a page has one of these")
    parser.add_argument("--contact", default="", help="mail address or URL put into the user agent, so that a site can reach you")
    parser.add_argument("--timeout", type=_positive, default=20.0, help="seconds for one page in all (default: 20)")
    parser.add_argument("--max-bytes", type=int, default=20 * 2**20, help="largest page, unpacked (default: 20 MiB)")
    parser.add_argument(
        "--allow-private", action="store_true",
        help="let the hosts named as input lie in a private network (not through links or redirects)",
    )  # fmt: skip
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")


def _positive(value: str) -> float:
    number = float(value)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{value} is not above 0")
    return number


# ── audit ────────────────────────────────────────────────────────────────────────────────────────────


def _audit(options: argparse.Namespace) -> int:
    wanted = _conditions(options.fail_on)
    auditor = _auditor(options)
    seen: list[tuple[str, bool]] = []

    def judged() -> Iterator[Assessment]:
        from .inputs import pages

        for page in pages(options.inputs, _fetch_options(options)):
            assessment = auditor.audit_fetched(page)
            seen.append((assessment.verdict, bool(wanted & {assessment.verdict, *assessment.flags})))
            yield assessment

    with _output(options.output) as out:
        _write(judged(), options, auditor, out)
    if any(hit for _, hit in seen):
        return CONDITION
    return UNREADABLE if all(verdict == "inconclusive" for verdict, _ in seen) else DONE


def _conditions(listed: str) -> set[str]:
    wanted = {name.strip() for name in listed.split(",") if name.strip()}
    unknown = sorted(wanted - {*VERDICTS, *FLAGS})
    if unknown:
        raise UsageError(f"--fail-on {', '.join(unknown)}: not a verdict ({', '.join(VERDICTS)}) or flag ({', '.join(FLAGS)})")
    return wanted


def _auditor(options: argparse.Namespace) -> Auditor:
    from .auditor import Auditor

    try:
        return Auditor(options.framework, lang=options.lang)
    except ClaimAuditError as error:
        raise UsageError(str(error)) from error


def _fetch_options(options: argparse.Namespace) -> object:
    if not any("://" in name for name in options.inputs):
        return None
    from .crawl.fetch import FetchOptions
    from .crawl.urls import hosts_of

    return FetchOptions(
        contact=options.contact,
        timeout=options.timeout,
        max_bytes=options.max_bytes,
        allow_private=options.allow_private,
        allow_hosts=hosts_of(options.inputs),
    )


def _write(assessments: Iterator[Assessment], options: argparse.Namespace, auditor: Auditor, out: TextIO) -> None:
    if options.format == "json":
        from .formats import json

        out.write(json.render(list(assessments)))
    elif options.format in ("jsonl", "csv"):
        from .formats import csv, json

        for line in (json if options.format == "jsonl" else csv).lines(assessments):
            out.write(line)
            out.flush()
    else:
        from .formats import text

        colour = options.color == "always" or (options.color == "auto" and out.isatty() and "NO_COLOR" not in os.environ)
        for number, assessment in enumerate(assessments):
            out.write("\n" if number else "")
            out.write(text.render(assessment, auditor.framework, auditor.text, colour=colour))
            out.flush()


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    if path is None or str(path) == "-":
        yield sys.stdout
        return
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"-o {path}: cannot be written ({error.strerror}); name a file in a folder that exists") from error
    with file:
        yield file


# ── the other commands ───────────────────────────────────────────────────────────────────────────────


def _evaluate(options: argparse.Namespace) -> int:
    import json

    from .agreement import errors, groups, load_gold, measure, table
    from .auditor import Auditor
    from .formats.json import as_record

    gold = load_gold(options.gold)
    auditor = Auditor(options.framework)
    predicted = {row["id"]: as_record(auditor.audit_file(Path(row["path"]))) for row in gold}
    figures = {name: measure(rows, predicted) for name, rows in groups(gold).items()}
    if options.json:
        print(json.dumps(figures, indent=1))
        return DONE
    print(table(figures))
    if not options.no_errors:
        found = errors(gold, predicted)
        print(f"\n{len(found)} differences" + (":" if found else ""))
        print("\n".join(found))
    return DONE


def _explain(options: argparse.Namespace) -> int:
    from .explain import explain

    print(explain(options.id, options.framework))
    return DONE


def _frameworks(_: argparse.Namespace) -> int:
    from .framework import list_frameworks, load_framework

    for name in list_frameworks():
        framework = load_framework(name)
        print(f"{framework.id}  {framework.version}  law as of {framework.law_as_of.isoformat()}  {framework.title}")
    return DONE


def _check_data(options: argparse.Namespace) -> int:
    from .checks import check_data

    problems, summary = check_data(options.framework)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{summary}; {len(problems) or 'no'} problem{'s' if len(problems) != 1 else ''}")
    return FAILED if problems else DONE


def _schema(_: argparse.Namespace) -> int:
    import json

    from .formats.json import schema

    print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return DONE


if __name__ == "__main__":
    raise SystemExit(main())
