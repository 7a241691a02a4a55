"""Collect the text between two block boundaries: inline elements and text nodes in, raw text and its make-up out."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from .tags import BOLD
from .text import BREAK
from .traits import traits

PLAIN, _BOLD, _QUOTE, _LINK = range(4)
"""What an inline element changed, to be undone where it ends."""


_STYLED = frozenset({"span", "em", "font"})


class Run:
    """The text since the last block boundary, and how much of it is bold, quoted or linked.

    Depths outlive a run, because a block may stand inside a link; counts do not.
    """

    __slots__ = ("bold", "bold_chars", "link", "link_chars", "links", "marked", "quote", "quote_chars", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.bold = self.quote = self.link = 0  # depths
        self.marked = False  # whether any depth is above zero
        self.bold_chars = self.quote_chars = self.link_chars = self.links = 0

    def reset(self) -> None:
        """Begin to count anew."""
        self.bold_chars = self.quote_chars = self.link_chars = self.links = 0

    def count(self, text: str) -> None:
        """Add the characters of a text node to what surrounds it."""
        size = len(text.strip())
        if self.bold:
            self.bold_chars += size
        if self.quote:
            self.quote_chars += size
        if self.link:
            self.link_chars += size

    def open(self, tag: str, node: LexborNode) -> int:
        """Enter an inline element; what :meth:`close` is to be given at its end."""
        if tag == "a":
            previous = node.prev
            if previous is not None and previous.tag == "a":
                self.texts.append(" ")  # two links side by side are two words, as style sheets set them
            self.link += 1
            code = _LINK
        elif tag == "br":
            self.texts.append(BREAK)
            return PLAIN
        elif tag in BOLD or (tag in _STYLED and self._stands_out(tag, node)):
            self.bold += 1
            code = _BOLD
        elif tag in ("q", "cite"):
            self.quote += 1
            code = _QUOTE
        else:
            return PLAIN
        self.marked = True
        return code

    def _stands_out(self, tag: str, node: LexborNode) -> bool:
        """Whether the class makes a title of a text, which stands out as bold text does; a space where classes meet."""
        class_ = node.attributes.get("class")
        if not class_:
            return False
        previous = node.prev if tag == "span" else None
        # A date and a title, one <span> after the other, are set apart by the style sheet.
        if previous is not None and previous.tag == "span" and previous.attributes.get("class") not in (None, class_):
            self.texts.append(" ")
        return traits(class_).heading

    def close(self, code: int) -> None:
        """Leave an inline element."""
        if code == PLAIN:
            return
        if code == _BOLD:
            self.bold -= 1
        elif code == _QUOTE:
            self.quote -= 1
        else:
            self.link -= 1
            self.links += 1
        self.marked = bool(self.bold or self.quote or self.link)
