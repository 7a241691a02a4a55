"""Turn a fetched page into a parsed page with its text: Fetched in, a Page out.

This is the road of every page, most of which name no therapy and stop here: one parse, a few selector queries and one
call for the text, about a millisecond for a page of 100 KB. Blocks are made later, by blocks.py, from the same tree.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from claimaudit.types import Fetched, Lang

from . import jsonld
from .charset import Decoded, decode
from .language import page_language
from .tags import PICTURES, can_hold_text
from .text import SEAM, clean, split_words

MAX_BYTES = 20 * 1024 * 1024
"""Bodies above this size are not read."""

MAX_DEPTH = 512
"""Elements nested deeper are put on this level, as browsers do."""

MAX_ALTS = 200

# Not text of the page. Readings of ruby repeat the characters above which they stand and would split a term.
_UNREAD = frozenset({"script", "style", "noscript", "template", "iframe", "svg", "noembed", "noframes", "rt", "rp"})
# One query for all that is taken out or looked at: each query is a walk over the whole tree.
_HARVEST = f'{",".join(sorted(_UNREAD))},[hidden],[style*="none" i],meta[content],[alt],img'
_NO_OPTIONS = int(LexborDocumentOptions.WO_EVENTS)
_DISPLAY = re.compile(r"(?:^|[;{\s])display\s*:\s*([a-z-]+)\s*(!\s*important)?", re.IGNORECASE)
_MAX_STYLE = 5000  # characters of a style attribute that are read
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_META = ("description", "og:title", "og:description", "og:site_name", "keywords")


@dataclass(frozen=True)
class Page:
    """A parsed page. ``problem`` says why there is nothing to read; the tree is None then, and the text empty."""

    url: str = ""
    body: bytes = b""
    decoded: Decoded = field(default_factory=lambda: Decoded("", ""))
    tree: LexborHTMLParser | None = None
    title: str = ""
    metas: tuple[tuple[str, str], ...] = ()  # (name, cleaned content) in the order of the page, each content once
    images: tuple[int, int] = (0, 0)  # pictures of a size that can hold text; of these without alternative text
    alts: tuple[str, ...] = ()  # cleaned alternative texts of pictures, each once, at most 200
    scripts: int = 0  # that are no JSON-LD
    json_scripts: tuple[str, ...] = ()
    declared_lang: str = ""
    problem: str = ""  # what was found, what was expected, what to try; "" when readable
    limits: tuple[str, ...] = ()
    nodes: dict[int, LexborNode] = field(default_factory=dict)  # block id → element, filled by blocks.document

    @cached_property
    def raw_text(self) -> str:
        """The text nodes of the body as they are, with a seam between them."""
        body = self.tree.body if self.tree else None
        return body.text(separator=SEAM) if body else ""

    @cached_property
    def body_text(self) -> str:
        """The text of the body, cleaned."""
        return clean(self.raw_text.replace(SEAM, " "))

    @cached_property
    def text(self) -> str:
        """All text of the page, cleaned: title, metadata, body, alternative texts, JSON-LD."""
        parts = [self.title, *(content for _, content in self.metas), self.body_text]
        parts.extend(self.alts)
        parts.extend(item.text for item in self.items)
        return " ".join(part for part in parts if part)

    @property
    def searchable(self) -> str:
        """:attr:`text` and the words that the seams between elements split, for those who look for terms."""
        return " ".join((self.text, *split_words(self.raw_text)))

    @cached_property
    def items(self) -> tuple[jsonld.Item, ...]:
        """The strings of the page's JSON-LD."""
        return jsonld.read(self.json_scripts) if self.json_scripts else ()

    @cached_property
    def html_sha256(self) -> str:
        """Hash of the bytes as they were fetched, hex."""
        return hashlib.sha256(self.body).hexdigest()

    @cached_property
    def text_sha256(self) -> str:
        """Hash of :attr:`text` in UTF-8, hex."""
        return hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()

    @cached_property
    def lang(self) -> Lang:
        """The language that most of the text is written in."""
        return page_language(self.text, self.declared_lang)


def parse(fetched: Fetched) -> Page:
    """The page for some bytes; never raises, ``Page.problem`` says what was wrong with them."""
    url = fetched.final_url or fetched.url
    problem = _unreadable(fetched)
    if problem:
        return Page(url=url, body=fetched.body, problem=problem)
    decoded = decode(fetched.body, fetched.content_type)
    source: str | bytes = fetched.body if decoded.is_utf8 else decoded.text
    flattened = None
    if len(fetched.body) > 3 * _MANY and fetched.body.count(b"<") > _MANY:
        flattened = _flatten(decoded.text)
        source = source if flattened is None else flattened
    tree = LexborHTMLParser(source, options=_NO_OPTIONS, scripting=True)
    harvest = _harvest(tree)
    alts, images = harvest.looked_at()
    return Page(
        url=url,
        body=fetched.body,
        decoded=decoded,
        tree=tree,
        title=_title(tree),
        metas=harvest.metas(),
        alts=alts,
        images=images,
        scripts=harvest.scripts,
        json_scripts=tuple(harvest.json_scripts),
        declared_lang=_declared_lang(tree),
        problem=_frames(tree) or ("" if _VISIBLE.search(decoded.text) else _EMPTY.format(len(fetched.body))),
        limits=() if flattened is None else ("deep_nesting",),
    )


# ── what cannot be read ──────────────────────────────────────────────────────────────────────────────

_VISIBLE = re.compile("[^\0 \t\r\n\ufeff]")
_EMPTY = (
    "The page is empty ({:,} bytes without text); an HTML page was expected. "
    "Open the address in a browser, or fetch again later."
)
_MAGIC = (
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a RIFF file (WebP picture, sound or video)"),
    (b"PK\x03\x04", "a ZIP archive (or an office document)"),
    (b"\x1f\x8b", "gzip data that was not unpacked"),
    (b"\x28\xb5\x2f\xfd", "zstd data that was not unpacked"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "an MP3 file"),
    (b"wOF", "a web font"),
    (b"\x7fELF", "a program"),
)
_MAGICS = tuple(magic for magic, _ in _MAGIC)
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\x0b\x0c\r\x1b") + b"\x7f"


def _unreadable(fetched: Fetched) -> str:
    if fetched.outcome != "ok":
        return fetched.problem or f"The page was not fetched ({fetched.outcome}); check the address and try again."
    body = fetched.body
    if len(body) > MAX_BYTES:
        return (
            f"The page has {len(body):,} bytes; at most {MAX_BYTES:,} are read. "
            "Give the address of a single page, or save the part that matters as a file."
        )
    if not body:
        return _EMPTY.format(0)
    kind = _binary(body, fetched.content_type)
    return (
        f"The bytes are {kind}; an HTML page was expected. Give the address of the page that links to it."
        if kind
        else ""
    )


def _binary(body: bytes, content_type: str) -> str:
    """What a body that is no text is, in words; "" for text."""
    if body.startswith(_MAGICS):
        return next(kind for magic, kind in _MAGIC if body.startswith(magic))
    if body[4:8] == b"ftyp":
        return "a video"
    head = body[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"<\0" in head[:64] or b"\0<" in head[:64]:
        return ""  # UTF-16
    control = len(head) - len(head.translate(None, _CONTROL))
    if control > 0.1 * len(head):
        return f"binary data (sent as {content_type or 'no type'})"
    return ""


def _frames(tree: LexborHTMLParser) -> str:
    if tree.body is not None or tree.css_first("frameset") is None:
        return ""
    addresses = [frame.attributes.get("src") or "" for frame in tree.css("frame")]
    shown = ", ".join(address for address in addresses[:5] if address) or "none named"
    return f"The page is a frame set without text of its own; a page was expected. Audit its frames instead: {shown}."


# ── depth ────────────────────────────────────────────────────────────────────────────────────────────

_MANY = 15000  # a page with fewer tags parses within 0.3 s however deep it nests; the work grows with depth squared
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*+)[^<>]*+>")
# Elements without content, and those that end without an end tag: they do not add up to depth.
_FLAT = frozenset(
    """
    area base body br circle col colgroup dd dt embed g head hr html img input li line link meta optgroup option p param
    path polygon rb rect rp rt script source style tbody td tfoot th thead tr track use wbr
    """.split()  # noqa: SIM905
)
# Start tags that do not end are seen too: they can only make a page look deeper than it is.
_TAG_NAMES = re.compile(r"<([a-zA-Z][^\s/<>]*+|/[a-zA-Z][^\s/<>]*+(?=[^<>]*+>))")


class _Steps(dict[str, int]):
    """What a tag such as "div" or "/div" adds to the depth."""

    def __missing__(self, name: str) -> int:
        step = 0 if name.lstrip("/").lower() in _FLAT else -1 if name[0] == "/" else 1
        if len(self) < 10_000:
            self[name] = step
        return step


_STEPS = _Steps()


def _flatten(source: str) -> str | None:
    """The source without the tags that would nest deeper than :data:`MAX_DEPTH`; None where none does."""
    # No depth is greater than the way from the lowest point to the highest; few pages need a loop over their tags.
    heights = list(accumulate(map(_STEPS.__getitem__, _TAG_NAMES.findall(source))))
    if max(heights, default=0) - min(heights, default=0) < MAX_DEPTH:
        return None
    depth = deepest = 0
    for found in _TAG.finditer(source):
        if found[2].lower() not in _FLAT:
            depth = max(depth - 1, 0) if found[1] else depth + 1
            deepest = max(deepest, depth)
    return None if deepest <= MAX_DEPTH else "".join(_shallow(source))


def _shallow(source: str) -> Iterator[str]:
    depth = end = 0
    for found in _TAG.finditer(source):
        if found[2].lower() in _FLAT:
            continue
        before = depth
        depth = max(depth - 1, 0) if found[1] else depth + 1
        if max(before, depth) > MAX_DEPTH:
            yield source[end : found.start()]
            yield "<br>"
            end = found.end()
    yield source[end:]


# ── from the tree ────────────────────────────────────────────────────────────────────────────────────


class _Harvest:
    """What one query over the tree found; reading waits until everything unread has been taken out."""

    __slots__ = ("json_scripts", "metas_found", "pictures", "scripts")

    def __init__(self) -> None:
        self.scripts = 0
        self.json_scripts: list[str] = []
        self.metas_found: list[dict[str, str | None]] = []
        self.pictures: list[tuple[LexborNode, dict[str, str | None]]] = []

    def metas(self) -> tuple[tuple[str, str], ...]:
        found: dict[str, str] = {}
        for attributes in self.metas_found:
            name = (attributes.get("property") or attributes.get("name") or "").strip().lower()
            if name in _META:
                content = clean(attributes.get("content") or "")
                if content:
                    found.setdefault(content, name)
        return tuple((name, content) for content, name in found.items())

    def looked_at(self) -> tuple[tuple[str, ...], tuple[int, int]]:
        """Return the alternative texts, each once; how many pictures can hold text, how many of them say nothing."""
        found: dict[str, None] = {}
        large = bare = 0
        for node, attributes in self.pictures:
            counts = node.tag == "img" and can_hold_text(attributes)
            alt = clean(attributes.get("alt") or "")
            # What was taken out, with all below it, has no parent any more.
            if not (counts or alt) or node.parent is None:
                continue
            if counts:
                large += 1
                bare += not alt
            if alt and len(found) < MAX_ALTS:
                found[alt] = None
        return tuple(found), (large, bare)


def _harvest(tree: LexborHTMLParser) -> _Harvest:
    """Take what is no text out of the tree, and note metadata, pictures and scripts on the way."""
    harvest = _Harvest()
    for node in tree.css(_HARVEST):
        tag = node.tag
        if tag in _UNREAD:
            if tag == "script":
                if "ld+json" in (node.attributes.get("type") or "").lower():
                    harvest.json_scripts.append(node.text())
                else:
                    harvest.scripts += 1
            node.decompose()
            continue
        attributes = node.attributes
        # A page that is hidden as a whole is shown by its script: nobody publishes an empty page.
        if ("hidden" in attributes or "style" in attributes) and tag not in ("html", "body") and is_hidden(attributes):
            _empty(node)
        elif tag == "meta":
            harvest.metas_found.append(attributes)
        elif tag in PICTURES:
            harvest.pictures.append((node, attributes))
    return harvest


def is_hidden(attributes: dict[str, str | None]) -> bool:
    """Whether the ``hidden`` attribute or the last effective inline ``display`` takes an element off the page."""
    if "hidden" in attributes:
        return True
    value, important = "", False
    for found in _DISPLAY.finditer(_CSS_COMMENT.sub(" ", (attributes.get("style") or "")[:_MAX_STYLE])):
        if found[2] or not important:
            value, important = found[1].lower(), bool(found[2])
    return value == "none"


def _empty(node: LexborNode) -> None:
    """Empty a hidden element; its shell stays, so that paths count elements as the page does."""
    if node.tag in PICTURES:
        node.decompose()
        return
    for child in list(node.iter(include_text=True)):
        child.decompose()


def _title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("title")
    return clean(node.text()) if node else ""


def _declared_lang(tree: LexborHTMLParser) -> str:
    """The language that the page says it is in: html lang, else the Content-Language or og:locale of a <meta>."""
    root = tree.css_first("html")
    lang = (root.attributes.get("lang") or root.attributes.get("xml:lang") or "") if root else ""
    if lang.strip():
        return lang.strip()
    node = tree.css_first('meta[http-equiv="content-language" i],meta[property="og:locale"]')
    return ((node.attributes.get("content") or "") if node else "").strip()
