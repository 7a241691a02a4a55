"""Turn the bytes of a page into text: body and Content-Type header in, a Decoded value out.

Order: byte order mark, HTTP header, ``<meta>`` (see prescan.py), then detection. A declaration is believed unless the
bytes contradict it: they are valid UTF-8 while something else is declared, they do not decode, or they read as Chinese,
Japanese or Korean while a Western charset is declared (the default of many servers).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .prescan import prescan
from .settings import settings

Source = Literal["bom", "header", "meta", "detected", "default"]

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
_CJK = ("euc-kr", "shift_jis", "euc-jp", "gb18030", "big5")
_WESTERN = frozenset({"windows-1252", "iso-8859-15", "macintosh", "iso-8859-10", "iso-8859-14", "windows-1254"})
# The labels of the web mean more than Python's codecs of the same name; the first that reads without loss is taken.
_CODECS = {
    "euc-kr": ("cp949", "johab"),
    "gb18030": ("gb18030",),
    "shift_jis": ("cp932", "shift_jis_2004"),
    "euc-jp": ("euc_jp", "euc_jis_2004"),
    "big5": ("big5hkscs", "cp950"),
    "iso-2022-jp": ("iso2022_jp_ext", "iso2022_jp_3"),
    "windows-1252": ("cp1252",),
    "iso-8859-8-i": ("iso8859-8",),
    "windows-874": ("cp874",),
    "macintosh": ("mac_roman",),
    "x-mac-cyrillic": ("mac_cyrillic",),
    "utf-16le": ("utf-16-le",),
    "utf-16be": ("utf-16-be",),
}
_MARGIN = 0.001  # share of characters that may fail in a page that is otherwise fine
_SAMPLE = 6000  # characters that are judged
_TOP = 400  # characters of a frequency list that count fully
_PLAUSIBLE = 0.3  # text in the right charset scores .5 to .95, in a wrong one under .25
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';,]+)""", re.IGNORECASE)
_HIGH_RUN = re.compile(rb"[\x80-\xff]{2,}")
_ASCII = bytes(range(128))
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_CONVINCING = 0.6  # a declared charset that reads this well is not compared with others
_LEAD = 0.25  # by which another charset must read better to overrule a declaration that decodes


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a page and how its charset was settled; charset and declared are WHATWG names in lower case."""

    text: str
    charset: str
    declared: str = ""  # the first declaration: header before <meta>; "" if there is none
    source: Source = "default"
    conflict: bool = False  # declarations differ from each other, or from what the bytes are
    is_utf8: bool = False  # the body as it is, is the text in UTF-8: parsers can take the bytes


def decode(body: bytes, content_type: str = "") -> Decoded:
    """The text of a page's bytes; never raises, bytes without meaning become U+FFFD."""
    in_header, in_meta = _canonical(_header_label(content_type)), _canonical(prescan(body), in_page=True)
    declared = in_header or in_meta
    at_odds = bool(in_header and in_meta and in_header != in_meta)
    for mark, charset in _BOMS:
        if body.startswith(mark):
            text = _read(body[len(mark) :], charset)[0]
            return Decoded(text, charset, declared, "bom", at_odds or declared not in ("", charset))
    source: Source = "header" if in_header else "meta" if in_meta else "detected"
    if body.isascii() and b"\x1b$" not in body and declared not in ("utf-16le", "utf-16be"):
        taken: Source = source if declared else "default"
        return Decoded(body.decode("ascii"), declared or "utf-8", declared, taken, at_odds, is_utf8=True)
    if declared in ("", "utf-8") and not (body.isascii() and b"\x1b$" in body):
        text, failed = _read(body, "utf-8")
        if _fine(text, failed) and (failed == 0 or declared):
            return Decoded(text, "utf-8", declared, source, at_odds, is_utf8=failed == 0 and len(text) > 0)
    charset, text = _settle(body, declared, in_meta if at_odds else "")
    if charset == declared:
        return Decoded(text, charset, declared, source, at_odds)
    taken = "meta" if charset == in_meta else "detected"
    return Decoded(text, charset, declared, taken, bool(declared) or at_odds)


# ── labels ───────────────────────────────────────────────────────────────────────────────────────────


def _header_label(content_type: str) -> str:
    found = _HEADER.search(content_type)
    return found[1] if found else ""


@lru_cache(maxsize=256)
def _canonical(label: str, *, in_page: bool = False) -> str:
    """The WHATWG name of a label, "" if unknown; in a page "utf-16" can only be a mistake for UTF-8."""
    if not label:
        return ""
    import webencodings

    encoding = webencodings.lookup(label)
    name = encoding.name if encoding else ""
    if in_page and name in ("utf-16le", "utf-16be"):
        return "utf-8"
    return {"gbk": "gb18030", "x-user-defined": "windows-1252", "replacement": ""}.get(name, name)


# ── reading with one charset ─────────────────────────────────────────────────────────────────────────


def _read(body: bytes, charset: str) -> tuple[str, int]:
    """The text in a charset and the number of characters that failed; a character cut off at the end does not count."""
    best: tuple[str, int] | None = None
    for codec in _CODECS.get(charset, (charset,)):
        text, failed = _read_codec(body, codec)
        if best is None or failed < best[1]:
            best = text, failed
        if failed == 0:
            break
    return best or ("", 0)


def _read_codec(body: bytes, codec: str) -> tuple[str, int]:
    try:
        return body.decode(codec), 0
    except UnicodeDecodeError as error:
        if error.start >= len(body) - 4 and error.end == len(body):  # cut off within the last character
            return body[: error.start].decode(codec, "replace"), 0
        own = body.count("\ufffd".encode()) if codec == "utf-8" else 0
        text = body.decode(codec, "replace")
        return text, max(text.count("\ufffd") - own, 1)
    except LookupError:  # a WHATWG charset that Python does not have
        return body.decode("cp1252", "replace"), body.count(b"\x80") + 1


def _fine(text: str, failed: int) -> bool:
    """Whether so few characters failed that the charset is right and the page is slightly broken."""
    return failed <= max(1, _MARGIN * len(text))


# ── detection ────────────────────────────────────────────────────────────────────────────────────────


def _settle(body: bytes, declared: str, second: str) -> tuple[str, str]:
    """The charset and the text for bytes that are not plain UTF-8 or are declared to be something else."""
    utf16 = _utf16_without_mark(body)
    if utf16:
        return utf16, _read(body, utf16)[0]
    if b"\x1b$" in body and body.isascii():
        return "iso-2022-jp", _read(body, "iso-2022-jp")[0]
    believed = _believe(body, declared)
    if believed is not None:
        return declared, believed
    charset = _detect(body, declared, second)
    return charset, _read(body, charset)[0]


def _believe(body: bytes, declared: str) -> str | None:
    """The text under the declared charset, None where the bytes speak against it."""
    if not declared or declared == "utf-8":
        return None
    text, failed = _read(body, declared)
    if not _fine(text, failed):
        return None
    if _utf8_certain(body):
        return None
    if declared in _CJK:
        own = plausibility(text, declared)
        return text if own >= _CONVINCING or own + _LEAD > max(_score(body, charset) for charset in _CJK) else None
    return None if _looks_cjk(body, _PLAUSIBLE + 0.1 if declared in _WESTERN else _CONVINCING) else text


def _detect(body: bytes, declared: str, second: str) -> str:
    """The charset under which the bytes read best; the declared ones and the detector's guess win ties."""
    text, failed = _read(body, "utf-8")
    if _fine(text, failed) and (failed == 0 or _utf8_certain(body)):
        return "utf-8"
    guess = _cchardet(body)
    scores = {charset: _score(body, charset) for charset in dict.fromkeys((*_CJK, "utf-8"))}
    for favoured, bonus in ((declared, 0.04), (second, 0.04), (guess, 0.02)):
        if favoured in scores and scores[favoured] > 0:
            scores[favoured] += bonus
    best = max(scores, key=lambda charset: scores[charset])
    if scores[best] >= _PLAUSIBLE and (best == "utf-8" or _runs(body) >= 0.5):
        return best
    for charset in (declared, second, guess):
        if charset and charset not in _CJK and _fine(*_read(body, charset)):
            return charset
    if scores[best] >= _PLAUSIBLE / 2 and _runs(body) >= 0.8:
        return best
    return declared if declared and declared != "utf-8" and declared not in _CJK else "windows-1252"


def _score(body: bytes, charset: str) -> float:
    text, failed = _read(body, charset)
    high = sum(map(len, _NOT_ASCII.findall(text)))
    # One failure in a hundred foreign characters costs .1: a wrong charset fails at every tenth or so.
    return plausibility(text, charset) - (10 * failed / high if high else 0)


@lru_cache(maxsize=8)
def _weights(charset: str) -> dict[str, float]:
    """What a character is worth as evidence for a charset; characters that are absent are worth nothing."""
    marks = settings().charset
    frequent = {
        "euc-kr": marks.ko,
        "shift_jis": marks.ja,
        "euc-jp": marks.ja,
        "gb18030": marks.zh_hans,
        "big5": marks.zh_hant,
        "utf-8": marks.ko + marks.ja + marks.zh_hans + marks.zh_hant,
    }[charset]
    characters = "".join(frequent.split())
    # The lists go from frequent to less so; their ends also meet the characters of a wrong reading.
    weights = {
        character: 1.0 if rank < _TOP or charset == "utf-8" else 0.5 for rank, character in enumerate(characters)
    }
    if charset in ("shift_jis", "euc-jp", "utf-8"):
        weights |= {chr(code): 1.0 for code in (*range(0x3041, 0x3094), *range(0x30A1, 0x30FD))}
    weights |= dict.fromkeys("、。「」『』·・，：；！？（）《》【】“”‘’…～—─※○●■□▶☎①②③", 0.6)
    return weights


def plausibility(text: str, charset: str) -> float:
    """How much a text decoded with a CJK charset (or utf-8) looks like written language, -1 to 1; 0 if all ASCII.

    Frequent characters count fully, other Hangul and Han a little; half-width kana, private use and failures count
    negatively.
    """
    foreign = "".join(_NOT_ASCII.findall(text[: 40 * _SAMPLE]))[:_SAMPLE]
    if not foreign:
        return 0.0
    weights = _weights(charset)
    total = 0.0
    for character in foreign:
        worth = weights.get(character)
        total += _rare(character, charset) if worth is None else worth
    return total / len(foreign)


def _rare(character: str, charset: str) -> float:
    code = ord(character)
    if 0xAC00 <= code <= 0xD7A3:
        return 0.2 if charset in ("euc-kr", "utf-8") else 0.0
    if 0x4E00 <= code <= 0x9FFF:
        return 0.0 if charset == "euc-kr" else 0.15
    if 0xFF61 <= code <= 0xFF9F:
        return -0.5
    if 0xE000 <= code <= 0xF8FF or code == 0xFFFD or code < 0xA0:
        return -1.0
    if code > 0xFFFF or 0x3400 <= code <= 0x4DBF:
        return -0.5
    return 0.0


def _cchardet(body: bytes) -> str:
    import cchardet

    found = cchardet.detect(body[:65536])["encoding"] or ""
    return _canonical({"uhc": "euc-kr"}.get(found.lower(), found.lower()))


def _runs(body: bytes) -> float:
    """The share of high bytes that stand beside another one: near 1 in CJK and Cyrillic, near 0 in French or German."""
    high = len(body) - len(body.translate(None, bytes(range(128, 256))))
    return sum(map(len, _HIGH_RUN.findall(body))) / high if high else 0.0


def _looks_cjk(body: bytes, least: float) -> bool:
    return _runs(body) >= 0.6 and max(_score(body, charset) for charset in _CJK) >= least


def _utf8_certain(body: bytes) -> bool:
    """Whether the bytes are UTF-8 beyond chance: they decode, and hold a three-byte or several two-byte characters."""
    text, failed = _read(body, "utf-8")
    if not _fine(text, failed):
        return False
    foreign = "".join(_NOT_ASCII.findall(text))
    return bool(re.search("[\u0800-\ufffc\U00010000-\U0010ffff]", foreign)) or len(foreign) >= 4


def _utf16_without_mark(body: bytes) -> str:
    """UTF-16 that lost its mark shows as "<", NUL or NUL, "<"."""
    head = body[:4]
    if len(head) == 4 and head[1] == 0 and head[3] == 0 and head[0]:
        return "utf-16le"
    if len(head) == 4 and head[0] == 0 and head[2] == 0 and head[1]:
        return "utf-16be"
    return ""
