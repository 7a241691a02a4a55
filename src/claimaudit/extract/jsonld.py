"""Read the JSON-LD of a page: the text of its scripts in, the strings that a reader could be shown out.

Broken JSON is common (line breaks inside strings, trailing commas, comments); what cannot be parsed is searched for the
same keys, so a claim is not lost to a missing bracket.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

from .settings import settings
from .text import clean_foreign

# Keys whose strings are prose or names; addresses, identifiers and dates are not.
KEYS = """
    name alternateName legalName headline alternativeHeadline description disambiguatingDescription abstract text
    articleBody reviewBody slogan keywords caption about category serviceType medicalSpecialty availableService
    knowsAbout award hasCredential procedure howPerformed preparation followup indication procedureType
    recognizingAuthority jobTitle priceRange
""".split()  # noqa: SIM905
_KEYS = frozenset(KEYS)
_OPENINGS = ("<!--", "//<![CDATA[", "// <![CDATA[", "<![CDATA[", "/*<![CDATA[*/", "/* <![CDATA[ */")
_CLOSINGS = (";", "-->", "//]]>", "// ]]>", "]]>", "/*]]>*/", "/* ]]> */")
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_PAIR = re.compile(rf'"(?:{"|".join(KEYS)})"\s*:\s*"((?:[^"\\]|\\.)*)"')
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_MAX_STRINGS = 2000


@dataclass(frozen=True, slots=True)
class Item:
    """One string of the JSON-LD."""

    text: str  # cleaned, without tags, never empty
    kind: Literal["jsonld", "question", "answer"] = "jsonld"
    organisation: bool = False  # the name of an organisation


def read(scripts: Iterable[str]) -> tuple[Item, ...]:
    """The strings of all JSON-LD scripts in order, each once; at most 2,000."""
    items: dict[Item, None] = {}
    for script in scripts:
        for kind, text, organisation in _strings(script):
            plain = clean_foreign(_TAG.sub(" ", html.unescape(text)) if "<" in text or "&" in text else text)
            if plain:
                items[Item(plain, kind, organisation)] = None
            if len(items) >= _MAX_STRINGS:
                return tuple(items)
    return tuple(items)


_Found = tuple[Literal["jsonld", "question", "answer"], str, bool]


def _strings(script: str) -> Iterator[_Found]:
    parsed = _parse(script)
    if parsed is not None:
        yield from _walk(parsed)
        return
    for raw in _PAIR.findall(script):
        try:
            yield "jsonld", json.loads(f'"{raw}"', strict=False), False
        except ValueError:
            yield "jsonld", raw, False


def _parse(script: str) -> object:
    """The value of a script, None if it cannot be parsed even without wrapping and trailing commas."""
    value: object
    try:
        value = msgspec.json.decode(script)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return _parse_mended(script)
    return value


def _parse_mended(script: str) -> object:
    value: object
    mended = script.strip()
    for opening in _OPENINGS:
        mended = mended.removeprefix(opening).lstrip()
    for closing in _CLOSINGS:
        mended = mended.removesuffix(closing).rstrip()
    try:
        value = json.loads(_TRAILING_COMMA.sub("", mended), strict=False)
    except (ValueError, RecursionError):
        return None
    return value


def _walk(root: object) -> Iterator[_Found]:
    """The strings under the wanted keys, in document order, without recursion."""
    organisations = settings().names.organisations
    stack: list[tuple[str, object, object, bool]] = [("", root, None, False)]  # key, value, type of parent, in answer
    while stack:
        key, value, parent, answer = stack.pop()
        if isinstance(value, str):
            if key in _KEYS:
                yield _classify(key, value, parent, answer, organisations)
        elif isinstance(value, list):
            stack.extend((key, item, parent, answer) for item in reversed(value))
        elif isinstance(value, dict):
            kind = value.get("@type")
            within = answer or key in ("acceptedAnswer", "suggestedAnswer")
            # A question's name precedes its answer whatever the order of the keys.
            pairs = sorted(value.items(), key=lambda pair: pair[0] in ("acceptedAnswer", "suggestedAnswer"))
            stack.extend((name, item, kind, within) for name, item in reversed(pairs))


def _classify(key: str, value: str, parent: object, answer: bool, organisations: frozenset[str]) -> _Found:
    types = parent if isinstance(parent, list) else [parent]
    if "Question" in types and key in ("name", "text"):
        return "question", value, False
    if answer and key == "text":
        return "answer", value, False
    owner = key in ("name", "legalName") and any(isinstance(one, str) and one in organisations for one in types)
    return "jsonld", value, owner
