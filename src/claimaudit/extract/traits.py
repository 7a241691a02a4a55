"""Say what an element's class, id and role tell about it: attribute strings in, a Traits value out.

Class names are split into parts and compared with data/structure.toml; a page repeats few names, so results are kept.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from claimaudit.types import Section

from .settings import settings

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


@lru_cache(maxsize=8192)
def traits(class_: str, id_: str = "", role: str = "") -> Traits:
    """The traits of an element; names of more than 300 characters are cut."""
    role = role.strip().lower()
    names = [*class_[:300].split(), id_[:80]] if id_ else class_[:300].split()
    parts_of = [parts for parts in ([part.lower() for part in _PARTS.findall(name)] for name in names) if parts]
    section = _ROLES.get(role)
    kinds = settings().kinds
    lasts = {parts[-1] for parts in parts_of}
    # "q" and "a" alone are used for much else; "faq_q" or "faq-a" is not.
    clear = {parts[-1] for parts in parts_of if len(parts[-1]) > 1 or (len(parts) > 1 and parts[-2] in kinds.faq)}
    question, answer = bool(kinds.question & lasts), bool(kinds.answer & lasts)
    result = Traits(
        section=section or next((found for found in map(_section, parts_of) if found), None),
        by_role=section is not None,
        heading=role == "heading" or bool(kinds.heading & lasts),
        faq=any(not kinds.faq.isdisjoint(parts) for parts in parts_of),
        question=question,
        answer=answer,
        weak=(question or answer) and not (clear & (kinds.question | kinds.answer)),
    )
    return NO_TRAITS if result == NO_TRAITS else result


def _section(parts: list[str]) -> Section | None:
    """The section that one name stands for: "gnb", "site-footer" and "nav_list" do, "nav-title" does not."""
    sections = settings().sections
    if not sections.silent.isdisjoint(parts):
        return None
    for name, tokens in _tokens():
        if parts[-1] in tokens or (parts[0] in tokens and sections.containers.issuperset(parts[1:])):
            if name == "aside" and not sections.silent_aside.isdisjoint(parts):
                continue
            if name in ("header", "footer") and not sections.silent_header.isdisjoint(parts):
                continue
            return name
    return None


@lru_cache(maxsize=1)
def _tokens() -> tuple[tuple[Section, frozenset[str]], ...]:
    sections = settings().sections
    return (
        ("nav", sections.nav),
        ("footer", sections.footer),
        ("header", sections.header),
        ("aside", sections.aside),
    )
