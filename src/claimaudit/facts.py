"""Small named facts about a page: claims → labels of the codebook, and labels → facts that the verdict rules ask for.

A fact is pure, knows no country and is tested alone; what a class, a tier or a scope is comes from the framework.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from .framework import Framework
from .types import (
    RISK_CLASSES,
    TIERS,
    Claim,
    Document,
    Frozen,
    Pathway,
    Plan,
    Reading,
    RiskClass,
    Role,
    Safeguard,
    Therapy,
    Tier,
    TierStatus,
)

_STATUS_ORDER: tuple[TierStatus, ...] = ("asserted", "third_party", "pending", "negated")
SURE = 0.5
"""An offer read with at most this confidence is doubtful: it counts only on a page that offers nothing more plainly."""


class Labels(Frozen, frozen=True, kw_only=True):
    """The codebook's fields of one page, derived from its claims."""

    role: Role
    therapies: tuple[Therapy, ...]
    offered: tuple[Therapy, ...]
    tier: Tier
    tier_status: TierStatus
    risk_classes: tuple[RiskClass, ...]
    pathway: tuple[Pathway, ...]
    plan: Plan
    safeguards: tuple[Safeguard, ...]
    signals: frozenset[str]  # "tier.unspecified:asserted", "flag.testimonial:asserted", "donor.allogeneic", …


class Case(Frozen, frozen=True, kw_only=True):
    """What a fact may look at."""

    document: Document
    labels: Labels
    framework: Framework


def labels_of(reading: Reading) -> Labels:
    """Return the labels of a page from its claims; undecided and general claims count for terms only."""
    claims = reading.claims
    tier, status = _tier(claims)
    asserted = {claim.mention.label for claim in claims if claim.status == "asserted"}
    signals = {f"{claim.mention.label}:{claim.status}" for claim in claims} | set(reading.marks)
    return Labels(
        role=reading.speaker.role,
        therapies=_values("therapy", (claim.mention.label for claim in claims)),  # type: ignore[arg-type]
        offered=_offered(claims),
        tier=tier,
        tier_status=status,
        risk_classes=_values("class", asserted),  # type: ignore[arg-type]
        pathway=_values("pathway", asserted),  # type: ignore[arg-type]
        plan=_plan(asserted),
        safeguards=_values("safeguard", asserted),  # type: ignore[arg-type]
        signals=frozenset(signals),
    )


def _offered(claims: tuple[Claim, ...]) -> tuple[Therapy, ...]:
    """Return what is offered plainly, or, on a page that offers nothing plainly, what seems to be."""
    offers = [claim for claim in claims if claim.offered]
    plain = [claim for claim in offers if claim.confidence > SURE]
    if all(claim.mention.label == "therapy.regenerative_generic" for claim in plain):
        plain = offers  # "regenerative medicine" says that something is offered, not what
    return _values("therapy", (claim.mention.label for claim in plain))  # type: ignore[return-value]


def _values(family: str, labels: Iterable[str]) -> tuple[str, ...]:
    prefix = family + "."
    return tuple(sorted({label[len(prefix) :] for label in labels if label.startswith(prefix)}))


def _tier(claims: tuple[Claim, ...]) -> tuple[Tier, TierStatus]:
    held = [
        (claim.mention.label.removeprefix("tier."), claim.status)
        for claim in claims
        if claim.mention.label.startswith("tier.") and claim.status in _STATUS_ORDER
    ]
    if any(claim.mention.label == "processing_licence" and claim.status == "third_party" for claim in claims):
        held.append(("none", "third_party"))
    return strongest_tier(held)  # type: ignore[arg-type]


def strongest_tier(held: Sequence[tuple[Tier, TierStatus]]) -> tuple[Tier, TierStatus]:
    """Return the tier by the codebook's order of statuses, and the highest tier within that status."""
    for status in _STATUS_ORDER:
        for tier in TIERS:
            if (tier, status) in held:
                return tier, status  # type: ignore[return-value]
    return "none", "absent"


def _plan(asserted: set[str]) -> Plan:
    if "plan.treatment" in asserted:
        return "treatment"
    return "research" if "plan.research" in asserted else "none"


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────


def readable(case: Case) -> bool:
    """The page could be read."""
    return not case.document.problem


def any_term(case: Case) -> bool:
    """A term of codebook section 2 stands on the page."""
    return bool(case.labels.therapies)


def promotes(case: Case) -> bool:
    """The page offers or promotes at least one therapy."""
    return bool(case.labels.offered)


def tier_named(case: Case) -> bool:
    """A tier is named and asserted."""
    return case.labels.tier in ("institution", "center") and case.labels.tier_status == "asserted"


def class_named(case: Case) -> bool:
    """A risk class of the Act is assigned to what is offered."""
    return bool(case.labels.risk_classes)


def _in_scope(case: Case) -> tuple[Therapy, ...]:
    return tuple(t for t in case.labels.offered if case.framework.scope(t) == "in")


def cells_offered(case: Case) -> bool:
    """A therapy inside the Act's scope is offered."""
    return bool(_in_scope(case))


def only_outside_scope(case: Case) -> bool:
    """Everything offered lies outside the Act's scope; a general "regenerative" beside it changes nothing."""
    return not _in_scope(case) and any(case.framework.scope(t) == "outside" for t in case.labels.offered)


def sold_as_act_or_cells(case: Case) -> bool:
    """A product is sold with stem-cell, Act or designation wording."""
    wording = {"flag.sold_as_stem_cell:asserted", "flag.act_scope:asserted", "tier.unspecified:asserted"}
    return bool(wording & case.labels.signals) or case.labels.tier_status in ("asserted", "third_party", "pending")


def outside_product_sold_as_act(case: Case) -> bool:
    """An outside product is sold as covered by the Act or as a stem-cell therapy."""
    wording = {"flag.sold_as_stem_cell:asserted", "flag.act_scope:asserted", "flag.out_of_scope_as_act:asserted"}
    return bool(wording & case.labels.signals) and any(
        case.framework.scope(t) == "outside" for t in case.labels.offered
    )


def pathway_for_each_offer(case: Case) -> bool:
    """Another lawful route is named for the therapies offered inside the scope."""
    return bool(case.labels.pathway) and bool(_in_scope(case) or "regenerative_generic" in case.labels.offered)


def unspecified_designation_claimed(case: Case) -> bool:
    """A designation without a tier is asserted, and no tier is."""
    return "tier.unspecified:asserted" in case.labels.signals and not tier_named(case)


def designation_pending_claimed(case: Case) -> bool:
    """A tier is applied for, prepared or expected."""
    return any(s.startswith("tier.") and s.endswith(":pending") for s in case.labels.signals)


def third_party_designation_claimed(case: Case) -> bool:
    """The designation, or where no tier is stated the licence, that the page shows belongs to someone else."""
    held = {signal.partition(".")[0] for signal in case.labels.signals if signal.endswith(":third_party")}
    licence = any(s == "processing_licence:third_party" for s in case.labels.signals) and case.labels.tier == "none"
    return "tier" in held or licence


def _needed_class(case: Case, therapy: Therapy) -> RiskClass | None:
    """Return the class that the framework gives an offered therapy, as far as the page tells."""
    found = case.framework.class_of(therapy, allogeneic="donor.allogeneic" in case.labels.signals)
    return cast("RiskClass | None", found)  # the loader admits the codebook's classes only


def _needed(case: Case) -> int:
    orders = [RISK_CLASSES.index(c) for t in case.labels.offered if (c := _needed_class(case, t))]
    return max(orders, default=-1)


def offer_exceeds_tier(case: Case) -> bool:
    """The asserted tier may not deliver the class of an offered therapy (the guide's two-tier reading)."""
    if not tier_named(case):
        return False
    allowed = case.framework.tier(case.labels.tier).may_deliver
    return any((c := _needed_class(case, t)) is not None and c not in allowed for t in case.labels.offered)


def class_below_offer(case: Case) -> bool:
    """The highest class stated is lower than the class of an offered therapy."""
    stated = [RISK_CLASSES.index(c) for c in case.labels.risk_classes]
    return bool(stated) and max(stated) < _needed(case)


def other_credential_claimed(case: Case) -> bool:
    """Another credential stands where a designation would be expected."""
    return "flag.substitute_authority:asserted" in case.labels.signals and not tier_named(case)


def guarantee_claimed(case: Case) -> bool:
    """A cure, a guaranteed result or complete safety is claimed."""
    return "flag.efficacy_guarantee:asserted" in case.labels.signals


def testimonial_shown(case: Case) -> bool:
    """A patient's story or a celebrity's endorsement is shown."""
    return "flag.testimonial:asserted" in case.labels.signals


def scope_distinguished(case: Case) -> bool:
    """The page says which of its treatments fall inside the Act."""
    return "scope_distinction" in case.labels.safeguards


def pathway_or_plan_named(case: Case) -> bool:
    """Another lawful route or a plan found suitable is named."""
    return bool(case.labels.pathway) or case.labels.plan != "none"


FACTS: dict[str, Callable[[Case], bool]] = {
    fact.__name__: fact
    for fact in (
        readable,
        any_term,
        promotes,
        tier_named,
        class_named,
        cells_offered,
        only_outside_scope,
        sold_as_act_or_cells,
        outside_product_sold_as_act,
        pathway_for_each_offer,
        unspecified_designation_claimed,
        designation_pending_claimed,
        third_party_designation_claimed,
        offer_exceeds_tier,
        class_below_offer,
        other_credential_claimed,
        guarantee_claimed,
        testimonial_shown,
        scope_distinguished,
        pathway_or_plan_named,
    )
}


def facts_of(case: Case) -> dict[str, bool]:
    """Return every fact by name."""
    return {name: fact(case) for name, fact in FACTS.items()}
