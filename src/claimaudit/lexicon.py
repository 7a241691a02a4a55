"""Read data/lexicons/<lang>/*.toml into a Lexicon: terms with their patterns, expanded and checked.

The pattern language is described in docs/lexicons.md. A :class:`Lexicon` holds no matcher: ``nlp/mentions.py`` builds
one from it.
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
from .pattern_language import compile_pattern
from .types import FLAGS, PATHWAYS, RISK_CLASSES, ROLES, SAFEGUARDS, THERAPIES, TIERS

LANGUAGES = ("en", "ko", "ja", "zh")
FILES = ("therapies", "designation", "cues", "offers", "flags", "safeguards", "speaker")
MAX_WEIGHT = 3
_HANGUL = re.compile("[가-힣]")
FAMILIES = ("tier", "class", "therapy", "pathway", "plan", "flag", "safeguard", "processing_licence")
"""What a cue may act on: the first part of the labels that are read."""

_CUES = (
    *("self", "this", "hearer", "generic", "other_party", "comparison", "negated", "pending", "past", "modal"),
    *("condition", "define", "quote", "question", "asserted", "news"),
)
_LABELS: dict[str, frozenset[str]] = {
    "therapies": frozenset({"ignore", *(f"therapy.{t}" for t in THERAPIES)}),
    "designation": frozenset(
        {
            "ignore",
            "tier.ignore",
            "flag.unspecified_designation",  # of an approved product, which is no designation
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
        raise DataError(
            f"{path}: {_place(str(error), raw)}; the keys of a term are listed in docs/lexicons.md"
        ) from error
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


_ALLOWED = {
    "side": "; allowed: before, after, both",
    "scope": "; allowed: clause, sentence",
    "weight": f"; allowed: 1 to {MAX_WEIGHT}",
}


def _problems(data: _File, file: str) -> Iterator[str]:
    seen: set[str] = set()
    for term in data.term:
        where = f"term {term.id!r}"
        if term.id in seen:
            yield f"{where}: this id stands twice; ids are unique within a file"
        seen.add(term.id)
        problems = (*_wrong_names(term, _LABELS[file]), *_wrong_patterns(term), *_wrong_script(term, data.lang))
        yield from (f"{where}: {problem}" for problem in problems)


def _wrong_names(term: Term, allowed: frozenset[str]) -> Iterator[str]:
    for label in (term.label, *term.also):
        if label not in allowed:
            yield f"label {label!r} is not one of {', '.join(sorted(allowed))}"
    for label in (*term.needs, *term.unless):
        if not any(known == label or known.startswith(label + ".") for known in ALL_LABELS):
            yield f"needs/unless {label!r} is neither a label nor the beginning of one"
    for family in term.acts_on:
        if family not in FAMILIES:
            yield f"acts_on {family!r} is not one of {', '.join(FAMILIES)}"
    if not 1 <= term.weight <= MAX_WEIGHT:
        yield f"weight {term.weight} is not between 1 and {MAX_WEIGHT}"


def _wrong_script(term: Term, lang: str) -> Iterator[str]:
    """Korean wording has its conditions in the Korean lexicon, which is read beside the others."""
    if lang != "ko":
        yield from (f"match {p!r}: Hangul belongs into data/lexicons/ko" for p in term.match if _HANGUL.search(p))


def _wrong_patterns(term: Term) -> Iterator[str]:
    if term.regex and not term.markers:
        yield "regex without markers; name words or signs, one of which is in every text that it matches"
    if not term.match and not term.regex:
        yield "has neither match nor regex"
    if not term.examples:
        yield "has no examples; give at least one sentence that it must find"
    for kind, patterns, compile_one in (("match", term.match, compile_pattern), ("regex", term.regex, re.compile)):
        for pattern in patterns:
            try:
                compile_one(pattern)
            except (ValueError, re.error) as error:
                yield f"{kind} {pattern!r}: {error}"


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
