"""A site's judgement: labels of its pages united, the same verdict rules on the united facts."""

import pytest

from claimaudit import Auditor
from claimaudit.rollup import roll_up

OFFER = (
    "<title>Knee care | Saeron Clinic</title><h1>Stem cell injection for knees</h1><p>Our clinic offers stem cell "
    "injections. Book a consultation with our doctors today; we see patients from Monday to Friday.</p>"
)
ABOUT = (
    "<title>About | Saeron Clinic</title><h1>About us</h1><p>Our clinic was designated as an Advanced Regenerative "
    "Medical Institution by the Ministry of Health and Welfare in 2025. Our doctors are here from Monday to Friday.</p>"
)
EMPTY = ""


@pytest.fixture(scope="module")
def auditor():
    """One loaded rulebook for all tests of this module."""
    return Auditor()


def site(auditor, *pages):
    """The site's judgement for pages given as HTML."""
    judged = [auditor.audit_bytes(page.encode(), source=f"page {n}") for n, page in enumerate(pages)]
    return roll_up("site", "https://saeron.example/", judged, auditor.framework)


def test_tier_of_one_page_and_offer_of_another_meet(auditor):
    """A designation on the about page counts for the treatment page of the same site."""
    assert site(auditor, OFFER).verdict == "borrowed"
    both = site(auditor, OFFER, ABOUT)
    assert (both.verdict, both.tier, both.tier_status) == ("partial", "institution", "asserted")


def test_a_site_is_inconclusive_only_if_no_page_was_readable(auditor):
    """One unreadable page does not hide the others."""
    assert site(auditor, EMPTY).verdict == "inconclusive"
    assert site(auditor, EMPTY, OFFER).verdict == "borrowed"


def test_findings_are_named_after_their_page(auditor):
    """A finding of the second page is p2.f…, and its page is in the record."""
    both = site(auditor, OFFER, ABOUT)
    assert {finding.id.partition(".")[0] for finding in both.findings} == {"p1", "p2"}
    assert len(both.pages) == 2


def test_order_of_pages_changes_no_label(auditor):
    """The united labels do not depend on which page was read first."""
    one, two = site(auditor, OFFER, ABOUT), site(auditor, ABOUT, OFFER)
    fields = ("verdict", "tier", "tier_status", "therapies", "flags", "safeguards", "score", "role")
    assert [getattr(one, field) for field in fields] == [getattr(two, field) for field in fields]
