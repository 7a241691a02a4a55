"""The facts that verdict rules ask for: the labels of a page → true or false, each fact alone."""

from itertools import pairwise

import pytest

from claimaudit.facts import FACTS, Case, Labels, facts_of, labels_of, strongest_tier
from claimaudit.framework import KNOWN_FACTS, load_framework
from claimaudit.types import Claim, Document, Mention, Reading, Speaker

FRAMEWORK = load_framework("kr-arma")
EMPTY = Labels(
    role="provider",
    therapies=(),
    offered=(),
    tier="none",
    tier_status="absent",
    risk_classes=(),
    pathway=(),
    plan="none",
    safeguards=(),
    signals=frozenset(),
)


def case(*signals, problem="", **labels):
    """A page with these labels and signals, and otherwise nothing."""
    fields = {name: getattr(EMPTY, name) for name in EMPTY.__struct_fields__}
    given = Labels(**(fields | labels | {"signals": frozenset(signals)}))
    return Case(document=Document(problem=problem), labels=given, framework=FRAMEWORK)


INSTITUTION = {"tier": "institution", "tier_status": "asserted"}
CENTER = {"tier": "center", "tier_status": "asserted"}
UNSPECIFIED = {"tier": "unspecified", "tier_status": "asserted"}

TRUE = {
    "readable": [case()],
    "any_term": [case(therapies=("prp",))],
    "promotes": [case(offered=("prp",))],
    "tier_named": [case(**INSTITUTION), case(**CENTER)],
    "class_named": [case(risk_classes=("low",))],
    "cells_offered": [case(offered=("prp", "stem_cell")), case(offered=("svf",))],
    "only_outside_scope": [case(offered=("exosome",)), case(offered=("prp", "regenerative_generic"))],
    "sold_as_act_or_cells": [
        case("flag.sold_as_stem_cell:asserted"),
        case("flag.act_scope:asserted"),
        case("tier.unspecified:asserted"),
        case(tier="center", tier_status="pending"),
        case(tier="none", tier_status="third_party"),
    ],
    "outside_product_sold_as_act": [
        case("flag.sold_as_stem_cell:asserted", offered=("exosome",)),
        case("flag.act_scope:asserted", offered=("stem_cell", "pdrn")),
    ],
    "pathway_for_each_offer": [
        case(pathway=("registered_trial",), offered=("stem_cell",)),
        case(pathway=("foreign_scheme",), offered=("regenerative_generic",)),
    ],
    "unspecified_designation_claimed": [case("tier.unspecified:asserted", **UNSPECIFIED)],
    "designation_pending_claimed": [case("tier.institution:pending"), case("tier.unspecified:pending")],
    "third_party_designation_claimed": [case("tier.center:third_party"), case("processing_licence:third_party")],
    "offer_exceeds_tier": [
        case("donor.allogeneic", offered=("stem_cell",), **INSTITUTION),
        case(offered=("gene_modified",), **INSTITUTION),
        case(offered=("prp", "ips_es"), **INSTITUTION),
    ],
    "class_below_offer": [
        case(risk_classes=("low",), offered=("gene_modified",)),
        case("donor.allogeneic", risk_classes=("medium",), offered=("stem_cell",)),
    ],
    "other_credential_claimed": [
        case("flag.substitute_authority:asserted"),
        case("flag.substitute_authority:asserted", **UNSPECIFIED),
    ],
    "guarantee_claimed": [case("flag.efficacy_guarantee:asserted")],
    "testimonial_shown": [case("flag.testimonial:asserted")],
    "scope_distinguished": [case(safeguards=("scope_distinction",))],
    "pathway_or_plan_named": [case(pathway=("foreign_scheme",)), case(plan="research")],
}
FALSE = {
    "readable": [case(problem="nothing but pictures")],
    "any_term": [case()],
    "promotes": [case(therapies=("prp",))],
    "tier_named": [case(), case(**UNSPECIFIED), case(tier="institution", tier_status="third_party")],
    "class_named": [case()],
    "cells_offered": [case(offered=("exosome",)), case(offered=("regenerative_generic",)), case(therapies=("svf",))],
    "only_outside_scope": [
        case(),
        case(offered=("regenerative_generic",)),
        case(offered=("exosome", "stem_cell")),
        case(therapies=("exosome",)),
    ],
    "sold_as_act_or_cells": [
        case(),
        case("flag.sold_as_stem_cell:negated"),
        case(tier="institution", tier_status="negated"),
    ],
    "outside_product_sold_as_act": [
        case(offered=("exosome",)),
        case("flag.sold_as_stem_cell:asserted", offered=("stem_cell",)),
        case("flag.act_scope:question", offered=("exosome",)),
    ],
    "pathway_for_each_offer": [
        case(pathway=("registered_trial",)),
        case(pathway=("registered_trial",), offered=("prp",)),
        case(offered=("stem_cell",)),
    ],
    "unspecified_designation_claimed": [
        case("tier.unspecified:negated"),
        case("tier.unspecified:asserted", **INSTITUTION),
    ],
    "designation_pending_claimed": [case("tier.institution:asserted"), case("plan.research:pending")],
    "third_party_designation_claimed": [case("tier.center:asserted"), case("class.low:third_party")],
    "offer_exceeds_tier": [
        case("donor.allogeneic", offered=("stem_cell",), **CENTER),
        case("donor.allogeneic", offered=("stem_cell",), tier="institution", tier_status="pending"),
        case("donor.allogeneic", offered=("stem_cell",), **UNSPECIFIED),
        case(offered=("prp",), **INSTITUTION),
    ],
    "class_below_offer": [
        case(offered=("gene_modified",)),
        case(risk_classes=("high",), offered=("gene_modified",)),
        case(risk_classes=("low", "high"), offered=("gene_modified",)),
        case(risk_classes=("low",), offered=("prp",)),
        case(risk_classes=("low",), therapies=("gene_modified",)),
    ],
    "other_credential_claimed": [
        case("flag.substitute_authority:general"),
        case("flag.substitute_authority:asserted", **CENTER),
    ],
    "guarantee_claimed": [case("flag.efficacy_guarantee:negated")],
    "testimonial_shown": [case("flag.testimonial:general")],
    "scope_distinguished": [case(safeguards=("price_disclosed",))],
    "pathway_or_plan_named": [case()],
}


def cases(table):
    """A parameter for each case of each fact."""
    return [pytest.param(name, one, id=f"{name}-{n}") for name, many in table.items() for n, one in enumerate(many)]


@pytest.mark.parametrize(("name", "page"), cases(TRUE))
def test_a_fact_holds(name, page):
    """A fact is true for the least that makes it true."""
    assert FACTS[name](page) is True


@pytest.mark.parametrize(("name", "page"), cases(FALSE))
def test_a_fact_does_not_hold(name, page):
    """A fact is false where one thing is missing or another stands in its way."""
    assert FACTS[name](page) is False


def test_each_fact_is_tested_both_ways():
    """No fact lacks a case in which it is true or one in which it is false."""
    assert set(TRUE) == set(FALSE) == set(FACTS)


def test_rules_may_ask_for_exactly_the_facts_that_exist():
    """The names known to the rulebook and the predicates are the same."""
    assert sorted(KNOWN_FACTS) == sorted(FACTS)
    assert len(set(KNOWN_FACTS)) == len(KNOWN_FACTS)


def test_all_facts_of_a_page_come_by_name():
    """Every fact is worked out, on an empty page only that it could be read."""
    assert {name for name, value in facts_of(case()).items() if value} == {"readable"}
    assert list(facts_of(case())) == list(FACTS)


# ── the strongest tier ───────────────────────────────────────────────────────────────────────────────

STATUSES = ("asserted", "third_party", "pending", "negated")


@pytest.mark.parametrize(("stronger", "weaker"), list(pairwise(STATUSES)))
def test_statuses_have_the_codebooks_order(stronger, weaker):
    """Asserted before third party before pending before negated, even against a higher tier."""
    assert strongest_tier([("center", weaker), ("unspecified", stronger)]) == ("unspecified", stronger)


def test_the_highest_tier_of_a_status_counts():
    """Of several tiers with one status, center before institution before unspecified."""
    held = [("unspecified", "asserted"), ("institution", "asserted"), ("center", "asserted")]
    assert [strongest_tier(held[:n]) for n in (1, 2, 3)] == held


def test_no_tier_is_absent():
    """A page that holds nothing has no tier, and that status is "absent"."""
    assert strongest_tier([]) == ("none", "absent")


# ── labels from claims ───────────────────────────────────────────────────────────────────────────────


def mention(label):
    """A mention with this label, somewhere."""
    return Mention(label=label, block=0, start=0, end=1, text="x", rule="en/test/x")


def labels(*claims, marks=()):
    """The labels of a page with claims given as (label, status) or (label, status, offered)."""
    read = tuple(
        Claim(mention=mention(label), status=status, offered=bool(offered)) for label, status, *offered in claims
    )
    return labels_of(Reading(speaker=Speaker(role="provider", confidence=1.0, by="test"), claims=read, marks=marks))


def test_terms_count_whatever_is_said_of_them():
    """Every therapy named is a term; only those offered are offers."""
    read = labels(("therapy.prp", "negated"), ("therapy.svf", "asserted", True), ("therapy.svf", "general"))
    assert (read.therapies, read.offered) == (("prp", "svf"), ("svf",))


def test_classes_pathways_and_safeguards_count_only_where_asserted():
    """What is asked, denied or explained in general is not recorded."""
    read = labels(("class.low", "general"), ("class.high", "asserted"), ("pathway.registered_trial", "negated"))
    assert (read.risk_classes, read.pathway, read.safeguards) == (("high",), (), ())


@pytest.mark.parametrize("status", ["general", "question", "undecided"])
def test_a_tier_that_nobody_claims_is_absent(status):
    """A tier in an explanation, a question or an undecided sentence is not recorded."""
    read = labels(("tier.center", status))
    assert (read.tier, read.tier_status) == ("none", "absent")


def test_a_denied_tier_gives_way_to_an_asserted_one():
    """One tier denied and another asserted: the asserted one."""
    read = labels(("tier.center", "negated"), ("tier.institution", "asserted"))
    assert (read.tier, read.tier_status) == ("institution", "asserted")


def test_someone_elses_processing_licence_is_third_party_without_a_tier():
    """A licence that is only a cell-processing licence of someone else has no tier."""
    read = labels(("processing_licence", "third_party"))
    assert (read.tier, read.tier_status) == ("none", "third_party")


def test_a_treatment_plan_outranks_a_study_plan():
    """Where both plans are stated, the treatment plan is recorded."""
    assert [
        labels(*plans).plan
        for plans in (
            [],
            [("plan.research", "asserted")],
            [("plan.research", "asserted"), ("plan.treatment", "asserted")],
            [("plan.treatment", "negated")],
        )
    ] == ["none", "research", "treatment", "none"]


def test_signals_hold_every_claim_and_the_pages_marks():
    """Facts may ask for any label with its status, and for marks of the page as a whole."""
    assert labels(("flag.testimonial", "asserted"), marks=("donor.allogeneic",)).signals == {
        "flag.testimonial:asserted",
        "donor.allogeneic",
    }
