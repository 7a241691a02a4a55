"""Find and read the files that ship with claimaudit: a relative name → a path, bytes, or checked TOML.

In a checkout (the package lies in ``src/`` beside a ``pyproject.toml``) ``data/`` and ``models/`` are those of the
checkout; in an installed wheel they lie inside the package, so that no other distribution can overwrite them.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from .errors import DataError

PACKAGE = Path(__file__).resolve().parent

_T = TypeVar("_T")


def root_of(package: Path) -> Path:
    """The folder that holds ``data/`` and ``models/`` for a package folder."""
    checkout = package.parent.parent
    if package.parent.name == "src" and (checkout / "pyproject.toml").is_file():
        return checkout
    return package


def data_path(*parts: str) -> Path:
    """The path of a data file or folder, whether or not it exists: ``data_path("text", "en.toml")``."""
    return root_of(PACKAGE).joinpath("data", *parts)


def model_path(*parts: str) -> Path:
    """The path of a model's file or folder, whether or not it exists."""
    return root_of(PACKAGE).joinpath("models", *parts)


def read_data(*parts: str) -> bytes:
    """The bytes of a data file; DataError names the path, the reason and what lies beside it."""
    return read_bytes(data_path(*parts))


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; DataError names the path, the reason and what lies beside it."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"{path}: cannot be read ({reason}); {_beside(path)}") from error


def _beside(path: Path) -> str:
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist: is the path right, the installation complete?"
    names = sorted(item.name for item in path.parent.iterdir() if item.name != path.name)
    return f"in {path.parent} there are: {', '.join(names) or 'no files'}"


def choices(found: str, allowed: Iterable[str]) -> str:
    """The end of a message about an unknown name: `` did you mean 'x'? allowed: x, y, z``."""
    names = list(allowed)
    near = difflib.get_close_matches(found, names, n=1)
    return f"{f' did you mean {near[0]!r}?' if near else ''} allowed: {', '.join(names) or 'nothing here'}"


# ── TOML ─────────────────────────────────────────────────────────────────────────────────────────────


class TomlFile(msgspec.Struct, frozen=True):
    """A parsed file that can say on which line a key stands."""

    name: str
    text: str
    tables: dict[str, Any]
    sha256: str  # of the bytes

    def convert(self, kind: type[_T]) -> _T:
        """The tables as a struct; DataError names line, key, value found and values allowed."""
        try:
            return msgspec.convert(self.tables, kind)
        except msgspec.ValidationError as error:
            raise DataError(_type_problem(str(error), kind, self)) from error

    def message(self, place: str, problem: str) -> str:
        """``FILE:LINE: PLACE: PROBLEM`` for a place such as ``flag[2].all`` (entries count from 0)."""
        line = _line(self.text, place)
        return f"{self.name}:{line}: {place}: {problem}" if line else f"{self.name}: {place}: {problem}"


def read_toml(path: Path) -> TomlFile:
    """The tables of a TOML file; DataError names file and line and shows the line's text."""
    raw = read_bytes(path)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        shown = raw.splitlines()[line - 1].decode("utf-8", "replace").strip()
        raise DataError(f"{path}:{line}: not UTF-8; the line is: {shown!r}; save the file as UTF-8") from error
    try:
        return TomlFile(str(path), text, tomllib.loads(text), hashlib.sha256(raw).hexdigest())
    except tomllib.TOMLDecodeError as error:
        lines = text.splitlines() or [""]
        at = re.search(r"at line (\d+)", str(error))
        line = min(int(at[1]) if at else len(lines), len(lines))
        shown = lines[line - 1].strip()
        raise DataError(f"{path}:{line}: not valid TOML: {error}; the line is: {shown!r}; mend it there") from error


def _line(text: str, place: str) -> int:
    """The line of the deepest part of a place that has a line of its own; 0 if none has."""
    lines, start, header = text.splitlines(), 0, ""
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", place):
        header = f"{header}.{name}".lstrip(".")
        wanted = f"[[{header}]]" if index else f"[{header}]"
        hits = [n for n, line in enumerate(lines, 1) if line.strip() == wanted and n > start]
        if len(hits) > int(index or 0):
            start = hits[int(index or 0)]
            continue
        for n, line in enumerate(lines[start:], start + 1):
            if line.startswith("["):
                break
            if re.match(rf"\s*{name}\b\s*[=.]", line):
                return n
    return start


def _type_problem(message: str, kind: type, file: TomlFile) -> str:
    """A complaint of msgspec with the line, the value found and the values allowed there."""
    text, _, path = message.partition(" - at `$")
    place = path.strip("`").lstrip(".")
    found, expected = _look_up(place, file.tables, inspect.type_info(kind))
    allowed = _allowed(expected)
    key = re.search(r"field `(\w+)`", text)
    if key and "unknown" in text:
        place = f"{place}.{key[1]}".lstrip(".")
        return file.message(place, f"found the unknown key {key[1]!r};{choices(key[1], allowed)}")
    if key:
        return file.message(place or key[1], f"the key {key[1]!r} is missing; allowed: {', '.join(allowed)}; add it")
    return file.message(place, f"{text}; found {found!r}; allowed: {', '.join(allowed)}; correct it")


def _look_up(place: str, value: object, expected: inspect.Type) -> tuple[object, inspect.Type]:
    """The value at a place and the type that is expected there."""
    for name, index in re.findall(r"(\w+)(?=[\[.]|$)(?!\])|\[(\d+)\]", place):
        if isinstance(expected, inspect.UnionType):
            expected = next((kind for kind in expected.types if name in _fields(kind)), expected)
        if index and isinstance(value, list) and isinstance(expected, inspect.VarTupleType):
            value, expected = value[int(index)], expected.item_type
        elif name:
            value = value.get(name) if isinstance(value, dict) else value
            expected = _fields(expected).get(name, expected)
    return value, expected


def _fields(kind: inspect.Type) -> dict[str, inspect.Type]:
    return {field.encode_name: field.type for field in kind.fields} if isinstance(kind, inspect.StructType) else {}


def _allowed(kind: inspect.Type) -> list[str]:
    """What may stand in a place, in words."""
    match kind:
        case inspect.LiteralType():
            return [str(value) for value in kind.values]
        case inspect.UnionType():
            return [word for one in kind.types for word in _allowed(one)]
        case inspect.StructType():
            return [f"kind = {kind.tag!r}"] if kind.tag else list(_fields(kind))
        case inspect.VarTupleType():
            return [f"a list in [ ] of: {', '.join(_allowed(kind.item_type))}"]
    name = type(kind).__name__.removesuffix("Type").lower()
    return [_IN_WORDS.get(name, name)]


_IN_WORDS = {
    "bool": "true or false",
    "date": "a date such as 2026-06-08",
    "dict": "a table of key = value",
    "int": "a whole number",
    "none": "nothing",
    "str": "a text in quotes",
}
