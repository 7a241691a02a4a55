"""Turn text into spaCy tokens: Latin words and numbers whole, one token per other character.

Matching on these tokens equals character matching, keeps Latin word boundaries ("iPS" is not in "ships") and does not
depend on a Korean, Japanese or Chinese dictionary. ``norm`` is what two spellings of one word have in common; it
becomes the NORM attribute of spaCy's lexemes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from ..extract.text import not_ascii

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

_WORD = r"[A-Za-zÀ-ÖØ-öø-ɏͰ-Ͽ֐-ۿЀ-ӿ]+(?:['’][A-Za-z]+)*"
_NUMBER = r"\d+(?:[.,:]\d+)*"
_TOKEN = re.compile(rf"({_WORD}[-‐‑]?|{_NUMBER}[-‐‑]?|[^\S\n]+|.)( (?![^\S\n]))?", re.DOTALL)
_HYPHENS = "-‐‑"
_LONG = 500
_CJK = re.compile(r"[ᄀ-ᇿ⺀-⿟々-ヿ㄰-㆏㐀-鿿가-힯豈-﫿]")
_HAN = re.compile("[㐀-鿿]")
_ACRONYM_PLURAL = re.compile(r"^[A-Z]{2,}s$")
_SQUEEZE = re.compile(r"[\s\-‐‑]+")


@lru_cache(maxsize=1)
def _converter() -> object:
    import opencc

    return opencc.OpenCC("t2s")


class _Simplified(dict[int, str]):
    """Code point → simplified character, filled as characters are met (loading OpenCC takes 35 ms)."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        if 0x3400 <= point < 0xA000:
            char = _converter().convert(char)  # type: ignore[attr-defined]
        self[point] = char
        return char


_QUOTES = {"’": "'", "‘": "'", "“": '"', "”": '"'}
_simplified = _Simplified({ord(quote): plain for quote, plain in _QUOTES.items()})


def fold(text: str) -> str:
    """Return ``text`` in NFKC, case-folded, with traditional characters made simplified."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text)
    # Looking at each kind of character once spares a long text most of the walks through it.
    kinds = "".join(set(not_ascii(text))) if len(text) > _LONG else text
    if len(text) > _LONG and kinds == kinds.casefold():
        text = text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
    else:
        text = text.casefold()
    if _HAN.search(kinds):
        return text.translate(_simplified)
    for quote, plain in _QUOTES.items():
        if quote in kinds:
            text = text.replace(quote, plain)
    return text


def squeeze(folded: str) -> str:
    """Return folded text without white space and hyphens: the form in which the gate looks for anchors."""
    return _SQUEEZE.sub("", folded)


def norm(word: str) -> str:
    """Return the form of one token that its spellings share: folded, singular, without possessive and hyphen."""
    word = word.rstrip(_HYPHENS) or word
    if _ACRONYM_PLURAL.match(word):
        word = word[:-1]
    word = fold(word)
    if word.endswith("'s"):
        word = word[:-2]
    if len(word) > 4 and word.endswith("s") and word.isascii():
        if word.endswith("ies"):
            return word[:-3] + "y"
        if word.endswith("sses"):
            return word[:-2]
        if not word.endswith(("ss", "us", "is")):
            return word[:-1]
    return word


def is_cjk(char: str) -> bool:
    """Tell whether a character is Hangul, Han or kana (written without spaces between words of a term)."""
    return _CJK.match(char) is not None


def split(text: str) -> tuple[list[str], list[bool]]:
    """Return the tokens of ``text`` and, for each, whether a space follows. Joining them gives ``text`` back."""
    pieces = _TOKEN.findall(text)
    return [word for word, _ in pieces], [bool(space) for _, space in pieces]


class ScriptTokenizer:
    """spaCy tokenizer: ``text -> Doc`` by :func:`split`."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Return the Doc of ``text``; ``doc.text == text``."""
        return self.doc(*split(text))

    def doc(self, words: list[str], spaces: list[bool]) -> Doc:
        """Return the Doc of tokens that are split already."""
        from spacy.tokens import Doc

        return Doc(self.vocab, words=words, spaces=spaces)
