"""The figures on labelled pages never fall below their floors, and neither pages nor labels change unnoticed."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from claimaudit import Auditor
from claimaudit.agreement import load_gold, measure
from claimaudit.formats.json import as_record

ROOT = Path(__file__).parents[1]
FLOORS = tomllib.loads((ROOT / "tests" / "gold_floors.toml").read_text("utf-8"))


def digest(folder):
    """The hash of all labelled pages and labels of a folder, in the order of their names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    whole = hashlib.sha256()
    for path in files:
        whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


@pytest.fixture(scope="module", params=sorted(FLOORS))
def judged(request):
    """The floors of one set of pages, and the figures measured on it."""
    floors = FLOORS[request.param]
    gold = load_gold(ROOT / floors["folder"])
    auditor = Auditor()
    predicted = {row["id"]: as_record(auditor.audit_file(Path(row["path"]))) for row in gold}
    return floors, measure(gold, predicted)


def test_figures_stay_above_their_floors(judged):
    """Accuracy and F1 may rise; a lower floor is a decision that shows in the file."""
    floors, figures = judged
    assert {k: figures[k] for k, floor in floors["at_least"].items() if figures[k] < floor} == {}


def test_the_two_errors_that_hurt_somebody_stay_below_their_ceilings(judged):
    """Credit that was not earned and blame that was not earned."""
    floors, figures = judged
    assert {k: figures[k] for k, most in floors["at_most"].items() if figures[k] > most} == {}


def test_gold_is_the_gold_that_the_floors_were_set_on():
    """The labelled pages are for evaluation: they do not change with the program."""
    assert digest(ROOT / FLOORS["gold"]["folder"]) == FLOORS["gold"]["sha256"]
