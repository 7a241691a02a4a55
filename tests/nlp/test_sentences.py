"""Sentence and clause boundaries: tokens of four languages → numbers that change where a sentence or clause ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimaudit.nlp.sentences import boundaries
from claimaudit.nlp.tokenizer import split


def parts(text, kind="sentence"):
    """The sentences or clauses of a text, as text."""
    words, spaces = split(text)
    found = {}
    for word, space, number in zip(words, spaces, getattr(boundaries(words, spaces), kind), strict=True):
        found[number] = found.get(number, "") + word + " " * space
    return [part.strip() for part in found.values() if part.strip()]


@pytest.mark.parametrize(
    "sentences",
    [
        ("We are designated.", "Ask us."),
        ("저희는 지정되었습니다.", "문의하세요."),
        ("当院は指定を受けました。", "ご予約ください。"),
        ("本院已獲指定。", "歡迎預約！"),
        ("Is it designated?", "It is!"),
        ("指定ですか？", "はい。"),
        ("Really?!", "Yes."),
        ("It was in 2025.", "We opened."),
    ],
)
def test_a_sentence_ends_at_its_stop(sentences):
    """Full stops, question and exclamation marks of each script end a sentence."""
    assert parts(" ".join(sentences)) == list(sentences)


@pytest.mark.parametrize(
    "text",
    [
        "시술합니다.저희는 지정되었습니다.",
        "指定です。当院は予約制です。",
        "是吗？是的。",
        "지정되었나요?네, 되었습니다.",
    ],
)
def test_no_space_is_needed_between_sentences_without_word_spaces(text):
    """다. ends a sentence even where the next one follows at once."""
    assert len(parts(text)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Kim and Prof. Lee lead it.",
        "It is rated 3.5 of 5 by patients.",
        "비용은 3.5배입니다.",
        "The U.S. FDA approved it.",
        "Growth factors, e.g. PRP, are used.",
        "Made by Kaon Co. Ltd. of Seoul.",
        "A. B. Kim came.",
        "Wait... then go.",
        "1. Consultation",
        "See claimaudit.example for more.",
    ],
)
def test_a_stop_that_ends_no_sentence(text):
    """Abbreviations, initials, decimals, dots in a row, item numbers and host names leave the sentence whole."""
    assert parts(text) == [text]


@pytest.mark.parametrize(
    "text", ["We use PRP (exosomes, etc.) and stem cells.", "Kaon Cells (Kaon Co.) is designated."]
)
def test_an_abbreviation_before_a_bracket_ends_no_sentence(text):
    """An abbreviation at the end of a bracket leaves the sentence whole."""
    assert parts(text) == [text]


def test_an_item_number_belongs_to_its_item():
    """The number of a list item is no sentence of its own."""
    assert parts("We did it. 2. Injection follows.") == ["We did it.", "2. Injection follows."]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ('He said "yes." Then he left.', 'He said "yes."'),
        ("그는 “지정되었다.” 이후 떠났다.", "그는 “지정되었다.”"),
        ("「指定です。」次へ。", "「指定です。」"),
        ("(We are designated.) You are not.", "(We are designated.)"),
    ],
)
def test_closing_quotes_and_brackets_belong_to_the_sentence_before(text, first):
    """What closes after the stop is not the beginning of the next sentence."""
    assert parts(text)[0] == first


def test_a_block_ends_sentence_and_clause():
    """A line break between blocks ends both, with or without a stop."""
    assert (
        parts("Stem cells\nWe offer them")
        == parts("Stem cells\nWe offer them", "clause")
        == ["Stem cells", "We offer them"]
    )


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("We are designated, but they are not", ["We are designated,", "but they are not"]),
        ("지정되었고, 아직 아닙니다", ["지정되었고,", "아직 아닙니다"]),
        ("指定済み、申請中", ["指定済み、", "申請中"]),
        ("已指定，未批准；其他", ["已指定，", "未批准；", "其他"]),
        ("PRP|SVF", ["PRP|", "SVF"]),
        ("price: 900,000 won", ["price:", "900,000 won"]),
        ("we (not they) do", ["we (", "not they)", "do"]),
    ],
)
def test_clauses_end_at_commas_colons_brackets_and_bars(text, clauses):
    """Clause marks of each script end a clause; the comma in a number does not."""
    assert parts(text, "clause") == clauses


@given(st.text("ab .,!?\n()가다。「」3", max_size=40))
def test_a_clause_never_spans_two_sentences(text):
    """Numbers only grow, and a new sentence is always a new clause."""
    found = boundaries(*split(text))
    steps = list(
        zip(
            zip(found.sentence, found.clause, strict=True),
            zip(found.sentence[1:], found.clause[1:], strict=True),
            strict=False,
        )
    )
    assert all(s2 >= s1 and c2 >= c1 and (s1 == s2 or c1 < c2) for (s1, c1), (s2, c2) in steps)
