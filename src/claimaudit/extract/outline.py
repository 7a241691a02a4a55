"""Say what is known of a page without reading its blocks: Page → Document, for pages that name no therapy."""

from __future__ import annotations

from claimaudit.types import Document

from .blocks import document
from .page import Page

_PLAINLY_READABLE = 2000
"""Characters of body text above which nothing about the blocks can make a page unreadable."""


def outline(page: Page) -> Document:
    """Return the document without blocks if the page has text enough to be readable in any case, else the whole one."""
    if page.problem or page.tree is None or len(page.body_text) - page.body_text.count(" ") < _PLAINLY_READABLE:
        return document(page)
    pictures, silent = page.images
    return Document(
        url=page.url,
        lang=page.lang,
        charset=page.decoded.charset,
        title=page.title,
        text_chars=len(page.text),
        images=pictures,
        images_without_alt=silent,
        html_sha256=page.html_sha256,
        text_sha256=page.text_sha256,
        limits=(*page.limits, *([f"unread_pictures:{silent}"] if silent else [])),
    )
