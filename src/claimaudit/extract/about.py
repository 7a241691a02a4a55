"""Say what a page is about as a whole: candidates for its owner's name, and what could not be read of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .drafts import Draft
from .page import Page
from .settings import settings
from .text import SEAM, clean
from .walk import MAX_BLOCKS, Walker

TOO_LITTLE = 80
"""Letters (a Hangul, kana or Han character counts as two) below which a page has too little text to be judged."""

SCRIPT_ONLY = 200
"""The same measure, below which a page with a script's empty mount point is taken to be drawn by that script."""

_MAX_NAMES = 20
_NAME_CHARS = 80
_PARTS = re.compile(r"\s*[|–—«»·:›»/]\s*|\s+[-‐−~]\s+|\s*::\s*")
_OWNER = re.compile(
    r"(?:©|ⓒ|\(c\)|copyright)[\s\0©ⓒ]*+(?:\(c\))?[\s\0©ⓒ,.:]*+(?:by\s+)?([^\n]{3,160})",
    re.IGNORECASE,
)
_OWNER_MARKS = ("©", "ⓒ", "(c)", "copyright")
_YEARS = re.compile(
    r"^(?:\s|,|(?:19|20)\d\d(?:\s*[-–~/,]\s*(?:(?:19|20)?\d\d|present|now))?|by\b|all rights reserved\.?(?:\s*by)?)+",
    re.IGNORECASE,
)
_OWNER_END = re.compile(
    r"all\s+rights?|rights reserved|\.\s|[|•·]|無断|版权|版權|모든 권리|,\s*\d|\.$|powered by|design", re.IGNORECASE
)
_MOUNTS = (
    "#root,#app,#__next,#__nuxt,#svelte,#gatsby-focus-wrapper,#___gatsby,app-root,#react-root,#application,"
    "[data-reactroot],[ng-app],#SITE_CONTAINER"
)
_WIDE = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")


def names(page: Page, drafts: Iterable[Draft]) -> tuple[str, ...]:
    """Candidates for the owner's name, likeliest first: site name, JSON-LD, copyright, title, logo, <h1>."""
    found = [content for name, content in page.metas if name == "og:site_name"]
    found += [item.text for item in page.items if item.organisation]
    found += _copyright_owners(page.raw_text)
    found += [part for part in _PARTS.split(page.title) if part]
    found += _logo_alts(page)
    found += [draft.text for draft in drafts if draft.kind == "heading" and draft.level == 1][:1]
    generic = settings().names.generic
    kept = (name for name in found if 1 < len(name) <= _NAME_CHARS and name.lower() not in generic)
    return tuple(dict.fromkeys(kept))[:_MAX_NAMES]


def limits(page: Page, walker: Walker, visible: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Ids of what could not be read, with arguments after ":", and whether the page is drawn by a script."""
    found = list(page.limits)
    if walker.cut:
        found.append(f"blocks_cut:{min(len(walker.drafts), MAX_BLOCKS)}")
    size = sum(map(len, visible))  # the text has at least as many letters
    if size < SCRIPT_ONLY:
        size = measure(" ".join(visible))
    script_only = bool(size < SCRIPT_ONLY and page.scripts and page.tree is not None and page.tree.css_matches(_MOUNTS))
    if script_only:
        found.append("script_only")
    elif size < TOO_LITTLE:
        found.append("too_little_text")
    if walker.images_without_alt:
        found.append(f"unread_pictures:{walker.images_without_alt}")
    return tuple(found), script_only


def measure(text: str) -> int:
    """The length of a text in letters; characters of Korean, Japanese and Chinese count as two."""
    return len(text) if text.isascii() else len(text) + sum(map(len, _WIDE.findall(text)))


def _copyright_owners(raw_text: str) -> list[str]:
    """Whom the copyright lines of a page name."""
    owners: list[str] = []
    for line in _copyright_lines(raw_text[-200_000:]):
        rest = _YEARS.sub("", clean(line.replace(SEAM, " ")))
        owner = _OWNER_END.split(rest, maxsplit=1)[0].strip(" .,-–|")
        if 1 < len(owner) <= _NAME_CHARS // 2 and not owner.isdecimal():
            owners.append(owner)
        if len(owners) == 3:
            break
    return owners


def _copyright_lines(text: str) -> Iterator[str]:
    """What follows each sign of copyright; the signs are found first, which is many times faster than the pattern."""
    lowered, places, end = text.lower(), [], 0
    for mark in _OWNER_MARKS:
        at = lowered.find(mark)
        while at >= 0:
            places.append(at)
            at = lowered.find(mark, at + 1)
    if len(lowered) != len(text):  # a few letters are longer in lower case
        places = [found.start() for found in _OWNER.finditer(text)]
    for place in sorted(places):
        found = _OWNER.match(text, place) if place >= end else None
        if found:
            end = found.end()
            yield found[1]


def _logo_alts(page: Page) -> list[str]:
    if page.tree is None:
        return []
    logos = page.tree.css(
        'img[alt][class*="logo" i],img[alt][id*="logo" i],img[alt][src*="logo" i],'
        '[class*="logo" i] img[alt],[id*="logo" i] img[alt],h1 img[alt]'
    )
    alts = (clean(logo.attributes.get("alt") or "") for logo in logos[:5])
    return [re.sub(r"\s*(?:logo|로고|ロゴ)\s*$", "", alt, flags=re.IGNORECASE) for alt in alts if alt]
