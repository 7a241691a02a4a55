"""Time whole audits against ``trafilatura.extract`` on the same pages in one run: pages → ratios of pages a second.

    python benchmarks/audit_speed.py FOLDER_OR_TAR [--rounds 5] [--json]

Two sets: the pages as they are (they hold hardly a term), and the same pages with the visible text of an example clinic
page put into each. The two programs take turns every few pages, so that a machine that slows down for a second slows
both; the ratio is taken round by round and its median is reported.
An audit is everything from bytes to the finished record, encoded as JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

TURN = 30  # pages
EXAMPLES = Path(__file__).parents[1] / "examples"


def load(path: Path) -> list[bytes]:
    """Return the bytes of every page in a folder or an archive, in the order of their names."""
    if path.is_dir():
        return [file.read_bytes() for file in sorted(path.rglob("*")) if file.suffix in (".html", ".htm")]
    with tempfile.TemporaryDirectory() as folder, tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
        return load(Path(folder))


def with_terms(pages: Sequence[bytes]) -> list[bytes]:
    """Return each page with the body of an example clinic page put at the beginning of its own."""
    bodies = [
        re.search(rb"<body[^>]*>(.*)</body>", file.read_bytes(), re.DOTALL)[1]  # type: ignore[index]
        for file in sorted(EXAMPLES.glob("en-*.html"))
    ]
    out = []
    for number, page in enumerate(pages):
        inserted = b"<div>" + bodies[number % len(bodies)] + b"</div>"
        place = re.search(rb"<body[^>]*>", page)
        at = place.end() if place else 0
        out.append(page[:at] + inserted + page[at:])
    return out


def seconds(work: Callable[[bytes], object], pages: Sequence[bytes]) -> float:
    """Return the processor seconds that ``work`` takes over all pages."""
    start = time.process_time()
    for page in pages:
        work(page)
    return time.process_time() - start


def in_turn(one: Callable[[bytes], object], other: Callable[[bytes], object], pages: Sequence[bytes]) -> list[float]:
    """Return the processor seconds of two programs over all pages, taking turns every ``TURN`` pages."""
    spent = [0.0, 0.0]
    for start in range(0, len(pages), TURN):
        few = pages[start : start + TURN]
        for place, work in enumerate((one, other)):
            spent[place] += seconds(work, few)
    return spent


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", type=Path, help="folder or tar archive of HTML pages")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    import msgspec
    import trafilatura

    from claimaudit import Auditor

    auditor = Auditor()

    def audit(page: bytes) -> bytes:
        return msgspec.json.encode(auditor.audit_bytes(page, source="page"))

    plain = load(args.pages)
    results = {}
    for name, pages in (("as they are", plain), ("with clinic text", with_terms(plain))):
        in_turn(audit, trafilatura.extract, pages)  # both load what they need before the clock starts
        rounds = [in_turn(audit, trafilatura.extract, pages) for _ in range(args.rounds)]
        results[name] = {
            "pages": len(pages),
            "claimaudit_ms": round(1000 * statistics.median(ours for ours, _ in rounds) / len(pages), 2),
            "trafilatura_ms": round(1000 * statistics.median(theirs for _, theirs in rounds) / len(pages), 2),
            "ratio": round(statistics.median(theirs / ours for ours, theirs in rounds), 2),
            "ratio_min": round(min(theirs / ours for ours, theirs in rounds), 2),
            "ratio_max": round(max(theirs / ours for ours, theirs in rounds), 2),
        }
    if args.json:
        print(json.dumps(results, indent=1))
        return
    print(f"{'pages':18}{'n':>5}{'claimaudit ms':>15}{'trafilatura ms':>16}{'ratio':>8}{'min':>7}{'max':>7}")
    for name, row in results.items():
        print(
            f"{name:18}{row['pages']:5}{row['claimaudit_ms']:15}{row['trafilatura_ms']:16}"
            f"{row['ratio']:8}{row['ratio_min']:7}{row['ratio_max']:7}"
        )


if __name__ == "__main__":
    main()
