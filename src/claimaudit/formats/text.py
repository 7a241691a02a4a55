"""An assessment → what a person reads in the terminal: the verdict, what the page says and where, why, and what was not read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ..framework import Framework
from ..text import Text
from ..types import Assessment, Finding

WIDTH = 100
_LABEL = 13
_QUOTE = 64
_COLOURS = {
    "named": "32", "partial": "33", "borrowed": "35", "adjacent": "36", "other_pathway": "36",
    "informational": "34", "none": "2", "inconclusive": "33",
}  # fmt: skip


class Painter:
    """Colour for a terminal, nothing in a pipe."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, code: str) -> str:
        """Return ``text`` in the SGR ``code``, or as it is."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text


def render(a: Assessment, framework: Framework, text: Text, *, colour: bool = False) -> str:
    """Return the report of one page as plain text, at most ``WIDTH`` columns where words allow."""
    paint = Painter(colour)
    parts = [*_head(a, framework, paint), "", *_verdict(a, text, paint)]
    if a.findings:
        parts += ["", *_says(a, text, paint)]
    if a.score_components:
        parts += ["", *_why(a, text, paint)]
    if a.flags:
        parts += ["", *_flags(a, text, paint)]
    if a.needs_review:
        parts += ["", *_review(a, text, paint)]
    if a.to_verify:
        parts += ["", *_to_verify(a, text, paint)]
    remarks = [*(text.limit(limit) for limit in a.limits), *(text.get(f"note.{note}") for note in a.notes)]
    if remarks:
        parts += ["", *_bullets(text.get("heading.limits"), remarks, paint)]
    if a.verdict not in ("inconclusive", "none"):
        parts += ["", paint(text.get("disclaimer.audit") + " " + text.get("disclaimer.wording_only"), "2")]
    return "\n".join(line.rstrip() for line in parts) + "\n"


def _head(a: Assessment, framework: Framework, paint: Painter) -> list[str]:
    rulebook = a.provenance["rulebook"]
    tool = a.provenance["tool"]
    capture = a.provenance["capture"]
    first = (
        f"claimaudit {tool['version']} · rulebook {rulebook['id']} {rulebook['version']} "
        f"(sha256 {_short(rulebook['sha256'])}) · law as of {rulebook['law_as_of']}"
    )
    facts = [a.lang] if a.outcome == "ok" else [a.outcome]
    if a.fetch:
        robots = a.fetch["robots"]["result"].replace("_", " ")
        facts = [str(a.fetch["status"] or a.outcome), a.lang, f"robots: {robots}", a.fetch["ended"]]
    if capture["html_sha256"]:
        facts.append(f"html {_short(capture['html_sha256'])} · text {_short(capture['text_sha256'])}")
    return [paint(first, "2"), paint(a.source, "1"), paint(" · ".join(facts), "2")]


def _short(digest: str) -> str:
    return f"{digest[:4]}…{digest[-4:]}" if digest else "-"


def _verdict(a: Assessment, text: Text, paint: Painter) -> list[str]:
    name = paint(f"{text.get('heading.verdict')}  {a.verdict}", f"1;{_COLOURS[a.verdict]}")
    score = "" if a.score is None else f"    {text.get('heading.score')} {a.score} / 100"
    lines = [name + score, *textwrap.wrap(a.sentence, WIDTH - 9, initial_indent=" " * 9, subsequent_indent=" " * 9)]
    if a.verdict_alternatives:
        lines.append(" " * 9 + text.get("heading.alternatives") + " " + ", ".join(a.verdict_alternatives))
    return lines


def _says(a: Assessment, text: Text, paint: Painter) -> list[str]:
    lines = [paint(text.get("heading.page_says"), "1")]
    lines += _row(text.get("heading.speaker"), text.get(f"role.{a.role}"))
    offered = [f for f in a.findings if f.variable == "therapy" and f.offered]
    lines += _row(text.get("heading.offers"), ", ".join(a.offered) or text.get("word.none"), _best(offered))
    mentioned = sorted(set(a.therapies) - set(a.offered))
    if mentioned:
        lines += _row(text.get("heading.terms"), ", ".join(mentioned))
    tier = f"{a.tier} · {text.get('tier_status.' + a.tier_status)}" if a.tier_status != "absent" else text.get("word.none")
    lines += _row(text.get("heading.tier"), tier, _best([f for f in a.findings if f.variable == "tier" and f.status == a.tier_status], a.tier))
    lines += _row(text.get("heading.class"), ", ".join(a.risk_classes) or text.get("word.none"), _best(_asserted(a, "risk_class")))
    lines += _row(text.get("heading.plan"), a.plan, _best(_asserted(a, "plan")))
    lines += _row(text.get("heading.pathway"), ", ".join(a.pathway) or text.get("word.none"), _best(_asserted(a, "pathway")))
    return lines


def _asserted(a: Assessment, variable: str) -> list[Finding]:
    return [f for f in a.findings if f.variable == variable and f.status == "asserted"]


def _best(findings: list[Finding], value: str = "") -> Finding | None:
    """Return the finding to quote: the surest, then the first on the page."""
    wanted = [f for f in findings if not value or f.value == value] or findings
    return max(wanted, key=lambda f: f.confidence, default=None)


def _row(label: str, value: str, finding: Finding | None = None) -> list[str]:
    lines = [f"  {label:<{_LABEL}}{value}"]
    if finding is not None:
        lines += [f"  {'':<{_LABEL}}{_quoted(finding)}   {place(finding)}"]
    return lines


def _quoted(finding: Finding) -> str:
    """Return the finding's words with as much around them as fits, the quote marked as cut."""
    quote = " ".join(finding.quote.split())
    if len(quote) <= _QUOTE:
        return f'"{quote}"'
    at = quote.find(finding.text)
    if at < 0:
        return f'"{quote[:_QUOTE]}…"'
    left = max(0, min(at - (_QUOTE - len(finding.text)) // 2, len(quote) - _QUOTE))
    right = min(len(quote), max(left + _QUOTE, at + len(finding.text)))
    return f'"{"…" if left else ""}{quote[left:right].strip()}{"…" if right < len(quote) else ""}"'


def place(finding: Finding) -> str:
    """Return where a finding stands: its layer or section, and its block's number."""
    where = finding.layer if finding.layer != "visible" else finding.section
    return f"{where} #{finding.block}"


def _why(a: Assessment, text: Text, paint: Painter) -> list[str]:
    lines = [paint(text.get("heading.why_score", score=a.score), "1")]
    for component in a.score_components:
        points = f"+{component.points:g}/{component.max:g}"
        lines.append(f"  {points:>7}  {text.get('score.' + component.id)}{_shown(a, component.id)}")
    return lines


def _shown(a: Assessment, component: str) -> str:
    return f": {', '.join(a.safeguards)}" if component == "safeguards" and a.safeguards else ""


_FLAG_SIGNS = {
    "unspecified_designation": (("tier", "unspecified", "asserted"),),
    "designation_pending": (("tier", "", "pending"),),
    "third_party_designation": (("tier", "", "third_party"), ("processing_licence", "", "third_party")),
    "out_of_scope_as_act": (("flag", "act_scope", "asserted"), ("flag", "sold_as_stem_cell", "asserted")),
    "tier_below_risk": (("tier", "", "asserted"),),
    "class_mismatch": (("risk_class", "", "asserted"),),
}


def evidence(a: Assessment, flag: str) -> list[Finding]:
    """Return the findings that a flag rests on."""
    signs = _FLAG_SIGNS.get(flag, (("flag", flag, "asserted"),))
    return [f for f in a.findings if any(f.variable == v and value in ("", f.value) and f.status == s for v, value, s in signs)]


def _flags(a: Assessment, text: Text, paint: Painter) -> list[str]:
    lines = [paint(text.get("heading.flags"), "1")]
    for flag in a.flags:
        lines.append(f"  {flag}")
        finding = _best(evidence(a, flag))
        if finding is not None:
            lines.append(f"  {'':<{_LABEL}}{_quoted(finding)}   {place(finding)}")
    return lines


def _review(a: Assessment, text: Text, paint: Painter) -> list[str]:
    findings = {f.id: f for f in a.findings}
    lines = [paint(text.get("heading.needs_review"), "1")]
    for review in a.needs_review:
        finding = findings.get(review.finding_id)
        quote = f'   {_quoted(finding)}   {place(finding)}' if finding else ""
        lines.append(f"  {review.variable} {review.value}{quote}")
    return lines


def _to_verify(a: Assessment, text: Text, paint: Painter) -> list[str]:
    items = ", ".join(a.to_verify)
    wrapped = textwrap.wrap(items, WIDTH - 2, initial_indent="  ", subsequent_indent="  ")
    return [paint(text.get("heading.to_verify"), "1"), *wrapped]


def _bullets(heading: str, items: Iterable[str], paint: Painter) -> list[str]:
    lines = [paint(heading, "1")]
    for item in items:
        lines += textwrap.wrap(item, WIDTH - 2, initial_indent="  ", subsequent_indent="  ")
    return lines
