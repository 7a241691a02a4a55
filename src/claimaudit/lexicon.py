"""Read data/lexicons/<lang>/*.toml into a Lexicon: terms with their patterns, expanded and checked.

The pattern language is described in docs/lexicons.md. A :class:`Lexicon` holds no matcher: ``nlp/mentions.py`` builds one
from it.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from . import resources
from .errors import DataError
from .types import FLAGS, PATHWAYS, RISK_CLASSES, ROLES, SAFEGUARDS, THERAPIES, TIERS

LANGUAGES = ("en", "ko", "ja", "zh")
FILES = ("therapies", "designation", "cues", "offers", "flags", "safeguards", "speaker")
MAX_EXPANSIONS = 256
MAX_WEIGHT = 3
FAMILIES = ("tier", "class", "therapy", "pathway", "plan", "flag", "safeguard", "processing_licence")
"""What a cue may act on: the first part of the labels that are read."""

_CUES = (
    "self this hearer generic other_party comparison negated pending past modal condition define quote question asserted news"
).split()
_LABELS: dict[str, frozenset[str]] = {
    "therapies": frozenset({"ignore", *(f"therapy.{t}" for t in THERAPIES)}),
    "designation": frozenset(
        {
            "ignore",
            *(f"tier.{t}" for t in TIERS if t != "none"),
            *(f"class.{c}" for c in RISK_CLASSES),
            *(f"pathway.{p}" for p in PATHWAYS),
            "plan.research",
            "plan.treatment",
            "act.kr",
            "act.foreign",
            "authority.kr",
            "authority.foreign",
            "designate",
            "other_designation",
            "processing_licence",
            "class_context",
        }
    ),
    "cues": frozenset(
        {"ignore"}
        | {f"cue.{c}" for c in _CUES}
        | {f"section.{s}" for s in ("general", "own", "news", "review", "notice")}
    ),
    "offers": frozenset(
        {"ignore", "purpose.cosmetic", "donor.allogeneic", "donor.autologous"}
        | {f"offer.{o}" for o in ("provide", "action", "price", "denied", "mechanism", "explain")}
    ),
    "flags": frozenset({"ignore", "flag.act_scope", "flag.sold_as_stem_cell", *(f"flag.{f}" for f in FLAGS)}),
    "safeguards": frozenset({"ignore", *(f"safeguard.{s}" for s in SAFEGUARDS)}),
    "speaker": frozenset(
        {"ignore", "role.advertorial", "role.directory", *(f"role.{r}" for r in ROLES if r != "unrelated")}
    ),
}
ALL_LABELS = frozenset().union(*_LABELS.values())


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of a lexicon file, as written there (see docs/lexicons.md for each key)."""

    id: str
    label: str
    match: tuple[str, ...] = ()
    regex: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    case: bool = False
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    side: Literal["before", "after", "both"] = "both"
    scope: Literal["clause", "sentence"] = "sentence"
    acts_on: tuple[str, ...] = ()
    weight: int = 1
    only: Literal["", "title"] = ""
    note: str = ""
    source: str = ""
    as_of: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lang: str
    term: tuple[Term, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A term with its place: ``rule`` is how findings cite it, ``lang/file/id``."""

    rule: str
    lang: str
    term: Term

    @property
    def label(self) -> str:
        """The label of a hit."""
        return self.term.label


class Lexicon(msgspec.Struct, frozen=True):
    """All entries of one language and the hash of the files that they came from."""

    lang: str
    entries: tuple[Entry, ...]
    sha256: str


class Slot(msgspec.Struct, frozen=True):
    """One place of a pattern: the phrases that may fill it (none for a number) and how it joins the slot before."""

    phrases: tuple[str, ...]
    optional: bool = False
    space: bool = True  # the pattern has a space before it, so the page may have one between two CJK characters
    gap: bool = False  # other words may stand before it

    @property
    def number(self) -> bool:
        """Tell whether the slot takes any number."""
        return not self.phrases


_GLUES = re.compile(r"[A-Za-z0-9À-ɏ'’-]")


@lru_cache(maxsize=None)
def compile_pattern(pattern: str) -> tuple[tuple[Slot, ...], ...]:
    """Return a pattern as sequences of slots; raise ValueError where it is malformed.

    ``"(a|b) c … {n}"`` gives one sequence: a slot for each group, run of words, and number. A number inside a group gives a
    sequence of its own for each alternative that holds it. Latin letters that touch a group belong to its words (``design(ed|er)``).
    """
    variants = _without_grouped_numbers(pattern)
    if len(variants) > MAX_EXPANSIONS:
        raise ValueError(f"{len(variants)} readings because of numbers in groups, at most {MAX_EXPANSIONS}; split the line")
    return tuple(_sequence(variant) for variant in variants)


def _sequence(pattern: str) -> tuple[Slot, ...]:
    slots: list[Slot] = []
    for position, stretch in enumerate(pattern.split("…")):
        if not stretch.strip():
            raise ValueError("empty, or a gap … at the beginning or end")
        gap = position > 0
        for slot in _stretch(stretch):
            slots.append(msgspec.structs.replace(slot, gap=gap))
            gap = gap and slot.optional  # an optional slot behind a gap may be absent: the gap goes on
    if not any(slot.phrases and not slot.optional for slot in slots):
        raise ValueError("every part is optional or a number, so it would match anything")
    return tuple(slots)


def _without_grouped_numbers(pattern: str) -> list[str]:
    """Write a pattern whose groups hold ``{n}`` as several, one for each such alternative and one for the others."""
    if "{n}" not in pattern:
        return [pattern]
    for start, end in _groups(pattern):
        if "{n}" not in pattern[start:end]:
            continue
        choices = _choices(pattern[start + 1 : end - 1])
        numbered = [choice for choice in choices if "{n}" in choice]
        plain = [choice for choice in choices if "{n}" not in choice]
        rest = [f"({'|'.join(plain)})"] if any(choice.strip() for choice in plain) else [" "] * bool(plain)
        return [
            variant
            for choice in (*numbered, *rest)
            for variant in _without_grouped_numbers(pattern[:start] + choice + pattern[end:])
        ]
    return [pattern]


def _groups(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the outermost groups of a text."""
    if "(" not in text and ")" not in text:
        return
    depth = start = 0
    for position, char in enumerate(text):
        if char == "(":
            start = position if depth == 0 else start
            depth += 1
        elif char == ")":
            depth -= 1
            if depth < 0:
                raise ValueError(f"a ) without its ( before {text[position:][:20]!r}")
            if depth == 0:
                yield start, position + 1
    if depth:
        raise ValueError(f"a ( without its ) at {text[start:][:20]!r}")


def _choices(content: str) -> list[str]:
    """Split a group's content at its own bars, not at those of groups inside it."""
    if "(" not in content:
        return content.split("|")
    choices, depth = [""], 0
    for char in content:
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            choices.append("")
        else:
            choices[-1] += char
    return choices


def _stretch(text: str) -> list[Slot]:
    """Return the slots of a stretch without a gap."""
    slots: list[Slot] = []
    space = True
    for kind, choices in _pieces(text):
        if kind == "space":
            space = True
            continue
        if kind == "group" and not any(choices):
            raise ValueError("a group without any word")
        slot = Slot((), space=space) if kind == "number" else Slot(
            tuple(dict.fromkeys(c for c in choices if c)), optional="" in choices, space=space
        )
        if slots and not space and kind != "number" and _glued(slots[-1], slot):
            slots[-1] = _joined(slots[-1], slot)
        else:
            slots.append(slot)
        space = False
    return _merged(slots)


def _pieces(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Split a stretch into words, spaces, numbers and groups; a group comes with its alternatives, inner groups expanded."""
    position = 0
    for start, end in [*_groups(text), (len(text), len(text))]:
        for piece in re.findall(r"\{n\}|\s+|[^{}\s]+|.", text[position:start]):
            if piece.isspace():
                yield "space", ()
            elif piece == "{n}":
                yield "number", ()
            elif "|" in piece or piece in "{}":
                raise ValueError(f"{piece!r}: | only inside parentheses, braces only as {{n}}")
            else:
                yield "word", (piece,)
        if end > start:
            yield "group", _alternatives(text[start + 1 : end - 1])
        position = end


def _alternatives(content: str) -> tuple[str, ...]:
    """Return the alternatives of a group as plain phrases; inner groups are expanded."""
    out: dict[str, None] = {}
    for choice in _choices(content):
        inner = list(_groups(choice))
        if not inner:
            out[" ".join(choice.split())] = None
            continue
        start, end = inner[0]
        for option in _alternatives(choice[start + 1 : end - 1]):
            out |= dict.fromkeys(_alternatives(choice[:start] + option + choice[end:]))
    braces = next((choice for choice in out if "{" in choice or "}" in choice), None)
    if braces is not None:
        raise ValueError(f"{braces!r}: braces only as {{n}}")
    if len(out) > MAX_EXPANSIONS:
        raise ValueError(f"{len(out)} alternatives in one group where at most {MAX_EXPANSIONS} are allowed; split the line")
    return tuple(out)


def _glued(left: Slot, right: Slot) -> bool:
    """Latin letters that touch across a group's edge are one word."""
    ends = any(_GLUES.match(phrase[-1]) for phrase in left.phrases)
    starts = any(_GLUES.match(phrase[0]) for phrase in right.phrases)
    return ends and starts


def _joined(left: Slot, right: Slot) -> Slot:
    lefts = [*left.phrases, *([""] if left.optional else [])]
    rights = [*right.phrases, *([""] if right.optional else [])]
    joined = dict.fromkeys(a + b for a in lefts for b in rights)
    if len(joined) > MAX_EXPANSIONS:
        raise ValueError(f"{len(joined)} alternatives in one word where at most {MAX_EXPANSIONS} are allowed; split the line")
    return Slot(tuple(word for word in joined if word), optional="" in joined, space=left.space)


def _merged(slots: list[Slot]) -> list[Slot]:
    """Join neighbouring fixed slots into one phrase: fewer, longer phrases are faster to find."""
    out: list[Slot] = []
    for slot in slots:
        fixed = len(slot.phrases) == 1 and not slot.optional
        if out and fixed and len(out[-1].phrases) == 1 and not out[-1].optional:
            glue = " " if slot.space else ""
            out[-1] = msgspec.structs.replace(out[-1], phrases=(out[-1].phrases[0] + glue + slot.phrases[0],))
        else:
            out.append(slot)
    return out


def load_file(path: Path, lang: str) -> tuple[Entry, ...]:
    """Return the entries of one file; raise DataError with file, entry, value found and values allowed."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        data = msgspec.convert(raw, _File)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path}: not valid TOML: {error}; mend the line named there") from error
    except msgspec.ValidationError as error:
        raise DataError(f"{path}: {_place(str(error), raw)}; the keys of a term are listed in docs/lexicons.md") from error
    if data.lang != lang:
        raise DataError(f"{path}: lang = {data.lang!r} where the folder says {lang!r}")
    problems = list(_problems(data, path.stem))
    if problems:
        raise DataError("\n".join(f"{path}: {problem}" for problem in problems))
    return tuple(Entry(rule=f"{lang}/{path.stem}/{term.id}", lang=lang, term=term) for term in data.term)


def _place(message: str, raw: object) -> str:
    """Name the entry, the value found and the values allowed: msgspec gives a position, a reader looks for an id."""
    found = re.search(r"\$\.term\[(\d+)\](?:\.(\w+))?", message)
    terms = raw.get("term", []) if isinstance(raw, dict) else []
    if not found or int(found[1]) >= len(terms) or not isinstance(terms[int(found[1])], dict):
        return message
    term, key = terms[int(found[1])], found[2]
    shown = f" (found {key} = {term[key]!r}{_ALLOWED.get(key, '')})" if key in term else ""
    return f"term {term.get('id', found[1])!r}: {message}{shown}"


_ALLOWED = {"side": "; allowed: before, after, both", "scope": "; allowed: clause, sentence", "weight": f"; allowed: 1 to {MAX_WEIGHT}"}


def _problems(data: _File, file: str) -> Iterator[str]:
    allowed = _LABELS[file]
    seen: set[str] = set()
    for term in data.term:
        where = f"term {term.id!r}"
        if term.id in seen:
            yield f"{where}: this id stands twice; ids are unique within a file"
        seen.add(term.id)
        for label in (term.label, *term.also):
            if label not in allowed:
                yield f"{where}: label {label!r} is not one of {', '.join(sorted(allowed))}"
        for label in (*term.needs, *term.unless):
            if not any(known == label or known.startswith(label + ".") for known in ALL_LABELS):
                yield f"{where}: needs/unless {label!r} is neither a label nor the beginning of one"
        for family in term.acts_on:
            if family not in FAMILIES:
                yield f"{where}: acts_on {family!r} is not one of {', '.join(FAMILIES)}"
        if not 1 <= term.weight <= MAX_WEIGHT:
            yield f"{where}: weight {term.weight} is not between 1 and {MAX_WEIGHT}"
        if term.regex and not term.markers:
            yield f"{where}: regex without markers; name words or signs, one of which is in every text that it matches"
        if not term.match and not term.regex:
            yield f"{where}: has neither match nor regex"
        if not term.examples:
            yield f"{where}: has no examples; give at least one sentence that it must find"
        for pattern in term.match:
            try:
                compile_pattern(pattern)
            except ValueError as error:
                yield f"{where}: match {pattern!r}: {error}"
        for pattern in term.regex:
            try:
                re.compile(pattern)
            except re.error as error:
                yield f"{where}: regex {pattern!r}: {error}"


@lru_cache(maxsize=8)
def load_lexicon(lang: str) -> Lexicon:
    """Return the lexicon of ``lang`` (en, ko, ja, zh); raise DataError when a file is missing or broken."""
    folder = resources.data_path("lexicons", lang)
    if lang not in LANGUAGES or not folder.is_dir():
        raise DataError(f"no lexicon for {lang!r}; there are lexicons for {', '.join(LANGUAGES)}")
    digest = hashlib.sha256()
    entries: list[Entry] = []
    for name in FILES:
        path = folder / f"{name}.toml"
        entries += load_file(path, lang)
        digest.update(path.read_bytes())
    return Lexicon(lang, tuple(entries), digest.hexdigest())
