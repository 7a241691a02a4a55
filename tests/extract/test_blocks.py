"""document: a page → blocks in reading order, with kind, section, heading and question."""

from __future__ import annotations

import pytest

from claimaudit.extract import document, parse, path_of
from claimaudit.extract.walk import MAX_BLOCKS
from claimaudit.types import Fetched


def pairs(blocks):
    return [(block.kind, block.text) for block in blocks]


def sections(blocks):
    return {block.text: block.section for block in blocks}


# ── runs of text ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "html",
    [
        "<h1>Stem cell care</h1><p>We treat knees.</p><ul><li>One</li><li>Two</li></ul>",
        "<h1>Stem cell care<p>We treat knees.<ul><li>One<li>Two</ul>".replace("care<p>", "care</h1><p>"),
        "<div><div><h1>\n Stem <b>cell</b>\n care </h1></div>\n<div><div>We treat knees.</div></div></div>\n"
        "<ul>\n <li><div><span>One</span></div></li>\n\n <li>Two</li>\n</ul>",
        "<h1>&#83;tem&nbsp;cell c&#x61;re</h1><p>We tr<wbr>eat<!-- c --> knees.</p><ol><li><p>One</p><li>T<i>w</i>o",
    ],
)
def test_markup_style_does_not_matter(visible, html):
    """Minified, indented, nested and entity-ridden markup give the same texts."""
    assert [block.text for block in visible(html)] == ["Stem cell care", "We treat knees.", "One", "Two"]


def test_inline_elements_join_without_spaces(visible):
    """No space is invented inside a word, in any script."""
    html = "<p>줄기<b>세포</b>와 Exo<i>some</i>, 再生<span>医療</span></p>"
    assert pairs(visible(html)) == [("paragraph", "줄기세포와 Exosome, 再生医療")]


def test_neighbouring_links_and_labels_are_apart(visible):
    """Links side by side, and spans of different classes, are separate words."""
    assert visible("<p><a>PRP</a><a>PDRN</a> and more</p>")[0].text == "PRP PDRN and more"
    assert visible('<p><span class="d">2024</span><span class="t">News</span></p>')[0].text == "2024 News"


def test_line_breaks(visible):
    """One <br> is a space, two part blocks, and one before a marked answer does too."""
    assert [b.text for b in visible("<p>one<br>two<br> <br>three</p>")] == ["one two", "three"]
    assert pairs(visible("<p>Q. Is it safe?<br>A. Ask us.</p>")) == [
        ("question", "Q. Is it safe?"),
        ("answer", "A. Ask us."),
    ]


def test_empty_elements_give_no_block(visible):
    """No block is empty."""
    assert visible("<p> </p><div>&nbsp;<br></div><h2>™</h2><ul><li></ul><table><tr><td></table>") == []


def test_unknown_elements_are_blocks(visible):
    """Made-up elements of builders part blocks, as their style sheets do."""
    assert [b.text for b in visible("<my-card>one</my-card><my-card>two</my-card>")] == ["one", "two"]


# ── kinds ────────────────────────────────────────────────────────────────────────────────────────────


def test_order_and_layers(read):
    """Title and metadata first, then the body in reading order, JSON-LD last; ids count up."""
    html = (
        '<title>Care</title><meta name=description content="About"><meta property="og:title" content="Care">'
        '<script type="application/ld+json">{"name": "Saebom"}</script><p>Text</p><img alt="Picture"><p>More</p>'
    )
    blocks = read(html).blocks
    assert [(b.kind, b.layer, b.text) for b in blocks] == [
        ("title", "title", "Care"),
        ("meta", "meta", "About"),
        ("paragraph", "visible", "Text"),
        ("alt", "alt", "Picture"),
        ("paragraph", "visible", "More"),
        ("jsonld", "jsonld", "Saebom"),
    ]
    assert [b.id for b in blocks] == list(range(len(blocks)))


def test_headings_and_what_stands_below(visible):
    """Each block names the nearest heading above it."""
    blocks = visible(
        '<p>Intro</p><h1>A</h1><p>a</p><h3>B</h3><p>b</p><div role="heading" aria-level="4">C</div><p>c</p>'
    )
    by_text = {b.text: b for b in blocks}
    assert [(b.text, b.level) for b in blocks if b.kind == "heading"] == [("A", 1), ("B", 3), ("C", 4)]
    assert by_text["Intro"].heading is None
    assert [by_text[t].heading for t in "abc"] == [by_text[t].id for t in "ABC"]


@pytest.mark.parametrize(
    "line",
    [
        "<p><strong>시술 비용</strong></p>",
        "<div><b>시술</b> <b>비용</b></div>",
        '<div class="sec_tit">시술 비용</div>',
        '<p class="card-title">시술 비용</p>',
        '<div><span class="heading">시술 비용</span></div>',
    ],
)
def test_lines_that_look_like_headings(visible, line):
    """A short bold or titled line above a block is a heading."""
    blocks = visible(f"<h2>줄기세포</h2>{line}<p>상담 후 안내해 드립니다.</p>")
    assert [(b.kind, b.level) for b in blocks] == [("heading", 2), ("heading", 3), ("paragraph", 0)]
    assert blocks[2].heading == blocks[1].id


@pytest.mark.parametrize(
    "html",
    [
        "<p><strong>This is a whole sentence.</strong></p><p>Text</p>",
        "<p><strong>저희는 지정기관입니다</strong></p><p>Text</p>",
        f"<p><strong>{'long ' * 30}</strong></p><p>Text</p>",
        "<p><strong>Partly</strong> bold line of text</p><p>Text</p>",
        "<p>Text</p><p><strong>Last line</strong></p>",
        "<ul><li><b>Item</b></li></ul><p>Text</p>",
    ],
)
def test_lines_that_do_not(visible, html):
    """Sentences, long lines, partly bold ones, list items and last lines stay what they are."""
    assert "heading" not in {b.kind for b in visible(html)}


def test_a_heading_that_was_never_closed(visible):
    """An <h1> without an end does not swallow the page."""
    blocks = visible("<h1>Saebom<div>" + "".join(f"<p>Paragraph {n} of the page.</p>" for n in range(30)))
    assert pairs(blocks)[:2] == [("heading", "Saebom"), ("paragraph", "Paragraph 0 of the page.")]
    assert len(blocks) == 31


def test_quotes_captions_and_lists(visible):
    """blockquote, q and cite as whole blocks are quotes; captions and list items are named."""
    html = (
        "<blockquote><p>It helped me.</p></blockquote><p><q>Great care</q></p><p>She said <q>fine</q> to us</p>"
        "<figure><img src=x><figcaption>Our room</figcaption></figure><ol><li>First<li>Second</ol>"
    )
    assert pairs(visible(html)) == [
        ("quote", "It helped me."),
        ("quote", "Great care"),
        ("paragraph", "She said fine to us"),
        ("caption", "Our room"),
        ("list_item", "First"),
        ("list_item", "Second"),
    ]


def test_alternative_texts(read):
    """Each alternative text once, at most 200 of them."""
    html = '<img alt="Lab"><img alt="Lab"><input type=image alt="Book"><input alt="no">' + "".join(
        f'<img alt="p{n}">' for n in range(300)
    )
    alts = [b.text for b in read(html).blocks if b.kind == "alt"]
    assert alts[:3] == ["Lab", "Book", "p0"]
    assert len(alts) == 200


# ── questions ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "html",
    [
        "<dl><dt>Is it <b>safe</b>?</dt><dd>Ask us.</dd></dl>",
        "<details><summary>Is it <b>safe</b>?</summary><p>Ask us.</p></details>",
        '<div class="faq-question">Is it <p>safe?</p></div><div class="faq-answer"><p>Ask us.</p></div>',
        '<ul class="faq"><li><p class="q">Is it safe?</p><p class="a">Ask us.</p></li></ul>',
        '<div class="q">Is it safe?</div> <div class="a">Ask us.</div>',
    ],
)
@pytest.mark.parametrize("hit", [None, lambda text: "safe" in text])
def test_questions_by_markup(visible, html, hit):
    """Definition lists, disclosures and classes give a question, and an answer that points to it."""
    question, answer = visible(html, hit)
    assert (question.kind, question.text) == ("question", "Is it safe?")
    assert (answer.kind, answer.text, answer.question) == ("answer", "Ask us.", question.id)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Q. Are you designated?", "A. Yes."),
        ("Q1: Are you designated?", "A1: Yes."),
        ("질문: 지정기관인가요?", "답변: 네."),
        ("Ｑ．指定機関ですか", "Ａ．はい。"),
        ("問：指定機関ですか", "答：はい。"),
        ("问：你们有资质吗", "答：有。"),
    ],
)
def test_questions_by_mark(visible, question, answer):
    """Lines that open with a mark are a pair where the answer follows."""
    blocks = visible(f"<h3>{question}</h3><div><p>{answer}</p></div>")
    assert [b.kind for b in blocks] == ["question", "answer"]
    assert blocks[1].question == blocks[0].id


def test_a_mark_alone_is_none(visible):
    """A "Q. …" without an answer, "A. Kim" without a question and a lone class "a" are plain text."""
    html = "<p>Q. Park, director</p><p>Text</p><p>Text</p><p>Text</p><p>A. Kim, nurse</p><div class='a'>Text</div>"
    assert {b.kind for b in visible(html)} == {"paragraph"}


def test_answers_with_lists_and_headings(visible):
    """Lists inside an answer belong to the answer."""
    blocks = visible("<dl><dt>What?</dt><dd><p>This:</p><ul><li>one<li>two</ul></dd></dl>")
    assert [b.kind for b in blocks] == ["question", "answer", "answer", "answer"]
    assert {b.question for b in blocks[1:]} == {blocks[0].id}


def test_faq_in_json_ld(read):
    """FAQPage questions and answers are pairs too, whatever the order of keys; tags are dropped."""
    html = """<script type="application/ld+json">{"@type": "FAQPage", "mainEntity": [{"@type": "Question",
      "acceptedAnswer": {"@type": "Answer", "text": "<p>Yes, <b>we</b> are.</p>"}, "name": "Are you designated?"}]}
      </script>"""
    question, answer = read(html).blocks
    assert (question.kind, question.text, question.layer) == ("question", "Are you designated?", "jsonld")
    assert (answer.kind, answer.text, answer.question) == ("answer", "Yes, we are.", question.id)


# ── sections ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("element", "section"),
    [
        ("nav", "nav"),
        ('div role="navigation"', "nav"),
        ('div id="gnb"', "nav"),
        ('div class="site-nav"', "nav"),
        ('div class="lnb_area"', "nav"),
        ('div class="breadcrumb"', "nav"),
        ('div class="skipNav"', "nav"),
        ("header", "header"),
        ('div id="header"', "header"),
        ('div role="banner"', "header"),
        ("footer", "footer"),
        ('div role="contentinfo"', "footer"),
        ('div class="footer_wrap"', "footer"),
        ('p class="x"', "main"),
        ('div class="copyright"', "footer"),
        ("aside", "aside"),
        ('div class="left-sidebar"', "aside"),
        ('div class="related_posts"', "aside"),
        ('div class="has-sidebar"', "main"),
        ('div class="card-header"', "main"),
        ('div class="elementor-widget"', "main"),
        ('div class="main-banner"', "main"),
        ('div class="navigate"', "main"),
        ('div class="footnote"', "main"),
    ],
)
def test_sections(visible, element, section):
    """Elements, roles and classes say where a block stands; look-alikes do not."""
    tag = element.split()[0]
    assert visible(f"<p>Before</p><{element}>Text</{tag}>")[1].section == section
    assert visible(f"<{element}>Text</{tag}><p>After</p>")[1].section == "main"


def test_sections_inside_sections(visible):
    """A menu in the header is navigation; <main> is main wherever; an article's header is not the page's."""
    found = sections(
        visible(
            "<header>Logo<nav>Menu</nav></header><div class='sidebar'>Side<main>Main</main></div>"
            "<article><header>Head</header><p>Text</p><footer>By line</footer></article>"
        )
    )
    assert found == {
        "Logo": "header",
        "Menu": "nav",
        "Side": "main",  # a "sidebar" that holds <main> is a wrapper
        "Main": "main",
        "Head": "main",
        "Text": "main",
        "By line": "main",
    }


def test_a_class_cannot_take_most_of_the_page_away(visible):
    """A wrapper called "widget" that holds most of the text is main all the same."""
    html = f"<div class='widget'>{'<p>A sentence of the page.</p>' * 80}</div><p>Rest</p>"
    assert {b.section for b in visible(html)} == {"main"}


def test_menus_without_a_name(visible):
    """A list, or a line, of little but short links is navigation; a list of linked sentences is not."""
    assert {b.section for b in visible("<ul><li><a>Home</a><li><a>Cells</a><li><a>Visit</a></ul>")} == {"nav"}
    assert visible("<div><a>Home</a> | <a>Cells</a> | <a>Visit</a></div>")[0].section == "nav"
    long = "<li><a>A long sentence about what happened at the clinic today</a>"
    assert {b.section for b in visible(f"<ul>{long * 4}</ul>")} == {"main"}
    assert {b.section for b in visible("<ul><li><a>Home</a><li>Cells for knees and hips<li>Visit</ul>")} == {"main"}


def test_headings_do_not_reach_across_sections(visible):
    """The footer is not below the last heading of the article."""
    assert visible("<h2>Care</h2><p>Text</p><footer>Saebom</footer>")[-1].heading is None


# ── the page as a whole ──────────────────────────────────────────────────────────────────────────────


def test_names(read):
    """Candidates for the owner: site name, JSON-LD, copyright line, title parts, logo, <h1>; "Home" is none."""
    html = """<title>Home | Stem cells - Saebom Clinic</title><meta property="og:site_name" content="Saebom">
      <script type="application/ld+json">{"@graph": [{"@type": ["Hospital"], "name": "Saebom Medical"}, {"@type": "Who",
      "name": "Kim"}]}</script><header><img class="logo" alt="Saebom Clinic logo"></header><h1>Welcome to Saebom</h1>
      <footer>Copyright © 2019-2024 <b>Saebom Co., Ltd</b>. All rights reserved.</footer>"""
    names = read(html).names
    assert names[:3] == ("Saebom", "Saebom Medical", "Saebom Co., Ltd")
    assert set(names[3:]) == {"Stem cells", "Saebom Clinic", "Welcome to Saebom"}


@pytest.mark.parametrize(
    ("line", "owner"),
    [
        ("ⓒ 2024 새봄의원 All Rights Reserved.", "새봄의원"),
        ("Copyright (C) 새봄클리닉. all rights reserved", "새봄클리닉"),
        ("© さくら再生クリニック All Rights Reserved.", "さくら再生クリニック"),
        ("Copyright © 2020 春天诊所 版权所有", "春天诊所"),
    ],
)
def test_copyright_owner(read, line, owner):
    """The copyright line names its owner in every language."""
    assert owner in read(f"<p>Text</p><footer>{line}</footer>").names


def test_pictures(read):
    """Pictures that can hold text are counted, and those of them that say nothing; icons are not."""
    html = (
        '<p>Text</p><img width="600" height="400"><img src="a.jpg"><img width="800px" alt="Our promise"><img alt=" ">'
        '<img width="16" height="16"><img width="1" height="1" alt=""><img width="100%">'
    )
    found = read(html)
    assert (found.images, found.images_without_alt) == (5, 4)
    assert "unread_pictures:4" in found.limits


def test_script_only_and_too_little(read):
    """An empty mount point with scripts, and a page of a few words, are said to be so."""
    app = read('<title>App</title><div id="root"></div><script src="app.js"></script><noscript>Enable it</noscript>')
    assert app.script_only
    assert "script_only" in app.limits
    assert "too_little_text" in read("<p>Coming soon</p>").limits
    assert read(f"<div id=root>{'<p>A sentence of the page.</p>' * 20}</div><script></script>").limits == ()


def test_problem_walks_on(read):
    """An unreadable page gives a document without blocks that says why."""
    found = read("%PDF-1.4")
    assert (found.blocks, found.limits) == ((), ())
    assert "PDF" in found.problem


def test_many_blocks(read):
    """At most 20,000 blocks, and the cut is recorded."""
    found = read("<p>x" * (MAX_BLOCKS + 500))
    assert len(found.blocks) == MAX_BLOCKS
    assert found.limits == (f"blocks_cut:{MAX_BLOCKS}",)
    assert len(read("x<br><br>" * (MAX_BLOCKS + 500)).blocks) == MAX_BLOCKS


def test_same_bytes_same_document():
    """The document is a function of the bytes."""
    one = Fetched(source="x", body=b"<title>A</title><table><tr><th>x<td>y</table><img alt=b><p>c</p>")
    assert document(parse(one)) == document(parse(one))


def test_path(page):
    """A path leads from the nearest id to the element, counting as a browser would, hidden elements included."""
    one = page("<div id='c'><div hidden>no</div><div><p>a</p><p>b</p></div></div><p>c</p>")
    blocks = document(one).blocks
    assert path_of(one, blocks[1].id) == "div#c > div:nth-of-type(2) > p:nth-of-type(2)"
    assert path_of(one, blocks[2].id) == "html > body > p:nth-of-type(1)"
    assert path_of(one, 99) == ""
    node = one.tree.css_first(path_of(one, blocks[1].id))
    assert node.text() == "b"
