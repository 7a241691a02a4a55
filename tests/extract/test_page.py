"""parse: a fetched page → Page, with all of its text in one cheap string."""

from __future__ import annotations

import hashlib

import pytest

from claimaudit.extract import MAX_BYTES, parse
from claimaudit.extract.page import MAX_DEPTH
from claimaudit.extract.text import clean
from claimaudit.types import Fetched

CLINIC = """<!doctype html><html lang="en"><head><title>Stem cell care | Saebom Clinic</title>
<meta name="description" content="Cell therapy in Busan"><meta property="og:title" content="Saebom: stem cells">
<meta property="og:description" content="Designated institution"><meta property="og:site_name" content="Saebom Clinic">
<meta name="keywords" content="exosome, PRP"><meta name="viewport" content="width=device-width">
<script type="application/ld+json">{"@type": "MedicalClinic", "name": "Saebom Ltd", "url": "https://x.example"}</script>
<script>var secret = "script"</script><style>.style {}</style></head>
<body><p>Visible text</p><img src="a.png" alt="Our laboratory"><noscript>noscript</noscript>
<template>template</template>
<iframe>iframe</iframe><svg><title>svg title</title><text>svg</text></svg><!-- comment --></body></html>"""


def test_text_holds_every_layer(page):
    """Title, metadata, body, alternative texts and JSON-LD are in the text; scripts, comments and the like are not."""
    text = page(CLINIC).text
    for part in (
        "Stem cell care | Saebom Clinic",
        "Cell therapy in Busan",
        "Saebom: stem cells",
        "Designated institution",
        "exosome, PRP",
        "Visible text",
        "Our laboratory",
        "Saebom Ltd",
    ):
        assert part in text
    for part in ("script", "style", "template", "iframe", "svg", "comment", "width", "https"):
        assert part not in text


def test_values_of_a_page(page):
    """Title, metadata, hashes, language and address come with the page."""
    one = page(CLINIC)
    assert one.title == "Stem cell care | Saebom Clinic"
    assert dict(one.metas)["og:site_name"] == "Saebom Clinic"
    assert one.alts == ("Our laboratory",)
    assert one.html_sha256 == hashlib.sha256(CLINIC.encode()).hexdigest()
    assert one.text_sha256 == hashlib.sha256(one.text.encode()).hexdigest()
    assert (one.lang, one.url, one.problem, one.scripts) == ("en", "https://saebom.example/", "", 1)


@pytest.mark.parametrize(
    "attribute",
    [
        "hidden",
        'hidden="until-found"',
        'style="display:none"',
        'style="DISPLAY : None !important"',
        'style="color:red;\n display :none ;margin:0"',
        "style='display:/* why */none'",
        'style="display:none!important;display:block"',
    ],
)
def test_hidden(page, attribute):
    """The hidden attribute and an inline display:none take an element and its pictures off the page."""
    one = page(
        f'<p>shown</p><div {attribute}>secret<p>deep secret<img alt="secret"></p></div><img {attribute} alt="secret">'
    )
    assert one.text == "shown"


@pytest.mark.parametrize(
    "attribute",
    [
        'aria-hidden="true"',
        'style="visibility:hidden"',
        'style="display:none;display:block"',
        'style="--display:none"',
        'style="pointer-events:none"',
        'class="hidden"',
        'style="background:none"',
    ],
)
def test_not_hidden(page, attribute):
    """Nothing else hides: not visibility, not classes, not aria-hidden, not a display:none that is overridden."""
    assert page(f"<div {attribute}>shown</div>").text == "shown"


def test_a_page_hidden_as_a_whole_is_read(page):
    """A body that waits for its script to show it is not empty."""
    assert page('<body style="display:none"><p>shown</p></body>').text == "shown"


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("Rejuran™ ®©", "Rejuran"),
        ("  a \n\t b\u00a0\u3000c ", "a b c"),
        ("ＰＲＰ　ﾊﾝ①㎖", "PRP ハン1ml"),
        ("줄\u200b기\u00ad세\ufeff포", "줄기세포"),
        ("\u110c\u116e\u11af\u1100\u1175", "줄기"),
        ("再\ufe00生\U000e0100医療", "再生医療"),
        ("and so on…", "and so on..."),
        ("", ""),
    ],
)
def test_clean(raw, cleaned):
    """NFKC, no trade marks, nothing of zero width, single spaces; short and long texts alike."""
    assert clean(raw) == cleaned
    assert clean(f"{raw} " * 500) == " ".join([cleaned] * 500).strip()


def test_words_split_by_inline_elements_are_found(page):
    """A term across an element boundary is in the searchable text whole, beside the pieces."""
    text = page("<p>Our <b>Exo</b>some and <i>P</i><i>D</i>RN care</p>").searchable
    assert "Exosome" in text.split()
    assert "PDRN" in text.split()


def test_numeric_references_and_ruby(page):
    """Character references are characters; readings of ruby do not split a term."""
    assert (
        page("<p>&#51460;&#44592;&#xC138;&#xD3EC; &amp; <ruby>再生<rt>さいせい</rt></ruby>医療</p>").text
        == "줄기세포 & 再生 医療"
    )


def test_broken_json_ld_is_still_read(page):
    """Trailing commas, comments, line breaks, lone surrogates and missing brackets do not lose the text."""
    for script in (
        '{"name": "Saebom", "description": "stem cells",}',
        '<!-- {"name": "Saebom", "description": "stem cells"} -->',
        '//<![CDATA[\n{"name": "Saebom", "description": "stem\ncells"}\n//]]>',
        '{"name": "Saebom\\ud800", "description": "stem cells"',
        '[{"name": "Saebom", "description": "stem cells"}',
    ):
        text = page(f'<p>x</p><script type="application/ld+json">{script}</script>').text
        assert "Saebom" in text
        assert "stem cells" in text
        text.encode()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\0" * 100, "binary"),
        (bytes(range(256)) * 50, "binary"),
        (b"<frameset><frame src=main.html></frameset>", "main.html"),
        (b"a" * (MAX_BYTES + 1), "20,971,520"),
    ],
)
def test_unreadable(body, found):
    """What is no page is named, with what was expected and what to try; nothing raises."""
    one = parse(Fetched(source="x", body=body))
    assert found in one.problem
    assert "expected" in one.problem or "at most" in one.problem
    assert one.problem.count(".") >= 2
    assert one.text == ""


def test_failed_fetch():
    """A page that was not fetched carries the fetch's own problem."""
    one = parse(Fetched(source="x", outcome="timeout", problem="No answer within 30 s; try later."))
    assert (one.problem, one.text) == ("No answer within 30 s; try later.", "")


def test_some_nuls_are_no_problem(page):
    """A page with a stray NUL is a page."""
    one = page(b"<p>stem\0 cells" + b" and more text" * 20 + b"</p>")
    assert one.problem == ""
    assert one.text.startswith("stem cells and")


@pytest.mark.parametrize("tag", ["div", "ul><li", "blockquote", "b", "font color=1", "table><tr><td", "a", "span"])
def test_deep_nesting(read, tag):
    """50,000 levels are read in reasonable time, whatever the element: its text is kept, its depth is not."""
    found = read(f"<{tag}>" * 50_000 + "the bottom")
    assert found.blocks[-1].text == "the bottom"
    assert "deep_nesting" in found.limits


def test_long_flat_pages_are_not_flattened(page):
    """Many elements side by side are no depth."""
    one = page("<ul>" + "<li>item <br> <img src=x>" * 6000 + "</ul>" + "<p>x" * 6000)
    assert one.limits == ()
    assert MAX_DEPTH == 512
