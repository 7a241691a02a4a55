"""Say what HTML elements are: which stand in a line of text, which start a block, which picture can hold text.

The long list is a text that is split, because fifty words are read more easily than fifty strings.
Elements that are not in :data:`INLINE`, such as the made-up ones of page builders, start a block.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PIXELS = re.compile(r"\s*(\d{1,6})(?:\.\d+)?\s*(?:px)?\s*$")

INLINE = frozenset(
    """
    a abbr acronym area audio b basefont bdi bdo big br canvas cite code data del dfn em embed font i img input ins kbd
    label map mark meter nobr object output param picture progress q rb rtc ruby s samp slot small source span strike
    strong sub sup time track tt u var video wbr
    """.split()  # noqa: SIM905
)
BOLD = frozenset({"b", "strong"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
PICTURES = frozenset({"img", "area", "input"})


def can_hold_text(attributes: dict[str, str | None]) -> bool:
    """Whether a picture is large enough to hold text: a known side of 200 px or more, or no known side."""
    width, height = attributes.get("width"), attributes.get("height")
    if not width and not height:
        return True
    known = [side for side in (_pixels(width or ""), _pixels(height or "")) if side >= 0]
    return not known or max(known) >= 200


@lru_cache(maxsize=1024)
def _pixels(value: str) -> int:
    """The pixels that an attribute gives, -1 for anything else."""
    found = _PIXELS.match(value)
    return int(found[1]) if found else -1
