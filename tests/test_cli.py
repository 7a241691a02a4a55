"""The command line: commands, formats, exit codes, where things are printed."""

import csv
import hashlib
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from claimaudit import auditor, cli
from claimaudit.errors import UsageError
from claimaudit.formats.csv import COLUMNS
from claimaudit.readable import READ
from claimaudit.resources import data_path
from claimaudit.types import FLAGS, VERDICTS

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
PAGES = ROOT / "tests" / "pages"
OFFERING = EXAMPLES / "en-stem-cell-package.html"  # borrowed, with flags
INFORMING = EXAMPLES / "en-what-to-ask.html"  # informational
COMMAND = (sys.executable, "-m", "claimaudit")


def in_a_process(*arguments, **options):
    """Run the command line in a process of its own."""
    options = {"capture_output": True, "timeout": 120, "cwd": ROOT} | options
    return subprocess.run([*COMMAND, *map(str, arguments)], check=False, **options)


# ── commands and help ────────────────────────────────────────────────────────────────────────────────


def test_help_tells_commands_and_exit_codes(run):
    """``--help`` lists every command and every exit code; ``--version`` prints one line."""
    done = run("--help")
    assert (done.code, done.err) == (0, "")
    for command in cli.COMMANDS:
        assert re.search(rf"^ +{command}\b", done.out, re.M)
    for code in (cli.DONE, cli.FAILED, cli.USAGE, cli.CONDITION, cli.UNREADABLE, cli.INTERRUPTED):
        assert re.search(rf"^ +{code}  \w", done.out, re.M)
    assert run("--version").out == f"claimaudit {auditor.version()}\n"


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_has_help(run, command):
    """``COMMAND --help`` explains the command and exits with 0, in lines of at most 100 columns."""
    done = run(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert "usage: claimaudit" in done.out
    assert max(map(len, done.out.splitlines())) <= 100


def test_audit_help_names_every_verdict_and_flag(run):
    """What may be given to ``--fail-on`` stands in the help."""
    text = run("audit", "--help").out
    assert [name for name in (*VERDICTS, *FLAGS) if name not in text] == []


def test_audit_is_the_default_command(run):
    """A page alone, or options before it, mean ``audit``."""
    expected = run("audit", INFORMING, "-f", "jsonl")
    assert expected.code == 0
    assert run(INFORMING, "-f", "jsonl") == expected
    assert run("-f", "jsonl", INFORMING) == expected


def test_no_command_prints_help_and_is_wrong_usage(run):
    """Called without anything, the help goes to standard error."""
    done = run()
    assert (done.code, done.out) == (2, "")
    assert "usage: claimaudit" in done.err


def test_a_misspelt_command_is_said_to_be_one(run):
    """A word near a command that is no file is wrong usage; a file of that name is judged."""
    done = run("evalute", "x")
    assert (done.code, done.out) == (2, "")
    assert "did you mean 'evaluate'?" in done.err


def test_the_lists_of_the_command_line_are_those_of_the_program():
    """Constants that the command line repeats to start quickly are the originals'."""
    assert cli.LANGS == READ
    assert cli.MAX_BYTES == auditor.MAX_BYTES


# ── formats ──────────────────────────────────────────────────────────────────────────────────────────


def test_text_shows_verdict_quotes_and_next_step(run):
    """The report names the rulebook, the verdict and its score, quotes the page and says where the words stand."""
    done = run(OFFERING)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("claimaudit ")
    assert re.search(r"rulebook kr-arma \S+ \(sha256 \w{4}…\w{4}\) · law as of \d{4}-\d\d-\d\d", done.out)
    assert re.search(r"^VERDICT  borrowed    page wording score \d+ / 100$", done.out, re.M)
    assert re.search(r'^ +offers .*\n +".*"   main #\d+$', done.out, re.M)
    assert re.search(r"^FLAGS\n  efficacy_guarantee +\".*guaranteed.*\"   main #\d+$", done.out, re.M)
    assert "NEXT  claimaudit explain borrowed" in done.out
    assert re.search(r"wording audit, not medical or legal\s+advice", done.out)
    assert max(map(len, done.out.splitlines())) <= 100


def test_text_separates_pages_by_an_empty_line(run):
    """Several pages follow each other, each with its own head."""
    assert len(re.findall(r"(?:^|\n\n)claimaudit ", run(OFFERING, INFORMING).out)) == 2


def test_text_replaces_control_characters(run, tmp_path):
    """Words of a page cannot steer the terminal."""
    page = tmp_path / "x.html"
    page.write_text("<p>We offer stem cell \x1b[31m therapy&#27;[2J at our clinic. Book a stem cell injection now.")
    done = run(page)
    assert "stem cell" in done.out
    assert "\x1b" not in done.out


def test_json_is_an_object_for_one_and_an_array_for_several(run):
    """One input gives an object, two give an array in the order given."""
    one = run(OFFERING, "-f", "json")
    assert json.loads(one.out)["verdict"] == "borrowed"
    several = run(INFORMING, OFFERING, "-f", "json")
    assert [record["source"] for record in json.loads(several.out)] == [str(INFORMING), str(OFFERING)]
    assert (one.err, several.err) == ("", "")


def test_jsonl_is_a_line_for_each_page(run):
    """A folder gives a line for each of its pages, in the order of their names."""
    done = run(EXAMPLES, "-f", "jsonl")
    found = [json.loads(line) for line in done.out.splitlines()]
    names = sorted(path.name for path in EXAMPLES.glob("*.html"))
    assert [record["source"] for record in found] == [f"{EXAMPLES}/{name}" for name in names]


def test_jsonl_and_json_hold_the_same_records(run):
    """The two formats differ in their line breaks only."""
    lines = [json.loads(line) for line in run(EXAMPLES, "-f", "jsonl").out.splitlines()]
    assert json.loads(run(EXAMPLES, "-f", "json").out) == lines


def test_csv_has_the_documented_header_and_a_row_a_page(run):
    """The header is ``COLUMNS``; sets are 0/1 columns and agree with the JSON."""
    done = run(EXAMPLES, "missing.html", "-f", "csv")
    header, *rows = csv.reader(io.StringIO(done.out))
    assert tuple(header) == COLUMNS
    records = [json.loads(line) for line in run(EXAMPLES, "missing.html", "-f", "jsonl").out.splitlines()]
    assert len(rows) == len(records)
    for row, record in zip((dict(zip(header, row, strict=True)) for row in rows), records, strict=True):
        assert (row["source"], row["verdict"], row["tier"]) == (record["source"], record["verdict"], record["tier"])
        assert row["score"] == ("" if record["score"] is None else str(record["score"]))
        for prefix, field in (("th_", "therapies"), ("fl_", "flags"), ("sg_", "safeguards"), ("risk_", "risk_classes")):
            assert {c.removeprefix(prefix) for c in header if c.startswith(prefix) and row[c] == "1"} == set(
                record[field]
            )


def test_csv_cells_are_no_formulas(run, tmp_path):
    """A title that a spreadsheet would run is quoted; the dash of standard input is not."""
    done = run("-", "-f", "csv", stdin=b"<title>=HYPERLINK(1)</title><p>We offer PRP at our clinic. Book your PRP now.")
    row = next(csv.DictReader(io.StringIO(done.out)))
    assert (row["source"], row["page_title"]) == ("-", "'=HYPERLINK(1)")


@pytest.mark.parametrize("given", ["site", "site/", "./site"])
def test_source_of_a_page_in_a_folder(run, tmp_path, monkeypatch, given):
    """It is the folder as given, a slash, and the path within it; only pages are read, in deeper folders too."""
    monkeypatch.chdir(tmp_path)
    for name in ("b.html", "a/c.HTM", "a/notes.txt", "d.xhtml"):
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(INFORMING, path)
    found = [json.loads(line)["source"] for line in run(given, "-f", "jsonl").out.splitlines()]
    assert found == [f"{given.rstrip('/')}/{name}" for name in ("a/c.HTM", "b.html", "d.xhtml")]


def test_dash_reads_standard_input(run):
    """``-`` judges the page that is piped in: the record of the file, but for its source."""
    piped = json.loads(run("-", "-f", "json", stdin=OFFERING.read_bytes()).out)
    saved = json.loads(run(OFFERING, "-f", "json").out)
    assert piped.pop("source") == "-"
    assert saved.pop("source") == str(OFFERING)
    assert piped == saved


# ── options ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", cli.FORMATS)
def test_output_goes_to_a_file(run, tmp_path, form):
    """``-o`` writes what would be printed, and prints nothing."""
    file = tmp_path / "out"
    printed = run(EXAMPLES, "-f", form)
    done = run(EXAMPLES, "-f", form, "-o", file)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert file.read_text("utf-8") == printed.out


def test_output_that_cannot_be_written_is_wrong_usage(run, tmp_path):
    """A folder that does not exist, or a page to be judged, is refused before anything is read or lost."""
    done = run(OFFERING, "-o", tmp_path / "no" / "out")
    assert (done.code, done.out) == (2, "")
    assert "cannot be written" in done.err
    page = tmp_path / "page.html"
    shutil.copy(OFFERING, page)
    done = run(page, "-o", page)
    assert (done.code, done.out) == (2, "")
    assert page.read_bytes() == OFFERING.read_bytes()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("borrowed", 3),
        ("efficacy_guarantee", 3),
        ("named, efficacy_guarantee", 3),
        ("informational", 3),
        ("named", 0),
        ("testimonial,designation_pending", 0),
        ("", 0),
    ],
)
def test_fail_on_verdict_or_flag(run, wanted, code):
    """A page with one of the names makes 3 of the exit code; everything is printed all the same."""
    done = run(OFFERING, INFORMING, "--fail-on", wanted, "-f", "jsonl")
    assert (done.code, len(done.out.splitlines()), done.err) == (code, 2, "")


def test_fail_on_inconclusive_wins_over_nothing_readable(run):
    """Who asks for it learns of it."""
    assert run("missing.html", "--fail-on", "inconclusive").code == 3
    assert run("missing.html").code == 4


def test_fail_on_unknown_name_is_wrong_usage(run):
    """It is refused before any page is read, with the names that there are."""
    done = run(OFFERING, "--fail-on", "borrowed,borrowd")
    assert (done.code, done.out) == (2, "")
    assert "borrowd" in done.err
    assert [name for name in (*VERDICTS, *FLAGS) if name not in done.err] == []


def test_lang_is_taken_from_the_user(run, tmp_path):
    """``--lang`` replaces the language detected, also where none is read."""
    page = tmp_path / "x.html"
    page.write_text("<p lang=fr>" + "Nous proposons une thérapie dans notre clinique. " * 9, encoding="utf-8")
    record = json.loads(run(page, "-f", "json", "--lang", "en").out)
    assert (record["lang"], record["verdict"]) == ("en", "none")
    done = run(page, "--lang", "fr")
    assert (done.code, done.out) == (2, "")
    assert "zh-Hant" in done.err
    with pytest.raises(UsageError, match="zh-Hant"):
        auditor.Auditor(lang="fr")


def test_framework_of_the_user(run, tmp_path):
    """A file of one's own judges, and is named with its version and hash in the record."""
    file = tmp_path / "own.toml"
    text = data_path("frameworks", "kr-arma.toml").read_text("utf-8")
    file.write_text(re.sub(r'(?m)^version = ".*"', 'version = "own"', text, count=1), encoding="utf-8")
    record = json.loads(run(OFFERING, "-f", "json", "--framework", file).out)
    assert record["provenance"]["rulebook"]["version"] == "own"
    assert record["provenance"]["rulebook"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("command", [("audit", OFFERING), ("evaluate", PAGES), ("explain", "borrowed")])
def test_broken_framework_names_file_key_found_and_allowed(run, tmp_path, command):
    """The message says where, what was found and what is allowed; wrong usage, and nothing on standard output."""
    file = tmp_path / "own.toml"
    text = data_path("frameworks", "kr-arma.toml").read_text("utf-8")
    file.write_text(text.replace('"tier_named"', '"tier_namd"'), encoding="utf-8")
    done = run(*command, "--framework", file)
    assert (done.code, done.out) == (2, "")
    assert re.search(
        rf"{re.escape(str(file))}:\d+: verdict\[\d\]\.all: found .*'tier_namd'.*'tier_named'.*allowed: ", done.err
    )


def test_unknown_framework_lists_those_that_exist(run):
    """A name that is none says which there are."""
    done = run(OFFERING, "--framework", "jp-asrm")
    assert (done.code, done.out) == (2, "")
    assert "allowed: kr-arma" in done.err


@pytest.mark.parametrize(
    "options",
    [
        ("-f", "xml"),
        ("--timeout", "0"),
        ("--timeout", "soon"),
        ("--timeout", "nan"),
        ("--max-bytes", "-1"),
        ("--max-bytes", "1e6"),
        ("--max-bytes", "20971521"),
        ("--colour",),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(run, options):
    """The message names the option and what it takes."""
    done = run("audit", OFFERING, *options)
    assert (done.code, done.out) == (2, "")
    assert options[0] in done.err
    assert "_" not in done.err.rpartition("error:")[2].replace(options[-1], "")  # no names of our functions


def test_contact_must_fit_a_header(run):
    """A contact with a line break is refused."""
    done = run("http://clinic.invalid/", "--contact", "a\nb")
    assert (done.code, done.out) == (2, "")
    assert "contact" in done.err


def test_max_bytes_holds_for_files_and_standard_input(run):
    """A page above the limit is a recorded outcome, wherever it comes from."""
    for name in (str(OFFERING), "-"):
        done = run(name, "-f", "json", "--max-bytes", 100, stdin=OFFERING.read_bytes())
        record = json.loads(done.out)
        assert (done.code, record["outcome"], record["verdict"]) == (4, "too_large", "inconclusive")
        assert "at most 100" in record["problem"]


# ── the terminal ─────────────────────────────────────────────────────────────────────────────────────


def on_a_terminal(*arguments, **environment):
    """What the command prints where standard output is a terminal."""
    master, slave = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdout=slave, stdin=slave, env=kept | {"TERM": "xterm"} | environment
    )
    os.close(slave)
    chunks = []
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(master)
    assert process.wait(60) == 0
    return b"".join(chunks).decode()


def test_colour_on_a_terminal_only(run):
    """Colour comes on a terminal, unless NO_COLOR or TERM says otherwise; in a pipe only when asked for."""
    assert "\x1b[" in on_a_terminal(INFORMING)
    assert "\x1b[" in on_a_terminal(INFORMING, NO_COLOR="")
    assert "\x1b[" not in on_a_terminal(INFORMING, NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal(INFORMING, TERM="dumb")
    assert "\x1b[" not in on_a_terminal(INFORMING, "--color", "never")
    assert "\x1b[" in on_a_terminal(INFORMING, "--color", "always", NO_COLOR="1")
    assert "\x1b[" not in run(INFORMING).out
    coloured = run(INFORMING, "--color", "always").out
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == run(INFORMING).out


@pytest.mark.parametrize("arguments", [("audit", PAGES), ("audit", PAGES, "-f", "json"), ("schema",), ("--help",)])
def test_a_reader_who_leaves_is_no_failure(arguments):
    """``claimaudit … | head`` ends silently with 0."""
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp949"])
def test_results_are_utf8_in_any_locale(encoding):
    """Korean comes out of a pipe as UTF-8 whatever the locale is."""
    environment = os.environ | {"PYTHONIOENCODING": encoding, "LC_ALL": "C"}
    done = in_a_process("audit", EXAMPLES / "ko-knee-institution.html", env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "재생의료" in done.stdout.decode("utf-8")


def test_interruption_has_its_code(run, monkeypatch):
    """Ctrl-C ends with 130 and one line."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("claimaudit.inputs.pages", interrupted)
    done = run(OFFERING)
    assert (done.code, done.out, done.err) == (130, "", "claimaudit: interrupted\n")


# ── the other commands ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def gold(tmp_path):
    """Two labelled pages as pairs."""
    folder = tmp_path / "gold"
    folder.mkdir()
    for name in ("en-none-rose-stem", "ko-clinic-named-plain-low"):
        for suffix in (".html", ".json"):
            shutil.copy(PAGES / f"{name}{suffix}", folder)
    return folder


def test_evaluate_prints_figures_and_differences(run, gold):
    """Figures in a table or as JSON, for pairs and for labels.jsonl alike, and each difference in a line."""
    done = run("evaluate", gold, "--json")
    figures = json.loads(done.out)
    assert (done.code, done.err, figures["all"]["pages"]) == (0, "", 2)
    table = run("evaluate", gold, "--no-errors").out
    assert re.search(r"^verdict.accuracy +\d\.\d{3}", table, re.M)
    wrong = json.loads((gold / "en-none-rose-stem.json").read_text()) | {"verdict": "named"}
    (gold / "en-none-rose-stem.json").write_text(json.dumps(wrong))
    assert "en-none-rose-stem            verdict      named read as none" in run("evaluate", gold).out
    rows = [json.loads(path.read_text()) | {"id": path.stem} for path in sorted(gold.glob("*.json"))]
    other = gold.parent / "other"
    shutil.copytree(gold, other / "pages")
    (other / "labels.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    assert run("evaluate", other).out == run("evaluate", gold).out


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("labels.jsonl", "{", "labels.jsonl:1: not JSON"),
        ("labels.jsonl", "[]", "labels.jsonl:1: found"),
        ("labels.jsonl", '{"id": "x", "verdict": "none"}', "found no lang, role"),
        ("labels.jsonl", b"\xff", "cannot be read"),
        ("x.txt", "", "neither labels.jsonl"),
    ],
)
def test_evaluate_says_what_is_wrong_with_gold(run, tmp_path, name, text, found):
    """A folder that is no gold is wrong usage, with file and line."""
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run("evaluate", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert found in done.err


def test_evaluate_says_which_page_is_missing(run, gold):
    """Labels without their page are refused."""
    (gold / "pages").mkdir()
    (gold / "labels.jsonl").write_text(
        json.dumps(json.loads((gold / "en-none-rose-stem.json").read_text()) | {"id": "x"})
    )
    done = run("evaluate", gold)
    assert (done.code, done.out) == (2, "")
    assert "x.html" in done.err


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("borrowed", "verdict borrowed"),
        ("kr-arma/verdict/borrowed", "verdict borrowed"),
        ("efficacy_guarantee", "when this flag is wrong"),
        ("review_committee", "to ask"),
        ("institution", "may deliver"),
        ("low", "risk class low"),
        ("registered_trial", "registered_trial"),
        ("tier-own", "rule tier-own"),
        ("rule:tier-own", "rule tier-own"),
        ("promotes", "fact promotes"),
        ("ko/designation/institution", "matches"),
    ],
)
def test_explain_knows_every_kind_of_id(run, name, shown):
    """Whatever a record cites can be asked for."""
    done = run("explain", name)
    assert (done.code, done.err) == (0, "")
    assert shown in done.out


def test_explain_knows_every_id_that_a_record_cites(run):
    """Rules, lexicon entries, verdicts and flags of the examples are all explained."""
    cited = set()
    for line in run(EXAMPLES, "-f", "jsonl").out.splitlines():
        record = json.loads(line)
        cited |= {
            record["verdict"],
            record["verdict_rule"],
            *record["flags"],
            *record["safeguards"],
            *record["to_verify"],
        }
        cited |= {finding["rule_id"] for finding in record["findings"]}
        cited |= {finding["decided_by"] for finding in record["findings"]}
    assert {name: run("explain", name).err for name in cited if run("explain", name).code} == {}


def test_explain_unknown_id_is_wrong_usage(run):
    """The nearest ids are named, or else the kinds of ids, in a few lines."""
    done = run("explain", "borowed")
    assert (done.code, done.out) == (2, "")
    assert "did you mean 'borrowed'" in done.err
    done = run("explain", "qqqqqqq")
    assert (done.code, done.out) == (2, "")
    assert "other_pathway" in done.err
    assert len(done.err) < 2000


def test_frameworks_lists_what_ships(run):
    """One line for each, with version and date of the law."""
    done = run("frameworks")
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"kr-arma +\S+ +law as of \d{4}-\d\d-\d\d +.+\n", done.out)


def test_check_data_passes_and_fails(run, tmp_path):
    """The shipped data has no problem; a broken file is a problem and exit code 1."""
    done = run("check-data")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("; no problems\n")
    file = tmp_path / "own.toml"
    file.write_text("id = 3")
    done = run("check-data", "--framework", file)
    assert done.code == 1
    assert str(file) in done.err
    assert done.out.endswith("; 1 problem\n")


def test_schema_is_a_json_schema(run):
    """It is printed as JSON and says which dialect it is."""
    schema = json.loads(run("schema").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
