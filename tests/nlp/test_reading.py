"""Reading a document: which blocks are read, and what the words around a mention make of it."""

import pytest

from claimaudit import audit_html
from claimaudit.extract import document, parse
from claimaudit.nlp.mentions import finder
from claimaudit.nlp.reading import view_of, worth_reading
from claimaudit.nlp.speaker import is_advertorial
from claimaudit.types import Block, Document, Fetched, Speaker

CLINIC = "<title>Larkfield Clinic</title><h1>Larkfield Clinic</h1>"


def blocks(*texts):
    """A document with one paragraph for each text."""
    return Document(lang="en", blocks=tuple(Block(id=n, kind="paragraph", text=text) for n, text in enumerate(texts)))


def read_of(*texts):
    """The texts that are worth reading."""
    return [block.text for block in worth_reading(blocks(*texts), finder("en"))]


def view(html):
    """A page laid out for the rules, its speaker decided."""
    return view_of(document(parse(Fetched(source="page", body=html.encode()))))


def test_class_words_are_read_only_near_the_subject():
    """Words such as "class" are everyday words: far from any therapy they are not read."""
    near, far = "Class II under the Act", "Risk class: low"
    filler = ["The garden is open."] * 30
    assert near in read_of("Our stem cell therapy", near, *filler)
    assert far not in read_of("Our stem cell therapy", *filler, far)


def test_safeguards_are_looked_for_further_off_than_speaker_cues():
    """What a facility shows often stands at the end of a page; who speaks, beside the subject and in the frame."""
    safeguard, role = "We see you again at 1, 3 and 6 months.", "Subscribe to our newsletter."
    filler = ["The garden is open."] * 8
    read = read_of("Our stem cell therapy", *filler, safeguard, role)
    assert safeguard in read
    assert role not in read


@pytest.mark.parametrize("thing", ["serum", "ampoule", "cream"])
def test_an_approved_product_is_nobodys_designation(thing):
    """A product that is "government-approved" is flagged, sets no tier, and takes no therapy away."""
    [block] = blocks(f"A Korean government-approved stem cell {thing}").blocks
    labels = {hit.label for hit in finder("en").find([block]).hits}
    assert {"therapy.stem_cell", "flag.unspecified_designation"} <= labels
    assert not {label for label in labels if label.startswith("tier.")}


def test_a_certificate_of_another_country_sets_no_tier():
    """The same words count where Korea is named, and not on a page about Bangkok."""
    text = "<p>We are a government-certified stem cell clinic in {}. Book your stem cell therapy today.</p>"
    assert audit_html(CLINIC + text.format("Seoul"), url="").tier == "unspecified"
    assert audit_html(CLINIC + text.format("Bangkok"), url="").tier == "none"


def test_an_answer_denies_what_its_question_asks_of_us():
    """Below a question about this clinic, "No, not at present" needs no "we"."""
    html = (
        "<title>はるのクリニック</title><h1>はるのクリニック</h1><p>当院では幹細胞治療を行っています。</p>"
        "<dl><dt>Q. こちらは先端再生医療実施機関ですか?</dt><dd>A. いいえ、指定は受けておりません。</dd></dl>"
    )
    page = audit_html(html, url="")
    assert (page.tier, page.tier_status) == ("institution", "negated")


def test_a_paragraph_that_names_all_classes_explains_them():
    """Low covers this, medium that, high the rest: nobody assigns three classes to what is offered."""
    html = CLINIC + (
        "<p>Our clinic offers stem cell therapy.</p><p>Low-risk covers a patient's own stem cells. "
        "Medium-risk covers cultured own cells. High-risk covers donor cells and gene-modified cells.</p>"
    )
    assert audit_html(html, url="").risk_classes == ()


def test_a_clinic_in_a_magazines_title_is_not_the_magazines_own():
    """A publisher's page that names one clinic again and again, with its price and its booking, promotes it."""
    html = (
        "<title>We tried Larkfield Clinic | Glow Magazine</title><h1>We tried Larkfield Clinic</h1>"
        "<p>By our editors. Larkfield Clinic lies on a quiet street.</p>"
        "<p>At Larkfield Clinic the stem cell facial takes an hour and costs $400 for our readers.</p>"
        "<p>Book now at Larkfield Clinic. This article is for information only.</p>"
        "<footer>Glow Magazine. Editorial policy. Subscribe to our newsletter.</footer>"
    )
    page = view(html)
    page.speaker = Speaker(role="publisher", confidence=1.0, by="test")
    assert is_advertorial(page)
