"""Turn the bytes of a page into text blocks: Fetched → Page (all text, fast) → Document (blocks)."""

from .blocks import document, located, path_of
from .charset import Decoded, decode
from .language import block_language, page_language
from .outline import outline
from .page import MAX_BYTES, Page, parse
from .structure import is_question

__all__ = [
    "MAX_BYTES",
    "Decoded",
    "Page",
    "block_language",
    "decode",
    "document",
    "is_question",
    "located",
    "outline",
    "page_language",
    "parse",
    "path_of",
]
