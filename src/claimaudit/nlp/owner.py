"""Tell the page's owner from other facilities: document → names that mean "we", sentence → whose name stands in it.

Real pages say "X Hospital has been designated", not "we have". The owner's names come from the title, og:site_name,
JSON-LD, the copyright line and the logo (``Document.names``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

from .. import resources
from .tokenizer import fold

_MAX_NAME = 40
_MAX_WORDS = 6
_MAX_CJK = 22
_WHOLE = 5  # characters of a folded name that is nobody else's ending
_MIN_NAME = 3  # characters of a folded name without spaces; shorter ones collide with words


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    suffixes: tuple[str, ...]
    latin_suffixes: tuple[str, ...]
    owner_words: tuple[str, ...]
    companies: tuple[str, ...]
    cities: tuple[str, ...]
    generic: tuple[str, ...]
    endings: tuple[str, ...]
    latin_generic: tuple[str, ...]

    def latin_anybodys(self, stem: str) -> bool:
        """Tell whether every word before Hospital, Clinic … is one that makes it no name: our, partner, university."""
        return all(word.lower() in self.latin_generic for word in stem.split())


class Owner(NamedTuple):
    """The owner's names, folded and without spaces, longest first."""

    names: tuple[str, ...]
    facility: bool = False  # one of the names is a clinic's or hospital's

    def named_in(self, text: str) -> bool:
        """Tell whether one of the owner's names stands in ``text``."""
        tight = _tight(text)
        return any(name in tight for name in self.names)

    def others_in(self, text: str) -> tuple[str, ...]:
        """Return the names of other facilities in ``text``."""
        return tuple(name for name in _facilities(text) if not self._is_own(_tight(name)))

    def companies_in(self, text: str) -> tuple[str, ...]:
        """Return the names of companies in ``text`` that are not the owner's."""
        return tuple(match[0] for match in _company_pattern().finditer(text) if not self._is_own(_tight(match[0])))

    def _is_own(self, name: str) -> bool:
        endings = _folded_endings(_words())
        return any(
            name in own
            or (name.startswith(own) and name[len(own) :] in endings)
            or (len(own) >= _WHOLE and name.endswith(own))  # "Since Harbour Clinic": a word of the sentence before it
            for own in self.names
        )


def owner_of(candidates: tuple[str, ...]) -> Owner:
    """Return the owner from a document's name candidates: those that hold a facility's or practice's word."""
    words = _words()
    inside = [part for name in candidates if len(name) <= _MAX_NAME for part in _facilities(name) if not name.isascii()]
    named = [_tight(name) for name in (*inside, *candidates) if _is_name(name, words)]
    named += [name[len(city) :] for name in named for city in _cities(words) if name.startswith(city)]
    chosen = [name for name in dict.fromkeys(named) if _MIN_NAME <= len(name) <= _MAX_NAME and name not in _bare(words)]
    shortened = [name[: -len(suffix)] for name in chosen for suffix in _folded_suffixes(words) if name.endswith(suffix)]
    names = chosen + [name for name in shortened if len(name) >= _MIN_NAME and name not in _folded_generic(words)]
    return Owner(tuple(sorted(dict.fromkeys(names), key=lambda name: (-len(name), name))), facility=bool(chosen))


def _is_name(text: str, words: _Words) -> bool:
    """Tell a name ("Harbourlight Clinic") from a headline that holds the word ("How to read a clinic's page")."""
    folded = fold(text)
    if not any(map(folded.__contains__, _folded_owner_words(words))) or any(mark in text for mark in "?!？！,、。:…"):
        return False
    parts = text.split()
    if folded.replace(" ", "") in _anybodys_names(words):
        return False  # 협력병원, our clinic
    if text.isascii():
        long_words = [part for part in parts if len(part) > 3]
        return len(parts) <= _MAX_WORDS and all(not part[0].islower() for part in long_words)
    return len(parts) <= _MAX_WORDS - 2 and len(text) <= _MAX_CJK


def _tight(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


@lru_cache(maxsize=1)
def _words() -> _Words:
    return msgspec.toml.decode(resources.read_data("owner.toml"), type=_Words)


@lru_cache(maxsize=1)
def _cities(words: _Words) -> tuple[str, ...]:
    return tuple(_tight(city) for city in words.cities)


@lru_cache(maxsize=1)
def _bare(words: _Words) -> frozenset[str]:
    return frozenset(_tight(word) for word in (*words.owner_words, *words.suffixes, *words.latin_suffixes))


@lru_cache(maxsize=1)
def _folded_suffixes(words: _Words) -> tuple[str, ...]:
    return tuple(_tight(word) for word in (*words.suffixes, *words.latin_suffixes))


@lru_cache(maxsize=1)
def _folded_owner_words(words: _Words) -> tuple[str, ...]:
    return tuple(map(fold, words.owner_words))


@lru_cache(maxsize=1)
def _anybodys_names(words: _Words) -> frozenset[str]:
    return frozenset(generic + suffix for generic in _folded_generic(words) for suffix in _folded_suffixes(words))


@lru_cache(maxsize=1)
def _folded_generic(words: _Words) -> frozenset[str]:
    return frozenset(_tight(word) for word in (*words.generic, *words.latin_generic))


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    words = _words()
    suffixes = "|".join(sorted(map(re.escape, words.suffixes), key=len, reverse=True))
    latin = "|".join(sorted(map(re.escape, words.latin_suffixes), key=len, reverse=True))
    return (
        re.compile(rf"([가-힣A-Za-z]{{2,14}}|[一-鿿ァ-ヶー々]{{2,12}}|(?<![ぁ-ん])[ぁ-ん]{{4,8}}) ?({suffixes})"),
        re.compile(rf"\b((?:[A-Z][\w&'’.-]*\s){{1,4}})({latin})\b"),
        re.compile(f"{suffixes}|{latin}"),
    )


@lru_cache(maxsize=1)
def _folded_endings(words: _Words) -> frozenset[str]:
    """Return what may follow a short name without making it another's: Saebom + Clinic, 모아결 + 피부과의원."""
    ends = (*words.suffixes, *words.latin_suffixes, *words.owner_words)
    pairs = (a + b for a in words.owner_words for b in words.suffixes)
    return frozenset({"", *(_tight(end) for end in (*ends, *pairs))})


@lru_cache(maxsize=1)
def _company_pattern() -> re.Pattern[str]:
    return re.compile("|".join(_words().companies))


def _facilities(text: str) -> list[str]:
    words = _words()
    cjk, latin, suffix = _patterns()
    if not suffix.search(text):
        return []
    found = [] if text.isascii() else [match[0] for match in cjk.finditer(text) if not _anybodys(match[1], words)]
    named = (match for match in latin.finditer(text) if not words.latin_anybodys(match[1]))
    return [*found, *(match[0] for match in named)]


def _anybodys(stem: str, words: _Words) -> bool:
    """Tell whether what stands before 병원, 病院 … makes it no name: a kind, a relation, or the end of a clause."""
    if "가" <= stem[-1] <= "힣":
        return stem in words.generic or stem.endswith(words.endings)
    return any(stem.endswith(generic) for generic in words.generic)
