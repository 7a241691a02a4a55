"""Turn what a user names (URLs, files, folders, ``-``) into pages to judge: each input ends in at least one row."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .auditor import MAX_BYTES, read_file, read_stream
from .types import Fetched

if TYPE_CHECKING:
    from .crawl.fetch import FetchOptions

PAGE_SUFFIXES = (".html", ".htm", ".xhtml")


def pages(
    inputs: Sequence[str],
    options: FetchOptions | None = None,
    stdin: BinaryIO | None = None,
    *,
    max_bytes: int = MAX_BYTES,
) -> Iterator[Fetched]:
    """Yield the pages of each input in the order given; files of a folder in the order of their relative paths.

    An input that is neither a file, a folder nor a URL yields a page with outcome ``invalid_input`` that says so.
    """
    for name in inputs:
        if name == "-":
            yield read_stream(stdin or sys.stdin.buffer, source="-", max_bytes=max_bytes)
        elif "://" in name:
            yield _fetch(name, options)
        elif os.path.isdir(name):  # os.path: False where pathlib raises (no permission above it, name too long)
            yield from _folder(Path(name), name, max_bytes)
        elif os.path.lexists(name):
            yield read_file(Path(name), source=printable(name), max_bytes=max_bytes)
        else:
            yield _neither(name)


def printable(name: str) -> str:
    r"""Return a path as text that every output can hold: bytes that are no UTF-8 are written as ``\xff``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _fetch(url: str, options: FetchOptions | None) -> Fetched:
    from .crawl.fetch import FetchOptions, fetch

    return fetch(url, options or FetchOptions())


def _folder(folder: Path, name: str, max_bytes: int) -> Iterator[Fetched]:
    closed: list[OSError] = []
    found = sorted(
        Path(place, file)
        for place, _, files in os.walk(folder, onerror=closed.append)
        for file in files
        if file.lower().endswith(PAGE_SUFFIXES)
    )
    for error in closed:
        place = folder if error.filename is None else Path(os.fsdecode(error.filename))
        problem = f"cannot list the folder: {error.strerror}"
        yield Fetched(source=_below(folder, name, place), outcome="file_error", problem=problem)
    if not found and not closed:
        problem = f"the folder holds no pages: expected files ending in {', '.join(PAGE_SUFFIXES)}"
        yield Fetched(source=printable(name), outcome="invalid_input", problem=problem)
    for path in found:
        if path.is_file() or not path.exists():  # a pipe or a device in a folder may never end
            yield read_file(path, source=_below(folder, name, path), max_bytes=max_bytes)


def _below(folder: Path, name: str, path: Path) -> str:
    """Return the folder as it was given, a slash, and the path within it."""
    within = path.relative_to(folder).as_posix()
    return printable(name if within == "." else f"{name.rstrip('/')}/{within}")


def _neither(name: str) -> Fetched:
    problem = "no such file or folder"
    if not name.strip():
        problem = "an empty name; expected a URL, a file, a folder or -"
    elif "." in name.split("/", maxsplit=1)[0].strip(".") and not name.lower().endswith(PAGE_SUFFIXES):
        problem += f"; for a web page try https://{name} (an address needs its scheme)"
    return Fetched(source=printable(name), outcome="invalid_input", problem=printable(problem))
