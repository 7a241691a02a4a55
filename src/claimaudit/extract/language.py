"""Tell the language of a page or block: text and the declared language in, a tag such as ``ko`` or ``zh-Hant`` out.

Scripts are counted; what the page declares settles what scripts cannot (a Japanese heading in kanji only). Only text in
Latin or a further script that is long enough and not plainly English goes to py3langid.
"""

from __future__ import annotations

import re
from functools import lru_cache

from claimaudit.types import Lang

from .settings import settings
from .text import not_ascii

_SAMPLE = 6000
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]+")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc]+")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆\U00020000-\U0002fa1f]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_OTHER = re.compile("[\u0370-\u10ff\u1200-\u1dff]+")
_NO_LETTERS = bytes(code for code in range(256) if not chr(code).isalpha() or code > 127)
_LOWER = bytes(ord(chr(code).lower()) if code == 127 or chr(code).isalpha() else 32 for code in range(128)) + b" " * 128
_WORTH = 2.5  # a Hangul syllable, kana or Han character says as much as so many letters
_IDENTIFIED = 1200  # characters that py3langid sees: more change nothing and cost milliseconds
_HANJA = 12  # characters of a Korean page's words in Han characters; more are Chinese
_MANY = 300  # words; of more a third is looked at first
_PLAINLY = 0.3  # share of stop words in most English texts, far above what other languages have
_FEW = 2.0  # letters' worth below which there is no language


def page_language(text: str, declared: str = "") -> Lang:
    """The main language of a cleaned text of any length; samples of head, middle and end are read of a long one."""
    if len(text) > _SAMPLE:
        middle, part = len(text) // 2, _SAMPLE // 3
        text = " ".join((text[:part], text[middle - part // 2 : middle + part // 2], text[-part:]))
    return block_language(text, declared)


def block_language(text: str, prior: str = "") -> Lang:
    """The language of a short text, given the language declared for or found on its page."""
    prior = normalised(prior)
    if text.isascii():
        return _latin(text, prior)
    foreign = not_ascii(text)
    hangul, kana, han = (_count(pattern, foreign) * _WORTH for pattern in (_HANGUL, _KANA, _HAN))
    accented, other = "".join(_LATIN.findall(foreign)), _count(_OTHER, foreign)
    latin = len(accented) + len(text.encode("ascii", "ignore").translate(None, _NO_LETTERS))
    japanese = kana >= 0.08 * (kana + han)  # a Chinese page may name a Japanese product
    scores = {
        "ko": hangul,
        "ja": kana + (han if japanese else 0.0),
        "zh": 0.0 if japanese and kana else han,
        "latin": float(latin),
        "other": float(other) * 1.2,
    }
    favoured = {"zh-Hans": "zh", "zh-Hant": "zh"}.get(prior, prior)
    if favoured in scores:
        scores[favoured] *= 2
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < _FEW:
        return "und"
    if best == "zh":
        return _han_only(text, prior)
    if best == "latin":
        return _latin(text, prior, accented)
    return _identified(text, prior) if best == "other" else best


@lru_cache(maxsize=256)
def normalised(tag: str) -> Lang:
    """A declared tag in our spelling: ``ko-KR`` → ``ko``, ``zh_TW`` → ``zh-Hant``, ``en-US`` → ``en``; "" if none."""
    parts = tag.strip().lower().replace("_", "-").split(",")[0].split("-")
    if parts[0] in ("zh", "cn", "tw", "chi", "zho"):
        return "zh-Hant" if {"tw", "hk", "mo", "hant"} & set(parts) else "zh-Hans"
    return {"jp": "ja", "jpn": "ja", "kr": "ko", "kor": "ko", "eng": "en"}.get(parts[0], parts[0])


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(map(len, pattern.findall(text)))


@lru_cache(maxsize=1)
def _english() -> frozenset[bytes]:
    return frozenset(word.encode() for word in settings().language.english)


@lru_cache(maxsize=1)
def _forms() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    marks = settings().language
    return frozenset(marks.hans), frozenset(marks.hant), frozenset(marks.japanese)


def _han_only(text: str, prior: Lang) -> Lang:
    """Chinese in either form, or Japanese without kana, by characters of one form only, else by the prior."""
    hans, hant, japanese = _forms()
    simplified = sum(character in hans for character in text)
    traditional = sum(character in hant for character in text)
    native = sum(character in japanese for character in text)
    if prior == "ja" and native >= max(simplified, traditional) - 1:
        return "ja"
    # Japanese simplified some characters as China did and left others: a mixture with forms of its own is Japanese.
    more, fewer = max(simplified, traditional), min(simplified, traditional)
    if native and 4 * native >= more and (fewer or native > 1):
        return "ja"
    if prior == "ko" and simplified == 0 and len(text) <= _HANJA:
        return "ko"
    if simplified == traditional:
        return prior if prior in ("zh-Hans", "zh-Hant") else "zh-Hant" if traditional else "zh-Hans"
    return "zh-Hans" if simplified > traditional else "zh-Hant"


def _latin(text: str, prior: Lang, accented: str = "") -> Lang:
    """English by its stop words; other languages by py3langid where there is enough text."""
    plain = text
    for letter in set(accented):
        plain = plain.replace(letter, "\x7f")  # stands for a letter that no English word has
    letters_only = plain.encode("ascii", "replace").translate(_LOWER)
    letters = len(letters_only) - letters_only.count(b" ")
    if letters < _FEW:
        return "und"
    words = letters_only.split()
    share = _stop_share(words[::3]) if len(words) > _MANY else 0.0
    if share < _PLAINLY:
        share = _stop_share(words)
    if share >= 0.18 or (share >= 0.06 and prior in ("", "en")):
        return "en"
    if prior and not prior.startswith(("en", "ko", "ja", "zh")) and share < 0.06:
        return prior  # the page says that it is in another language, and its words do not say English
    if letters >= 200:
        # Lists of names and menus are often taken for some small language.
        return "en" if prior in ("", "en") and share >= 0.03 else _identified(text, prior)
    if letters < 40 and not prior:
        return "en" if share else "und"
    return "en" if not prior or prior in ("ko", "ja", "zh-Hans", "zh-Hant") else prior


def _stop_share(words: list[bytes]) -> float:
    return sum(map(_english().__contains__, words)) / len(words)


def _identified(text: str, prior: Lang) -> Lang:
    from py3langid.langid import classify

    found = str(classify(text[:_IDENTIFIED])[0])
    return prior if found in ("ko", "ja", "zh") and prior else normalised(found)
