"""An assessment → what a person reads in the terminal: the verdict, what the page says and where, and why."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable

from ..framework import Framework
from ..readable import FATAL
from ..text import Text
from ..types import Assessment, Finding

WIDTH = 100
_INDENT = " " * 9  # of the verdict's sentence
_LABEL = 13
_FLAG = 25
_QUOTE = 56
_OTHERS = 5  # claims of others that are shown
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
    others = _of_others(a)
    if others:
        parts += ["", *_others(others, text, paint)]
    if a.needs_review:
        parts += ["", *_review(a, text, paint)]
    if a.to_verify:
        heading = f"{text.get('heading.to_verify')} · {text.get('heading.safeguards_not_shown')}"
        parts += ["", *_bullets(heading, [", ".join(a.to_verify)], paint)]
    limits = [
        limit for limit in a.limits if not (a.problem and limit.partition(":")[0] in FATAL)
    ]  # the verdict says those
    if limits:
        parts += ["", *_bullets(text.get("heading.limits"), [text.limit(limit) for limit in limits], paint)]
    if a.notes:
        parts += ["", *_bullets(text.get("heading.notes"), [text.get(f"note.{note}") for note in a.notes], paint)]
    if a.verdict != "inconclusive":
        parts += ["", _next(a, text, paint)]
    if a.verdict not in ("inconclusive", "none"):
        disclaimer = f"{text.get('disclaimer.audit')} {text.get('disclaimer.wording_only')}"
        parts += [paint(line, "2") for line in textwrap.wrap(disclaimer, WIDTH)]
    return "\n".join(line.rstrip() for line in parts) + "\n"


def _head(a: Assessment, framework: Framework, paint: Painter) -> list[str]:
    tool, capture = a.provenance["tool"], a.provenance["capture"]
    first = (
        f"claimaudit {tool['version']} · rulebook {framework.id} {framework.version} "
        f"(sha256 {_short(framework.sha256)}) · law as of {framework.law_as_of.isoformat()}"
    )
    facts: list[str] = [a.lang] if a.outcome == "ok" else [a.outcome]
    if a.fetch:
        robots = a.fetch["robots"]["result"].replace("_", " ")
        facts = [str(a.fetch["status"] or a.outcome), a.lang, f"robots: {robots}", a.fetch["ended"]]
    if capture["html_sha256"]:
        facts.append(f"html {_short(capture['html_sha256'])} · text {_short(capture['text_sha256'])}")
    return [paint(first, "2"), paint(_plain(a.source), "1"), paint(" · ".join(facts), "2")]


def _plain(text: str) -> str:
    """Return foreign text for one line of a terminal: white space collapsed, control characters replaced."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in " ".join(text.split()))


def _columns(text: str) -> int:
    """Return how wide a text is on a terminal: Hangul, kana and Han take two columns."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _wrapped(text: str, indent: str) -> list[str]:
    """Return a sentence as lines; addresses and file names in it stay whole."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


def _short(digest: str) -> str:
    return f"{digest[:4]}…{digest[-4:]}" if digest else "-"


def _verdict(a: Assessment, text: Text, paint: Painter) -> list[str]:
    name = paint(f"{text.get('heading.verdict')}  {a.verdict}", f"1;{_COLOURS[a.verdict]}")
    score = "" if a.score is None else f"    {text.get('heading.score')} {a.score} / 100"
    lines = [f"{name}{score}", *_wrapped(_plain(a.sentence), _INDENT)]
    if a.verdict_alternatives:
        lines.append(f"{_INDENT}{text.get('heading.alternatives')}: {', '.join(a.verdict_alternatives)}")
    return lines


def _says(a: Assessment, text: Text, paint: Painter) -> list[str]:
    none = text.get("word.none")
    tier = f"{a.tier} · {text.get('tier_status.' + a.tier_status)}" if a.tier_status != "absent" else none
    tiers = [f for f in a.findings if f.variable == "tier" and f.status == a.tier_status]
    mentioned = sorted(set(a.therapies) - set(a.offered))
    lines = [paint(text.get("heading.page_says"), "1")]
    lines += _row(text.get("heading.speaker"), text.get(f"role.{a.role}"))
    offered = [f for f in a.findings if f.variable == "therapy" and f.offered]
    lines += _row(text.get("heading.offers"), ", ".join(a.offered) or none, _best(offered))
    if mentioned:
        lines += _row(text.get("heading.terms"), ", ".join(mentioned))
    lines += _row(text.get("heading.tier"), tier, _best(tiers, a.tier))
    lines += _row(text.get("heading.class"), ", ".join(a.risk_classes) or none, _best(_asserted(a, "risk_class")))
    lines += _row(text.get("heading.plan"), a.plan, _best(_asserted(a, "plan")))
    lines += _row(text.get("heading.pathway"), ", ".join(a.pathway) or none, _best(_asserted(a, "pathway")))
    return lines


def _asserted(a: Assessment, variable: str) -> list[Finding]:
    return [f for f in a.findings if f.variable == variable and f.status == "asserted"]


def _best(findings: list[Finding], value: str = "") -> Finding | None:
    """Return the finding to quote: of those in the page's body the surest, then the first on the page."""
    wanted = [f for f in findings if not value or f.value == value] or findings
    return max(wanted, key=lambda f: (f.section == "main" and f.layer == "visible", f.confidence), default=None)


def _row(label: str, value: str, finding: Finding | None = None) -> list[str]:
    hanging = " " * (_LABEL + 2)
    lines = textwrap.wrap(value, WIDTH, initial_indent=f"  {label:<{_LABEL}}", subsequent_indent=hanging)
    return lines if finding is None else [*lines, f"{hanging}{_quoted(finding)}"]


def _quoted(finding: Finding) -> str:
    """Return a finding's words with as much around them as fits, cut between words, and where they stand."""
    quote, words = _plain(finding.quote), _plain(finding.text)
    left = max(quote.find(words), 0)
    right = left + len(words)
    room = _QUOTE - _columns(quote[left:right])
    start, end = left, right
    while room > 0 and (start > 0 or end < len(quote)):
        if start > 0:
            start -= 1
            room -= _columns(quote[start])
        if room > 0 and end < len(quote):
            end += 1
            room -= _columns(quote[end - 1])
    before, after = quote[start:left], quote[right:end]
    if start > 0:
        before = "…" + (before.partition(" ")[2] or before)
    if end < len(quote):
        after = (after.rpartition(" ")[0] or after) + "…"
    return f'"{before}{quote[left:right]}{after}"   {place(finding)}'


def place(finding: Finding) -> str:
    """Return where a finding stands: its layer or section, and its block's number."""
    where = finding.layer if finding.layer != "visible" else finding.section
    return f"{where} #{finding.block}"


def _why(a: Assessment, text: Text, paint: Painter) -> list[str]:
    lines = [paint(text.get("heading.why_score", score=a.score), "1")]
    for component in a.score_components:
        label = f"  {f'+{component.points:g}/{component.max:g}':>7}  "
        value = text.get("score." + component.id) + _shown(a, component.id)
        lines += textwrap.wrap(value, WIDTH, initial_indent=label, subsequent_indent=" " * (len(label) + 2))
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
    return [
        f
        for f in a.findings
        if any(f.variable == variable and value in ("", f.value) and f.status == s for variable, value, s in signs)
    ]


def _flags(a: Assessment, text: Text, paint: Painter) -> list[str]:
    lines = [paint(text.get("heading.flags"), "1")]
    for flag in a.flags:
        finding = _best(evidence(a, flag))
        lines.append(f"  {flag:<{_FLAG}}{_quoted(finding) if finding else ''}")
    return lines


def _of_others(a: Assessment) -> list[Finding]:
    """Return what the page says of tiers and classes that does not count as its own claim."""
    statuses = ("negated", "pending", "third_party")
    shown = a.tier_status if a.tier_status in statuses else ""  # quoted above already
    return [
        f
        for f in a.findings
        if f.variable in ("tier", "risk_class") and f.status in statuses and (f.variable != "tier" or f.status != shown)
    ]


def _others(findings: list[Finding], text: Text, paint: Painter) -> list[str]:
    lines = [paint(text.get("heading.negated"), "1")]
    for f in findings[:_OTHERS]:
        what = f"{f.variable} {f.value}"
        lines += [f"  {what:<{_FLAG}}{_quoted(f)}", f"  {'':<{_FLAG}}{text.get('tier_status.' + f.status)}"]
    return lines if len(findings) <= _OTHERS else [*lines, f"  + {len(findings) - _OTHERS}"]


def _review(a: Assessment, text: Text, paint: Painter) -> list[str]:
    findings = {f.id: f for f in a.findings}
    lines = [paint(text.get("heading.needs_review"), "1")]
    for review in a.needs_review:
        what, finding = f"{review.variable} {review.value}", findings.get(review.finding_id)
        lines.append(f"  {what:<{_FLAG}} {_quoted(finding) if finding else ''}")
    return lines


def _bullets(heading: str, items: Iterable[str], paint: Painter) -> list[str]:
    lines = [paint(heading, "1")]
    for item in items:
        lines += textwrap.wrap(item, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return lines


def _next(a: Assessment, text: Text, paint: Painter) -> str:
    """Return the commands that say more: what the verdict and the first flag mean."""
    commands = " · ".join(f"claimaudit explain {name}" for name in (a.verdict, *a.flags[:1]))
    return f"{paint(text.get('heading.next'), '1')}  {commands}"
