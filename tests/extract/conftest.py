"""What the tests of the extractor share: HTML in, page or blocks out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from claimaudit.extract import Page, document, parse
from claimaudit.types import Block, Document, Fetched


def fetched(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> Fetched:
    """A page as the crawler hands it over."""
    body = html.encode() if isinstance(html, str) else html
    headers = (("content-type", content_type),) if content_type else ()
    return Fetched(source="page.html", url="https://saebom.example/", headers=headers, body=body)


@pytest.fixture
def page() -> Callable[..., Page]:
    """HTML → Page."""
    return lambda html, **more: parse(fetched(html, **more))


@pytest.fixture
def read() -> Callable[..., Document]:
    """HTML → Document."""
    return lambda html, hit=None: document(parse(fetched(html)), hit)


@pytest.fixture
def visible(read: Callable[..., Document]) -> Callable[..., list[Block]]:
    """HTML → the blocks of its visible text."""
    return lambda html, hit=None: [block for block in read(html, hit).blocks if block.layer == "visible"]
