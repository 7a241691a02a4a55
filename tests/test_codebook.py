"""The codebook and the types say the same: the tables and back-quoted lists of data/codebook.md = the label sets."""

import re

import pytest

from claimaudit import types
from claimaudit.facts import strongest_tier
from claimaudit.resources import read_data

TEXT = read_data("codebook.md").decode("utf-8")
SECTIONS = {int(number): body for number, body in re.findall(r"^## (\d+)\.(.*?)(?=^## |\Z)", TEXT, re.M | re.S)}


def table(number):
    """The first column of a section's table below its heading, in order."""
    return re.findall(r"^\| `(\w+)` \|", SECTIONS[number].partition("|---|")[2], re.MULTILINE)


def quoted(text):
    """The back-quoted words of a text, in order."""
    return re.findall(r"`(\w+)`", text)


def paragraph(number, start):
    """The paragraph of a section that starts like this."""
    return next(part for part in SECTIONS[number].split("\n\n") if part.lstrip().startswith(start))


VALUES = {
    "roles": (table(1), types.ROLES),
    "therapies": (table(2), types.THERAPIES),
    "tiers": (table(3), types.TIERS),
    "tier_statuses": (
        quoted(paragraph(3, "`tier_status`:").split("With several mentions")[0])[1:],
        types.TIER_STATUSES,
    ),
    "risk_classes": (quoted(re.search(r"\(a set of (.*?)\)", SECTIONS[4])[1]), types.RISK_CLASSES),
    "pathways": (quoted(paragraph(5, "`pathway`").split("\n", 1)[1]), types.PATHWAYS),
    "plans": (quoted(paragraph(5, "`plan`:"))[1:], types.PLANS),
    "flags": (table(7), types.FLAGS),
    "safeguards": (quoted(SECTIONS[8].split("\n", 1)[1]), types.SAFEGUARDS),
}


@pytest.mark.parametrize("name", VALUES)
def test_the_codebook_lists_exactly_the_values_of_the_type(name):
    """Each value stands once in the codebook and none is missing there or here."""
    written, known = VALUES[name]
    assert sorted(written) == sorted(known)


def test_verdicts_stand_in_the_order_of_the_rubric():
    """The rubric's table is read from the top, so its order counts too."""
    assert tuple(table(6)) == types.VERDICTS


def test_the_order_of_statuses_is_the_one_written():
    """Of several mentions the program takes the one that the codebook ranks first."""
    order = re.findall(r"`(\w+)`", re.search(r"With several mentions, (.*?)\.", SECTIONS[3], re.DOTALL)[1])
    assert len(order) == len(types.TIER_STATUSES) - 1
    assert [strongest_tier([("center", status) for status in order[n:]])[1] for n in range(len(order))] == order


def test_back_quoted_names_elsewhere_are_labels():
    """A label that the codebook's prose mentions exists."""
    fields = {
        "role",
        "therapies",
        "tier",
        "tier_status",
        "risk_classes",
        "pathway",
        "plan",
        "verdict",
        "flags",
        "safeguards",
    }
    known = fields.union(*(known for _, known in VALUES.values()), types.VERDICTS)
    assert sorted(set(quoted("".join(SECTIONS.values()))) - known - {"hidden"}) == []
