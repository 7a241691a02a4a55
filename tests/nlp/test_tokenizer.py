"""The tokenizer: text → tokens that give the text back, and one normal form for all spellings of a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.vocab import Vocab

from claimaudit.extract.text import clean
from claimaudit.nlp.tokenizer import ScriptTokenizer, fold, is_cjk, norm, split

TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text("aZé’'s-‐.,:3 줄先あ。\n\xa0\u3000ＰⅡ", max_size=40)
TOKENIZE = ScriptTokenizer(Vocab())


@given(TEXTS)
def test_a_cleaned_text_comes_back_from_its_doc(text):
    """The tokens of any page text, put together, are that text, so offsets hold."""
    assert TOKENIZE(clean(text)).text == clean(text)


@given(st.lists(TEXTS.map(clean), min_size=2, max_size=3))
def test_a_line_break_is_a_token_of_its_own(blocks):
    """Blocks joined by line breaks stay apart: no token holds a break and something else."""
    words = split("\n".join(blocks))[0]
    assert words.count("\n") == len(blocks) - 1
    assert all(word == "\n" for word in words if "\n" in word)


@given(TEXTS)
def test_every_token_has_a_normal_form(text):
    """No token normalises to nothing."""
    assert all(norm(word) for word in split(clean(text))[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ships with iPS", ["ships", "with", "iPS"]),
        ("iPS細胞と再生", ["iPS", "細", "胞", "と", "再", "生"]),
        ("줄기세포 PRP주사", ["줄", "기", "세", "포", "PRP", "주", "사"]),
        ("NCT01234567", ["NCT", "01234567"]),
        ("900,000 at 3.5 or 12:30.", ["900,000", "at", "3.5", "or", "12:30", "."]),
        ("stem-cell", ["stem-", "cell"]),
        ("FDA, GMP", ["FDA", ",", "GMP"]),
        ("don't, clinic’s", ["don't", ",", "clinic’s"]),
        ("café Größe", ["café", "Größe"]),
    ],
)
def test_words_and_numbers_are_whole_and_other_characters_single(text, words):
    """Latin words and numbers are one token each, every other character is a token."""
    assert split(text)[0] == words


def test_spaces_are_kept_beside_the_words():
    """A single space is a property of the token before it, not a token."""
    assert split("줄기 세포") == (["줄", "기", "세", "포"], [False, True, False, False])


@pytest.mark.parametrize(
    "spellings",
    [
        ("exosome", "exosomes", "Exosome's", "EXOSOMES"),
        ("therapy", "therapies", "Therapy’s"),
        ("class", "classes", "class's"),
        ("MSC", "MSCs", "msc", "ＭＳＣ"),
        ("PRP", "ＰＲＰ", "PRP-"),
        ("Größe", "grösse"),
        ("細", "细"),
        ("療", "疗"),
        ("Ⅱ", "II"),
    ],
)
def test_spellings_of_one_word_share_a_normal_form(spellings):
    """Plural, possessive, case, width, hyphen and traditional characters do not tell words apart."""
    assert len({norm(word) for word in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("this", "thi"), ("virus", "viru"), ("analysis", "analysi"), ("gas", "ga"), ("iPS", "iP")]
)
def test_an_s_that_is_no_plural_stays(one, other):
    """Short words and words in -us, -is, -ss keep their s."""
    assert norm(one) != norm(other)


def test_folding_makes_typographic_quotes_plain():
    """Curly quotes are the quotes of the lexicon."""
    assert fold("“Clinic’s” ‘own’") == "\"clinic's\" 'own'"


@pytest.mark.parametrize(
    ("char", "expected"), [("줄", True), ("幹", True), ("あ", True), ("ー", True), ("a", False), ("1", False)]
)
def test_scripts_without_word_spaces_are_known(char, expected):
    """Hangul, Han and kana are told from Latin letters and digits."""
    assert is_cjk(char) is expected
