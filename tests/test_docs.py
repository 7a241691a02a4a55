"""README.md: its commands run as written and print what it shows."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from claimaudit import cli

ROOT = Path(__file__).parents[1]
ANY = "…"  # alone on a line: any lines, or none


def steps(markdown):
    """The (command, lines shown) of all ```console blocks: ``$ command``, then its output."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", markdown, re.M | re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:].strip(), []))
            elif found:
                found[-1][1].append(line.rstrip())
    return [(command, shown) for command, shown in found if re.match(r"(?:.*\| *)?claimaudit\b", command)]


def pattern(shown):
    """A regular expression for lines as shown, ``…`` alone on a line standing for any lines."""
    lines = [r"(?:.*\n)*?" if line.strip() == ANY else re.escape(line) + "[ ]*\n" for line in shown]
    return re.compile("".join(lines) + r"\n*")


def addresses(command):
    """The web addresses of a command that lie outside this machine."""
    return [word for word in re.findall(r"https?://[^\s'\"]+", command) if not word.startswith("http://127.0.0.1")]


README = steps((ROOT / "README.md").read_text("utf-8"))


@pytest.mark.parametrize(("command", "shown"), README, ids=[command for command, _ in README])
def test_readme_commands(command, shown, tmp_path):
    """The command runs in the checkout and prints these lines; one that asks the network is parsed only."""
    if addresses(command):
        arguments = shlex.split(command.rpartition("|")[2], comments=True)[1:]
        if arguments[0] not in cli.COMMANDS and not arguments[0].startswith("--"):
            arguments.insert(0, "audit")
        assert callable(cli._parser().parse_args(arguments).run)
        return
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False,
        env=os.environ | {"PATH": path, "COLUMNS": "100", "NO_COLOR": "1"},
    )  # fmt: skip
    printed = re.sub(r"[ ]+$", "", done.stdout + done.stderr, flags=re.M)
    assert "Traceback" not in printed
    if shown:
        assert pattern(shown).fullmatch(printed), f"README shows:\n{chr(10).join(shown)}\n\nbut it prints:\n{printed}"


def test_the_reader_of_the_readme():
    """Commands and outputs are told apart, and the dots stand for lines."""
    console = "```console\n$ claimaudit a\none\n…\ntwo\n$ make test\nok\n$ cat x | claimaudit -\n```\n"
    text = f"Text.\n{console}```\n$ claimaudit no\n```\n"
    assert steps(text) == [("claimaudit a", ["one", "…", "two"]), ("cat x | claimaudit -", [])]
    assert pattern(["one", "…", "two"]).fullmatch("one\ntwo\n")
    assert pattern(["one", "…", "two"]).fullmatch("one\na\nb\ntwo\n\n")
    assert not pattern(["one", "…", "two"]).fullmatch("one\na\n")
    assert addresses("claimaudit https://clinic.example/ http://127.0.0.1:8/") == ["https://clinic.example/"]
