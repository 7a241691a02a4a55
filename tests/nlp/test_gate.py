"""The gate: text → may it hold a term? It may err by letting text through, never by holding back text with a hit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimaudit.extract.text import clean
from claimaudit.lexicon import LANGUAGES, Entry, Lexicon, Term, compile_pattern, load_lexicon
from claimaudit.nlp.gate import key_slot, page_gate, texts_of
from claimaudit.nlp.mentions import CLAIM, Finder, finder
from claimaudit.types import Block

ENTRIES = [entry for lang in LANGUAGES for entry in load_lexicon(lang).entries]
TEXTS = tuple({clean(text): 0 for entry in ENTRIES for text in (*entry.term.examples, *entry.term.counter_examples)})
PROSE = (
    "The ferry left the harbour at noon.",
    "바다에 배가 떠 있고 하늘이 맑다.",
    "港に船が浮かび、空は青い。",
    "河边有船，山上有树。",
)
AROUND = st.text("a 1.-‐–·주治あ（“é/+~'", max_size=3).map(clean)


def found(find, text):
    """What stands in a text, cues left out: a cue alone is no reason to read a block."""
    hits = find.find([Block(id=0, kind="paragraph", text=text)]).hits
    return [hit for hit in hits if not hit.label.startswith("cue.")]


def by_regex(hit, text):
    """Whether a regular expression of the hit's entry gave it."""
    return any(re.fullmatch(regex, text[hit.start : hit.end]) for regex in hit.entry.term.regex)


def hits(find, text):
    """The labels that patterns give a text."""
    return {hit.label for hit in found(find, text) if not by_regex(hit, text)}


def small_finder(*patterns):
    """A Finder that knows these patterns only."""
    terms = [Term(id=pattern, label="therapy.prp", match=(pattern,)) for pattern in patterns]
    entries = tuple(Entry(rule=f"en/therapies/{term.id}", lang="en", term=term) for term in terms)
    return Finder([Lexicon("en", entries, "")], "en")


PRP, STEM, TRIAL, KOREAN = (small_finder(pattern) for pattern in ("PRP", "stem cell", "NCT {n}", "줄기 세포"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_with_a_hit_is_held_back(lang):
    """Every example and counter-example of every lexicon that holds a hit passes the gate of each page language."""
    find = finder(lang)
    assert [text for text in TEXTS if not find.level(text) and hits(find, text)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_number_with_a_hit_is_held_back(lang):
    """A price or a registration number that stands alone in its block passes too."""
    find = finder(lang)
    held_back = [text for text in TEXTS if not find.level(text)]
    assert [text for text in held_back if any(by_regex(hit, text) for hit in found(find, text))] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_unrelated_prose_is_held_back(lang):
    """A sentence about something else does not pass, so spaCy never sees it."""
    assert [text for text in PROSE if finder(lang).level(text) >= CLAIM] == []


@pytest.mark.parametrize(
    ("find", "text"),
    [
        (PRP, "PRP주사"),
        (PRP, "저희PRP"),
        (PRP, "100PRP"),
        (PRP, "스킨·PRP·레이저"),
        (PRP, "hair–PRP–skin"),
        (PRP, "“PRP’s”"),
        (PRP, "ＰＲＰ"),
        (PRP, "MSC/PRPs"),
        (STEM, "stem‐cell"),
        (STEM, "STEM-CELLS"),
        (STEM, "stem cells주사"),
        (TRIAL, "NCT01234567"),
        (KOREAN, "제대혈줄기세포치료"),
        (KOREAN, "줄기 세포"),
    ],
)
def test_what_touches_a_term_does_not_hide_it(find, text):
    """Letters of another script, digits and any punctuation may touch a term."""
    assert hits(find, clean(text))
    assert find.level(clean(text))


@pytest.mark.parametrize(("find", "term"), [(PRP, "PRP"), (STEM, "stem cell"), (KOREAN, "줄기세포"), (TRIAL, "NCT 1")])
@given(before=AROUND, after=AROUND)
def test_any_text_around_a_found_term_passes(find, term, before, after):
    """Whatever surrounds a term: if it is found, the gate lets it through."""
    text = before + term + after
    assert find.level(text) or not hits(find, text)


@pytest.mark.parametrize("text", ["sharp profile", "systemic cells", "PR plan"])
def test_letters_inside_longer_words_do_not_pass(text):
    """A term's letters inside other words are no reason to read a block."""
    assert not PRP.level(text)
    assert not STEM.level(text)


def test_the_key_of_a_pattern_is_its_most_telling_slot():
    """An optional slot is never the key; of the others, the one whose shortest phrase is longest."""
    (slots,) = compile_pattern("(extraordinarily|) a (regenerative|stromal) {n}")
    assert key_slot(slots).phrases == ("regenerative", "stromal")


def test_pages_with_a_therapy_pass_the_page_gate():
    """A sentence in which a therapy is found passes, whatever the page's language."""
    finders = [finder(lang) for lang in LANGUAGES]
    texts = [t for t in TEXTS if any(label.startswith("therapy.") for find in finders for label in hits(find, t))]
    assert texts
    assert [text for text in texts if not page_gate()(text)] == []


def test_what_a_pattern_needs_must_stand_within_reach():
    """A page that holds the parts of a term far from each other has no term; side by side, anywhere, it has."""
    filler = "The quiet valley road. " * 40
    assert page_gate()(f"stem {filler} cells")
    assert not page_gate().within_reach(f"stem {filler} cells")
    assert page_gate().within_reach(f"{filler} stem cells {filler}")
    assert page_gate().within_reach(f"{filler} 줄기 세포 {filler}")


def test_an_edge_character_in_a_text_does_no_harm():
    """The sign that parts texts in one search may stand in a page as well."""
    texts = ["stem\x01cells \x01", "\x01", "our stem cells", ""]
    assert [bool(level) for level in STEM.claims.levels(texts_of(texts))] == [bool(STEM.claims.level(t)) for t in texts]


def test_other_pages_do_not_pass_the_page_gate():
    """Prose without a therapy does not pass, nor does a page that only names the law's authority or a price."""
    assert [text for text in (*PROSE, "Ministry of Health and Welfare", "₩390,000") if page_gate()(text)] == []
