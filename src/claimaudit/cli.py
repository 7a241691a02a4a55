"""The command line: arguments in, results on standard output, all else on standard error. No logic of its own."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from . import maintain
from .errors import CONDITION, DONE, FAILED, INTERRUPTED, UNREADABLE, USAGE, ClaimAuditError, UsageError
from .maintain import framework_named
from .types import FLAGS, VERDICTS

if TYPE_CHECKING:
    from .auditor import Auditor
    from .crawl.fetch import FetchOptions
    from .types import Assessment

COMMANDS = ("audit", "evaluate", "explain", "frameworks", "check-data", "schema", "train")
FORMATS = ("text", "json", "jsonl", "csv")
COLOURS = ("auto", "always", "never")
LANGS = ("en", "ko", "ja", "zh-Hans", "zh-Hant")
MAX_BYTES = 20 * 2**20  # more is not read from any source; auditor.MAX_BYTES is the same (a test compares them)

_EPILOG = """\
`claimaudit PAGE` is short for `claimaudit audit PAGE`. The options of a command: claimaudit COMMAND --help

exit codes:
    0  done
    1  failed: a data file of claimaudit itself cannot be used, or check-data found problems
    2  wrong usage: an option, a framework file or a folder of labelled pages that cannot be used
    3  a --fail-on condition was found
    4  nothing readable: every page is inconclusive
  130  interrupted

examples:
  claimaudit https://clinic.example/stem-cell
  claimaudit audit saved/ -f csv -o pages.csv
  claimaudit page.html -f json --fail-on borrowed,efficacy_guarantee
  curl -s https://clinic.example/ | claimaudit -
  claimaudit explain borrowed
"""

_AUDIT_EPILOG = f"""\
Results go to standard output, everything else to standard error. A page that cannot be fetched or
read is no error: it gets its row, with the verdict inconclusive and the reason. robots.txt is
always honoured.

verdicts:    {", ".join(VERDICTS)}
flags:       {", ".join(FLAGS[:3])},
             {", ".join(FLAGS[3:6])},
             {", ".join(FLAGS[6:])}
             (what one means: claimaudit explain NAME)
exit codes:  0 done · 1 failed · 2 wrong usage · 3 a --fail-on condition was found
             4 every page is inconclusive
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments and arguments[0] not in (*COMMANDS, "-h", "--help", "--version"):
            _refuse_misspelt(arguments[0])
            arguments.insert(0, "audit")  # `claimaudit URL` means `claimaudit audit URL`
        _print_everything()
        options = _parser().parse_args(arguments)
        if not hasattr(options, "run"):
            _parser().print_help(sys.stderr)
            return USAGE
        code = int(options.run(options))
        sys.stdout.flush()  # here, where a reader who left is noticed
    except UsageError as error:
        return _complain(error, USAGE)
    except ClaimAuditError as error:
        return _complain(error, FAILED)
    except KeyboardInterrupt:
        print("claimaudit: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; that is not a failure
        return DONE
    return code


def _refuse_misspelt(word: str) -> None:
    """Raise UsageError for what is nearly a command and no input at all."""
    if word.isascii() and word.replace("-", "").isalpha() and not os.path.exists(word):
        from .resources import choices

        hint = choices(word, COMMANDS)
        if "did you mean" in hint:
            raise UsageError(f"{word}: neither a command nor a file or folder;{hint.partition(' allowed')[0]}")


def _print_everything() -> None:
    """Let Korean out in any locale: as UTF-8 in a pipe, as escapes on a terminal that cannot show it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not where a test or a notebook put its own
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def _complain(error: Exception, code: int) -> int:
    print(f"claimaudit: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="claimaudit",
        description=(
            "Audit the wording of clinic pages: does a page that offers regenerative medicine name the tier and\n"
            "the risk class of the Korean Act? The answer is one of eight verdicts, with the words it rests on."
        ),
        epilog=_EPILOG,
        formatter_class=_Help,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    _audit_arguments(_command(commands, "audit", _audit, "judge pages: URLs, files, folders, or - for standard input"))
    evaluate = _command(commands, "evaluate", maintain.evaluate, "compare the program's labels with labelled pages")
    evaluate.add_argument(
        "gold",
        type=Path,
        metavar="GOLD",
        help="folder with labels.jsonl and pages/, with NAME.html + NAME.json pairs, or (--by-rule) with outlines",
    )
    parts = evaluate.add_mutually_exclusive_group()
    parts.add_argument(
        "--by-rule", action="store_true", help="print coverage, precision and conflicts of each rule and model instead"
    )
    parts.add_argument(
        "--by-stage", action="store_true", help="print the figures of each stage of reading: gate, terms, rules, models"
    )
    evaluate.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    evaluate.add_argument("--no-errors", action="store_true", help="print the figures without the list of errors")
    _framework_argument(evaluate)
    explain = _command(
        commands, "explain", maintain.explain, "say what a label, rule or lexicon entry means, and its source"
    )
    explain.add_argument(
        "id", metavar="ID", help="for example borrowed, efficacy_guarantee, tier-own, ko/designation/institution"
    )
    _framework_argument(explain)
    _command(commands, "frameworks", maintain.frameworks, "list the bundled frameworks")
    check = _command(
        commands, "check-data", maintain.check_data, "check every data file and run the examples of every term"
    )
    check.add_argument("--framework", metavar="NAME|FILE", default=None, help="check this framework file as well")
    _command(commands, "schema", maintain.schema, "print the JSON Schema of a record")
    train = _command(
        commands, "train", maintain.train, "train the models from data/training; the same data give the same bytes"
    )
    train.add_argument(
        "--describe", action="store_true", help="train nothing; say what the data hold and how two coders agree"
    )
    train.add_argument("--check", action="store_true", help="write nothing; fail if the bundled models would change")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: object, help: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".", formatter_class=_Help)
    parser.set_defaults(run=run)
    return parser


def _framework_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--framework",
        metavar="NAME|FILE",
        default="kr-arma",
        help="bundled framework or your own file (default: kr-arma)",
    )


class _Help(argparse.RawDescriptionHelpFormatter):
    """Keep the line breaks of our texts, and room for the names on the left."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=min(100, shutil.get_terminal_size((100, 24)).columns))


class _Version(argparse.Action):
    """Print the version; importlib.metadata is imported only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"claimaudit {version('claimaudit')}")
        parser.exit()


def _audit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _AUDIT_EPILOG
    parser.usage = "claimaudit [audit] [OPTIONS] URL|FILE|FOLDER|- ..."
    parser.add_argument(
        "inputs", nargs="+", metavar="URL|FILE|FOLDER|-",
        help="what to judge: web addresses with https://, saved pages, folders of saved pages (.html, .htm, .xhtml), "
        "or - for a page on standard input",
    )  # fmt: skip
    parser.add_argument(
        "-f", "--format", choices=FORMATS, default="text",
        help="text for people (default), json (one object, or an array for several pages), jsonl (one object a line), "
        "csv (one row a page)",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="write to this file instead of standard output"
    )
    _framework_argument(parser)
    parser.add_argument("--lang", choices=LANGS, help="read every page as this language instead of detecting it")
    parser.add_argument(
        "--fail-on", metavar="NAME,...", default="", help="exit with 3 if a page has one of these verdicts or flags"
    )
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="default: auto, on a terminal"
    )
    web = parser.add_argument_group("options for web addresses")
    web.add_argument(
        "--contact", metavar="TEXT", default="", help="mail address or URL sent along, so that a site can reach you"
    )
    web.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, default=20.0, help="time for one page in all (default: 20)"
    )
    web.add_argument(
        "--allow-private", action="store_true",
        help="let the hosts named as input lie in a private network (not through links or redirects)",
    )  # fmt: skip
    parser.add_argument(
        "--max-bytes", metavar="N", type=_byte_count, default=MAX_BYTES,
        help=f"largest page, unpacked, from any source (default and most: {MAX_BYTES}, 20 MiB)",
    )  # fmt: skip


def _seconds(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number <= 86_400:
        raise argparse.ArgumentTypeError(f"found {value!r}; expected seconds above 0, such as 20")
    return number


def _byte_count(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= MAX_BYTES):
        raise argparse.ArgumentTypeError(f"found {value!r}; expected a whole number from 1 to {MAX_BYTES}")
    return int(value)


# ── audit ────────────────────────────────────────────────────────────────────────────────────────────


def _audit(options: argparse.Namespace) -> int:
    from .auditor import Auditor

    wanted = _conditions(options.fail_on)
    fetching = _fetch_options(options)
    auditor = Auditor(framework_named(options.framework), lang=options.lang)
    seen: list[tuple[str, bool]] = []

    def judged() -> Iterator[Assessment]:
        from .inputs import pages

        for page in pages(options.inputs, fetching, max_bytes=options.max_bytes):
            assessment = auditor.audit_fetched(page)
            seen.append((assessment.verdict, bool(wanted & {assessment.verdict, *assessment.flags})))
            yield assessment

    with _output(options.output, options.inputs) as out:
        _write(judged(), options, auditor, out)
    if any(hit for _, hit in seen):
        return CONDITION
    return UNREADABLE if all(verdict == "inconclusive" for verdict, _ in seen) else DONE


def _conditions(listed: str) -> set[str]:
    wanted = {name.strip() for name in listed.split(",") if name.strip()}
    unknown = sorted(wanted - {*VERDICTS, *FLAGS})
    if unknown:
        raise UsageError(
            f"--fail-on {', '.join(unknown)}: not a verdict ({', '.join(VERDICTS)}) or flag ({', '.join(FLAGS)})"
        )
    return wanted


def _fetch_options(options: argparse.Namespace) -> FetchOptions | None:
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
        out.flush()
    elif options.format in ("jsonl", "csv"):
        from .formats import csv, json

        for line in (json if options.format == "jsonl" else csv).lines(assessments):
            out.write(line)
            out.flush()
    else:
        from .formats import text

        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not out.isatty()
        colour = options.color == "always" or (options.color == "auto" and not plain)
        for number, assessment in enumerate(assessments):
            out.write("\n" if number else "")
            out.write(text.render(assessment, auditor.framework, auditor.text, colour=colour))
            out.flush()


@contextmanager
def _output(path: Path | None, inputs: Sequence[str]) -> Iterator[TextIO]:
    if path is None or str(path) == "-":
        yield sys.stdout
        return
    if any(os.path.exists(name) and os.path.exists(path) and os.path.samefile(name, path) for name in inputs):
        raise UsageError(f"-o {path}: is one of the pages to judge and would be overwritten; name another file")
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(
            f"-o {path}: cannot be written ({error.strerror}); name a file in a folder that exists"
        ) from error
    with file:
        yield file


# ── the other commands ───────────────────────────────────────────────────────────────────────────────


if __name__ == "__main__":
    raise SystemExit(main())
