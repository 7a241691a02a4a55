"""Read the sentences of a report: a language tag → ``Text``, which gives a sentence by its id.

The sentences are data in ``data/text/<lang>.toml``, one table a kind (``[verdict]``, ``[flag]``, …), so that wording is
changed and translated without touching code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter

from .errors import DataError
from .resources import TomlFile, choices, data_path, read_toml
from .types import Frozen

REFERENCE = "en"
"""The language whose keys and placeholders the others follow."""


class Text(Frozen, frozen=True, kw_only=True):
    """The sentences of one language, keyed ``section.id``."""

    lang: str
    sentences: Mapping[str, str]

    def get(self, key: str, **values: object) -> str:
        """The sentence with its placeholders filled; DataError names a missing key or value and what there is."""
        if key not in self.sentences:
            section = [name for name in self.sentences if name.partition(".")[0] == key.partition(".")[0]]
            raise DataError(f"data/text/{self.lang}.toml: no sentence {key!r};{choices(key, section or self.sections)}")
        sentence = self.sentences[key]
        missing = placeholders(sentence) - values.keys()
        if missing:
            given = ", ".join(sorted(values)) or "none"
            raise DataError(f"data/text/{self.lang}.toml: {key!r} needs {', '.join(sorted(missing))}; given: {given}")
        return sentence.format_map(values)

    def limit(self, item: str, section: str = "limit") -> str:
        """The sentence of ``id`` or ``id:value``, as ``Document.limits`` and ``Assessment.notes`` hold them."""
        id, _, value = item.partition(":")
        return self.get(f"{section}.{id}", value=value)

    @property
    def sections(self) -> list[str]:
        """The kinds of sentences."""
        return list(dict.fromkeys(key.partition(".")[0] for key in self.sentences))


def placeholders(sentence: str) -> set[str]:
    """The names in braces; ValueError if the braces do not match."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def list_languages() -> tuple[str, ...]:
    """The languages that reports can be printed in, sorted."""
    return tuple(sorted(path.stem for path in data_path("text").glob("*.toml")))


@cache
def load_text(lang: str = REFERENCE) -> Text:
    """The sentences of a language (``ko``) or of a tag within it (``zh-Hant``); DataError lists the languages."""
    name = lang.partition("-")[0].lower()
    if name not in list_languages():
        raise DataError(f"no report text in {lang!r};{choices(name, list_languages())}")
    file = read_toml(data_path("text", f"{name}.toml"))
    return Text(lang=name, sentences=dict(_flat(file)))


def _flat(file: TomlFile) -> Iterator[tuple[str, str]]:
    for section, entries in file.tables.items():
        if not isinstance(entries, dict):
            raise DataError(
                file.message(section, f"found {entries!r}; allowed: a table of id = sentence; add a [table]")
            )
        for id, sentence in entries.items():
            place = f"{section}.{id}"
            if not isinstance(sentence, str) or not sentence:
                raise DataError(file.message(place, f"found {sentence!r}; allowed: a sentence in quotes; write one"))
            try:
                placeholders(sentence)
            except ValueError as error:
                raise DataError(
                    file.message(place, f"found {sentence!r}; allowed: {{name}} ({error}); mend the braces")
                ) from error
            yield place, sentence


def check_text(folder: Path | None = None) -> list[str]:
    """Where languages differ in keys or placeholders, as messages with file and line; empty if they agree."""
    folder = folder or data_path("text")
    files = {path.stem: read_toml(path) for path in sorted(folder.glob("*.toml"))}
    texts = {lang: dict(_flat(file)) for lang, file in files.items()}
    if REFERENCE not in texts:
        raise DataError(f"{folder}: found {', '.join(texts) or 'no .toml file'}; needed: {REFERENCE}.toml; add it")
    return [problem for lang in texts for problem in _differences(files[lang], texts[lang], texts[REFERENCE])]


def _differences(file: TomlFile, own: Mapping[str, str], reference: Mapping[str, str]) -> Iterator[str]:
    for key in sorted(reference.keys() - own.keys()):
        yield file.message(key, f"missing; allowed: every key of {REFERENCE}.toml; translate {reference[key]!r}")
    for key in sorted(own.keys() - reference.keys()):
        yield file.message(key, f"found an unknown key;{choices(key, reference)}; rename or delete it")
    for key in sorted(own.keys() & reference.keys()):
        found, wanted = placeholders(own[key]), placeholders(reference[key])
        if found != wanted:
            yield file.message(key, f"found the placeholders {sorted(found)}; allowed: {sorted(wanted)}; use the same")
