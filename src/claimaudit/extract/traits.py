"""Say what an element's class, id and role tell about it: attribute strings in, a Traits value out.

Class names are split into parts and compared with data/structure.toml; a page repeats few names, so results are kept.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from claimaudit.types import Section

from .settings import settings
from .tags import HEADINGS

_PARTS = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+|[^\W\d_a-zA-Z]+")
_ROLES: dict[str, Section] = {
    "navigation": "nav",
    "menubar": "nav",
    "banner": "header",
    "contentinfo": "footer",
    "complementary": "aside",
    "main": "main",
}


class Traits(NamedTuple):
    """What the attributes of an element say; all unset for most."""

    section: Section | None = None
    by_role: bool = False  # the section stands in the role, which is certain; a class may be wrong
    heading: bool = False
    faq: bool = False
    question: bool = False
    answer: bool = False
    weak: bool = False  # question or answer by a single letter, which counts only beside its counterpart


NO_TRAITS = Traits()


def traits_of(attributes: dict[str, str | None]) -> Traits:
    """The traits of an element with these attributes."""
    if not attributes:
        return NO_TRAITS
    class_, id_, role = attributes.get("class"), attributes.get("id"), attributes.get("role")
    return traits(class_ or "", id_ or "", role or "") if class_ or id_ or role else NO_TRAITS


def heading_level(tag: str, attributes: dict[str, str | None]) -> int:
    """1 to 6 for a heading by its tag or role, else 0."""
    if tag in HEADINGS:
        return int(tag[1])
    if attributes.get("role") != "heading":
        return 0
    level = attributes.get("aria-level") or "2"
    return min(max(int(level[:2]), 1), 6) if level.isascii() and level.isdecimal() else 2


@lru_cache(maxsize=16384)
def traits(class_: str, id_: str = "", role: str = "") -> Traits:
    """The traits of an element; names of more than 300 characters are cut."""
    names = class_[:300].split()
    if id_:
        names.append(id_[:80])
    said = [found for found in map(_of_name, names) if found is not None]
    if not said and not role:
        return NO_TRAITS
    role = role.strip().lower()
    section = _ROLES.get(role)
    question, answer = any(found.question for found in said), any(found.answer for found in said)
    result = Traits(
        section=section or next((found.section for found in said if found.section), None),
        by_role=section is not None,
        heading=role == "heading" or any(found.heading for found in said),
        faq=any(found.faq for found in said),
        question=question,
        answer=answer,
        weak=(question or answer) and all(found.weak for found in said),
    )
    return NO_TRAITS if result == NO_TRAITS else result


@lru_cache(maxsize=16384)
def _of_name(name: str) -> Traits | None:
    """What one name says, None for nothing; weak also where it says nothing of questions and answers."""
    parts = _PARTS.findall(name)
    if not name.islower():
        parts = [part.lower() for part in parts]
    if not parts:
        return None
    last, kinds = parts[-1], settings().kinds
    if last not in _ends() and parts[0] not in _tokens() and kinds.faq.isdisjoint(parts):
        return None
    question, answer, section = last in kinds.question, last in kinds.answer, _section(parts)
    heading, faq = last in kinds.heading, not kinds.faq.isdisjoint(parts)
    if not (question or answer or section or heading or faq):
        return None
    # "q" and "a" alone are used for much else; "faq_q" or "faq-a" is not.
    clear = (question or answer) and (len(last) > 1 or (len(parts) > 1 and parts[-2] in kinds.faq))
    return Traits(section, heading=heading, faq=faq, question=question, answer=answer, weak=not clear)


def _section(parts: list[str]) -> Section | None:
    """The section that one name stands for: "gnb", "site-footer" and "nav_list" do, "nav-title" does not."""
    first, last, tokens = parts[0], parts[-1], _tokens()
    if last not in tokens and first not in tokens:
        return None
    sections = settings().sections
    if not sections.silent.isdisjoint(parts):
        return None
    contained = sections.containers.issuperset(parts[1:])
    for name in _ORDER:
        if tokens.get(last) == name or (contained and tokens.get(first) == name):
            if name == "aside" and not sections.silent_aside.isdisjoint(parts):
                continue
            if name in ("header", "footer") and not sections.silent_header.isdisjoint(parts):
                continue
            return name
    return None


_ORDER: tuple[Section, ...] = ("nav", "footer", "header", "aside")


@lru_cache(maxsize=1)
def _tokens() -> dict[str, Section]:
    sections = settings().sections
    named = (sections.nav, sections.footer, sections.header, sections.aside)
    return {token: name for name, tokens in reversed(list(zip(_ORDER, named, strict=True))) for token in tokens}


@lru_cache(maxsize=1)
def _ends() -> frozenset[str]:
    """The parts that mean something at the end of a name."""
    kinds = settings().kinds
    return kinds.question | kinds.answer | kinds.heading | frozenset(_tokens())
