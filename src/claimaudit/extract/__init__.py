"""Turn the bytes of a page into text blocks: Fetched → Page (all text, fast) → Document (blocks)."""

from .page import MAX_BYTES, Page, parse

__all__ = ["MAX_BYTES", "Page", "parse"]
