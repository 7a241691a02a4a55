"""Judge a site from its pages: assessments + framework → SiteAssessment, by the verdict rules over united labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from .assess import score_components, verdict_of
from .facts import Case, Labels, facts_of, strongest_tier
from .framework import Framework
from .types import Assessment, Document, Finding, Review, SiteAssessment

_T = TypeVar("_T")
_FAMILIES = {"risk_class": "class"}


def roll_up(source: str, url: str, pages: Sequence[Assessment], framework: Framework) -> SiteAssessment:
    """Return the site's judgement: sets united, the highest tier asserted, the role of most readable pages.

    Args:
        source: the site as given.
        url: the address that the crawl began at.
        pages: at least one assessment.
        framework: the rulebook that judged the pages.
    """
    readable = [page for page in pages if page.verdict != "inconclusive"]
    speaking = [page for page in readable if page.verdict != "none"]
    labels = _united(speaking)
    problem = "" if readable else (pages[0].problem or "no page could be read")
    facts = facts_of(Case(document=Document(url=url, problem=problem), labels=labels, framework=framework))
    verdict, _, scored = verdict_of(framework, facts)
    findings = tuple(_renamed(f, n) for n, page in enumerate(pages, 1) for f in page.findings)
    components = score_components(framework, facts, labels, findings) if scored else ()
    return SiteAssessment(
        source=source,
        url=url,
        lang=_most([page.lang for page in readable], "und"),
        role=labels.role,
        verdict=verdict,
        tier=labels.tier,
        tier_status=labels.tier_status,
        risk_classes=labels.risk_classes,
        pathway=labels.pathway,
        plan=labels.plan,
        therapies=labels.therapies,
        flags=tuple(sorted({flag for page in speaking for flag in page.flags})),
        safeguards=labels.safeguards,
        score=round(sum(c.points for c in components)) if scored else None,
        verdict_alternatives=tuple(
            dict.fromkeys(v for page in speaking for v in page.verdict_alternatives if v != verdict)
        ),
        needs_review=tuple(_review(r, n) for n, page in enumerate(pages, 1) for r in page.needs_review),
        findings=findings,
        limits=tuple(dict.fromkeys(limit for page in pages for limit in page.limits)),
        provenance=_provenance(pages),
        pages=tuple(pages),
    )


def _united(pages: Sequence[Assessment]) -> Labels:
    signals = {_signal(finding) for page in pages for finding in page.findings}
    signals |= {mark for page in pages for mark in page.marks}
    tier, status = strongest_tier([(page.tier, page.tier_status) for page in pages if page.tier_status != "absent"])
    plans = {page.plan for page in pages}
    return Labels(
        role=_most([page.role for page in pages], "unrelated"),
        therapies=_union(pages, "therapies"),
        offered=_union(pages, "offered"),
        tier=tier,
        tier_status=status,
        risk_classes=_union(pages, "risk_classes"),
        pathway=_union(pages, "pathway"),
        plan="treatment" if "treatment" in plans else "research" if "research" in plans else "none",
        safeguards=_union(pages, "safeguards"),
        signals=frozenset(signals),
    )


def _signal(finding: Finding) -> str:
    """Return a finding as facts.py asks for it: "tier.center:asserted", "processing_licence:third_party"."""
    family = _FAMILIES.get(finding.variable, finding.variable)
    label = family if finding.value == finding.variable else f"{family}.{finding.value}"
    return f"{label}:{finding.status}"


def _union(pages: Sequence[Assessment], field: str) -> tuple[Any, ...]:
    return tuple(sorted({value for page in pages for value in getattr(page, field)}))


def _most(values: Sequence[_T], default: _T) -> _T:
    """Return the most frequent value; the earliest of those that tie."""
    return Counter(values).most_common(1)[0][0] if values else default


def _renamed(finding: Finding, number: int) -> Finding:
    return msgspec.structs.replace(finding, id=f"p{number}.{finding.id}")


def _review(review: Review, number: int) -> Review:
    return msgspec.structs.replace(review, finding_id=f"p{number}.{review.finding_id}")


def _provenance(pages: Sequence[Assessment]) -> dict[str, Any]:
    first = pages[0].provenance
    return {
        "tool": first["tool"],
        "rulebook": first["rulebook"],
        "captures": [page.provenance["capture"]["html_sha256"] for page in pages],
    }
