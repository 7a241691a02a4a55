"""The rulebook: data/frameworks/*.toml → loads complete and sourced; a broken one says what to mend."""

import datetime
import re

import pytest

from claimaudit import types
from claimaudit.errors import DataError
from claimaudit.framework import KNOWN_FACTS, Rule, list_frameworks, load_framework, max_points, points
from claimaudit.resources import data_path, read_data, read_toml, root_of

FILE = data_path("frameworks", "kr-arma.toml")
NO_FACTS = dict.fromkeys(KNOWN_FACTS, False)


@pytest.fixture(scope="module")
def framework():
    """The rulebook that ships."""
    return load_framework("kr-arma")


def facts(*true):
    """All facts false but these."""
    return NO_FACTS | dict.fromkeys(true, True)


def entries(value, place="file"):
    """Every table of a file that should be sourced, with its place."""
    if isinstance(value, list):
        for n, item in enumerate(value):
            yield from entries(item, f"{place}[{n}]")
    elif isinstance(value, dict):
        if not re.search(r"(names|parts\[\d+\]|^file)$", place):
            yield place, value
        for key, item in value.items():
            yield from entries(item, f"{place}.{key}")


def test_every_shipped_rulebook_loads():
    """All files in data/frameworks pass the check and carry their own id."""
    assert "kr-arma" in list_frameworks()
    for name in list_frameworks():
        assert load_framework(name).id == name


def test_identity_is_content_not_place(framework, tmp_path):
    """A copy elsewhere is the same rulebook; one changed byte is another."""
    copy = tmp_path / "copy.toml"
    copy.write_bytes(FILE.read_bytes())
    assert load_framework(str(copy)) == framework
    copy.write_bytes(FILE.read_bytes() + b"\n")
    assert load_framework(str(copy)).sha256 != framework.sha256


def test_every_codebook_value_is_present(framework):
    """No label of the codebook lacks its entry."""
    have = [[entry.id for entry in table] for table in (framework.therapies, framework.pathways, framework.safeguards)]
    assert have == [list(types.THERAPIES), list(types.PATHWAYS), list(types.SAFEGUARDS)]
    assert [v.id for v in framework.verdicts] == list(types.VERDICTS)
    assert [f.id for f in framework.flags] == list(types.FLAGS)
    assert {t.id for t in framework.tiers} == set(types.TIERS) - {"unspecified", "none"}
    assert [c.id for c in framework.risk_classes] == list(types.RISK_CLASSES)
    assert {p.id for p in framework.plans} == set(types.PLANS) - {"none"}


def test_every_entry_names_source_date_and_basis():
    """Nothing in the file stands without its authority."""
    for place, entry in entries(read_toml(FILE).tables):
        assert entry.get("source"), place
        assert isinstance(entry.get("as_of"), datetime.date), place
        assert entry.get("basis") in {"statute", "guide", "usage"}, place


def test_wording_is_neutral():
    """The rulebook judges wording, never a clinic's legality."""
    assert re.findall(r"illegal|fake|unlicensed|fraud", FILE.read_text("utf-8"), re.I) == []


def test_the_two_tiers_are_marked_as_the_guides(framework):
    """The statute has one designation; the file says so where it follows the guide."""
    assert {tier.basis for tier in framework.tiers} == {"guide"}
    center = framework.tier("center")
    assert center.note_id == "tier_center_not_in_statute"
    assert "첨단재생의료실시기관" in center.note
    assert "high" in center.may_deliver
    assert "high" not in framework.tier("institution").may_deliver


def test_scope_and_classes(framework):
    """What is sold decides scope; class only where the law settles it by kind or donor."""
    assert [framework.scope(t) for t in ("svf", "exosome", "regenerative_generic")] == ["in", "outside", "generic"]
    assert {t.id for t in framework.therapies if t.scope == "outside"} == {
        "exosome", "conditioned_medium", "growth_factor", "prp", "pdrn", "fat_graft"
    }  # fmt: skip
    assert framework.class_of("gene_modified") == framework.class_of("ips_es") == "high"
    assert framework.class_of("immune_cell") is None
    assert framework.class_of("stem_cell") is None
    assert (
        framework.class_of("stem_cell", allogeneic=True) == framework.class_of("cord_blood", allogeneic=True) == "high"
    )
    assert [framework.class_order(c) for c in types.RISK_CLASSES] == [1, 2, 3]


@pytest.mark.parametrize(
    ("true", "verdict"),
    [
        ((), "inconclusive"),
        (("readable",), "none"),
        (("readable", "any_term"), "informational"),
        (("readable", "any_term", "promotes", "tier_named", "class_named"), "named"),
        (("readable", "any_term", "promotes", "class_named", "only_outside_scope"), "partial"),
        (("readable", "any_term", "promotes", "only_outside_scope"), "adjacent"),
        (("readable", "any_term", "promotes", "only_outside_scope", "sold_as_act_or_cells"), "borrowed"),
        (("readable", "any_term", "promotes", "pathway_for_each_offer"), "other_pathway"),
        (("readable", "any_term", "promotes"), "borrowed"),
    ],
)
def test_verdict_is_the_first_rule_that_holds(framework, true, verdict):
    """The rubric of the codebook, row by row."""
    assert framework.verdict_for(facts(*true)).id == verdict


def test_only_verdicts_about_designation_are_scored(framework):
    """Not knowing, and not being concerned, is never scored as failing."""
    assert {v.id for v in framework.verdicts if v.scored} == {"named", "partial", "borrowed"}


def test_flags_need_promotion(framework):
    """A claim that is only reported raises nothing."""
    assert framework.flags_for(facts("testimonial_shown")) == ()
    found = framework.flags_for(facts("promotes", "testimonial_shown", "cells_offered", "other_credential_claimed"))
    assert [flag.id for flag in found] == ["substitute_authority", "testimonial"]


def test_score_counts_facts_sets_and_parts(framework):
    """The three kinds of components, and the whole."""
    assert sum(max_points(c) for c in framework.score.component) == framework.score.max == 100
    some = facts("tier_named", "readable", "scope_distinguished")
    given = [
        points(c, some, {"safeguards": {"review_committee", "scope_distinction"}}) for c in framework.score.component
    ]
    assert given == [30, 0, 2, 8, 8]


def test_rule_kinds():
    """``all`` and ``any`` and ``none`` together; an empty rule always holds."""
    rule = Rule(id="r", all=("a",), any=("b", "c"), none=("d",), source="s", as_of=datetime.date.min, basis="guide")
    off = dict.fromkeys("abcd", False)
    assert rule.holds(off | {"a": True, "c": True})
    assert not rule.holds(off | {"a": True})
    assert not rule.holds(off | {"a": True, "b": True, "d": True})
    assert Rule(id="r", source="s", as_of=datetime.date.min, basis="guide").holds({})


BROKEN = {
    "not TOML": ('id = "kr-arma"', 'id = "kr-arma', [r"not valid TOML", r"the line is: 'id = \"kr-arma'"]),
    "unknown fact": (
        'all = ["promotes", "offer_exceeds_tier"]',
        'all = ["promotes", "offer_exceeds_teir"]',
        [
            r"flag\[4\]\.all: found the unknown fact 'offer_exceeds_teir'; did you mean 'offer_exceeds_tier'\?",
            "readable",
        ],
    ),
    "unknown id": (
        'id = "exosome"',
        'id = "exosom"',
        [r"therapy\[2\]\.id: found the unknown id 'exosom'", "svf, exosome"],
    ),
    "missing id": (
        'id = "exosome"',
        'id = "svf"',
        [r"therapy: found no entry for exosome", r"'svf' 2 times; allowed: once"],
    ),
    "unknown class": (
        'may_deliver = ["low", "medium"]',
        'may_deliver = ["low", "moderate"]',
        [r"tier\[0\]\.may_deliver: found the unknown risk class 'moderate'; allowed: low, medium, high"],
    ),
    "missing key": ("order = 2\n", "", [r"risk_class\[1\]: the key 'order' is missing; allowed: .*criteria"]),
    "unknown key": (
        "order = 2",
        "ordre = 2\norder = 2",
        [r"risk_class\[1\]\.ordre: found the unknown key", "did you mean 'order'"],
    ),
    "wrong type": (
        "order = 2",
        'order = "two"',
        [r"risk_class\[1\]\.order: Expected `int`.*found 'two'; allowed: a whole number"],
    ),
    "wrong basis": (
        'basis = "usage"\n\n# ── the Act',
        'basis = "hearsay"\n\n# ── the Act',
        [r"source\[7\]\.basis: .*found 'hearsay'; allowed: guide, statute, usage"],
    ),
    "wrong kind": (
        'kind = "set"',
        'kind = "sum"',
        [r"score\.component\[2\]\.kind: .*found 'sum'; allowed: .*'fact'.*'set'.*'parts'"],
    ),
    "weights": ("points = 8\n", "points = 9\n", [r"score\.max: found 100; allowed: 101, the sum of the components"]),
    "no authority": (
        'source = "Act Art. 20; Rule Art. 16"',
        'source = "everybody knows"',
        [r"safeguard\[2\]\.source: found 'everybody knows'; allowed: a URL, or text that starts with Act"],
    ),
    "open rubric": (
        'all = ["promotes"]\nscored',
        'all = ["promotes", "class_named"]\nscored',
        [r"verdict: found no rule for the facts"],
    ),
    "hash inside": ('version = "2026', 'sha256 = "00"\nversion = "2026', [r"sha256: found '00'; not allowed"]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_rulebook_says_where_and_what(kind, tmp_path):
    """File, line, key, value found, values allowed, and what to try."""
    old, new, expected = BROKEN[kind]
    text = FILE.read_text("utf-8")
    assert old in text, "the test's own edit no longer applies"
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(DataError) as caught:
        load_framework(str(path))
    message = str(caught.value)
    assert message.startswith(f"{path}:"), message
    for pattern in expected:
        assert re.search(pattern, message), message


def test_a_message_names_the_line(tmp_path):
    """The number is that of the key's own line."""
    lines = FILE.read_text("utf-8").splitlines()
    at = lines.index("order = 2")
    lines[at] = 'order = "two"'
    path = tmp_path / "mine.toml"
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(DataError, match=rf"mine\.toml:{at + 1}: risk_class\[1\]\.order"):
        load_framework(str(path))


def test_several_problems_come_together(tmp_path):
    """One run of the check shows all that can be mended in one go."""
    text = (
        FILE.read_text("utf-8").replace('id = "exosome"', 'id = "exosom"').replace('id = "testimonial"', 'id = "story"')
    )
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError) as caught:
        load_framework(str(path))
    assert len(str(caught.value).splitlines()) == 4


def test_misses_list_the_choices(framework, tmp_path):
    """A wrong name, id or path says what there is."""
    with pytest.raises(DataError, match=r"no framework 'kr-arm'; did you mean 'kr-arma'\? allowed: kr-arma"):
        load_framework("kr-arm")
    with pytest.raises(DataError, match=r"no tier 'centre'; did you mean 'center'\? allowed: institution, center"):
        framework.tier("centre")
    with pytest.raises(DataError, match=r"absent\.toml: cannot be read .*; in .* there are: no files"):
        load_framework(str(tmp_path / "absent.toml"))
    with pytest.raises(DataError, match=r"does not exist"):
        read_data("nowhere", "absent.toml")


def test_not_utf8_shows_the_line(tmp_path):
    """A file saved in another encoding is named with the line that shows it."""
    path = tmp_path / "mine.toml"
    path.write_bytes('id = "x"\ntitle = "한국"\n'.encode("euc-kr"))
    with pytest.raises(DataError, match=r"mine\.toml:2: not UTF-8; the line is: 'title = .*; save the file as UTF-8"):
        load_framework(str(path))


def test_data_lies_in_the_checkout_or_in_the_package(tmp_path):
    """Beside pyproject.toml in a checkout, inside the package otherwise."""
    package = tmp_path / "src" / "claimaudit"
    assert root_of(package) == package
    (tmp_path / "pyproject.toml").touch()
    assert root_of(package) == tmp_path
