"""Judge a page: document + reading + framework → Assessment, every label with the findings that it rests on."""

from __future__ import annotations

from typing import Any

import msgspec

from .facts import SURE, Case, Labels, facts_of, labels_of
from .framework import Framework, max_points, points
from .text import Text
from .types import (
    Assessment,
    Block,
    Claim,
    Document,
    Finding,
    Flag,
    Outcome,
    Reading,
    Review,
    ScoreComponent,
    Verdict,
)

SCHEMA_VERSION = "1"
QUOTE_CHARS = 300
_VARIABLES = {"class": "risk_class"}
_UNDECIDED = "no rule decides what this mention asserts"
_VERDICT_BEARING = ("tier", "class")  # undecided claims of these would change a verdict


def assess(
    document: Document, reading: Reading, framework: Framework, text: Text, *, source: str, provenance: dict[str, Any],
    fetch: dict[str, Any] | None = None, outcome: Outcome = "ok",
) -> Assessment:  # fmt: skip
    """Return the judgement of one page; a pure function of its arguments."""
    labels = labels_of(reading)
    case = Case(document=document, labels=labels, framework=framework)
    facts = facts_of(case)
    verdict, rule, scored = verdict_of(framework, facts)
    read = verdict not in ("inconclusive", "none")
    findings = _findings(document, reading) if read else ()
    flags = tuple(flag.id for flag in framework.flags if read and flag.holds(facts))
    components = score_components(framework, facts, labels, findings) if scored else ()
    return Assessment(
        source=source,
        url=document.url,
        lang=document.lang,
        role=labels.role if read else "unrelated",
        verdict=verdict,
        tier=labels.tier if read else "none",
        tier_status=labels.tier_status if read else "absent",
        risk_classes=labels.risk_classes if read else (),
        pathway=labels.pathway if read else (),
        plan=labels.plan if read else "none",
        therapies=labels.therapies if verdict != "inconclusive" else (),
        flags=tuple(sorted(flags)),  # type: ignore[arg-type]
        safeguards=labels.safeguards if read else (),
        score=round(sum(c.points for c in components)) if scored else None,
        verdict_alternatives=_alternatives(case, reading, verdict) if read else (),
        needs_review=_reviews(reading, findings) if read else (),
        findings=findings,
        limits=document.limits,
        provenance=provenance,
        fetch=fetch,
        schema_version=SCHEMA_VERSION,
        outcome=outcome,
        problem=document.problem,
        text_chars=document.text_chars,
        title=document.title,
        sentence=_sentence(text, verdict, labels, document),
        verdict_rule=rule,
        offered=labels.offered if read else (),
        score_components=components,
        to_verify=_to_verify(framework, labels, facts) if read else (),
        notes=_notes(framework, labels, flags) if read else (),
        marks=reading.marks,
    )


def verdict_of(framework: Framework, facts: dict[str, bool]) -> tuple[Verdict, str, bool]:
    """Return the first verdict whose rule holds, the rule's name, and whether the verdict carries a score."""
    for rule in framework.verdicts:
        if rule.holds(facts):
            return rule.id, f"{framework.id}/verdict/{rule.id}", rule.scored  # type: ignore[return-value]
    raise AssertionError("the framework's last verdict holds for every page; load_framework checks that")


def _sentence(text: Text, verdict: Verdict, labels: Labels, document: Document) -> str:
    """Return the verdict in one neutral sentence, filled with what the page offers and names."""
    named_tier = labels.tier_status == "asserted" and labels.tier in ("institution", "center")
    tier, a_class = text.get("word.tier"), text.get("word.class")
    return text.get(
        f"verdict.{verdict}",
        reason=document.problem.rstrip("."),
        offers=_listed(text, "therapy", labels.offered),
        tier=text.get(f"tier.{labels.tier}"),
        classes=_listed(text, "risk_class", labels.risk_classes),
        named=tier if named_tier else a_class,
        missing=a_class if named_tier else tier,
        pathways=_listed(text, "pathway", labels.pathway),
    )


def _listed(text: Text, section: str, values: tuple[str, ...]) -> str:
    return text.get("word.comma").join(text.get(f"{section}.{value}") for value in values)


def _findings(document: Document, reading: Reading) -> tuple[Finding, ...]:
    blocks = {block.id: block for block in document.blocks}
    return tuple(
        _finding(f"f{number}", claim, blocks[claim.mention.block])
        for number, claim in enumerate(reading.claims, start=1)
    )


def _finding(identifier: str, claim: Claim, block: Block) -> Finding:
    mention = claim.mention
    family, _, value = mention.label.partition(".")
    return Finding(
        id=identifier,
        variable=_VARIABLES.get(family, family),
        value=value or family,
        status=claim.status,
        offered=claim.offered,
        quote=_quote(block.text, mention.start, mention.end),
        text=mention.text,
        block=mention.block,
        char_start=mention.start,
        char_end=mention.end,
        layer=block.layer,
        section=block.section,
        selector=block.path,
        rule_id=mention.rule,
        decided_by=claim.by,
        cue=claim.cue,
        confidence=claim.confidence,
        decided="review" if claim.status == "undecided" or claim.doubt else "yes",
        doubt=claim.doubt,
    )


def _quote(text: str, start: int, end: int) -> str:
    """Return the words around a mention, at most ``QUOTE_CHARS``, cut at spaces where there are any."""
    if len(text) <= QUOTE_CHARS:
        return text
    room = max(QUOTE_CHARS - (end - start), 0)
    left = max(start - room // 2, 0)
    right = min(left + QUOTE_CHARS, len(text))
    left = max(right - QUOTE_CHARS, 0)
    cut = text[left:right]
    return f"{'…' if left else ''}{cut.strip()}{'…' if right < len(text) else ''}"


def score_components(
    framework: Framework, facts: dict[str, bool], labels: Labels, findings: tuple[Finding, ...]
) -> tuple[ScoreComponent, ...]:
    """Return the lines of the score, each with the findings that gave its points."""
    sets = {"safeguards": frozenset(labels.safeguards)}
    return tuple(
        ScoreComponent(
            id=component.id,
            points=points(component, facts, sets),
            max=max_points(component),
            finding_ids=_supporting(component.id, labels, findings),
        )
        for component in framework.score.component
    )


_SUPPORT = {
    "tier_named": ("tier",),
    "class_named": ("risk_class",),
    "safeguards": ("safeguard",),
    "scope_and_pathway": ("pathway", "plan"),
}


def _supporting(component: str, labels: Labels, findings: tuple[Finding, ...]) -> tuple[str, ...]:
    variables = _SUPPORT.get(component, ())
    held = [f for f in findings if f.variable in variables and f.status == "asserted"]
    if component == "tier_named":
        held = [f for f in held if f.value == labels.tier]
    if component == "scope_and_pathway":
        held += [f for f in findings if f.value == "scope_distinction" and f.status == "asserted"]
    return tuple(f.id for f in held)


def _alternatives(case: Case, reading: Reading, verdict: Verdict) -> tuple[Verdict, ...]:
    """Return the verdicts that the page would have if a doubtful claim were read the other way."""
    doubtful = {c.mention.label.partition(".")[0] for c in reading.claims if c.status == "undecided"}
    readings = [_with(reading, family, "undecided", "asserted") for family in _VERDICT_BEARING if family in doubtful]
    doubted = {c.mention.label.partition(".")[0] for c in reading.claims if c.doubt}
    readings += [_otherwise(reading, family) for family in sorted(doubted)]
    readings += [reading.instead] if reading.instead else []
    if any(c.offered and c.confidence <= SURE for c in reading.claims):
        sure = tuple(
            msgspec.structs.replace(c, offered=False) if c.offered and c.confidence <= SURE else c
            for c in reading.claims
        )
        readings.append(msgspec.structs.replace(reading, claims=sure))
    verdicts = [
        verdict_of(case.framework, facts_of(msgspec.structs.replace(case, labels=labels_of(other))))[0]
        for other in readings
    ]
    return tuple(dict.fromkeys(v for v in verdicts if v != verdict))


def _otherwise(reading: Reading, family: str) -> Reading:
    """Return the reading with the doubted claims of a variable as the other opinion has them."""
    claims = tuple(
        msgspec.structs.replace(c, status=c.other, offered=c.other_offered, confidence=1.0)
        if c.other and c.mention.label.partition(".")[0] == family
        else c
        for c in reading.claims
    )
    return msgspec.structs.replace(reading, claims=claims)


def _with(reading: Reading, family: str, before: str, after: str) -> Reading:
    claims = tuple(
        msgspec.structs.replace(c, status=after)
        if c.status == before and c.mention.label.split(".")[0] == family
        else c
        for c in reading.claims
    )
    return msgspec.structs.replace(reading, claims=claims)


def _reviews(reading: Reading, findings: tuple[Finding, ...]) -> tuple[Review, ...]:
    speaker = reading.speaker
    role = (Review(variable="role", value=speaker.role, reason=speaker.doubt),) if speaker.doubt else ()
    return role + tuple(
        Review(variable=f.variable, value=f.value, reason=f.doubt or _UNDECIDED, finding_id=f.id)
        for f in findings
        if f.decided == "review"
    )


def _to_verify(framework: Framework, labels: Labels, facts: dict[str, bool]) -> tuple[Any, ...]:
    """Return the safeguards that the page does not show, where a designation is asserted."""
    if not (facts["tier_named"] or labels.tier_status == "asserted"):
        return ()
    return tuple(s.id for s in framework.safeguards if s.id not in labels.safeguards)


def _notes(framework: Framework, labels: Labels, flags: tuple[Flag, ...] | tuple[str, ...]) -> tuple[str, ...]:
    """Return ids of the notes that the result needs: where it rests on the guide's two-tier reading, it says so."""
    notes = []
    if labels.tier in ("institution", "center"):
        note = framework.tier(labels.tier).note_id
        if note:
            notes.append(note)
    if "tier_below_risk" in flags:
        notes.append("two_tier_reading")
    return tuple(dict.fromkeys(notes))
