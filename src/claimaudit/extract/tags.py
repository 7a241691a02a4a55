"""Which HTML elements stand in a line of text and which start a block: sets of tag names.

The long list is a text that is split, because fifty words are read more easily than fifty strings.
Elements that are not in :data:`INLINE`, such as the made-up ones of page builders, start a block.
"""

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
