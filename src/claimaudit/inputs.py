"""Turn what a user names (URLs, files, folders, ``-``) into pages to judge: each input ends in at least one row."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .auditor import read_file
from .types import Fetched

if TYPE_CHECKING:
    from .crawl.fetch import FetchOptions

PAGE_SUFFIXES = (".html", ".htm", ".xhtml")


def pages(inputs: Sequence[str], options: FetchOptions | None = None, stdin: BinaryIO | None = None) -> Iterator[Fetched]:
    """Yield the pages of each input in the order given; files of a folder in the order of their relative paths.

    An input that is neither a file, a folder nor a URL yields a page with outcome ``invalid_input`` that says so.
    """
    for name in inputs:
        if name == "-":
            yield Fetched(source="-", body=(stdin or sys.stdin.buffer).read())
        elif "://" in name:
            yield _fetch(name, options)
        elif Path(name).is_dir():
            yield from _folder(Path(name), name)
        elif Path(name).exists():
            yield read_file(Path(name), source=name)
        else:
            yield _neither(name)


def _fetch(url: str, options: FetchOptions | None) -> Fetched:
    from .crawl.fetch import FetchOptions, fetch

    return fetch(url, options or FetchOptions())


def _folder(folder: Path, name: str) -> Iterator[Fetched]:
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PAGE_SUFFIXES and path.is_file())
    if not found:
        problem = f"the folder holds no pages: expected files ending in {', '.join(PAGE_SUFFIXES)}"
        yield Fetched(source=name, outcome="invalid_input", problem=problem)
    for path in found:
        yield read_file(path, source=f"{name.rstrip('/')}/{path.relative_to(folder).as_posix()}")


def _neither(name: str) -> Fetched:
    problem = "no such file or folder"
    if "." in name.split("/")[0] and not name.lower().endswith(PAGE_SUFFIXES):
        problem += f"; a URL needs its scheme: try https://{name}"
    return Fetched(source=name, outcome="invalid_input", problem=problem)
