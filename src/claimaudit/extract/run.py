"""Collect the text between two block boundaries: inline elements and text nodes in, raw text and its make-up out."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from .tags import BOLD
from .text import BREAK
from .traits import traits

_PLAIN, _BOLD, _QUOTE, _LINK = range(4)
"""What an inline element changed, to be undone where it ends."""


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

    def take(self) -> str:
        """The text collected, which is then forgotten; the counts stay until :meth:`reset`."""
        raw = "".join(self.texts)
        self.texts.clear()
        return raw

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
        if tag == "br":
            self.texts.append(BREAK)
            return _PLAIN
        code = _code(tag, node)
        if code == _LINK:
            previous = node.prev
            if previous is not None and previous.tag == "a":
                self.texts.append(" ")  # two links side by side are two words, as style sheets set them
            self.link += 1
        elif code == _BOLD:
            self.bold += 1
        elif code == _QUOTE:
            self.quote += 1
        if tag == "span" and _set_apart(node):
            self.texts.append(" ")
        self.marked = self.marked or code != _PLAIN
        return code

    def close(self, code: int) -> None:
        """Leave an inline element."""
        if code == _PLAIN:
            return
        if code == _BOLD:
            self.bold -= 1
        elif code == _QUOTE:
            self.quote -= 1
        else:
            self.link -= 1
            self.links += 1
        self.marked = bool(self.bold or self.quote or self.link)


def _code(tag: str, node: LexborNode) -> int:
    if tag == "a":
        return _LINK
    if tag in BOLD:
        return _BOLD
    if tag in ("q", "cite"):
        return _QUOTE
    if tag in ("span", "em", "font"):
        class_ = node.attributes.get("class")
        if class_ and traits(class_).heading:
            return _BOLD  # a title in a <span> of its own stands out as bold text does
    return _PLAIN


def _set_apart(node: LexborNode) -> bool:
    """Whether a <span> follows another of another class: a date and a title, set apart by the style sheet."""
    previous = node.prev
    if previous is None or previous.tag != "span":
        return False
    class_ = node.attributes.get("class")
    return bool(class_) and previous.attributes.get("class") not in (None, class_)
