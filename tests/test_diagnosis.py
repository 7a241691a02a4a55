"""Taking the reading apart: what each rule and each stage contributes."""

from claimaudit.agreement import load_gold
from claimaudit.diagnosis import Decision, by_rule, by_stage, decisions_on_pages, rule_table, stage_table
from claimaudit.framework import load_framework
from claimaudit.resources import data_path


def test_figures_of_a_rule():
    """Coverage is its share of all claims, precision that of the claims that can be judged."""
    made = [Decision("rule:a", True, False), Decision("rule:a", False, True), Decision("rule:a", None, False)]
    figures = by_rule([*made, Decision("model:b", None, False)])
    assert [(one.by, one.claims, one.coverage, one.judged, one.precision, one.conflicts) for one in figures] == [
        ("rule:a", 3, 0.75, 2, 0.5, 1),
        ("model:b", 1, 0.25, 0, None, 0),
    ]
    assert rule_table(figures).splitlines()[2].split() == ["model:b", "1", "0.250", "0", "-", "0"]


def test_an_asserted_claim_is_right_where_the_page_label_holds_it():
    """Optional labels count as held; what is not asserted, and roles, cannot be judged."""
    row = {"id": "p", "tier": "center", "tier_status": "asserted", "plan": "none", "therapies": ["prp"]}
    row |= {"therapies_optional": ["exosome"]}
    findings = [
        ("tier", "center", "asserted"),
        ("tier", "institution", "asserted"),
        ("therapy", "exosome", "asserted"),
        ("therapy", "svf", "asserted"),
        ("plan", "research", "asserted"),
        ("therapy", "prp", "general"),
        ("act", "kr", "asserted"),
    ]
    said = [{"variable": a, "value": b, "status": c, "decided_by": "x", "doubt": ""} for a, b, c in findings]
    right = [one.right for one in decisions_on_pages([row], {"p": {"findings": said}})]
    assert right == [True, False, True, False, False, None, None]


def test_each_stage_reads_better_than_the_one_before():
    """Terms at face value, then rules, then models; on labelled pages that none of them was made from."""
    gold = load_gold(data_path("gold"))[::4]
    found = by_stage(gold, load_framework("kr-arma"), resamples=40)
    figures = {stage: one.figures for stage, one in found.items()}
    assert list(figures) == ["gate", "terms", "rules", "models"]
    for one in found.values():
        low, high = one.intervals["verdict.accuracy"]
        assert 0 <= low <= one.figures["verdict.accuracy"] <= high <= 1
    assert stage_table(found).splitlines()[2].startswith("verdict.accuracy")
    assert figures["terms"]["verdict.kappa"] + 0.2 < figures["rules"]["verdict.kappa"]
    assert figures["terms"]["false_credit"] > figures["models"]["false_credit"]
