"""The public API: eight names, and what they promise."""

import subprocess
import sys
from pathlib import Path

import pytest

import claimaudit
from claimaudit import Assessment, Auditor, ClaimAuditError, Framework, SiteAssessment, Study, audit, audit_html
from claimaudit.framework import load_framework
from claimaudit.rollup import roll_up
from claimaudit.types import Fetched

ROOT = Path(__file__).parents[1]
FILES = [*sorted((ROOT / "examples").glob("*.html")), *sorted((ROOT / "tests" / "pages").glob("*.html"))]
LABELS = (
    "role", "verdict", "tier", "tier_status", "risk_classes", "pathway", "plan", "therapies", "flags", "safeguards",
    "score",
)  # fmt: skip


def test_the_public_names():
    """Exactly eight, all of them there, and no others on offer."""
    names = ["Assessment", "Auditor", "ClaimAuditError", "Framework", "SiteAssessment", "Study", "audit", "audit_html"]
    assert claimaudit.__all__ == names
    assert dir(claimaudit) == names
    assert all(hasattr(claimaudit, name) for name in names)
    with pytest.raises(AttributeError, match=r"no attribute 'fetch'; public names: Assessment, .*audit_html"):
        _ = claimaudit.fetch


def test_import_costs_nothing():
    """``import claimaudit`` loads none of the heavy libraries."""
    code = "import sys, claimaudit; print(*sorted({'spacy', 'sklearn', 'httpx', 'msgspec', 'bs4'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "\n"


def test_audit_html_takes_text_and_bytes():
    """Text and its bytes give the same labels; the address is kept as source and url."""
    html = (ROOT / "examples" / "ko-knee-institution.html").read_text("utf-8")
    pages = [audit_html(page, url="https://clinic.example/") for page in (html, html.encode())]
    assert pages[0] == pages[1]
    assert isinstance(pages[0], Assessment)
    assert (pages[0].source, pages[0].url, pages[0].verdict) == ("https://clinic.example/",) * 2 + ("named",)


def test_auditor_takes_a_framework_value_or_name():
    """Loaded once and handed on, or named: the same judgement."""
    framework = load_framework("kr-arma")
    assert isinstance(framework, Framework)
    path = ROOT / "examples" / "en-stem-cell-package.html"
    assert Auditor(framework).audit_file(path) == Auditor("kr-arma").audit_file(path)


def test_errors_are_of_one_kind():
    """Whatever is raised on purpose is a ClaimAuditError."""
    for call in (
        lambda: audit_html("", url="", framework="nope"),
        lambda: Auditor(lang="fr"),
        lambda: audit("https://clinic.invalid/", max_pages=3),
        lambda: Study(ROOT / "README.md"),
    ):
        with pytest.raises(ClaimAuditError):
            call()


def test_audit_of_a_page_that_cannot_be_had():
    """It is a judgement with its reason, not an exception."""
    site = audit("http://127.0.0.1:8/")
    assert isinstance(site, SiteAssessment)
    assert (site.verdict, site.score, len(site.pages)) == ("inconclusive", None, 1)
    assert site.pages[0].outcome in ("invalid_input", "refused_address")


def test_audit_fetches_and_judges(monkeypatch):
    """The site has the page's labels, and the page itself."""
    body = (ROOT / "examples" / "en-stem-cell-package.html").read_bytes()

    def fetch(url, options=None):
        return Fetched(source=url, url=url, final_url=url, status=200, body=body, started="x", ended="y")

    monkeypatch.setattr("claimaudit.crawl.fetch.fetch", fetch)
    site = audit("https://clinic.example/", max_pages=1)
    assert (site.source, site.url, site.verdict) == ("https://clinic.example/",) * 2 + ("borrowed",)
    assert site.pages[0].fetch["status"] == 200


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_site_of_one_page_is_judged_like_the_page(path, auditor):
    """United over one page, the labels, the verdict and the score are the page's own."""
    page = auditor.audit_file(path)
    site = roll_up(page.source, page.url, [page], auditor.framework)
    assert {name: getattr(site, name) for name in LABELS} == {name: getattr(page, name) for name in LABELS}


@pytest.fixture(scope="module")
def auditor():
    """One for all pages."""
    return Auditor()
