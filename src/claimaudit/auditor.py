"""Walk a page through the five steps: URL, file or bytes → Assessment. The only module that knows the order."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from . import resources
from .assess import assess
from .errors import UsageError
from .extract import MAX_BYTES, document, located, outline, parse
from .framework import Framework, load_framework
from .lexicon import LANGUAGES, load_lexicon
from .readable import READ, checked
from .rollup import roll_up
from .text import load_text
from .types import Assessment, Document, Fetched, Reading, SiteAssessment, Speaker, Stage

if TYPE_CHECKING:
    from .crawl.fetch import FetchOptions

__all__ = ["MAX_BYTES", "Auditor", "audit", "audit_html", "read_file", "read_stream", "rules_sha256", "version"]

MODELS = ("speaker", "assertion", "offer")
_RULE_FILES = ("reading.toml", "owner.toml", "places.toml", "structure.toml", "blocked.toml")
_UNREAD = Reading(speaker=Speaker(role="unrelated", confidence=1.0, by="rule:unread"))


@lru_cache(maxsize=1)
def version() -> str:
    """Return the installed version of claimaudit."""
    try:
        return metadata.version("claimaudit")
    except metadata.PackageNotFoundError:
        return "0+unknown"


@lru_cache(maxsize=1)
def rules_sha256() -> str:
    """Return the hash of everything that decides a reading: lexicons, reading rules, owner words, structure, models."""
    digest = hashlib.sha256()
    for lang in LANGUAGES:
        digest.update(load_lexicon(lang).sha256.encode())
    for name in _RULE_FILES:
        digest.update(resources.read_data(name))
    for name in MODELS:
        digest.update(resources.read_bytes(resources.model_path(name, "weights.npz")))
        digest.update(resources.read_bytes(resources.model_path(name, "meta.json")))
    return digest.hexdigest()


class Auditor:
    """Load the rulebook once, then judge any number of pages.

    Args:
        framework: id of a bundled framework or path of a user's own file.
        lang: read every page as this language (en, ko, ja, zh-Hans, zh-Hant) instead of detecting it.
        stage: how far to read: ``gate``, ``terms``, ``rules`` or ``models`` (all of it); for evaluation.

    Raises:
        DataError: the framework or a lexicon is missing or broken.
        UsageError: ``lang`` is not one of these.
    """

    def __init__(
        self, framework: str | Framework = "kr-arma", *, lang: str | None = None, stage: Stage = "models"
    ) -> None:
        self.framework = load_framework(framework) if isinstance(framework, str) else framework
        if lang is not None and lang not in READ:
            raise UsageError(f"lang={lang!r}: not a language that is read;{resources.choices(lang, READ)}")
        self.lang = lang
        self.stage = stage
        self.text = load_text("en")
        self._rulebook = {
            "id": self.framework.id,
            "version": self.framework.version,
            "sha256": self.framework.sha256,
            "rules_sha256": rules_sha256(),  # a broken lexicon is found here, not halfway through a run
            "languages": list(LANGUAGES),
            "law_as_of": self.framework.law_as_of.isoformat(),
        }

    def rulebook(self) -> dict[str, Any]:
        """Return what identifies the rulebook: framework, version, hashes, date of the law."""
        return dict(self._rulebook)

    def audit_bytes(self, body: bytes, *, source: str, url: str = "", content_type: str = "") -> Assessment:
        """Return the judgement of a page given as bytes; never raises for what a page holds."""
        headers = (("content-type", content_type),) if content_type else ()
        return self.audit_fetched(Fetched(source=source, url=url, final_url=url, headers=headers, body=body))

    def audit_file(self, path: Path, *, source: str | None = None) -> Assessment:
        """Return the judgement of a saved page; a file that cannot be read is ``inconclusive`` with its reason."""
        return self.audit_fetched(read_file(path, source=source))

    def audit_fetched(self, fetched: Fetched) -> Assessment:
        """Return the judgement of a fetched page or of a failed fetch."""
        page, reading = self._read(fetched)
        return assess(
            page,
            reading,
            self.framework,
            self.text,
            source=fetched.source,
            provenance=self._provenance(page),
            fetch=_fetch_record(fetched),
            outcome=fetched.outcome,
        )

    def audit_url(self, url: str, options: FetchOptions | None = None) -> Assessment:
        """Fetch one page politely and judge it; a failed fetch is ``inconclusive`` with its outcome."""
        from .crawl.fetch import fetch

        return self.audit_fetched(fetch(url, options))

    def _read(self, fetched: Fetched) -> tuple[Document, Reading]:
        from .nlp.gate import page_gate

        if fetched.outcome != "ok":
            return Document(url=fetched.final_url or fetched.url, problem=fetched.problem or fetched.outcome), _UNREAD
        page = parse(fetched)
        gate = page_gate()
        if page.problem or (self.lang or page.lang) not in READ or not gate.within_reach(page.searchable):
            return checked(self._spoken(outline(page))), _UNREAD
        whole = checked(self._spoken(document(page, hit=gate)))
        if whole.problem or not any(gate(block.text) for block in whole.blocks):
            return whole, _UNREAD
        from .nlp.reading import read

        reading = read(whole, self.stage)
        return located(page, whole, {claim.mention.block for claim in reading.claims}), reading

    def _spoken(self, page: Document) -> Document:
        """Put the language that the user says in the place of the one detected."""
        return page if self.lang is None else msgspec.structs.replace(page, lang=self.lang)

    def _provenance(self, page: Document) -> dict[str, Any]:
        return {
            "tool": {"name": "claimaudit", "version": version()},
            "rulebook": self.rulebook(),
            "capture": {"html_sha256": page.html_sha256, "text_sha256": page.text_sha256, "charset": page.charset},
        }


def read_file(path: Path, *, source: str | None = None, max_bytes: int = MAX_BYTES) -> Fetched:
    """Return a saved page as if fetched; a file that cannot be read has outcome ``file_error``, or ``too_large``."""
    name = source if source is not None else str(path)
    try:
        with path.open("rb") as stream:
            return read_stream(stream, source=name, max_bytes=max_bytes, size=path.stat().st_size)
    except OSError as error:
        return Fetched(source=name, outcome="file_error", problem=f"cannot read the file: {error.strerror or error}")


def read_stream(stream: BinaryIO, *, source: str, max_bytes: int = MAX_BYTES, size: int = 0) -> Fetched:
    """Return the page that a stream holds; one of more than ``max_bytes`` is not read to its end."""
    body = b"" if size > max_bytes else stream.read(max_bytes + 1)
    if size <= max_bytes and len(body) <= max_bytes:
        return Fetched(source=source, body=body)
    found = f"{size:,} bytes" if size else f"more than {max_bytes:,} bytes"
    problem = f"found {found}; expected at most {max_bytes:,}; try to save the part that matters as a file of its own"
    return Fetched(source=source, outcome="too_large", problem=problem)


def _fetch_record(fetched: Fetched) -> dict[str, Any] | None:
    if not fetched.started:
        return None  # a file, standard input, or an input that is neither file nor URL
    return {
        "requested": fetched.url,
        "final_url": fetched.final_url,
        "redirects": list(fetched.redirects),
        "status": fetched.status,
        "started": fetched.started,
        "ended": fetched.ended,
        "user_agent": fetched.user_agent,
        "robots": {
            "checked": fetched.robots != "not_checked",
            "allowed": fetched.robots == "allowed",
            "result": fetched.robots,
            "crawl_delay": fetched.crawl_delay,
        },
        "outcome": fetched.outcome,
        "problem": fetched.problem,
    }


def audit(url: str, *, max_pages: int = 1, framework: str = "kr-arma") -> SiteAssessment:
    """Fetch a page politely (robots.txt honoured, private addresses refused) and judge it.

    Args:
        url: an http or https address.
        max_pages: pages of the site to judge; this version reads one.
        framework: id of a bundled framework or path of a user's own file.

    Returns:
        The site's assessment with the page's own in ``pages``. A failed fetch is ``inconclusive`` with its reason.

    Raises:
        UsageError: ``max_pages`` is not 1.
        DataError: the framework is missing or broken.
    """
    if max_pages != 1:
        raise UsageError(f"max_pages={max_pages}: this version judges single pages; call audit once for each address")
    auditor = Auditor(framework)
    return roll_up(url, url, [auditor.audit_url(url)], auditor.framework)


def audit_html(html: str | bytes, *, url: str, framework: str = "kr-arma") -> Assessment:
    """Judge a page that is already at hand.

    Args:
        html: the page as text, or as bytes whose charset is then found out.
        url: where it came from; kept as its source.
        framework: id of a bundled framework or path of a user's own file.

    Raises:
        DataError: the framework is missing or broken.
    """
    auditor = Auditor(framework)
    if isinstance(html, str):
        return auditor.audit_bytes(html.encode("utf-8"), source=url, url=url, content_type="text/html; charset=utf-8")
    return auditor.audit_bytes(html, source=url, url=url)
