"""Tell whether a page speaks of a country other than Korea: language and texts → bool, by data/places.toml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from .. import resources

_AT_HOME = ("ja", "zh")  # pages in these languages speak of their own country where they name none


class _Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    korea: tuple[str, ...]
    abroad: tuple[str, ...]


def elsewhere(lang: str, texts: Iterable[str]) -> bool:
    """Return True where no text names Korea, and one names another country or is in another country's language."""
    if lang.startswith("ko"):
        return False
    korea, abroad = _patterns()
    joined = "\n".join(texts)
    return not korea.search(joined) and (lang.startswith(_AT_HOME) or bool(abroad.search(joined)))


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    names = msgspec.toml.decode(resources.read_data("places.toml"), type=_Names)
    return _any_of(names.korea), _any_of(names.abroad)


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    """Latin names are whole words; others stand inside words, for their scripts write no spaces."""
    return re.compile("|".join(rf"\b{re.escape(name)}\b" if name[0] < "\u0250" else re.escape(name) for name in names))
