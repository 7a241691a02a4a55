"""Find the charset label that a page declares in its first bytes: HTML in, a label such as ``euc-kr`` or "" out.

This is the WHATWG "prescan a byte stream to determine its encoding" (https://html.spec.whatwg.org/#prescan-a-byte-stream):
comments are skipped, ``<meta charset>`` and ``<meta http-equiv=content-type content=…>`` count, and an XML declaration
counts when nothing else is declared. Browsers stop after 1,024 bytes; :func:`prescan` reads on when nothing was found,
because pages with long scripts on top are common.
"""

from __future__ import annotations

import re

STANDARD = 1024
BEYOND = 16384

_SPACE = b"\t\n\x0c\r "
_CHARSET = re.compile(rb"charset[\t\n\x0c\r ]*=[\t\n\x0c\r ]*", re.IGNORECASE)
_XML = re.compile(rb"""<\?xml[^>]*?encoding[\x00-\x20]*=[\x00-\x20]*["']([^"'>]+)["']""")
_TAG_START = re.compile(rb"</?[A-Za-z]")
# A tag as most are written, passed over in one step; the others are read byte by byte.
_PLAIN_TAG = re.compile(
    rb"""</?[A-Za-z][^\t\n\x0c\r />]*+(?:[\t\n\x0c\r /]++[^\t\n\x0c\r />=]++"""
    rb"""(?:[\t\n\x0c\r ]*+=[\t\n\x0c\r ]*+(?:"[^"]*+"|'[^']*+'|[^\t\n\x0c\r "'>][^\t\n\x0c\r >]*+))?+)*+"""
    rb"""[\t\n\x0c\r /]*+>"""
)


def prescan(body: bytes) -> str:
    """The declared label in lower case, "" if there is none; a label is not checked against the known ones."""
    for limit in (STANDARD, BEYOND):
        head = body[:limit]
        label = _scan(head) if b"charset" in head.lower() else ""
        if label:
            return label
        if len(body) <= limit:
            break
    found = _XML.match(body[:STANDARD].lstrip())
    return _as_text(found[1]) if found else ""


def _scan(data: bytes) -> str:
    position = 0
    while (position := data.find(b"<", position)) >= 0:
        if data.startswith(b"<!--", position):
            # The two dashes that open a comment may also close it: "<!-->".
            end = data.find(b"-->", position + 2)
            if end < 0:
                return ""
            position = end + 3
        elif data[position : position + 5].lower() == b"<meta" and data[position + 5 : position + 6] in _META_ENDS:
            label, position = _meta(data, position + 6)
            if label:
                return label
        elif plain := _PLAIN_TAG.match(data, position):
            position = plain.end()
        elif _TAG_START.match(data, position):
            position = _skip_name(data, position)
            name: bytes | None = b""
            while name is not None:
                name, _, position = _attribute(data, position)
        elif data[position + 1 : position + 2] in (b"!", b"/", b"?"):
            end = data.find(b">", position)
            if end < 0:
                return ""
            position = end + 1
        else:
            position += 1
    return ""


_META_ENDS = frozenset(bytes([byte]) for byte in _SPACE + b"/")


def _meta(data: bytes, position: int) -> tuple[str, int]:
    """The label of one <meta> ("" if it declares none) and the position behind its attributes."""
    seen: set[bytes] = set()
    label, from_content, is_pragma = "", False, False
    while True:
        name, value, position = _attribute(data, position)
        if name is None:
            break
        if name in seen:
            continue
        seen.add(name)
        if name == b"http-equiv":
            is_pragma = value == b"content-type"
        elif name == b"content" and not label:
            label = _label_in_content(value)
            from_content = bool(label)
        elif name == b"charset":
            label, from_content = _as_text(value), False
    return ("" if from_content and not is_pragma else label), position


def _label_in_content(value: bytes) -> str:
    found = _CHARSET.search(value)
    if not found:
        return ""
    rest = value[found.end() :]
    quote = rest[:1]
    if quote in (b'"', b"'"):
        end = rest.find(quote, 1)
        return _as_text(rest[1:end]) if end > 0 else ""
    return _as_text(re.split(rb"[\t\n\x0c\r ;]", rest, maxsplit=1)[0])


def _skip_name(data: bytes, position: int) -> int:
    while position < len(data) and data[position] not in b"\t\n\x0c\r >":
        position += 1
    return position


def _attribute(data: bytes, position: int) -> tuple[bytes | None, bytes, int]:
    """The next attribute (name and value in lower case) and the position behind it; name None where the tag ends."""
    end = len(data)
    while position < end and data[position] in b"\t\n\x0c\r /":
        position += 1
    if position >= end or data[position] == 0x3E:
        return None, b"", position + 1
    start = position
    while position < end and data[position] not in b"\t\n\x0c\r />=":
        position += 1
    if position == start:  # a "=" in first place belongs to the name
        position += 1
        while position < end and data[position] not in b"\t\n\x0c\r />=":
            position += 1
    name = data[start:position].lower()
    while position < end and data[position] in _SPACE:
        position += 1
    if position >= end or data[position] != 0x3D:
        return name, b"", position
    position += 1
    while position < end and data[position] in _SPACE:
        position += 1
    if position < end and data[position] in b"\"'":
        close = data.find(data[position : position + 1], position + 1)
        if close < 0:
            return None, b"", end
        return name, data[position + 1 : close].lower(), close + 1
    start = position
    while position < end and data[position] not in b"\t\n\x0c\r >":
        position += 1
    return name, data[start:position].lower(), position


def _as_text(label: bytes) -> str:
    return label.strip(_SPACE).decode("latin-1").lower()
