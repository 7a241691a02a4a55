"""Which HTML elements stand in a line of text and which start a block: two sets of tag names, in and out of nothing.

Elements that are in neither set, such as the made-up ones of builders, start a block.
"""

INLINE = frozenset(
    "a abbr acronym audio b basefont bdi bdo big canvas cite code data del dfn em embed font i img input ins kbd label map "
    "area mark meter nobr object output param picture progress q rb rtc ruby s samp slot small source span strike strong sub "
    "sup time track tt u var video wbr".split()
)
BOLD = frozenset({"b", "strong"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
