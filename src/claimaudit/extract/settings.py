"""Read data/structure.toml once: class tokens, question marks and characters by language → a Settings value."""

from __future__ import annotations

import tomllib
from functools import lru_cache

import msgspec

from claimaudit.resources import read_data


class Sections(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parts of class names that say where an element stands on the page, and parts that silence them."""

    nav: frozenset[str]
    header: frozenset[str]
    footer: frozenset[str]
    aside: frozenset[str]
    containers: frozenset[str]
    silent: frozenset[str]
    silent_header: frozenset[str]
    silent_aside: frozenset[str]


class Kinds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parts of class names, opening marks and endings that say what a text is."""

    heading: frozenset[str]
    faq: frozenset[str]
    question: frozenset[str]
    answer: frozenset[str]
    question_marks: tuple[str, ...]
    answer_marks: tuple[str, ...]
    question_ends: tuple[str, ...]


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """JSON-LD types that carry an owner's name, and title parts that never are one."""

    organisations: frozenset[str]
    generic: frozenset[str]


class LanguageMarks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """English stop words, and characters that only one way of writing Han uses."""

    english: frozenset[str]
    hans: str
    hant: str
    japanese: str


class CharsetMarks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Frequent characters by language."""

    ko: str
    ja: str
    zh_hans: str
    zh_hant: str


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of data/structure.toml."""

    sections: Sections
    kinds: Kinds
    names: Names
    language: LanguageMarks
    charset: CharsetMarks


@lru_cache(maxsize=1)
def _load() -> Settings:
    return msgspec.convert(tomllib.loads(read_data("structure.toml").decode()), Settings)


def settings() -> Settings:
    """The contents of data/structure.toml, read at the first call."""
    return _load()
