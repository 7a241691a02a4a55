"""Tables, definition lists and question lists: read exactly where they hold a hit, quickly elsewhere."""

from __future__ import annotations

import pytest

from claimaudit.extract import is_question
from claimaudit.extract.structure import opens_answer, opens_question, read_definitions, read_faq, read_table

PRICES = """<table><caption>Prices</caption><thead><tr><th>Care<th>Class<th>Price</thead>
<tr><td>Fat cells<td rowspan=2>medium<td>100</tr><tr><td>Marrow<td>200</tr><tr><td colspan=2>Ask us<td></tr></table>"""


def rows(blocks):
    return [block.text for block in blocks if block.kind == "row"]


def test_quick_and_exact(visible):
    """Without a hit cells are joined; with one each cell is said under its header."""
    assert rows(visible(PRICES)) == [
        "Care | Class | Price",
        "Fat cells | medium | 100",
        "Marrow | 200",
        "Ask us",
    ]
    exact = visible(PRICES, lambda text: "Marrow" in text)
    assert rows(exact) == [
        "Care: Fat cells | Class: medium | Price: 100",
        "Care: Marrow | Class: medium | Price: 200",
        "Care: Ask us",
    ]
    assert exact[0].kind == "caption"


def test_only_structures_with_a_hit_are_read_exactly(visible):
    """The predicate sees the cleaned text of each structure and decides for that one."""
    seen: list[str] = []
    table = "<table><tr><th>Care<th>Price</tr><tr><td>{}<td>1</tr></table>"

    def hit(text: str) -> bool:
        seen.append(text)
        return "ＰＲＰ" in text or "PRP" in text

    got = rows(visible(table.format("ＰＲＰ") + table.format("laser"), hit))
    assert got == ["Care: PRP | Price: 1", "Care | Price", "laser | 1"]
    assert seen == ["Care Price PRP 1", "Care Price laser 1"]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("<tr><th>위험도<td>중위험</tr><tr><th>가격<td>100만원</tr>", ["위험도: 중위험", "가격: 100만원"]),
        (
            "<tr><td><th>한국<th>일본</tr><tr><th>분류<td>중위험<td>第二種</tr>",
            ["분류: 한국: 중위험 | 일본: 第二種"],
        ),
        ("<tr><td>a<td>b</tr><tr><td>c<td>d</tr>", ["a | b", "c | d"]),
        ("<tr><th colspan=2>Both<tr><td>a<td>b", ["Both: a | Both: b"]),
        ("<tr><th>A<th>B<th>C<tr><td>1<td>2<td>", ["A | B | C", "A: 1 | B: 2"]),
        ("<tr><th>only<th>heads", ["only | heads"]),
        ("<tr><th>A<th>B<tr><td><p>x</p><p>y</p><td>줄기<b>세포</b>", ["A: x y | B: 줄기세포"]),
        ("<tr><td rowspan=900 colspan=900>a<tr><td>b", None),
    ],
)
def test_headers(table, expected):
    """Headers in the first row, the first column or both; spans; a header without cells is not lost."""
    got = read_table(f"<table>{table}</table>")
    assert got is not None
    if expected is not None:
        assert [text for _, text in got] == expected


def test_layout_tables_are_paragraphs(visible):
    """Tables that only place things are read as what they hold."""
    for html in (
        "<table><tr><td><h2>Care</h2><p>We treat knees.</p><td>Side</tr></table>",
        "<table><tr><td>Care</tr><tr><td>We treat knees.</tr><tr><td>Side</tr></table>",
        '<table role="presentation"><tr><td>Care<td>We treat knees.<td>Side</tr></table>',
        "<table><tr><td>Care<table><tr><td>We treat knees.</table><td>Side</tr></table>",
    ):
        blocks = visible(html, lambda _: True)
        assert [b.text for b in blocks] == ["Care", "We treat knees.", "Side"]
        assert "row" not in {b.kind for b in blocks}


def test_table_inside_a_layout_table(visible):
    """A table of data keeps its rows wherever it stands."""
    html = "<table><tr><td><p>Text</p><table><tr><th>A<th>B<tr><td>1<td>2</table></table>"
    assert [(b.kind, b.text) for b in visible(html)] == [("paragraph", "Text"), ("row", "A | B"), ("row", "1 | 2")]


def test_pictures_in_a_table_are_kept(read):
    """Reading a table exactly does not lose its pictures."""
    found = read("<table><tr><th>A<th>B<tr><td>PRP<td><img alt='Chart'></table>", lambda _: True)
    assert [b.text for b in found.blocks if b.kind == "alt"] == ["Chart"]
    assert found.images == 1


def test_definitions():
    """A term is a question, each line of its definition an answer."""
    html = "<dl><div><dt>Is it<br>safe?<dd><p>Yes.</p><p>Ask us.</p></div><dt>Cost?<dd>100</dl>"
    assert read_definitions(html) == [
        ("question", "Is it safe?"),
        ("answer", "Yes."),
        ("answer", "Ask us."),
        ("question", "Cost?"),
        ("answer", "100"),
    ]
    assert read_definitions("<dl></dl>") is None


def test_faq_container_keeps_everything():
    """What is neither question nor answer stays, in order; a container without pairs is left to the quick way."""
    html = (
        '<div class="faq"><h2>FAQ</h2><p>Intro</p><p>Q. Safe?</p><p>A. Yes.</p>'
        '<b class="question">Cost?</b><i class="answer">1</i></div>'
    )
    assert read_faq(html) == [
        ("heading", "FAQ"),
        ("paragraph", "Intro"),
        ("question", "Q. Safe?"),
        ("answer", "A. Yes."),
        ("question", "Cost?"),
        ("answer", "1"),
    ]
    assert read_faq("<div class=faq><p>Intro</p></div>") is None


@pytest.mark.parametrize("hit", [None, lambda _: True])
def test_nothing_is_lost_either_way(visible, hit):
    """Quick and exact reading hold the same words."""
    html = (
        f"{PRICES}<dl><dt>What?<dd>That</dl><ul class=faq><li><b class=question>Cost?</b><p class=answer>Low</p></ul>"
    )
    expected = "Prices Care Class Price Fat cells medium 100 Marrow 200 Ask us What? That Cost? Low"
    found = " ".join(b.text for b in visible(html, hit)).replace(":", " ").replace("|", " ")
    assert set(found.split()) == set(expected.split())


@pytest.mark.parametrize(
    "text", ["Q. x", "Q1. x", "Q 1) x", "Q: x", "질문: 비용", "질문 2. 비용", "問:費用", "Q2 Cost", "Q Is it safe?"]
)
def test_marks_of_questions(text):
    """Marks in all languages, numbered or not."""
    assert opens_question(text)
    assert is_question(text)


@pytest.mark.parametrize(
    "text", ["Quality: high", "Q", "QA. x", "Q fever cases", "질문이 많다", "問題: 多い", "", "A. x"]
)
def test_no_marks_of_questions(text):
    """Words that begin alike are no marks."""
    assert not opens_question(text)


def test_marks_of_answers():
    """An answer's mark needs its dot or colon."""
    assert all(map(opens_answer, ["A. yes", "A1: yes", "답변: 네", "答:はい", "답. 네"]))
    assert not any(map(opens_answer, ["A clinic", "Answers: x", "답변이 없다", "AB. x", ""]))


@pytest.mark.parametrize(
    "text", ["Is it safe?", "지정기관인가요", "비용은 얼마입니까.", "安全ですか。", "有资质吗", "Really?”"]
)
def test_wording_of_questions(text):
    """Questions are known by how they end, too."""
    assert is_question(text)
