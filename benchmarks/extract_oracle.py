"""Compare the extractor with stock BeautifulSoup and time it: a tar of real pages in, token F1 and ms a page out.

Run: ``PYTHONPATH=src python benchmarks/extract_oracle.py pages.tar.xz [--repeat 5]``. Times are medians over pages of
the best of ``--repeat`` runs, in ms; absolute figures move from machine to machine, so the oracle's own time stands
beside them.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tarfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from bs4 import BeautifulSoup, Comment

from claimaudit.extract import Page, decode, document, parse
from claimaudit.extract.page import is_hidden
from claimaudit.extract.text import clean
from claimaudit.types import Document, Fetched

FLOOR = 0.995
_WORD = re.compile(r"\w+")  # get_text(" ") puts a space before each comma behind a link, so words are compared
UNREAD = ["script", "style", "noscript", "template", "iframe", "svg", "noembed", "noframes", "rt", "rp"]


def pages(tar: Path) -> list[Fetched]:
    """The HTML files of a tar, in the order of their names."""
    with tarfile.open(tar) as archive:
        members = sorted((m for m in archive.getmembers() if m.isfile()), key=lambda m: m.name)
        bodies = [(m.name, archive.extractfile(m)) for m in members]
        return [Fetched(source=name, body=file.read()) for name, file in bodies if file is not None]


def oracle_text(html: str) -> str:
    """The visible text of a page by stock BeautifulSoup on lxml: unread and hidden dropped, then get_text(" ")."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        soup = BeautifulSoup(html, "lxml")
    for tag in soup.find_all(UNREAD):
        tag.decompose()
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for tag in soup.find_all(lambda t: t.has_attr("hidden") or "none" in str(t.get("style", "")).lower()):
        # An element inside one that was dropped before has no attributes any more.
        if not tag.decomposed and tag.name not in ("html", "body") and is_hidden(dict(tag.attrs)):
            tag.decompose()
    return clean((soup.body or soup).get_text(" "))


def visible_text(page: Document) -> str:
    """The text of the visible blocks, in order."""
    return " ".join(block.text for block in page.blocks if block.layer == "visible")


def token_f1(found: str, expected: str) -> float:
    """F1 over the bags of words of two texts, 0 to 1; 1 where both are empty."""
    ours, theirs = Counter(_WORD.findall(found)), Counter(_WORD.findall(expected))
    if not ours and not theirs:
        return 1.0
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def scores(fetched: Iterable[Fetched]) -> list[tuple[float, str]]:
    """F1 and name of each page, worst first."""
    result = []
    for one in fetched:
        page = parse(one)
        result.append((token_f1(visible_text(document(page)), oracle_text(page.decoded.text)), one.source))
    return sorted(result)


def milliseconds(work: Callable[[Fetched], object], fetched: Iterable[Fetched], repeat: int) -> float:
    """The median over pages of the best time of some work."""
    medians = []
    for one in fetched:
        times = []
        for _ in range(repeat):
            start = time.perf_counter()
            work(one)
            times.append(time.perf_counter() - start)
        medians.append(1000 * min(times))
    return statistics.median(medians)


def main() -> None:
    """Print F1 and times for the tar given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tar", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    fetched = pages(arguments.tar)
    ranked = scores(fetched)
    parsed: dict[str, Page] = {one.source: parse(one) for one in fetched}
    for page in parsed.values():
        _ = page.text, page.lang, page.html_sha256, page.text_sha256
    mean = statistics.mean(len(one.body) for one in fetched) / 1000
    print(f"{len(fetched)} pages, mean {mean:.0f} KB")
    print(f"token F1 against BeautifulSoup: median {statistics.median(f for f, _ in ranked):.4f} (floor {FLOOR})")
    print("worst: " + ", ".join(f"{name} {f1:.3f}" for f1, name in ranked[:5]))
    stages: dict[str, Callable[[Fetched], object]] = {
        "decode": lambda one: decode(one.body, one.content_type),
        "parse (with decode)": parse,
        "bytes to Page.text": lambda one: parse(one).text,
        "document": lambda one: document(parsed[one.source]),
        "document, everything a hit": lambda one: document(parsed[one.source], lambda _: True),
        "BeautifulSoup, visible text": lambda one: oracle_text(parsed[one.source].decoded.text),
    }
    for name, work in stages.items():
        print(f"{name:<30} {milliseconds(work, fetched, arguments.repeat if 'Soup' not in name else 1):8.2f} ms")


if __name__ == "__main__":
    main()
