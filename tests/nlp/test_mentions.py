"""Finding terms: blocks + lexicon entries → hits with the exact words, overlaps and conditions settled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimaudit.extract.text import clean
from claimaudit.lexicon import Entry, Lexicon, Term, load_lexicon
from claimaudit.nlp.mentions import Finder, finder, found_in, lexicon_language
from claimaudit.types import Block

FILLER = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(clean)


def finder_of(*terms, lang="en"):
    """A Finder that knows these terms only."""
    entries = tuple(Entry(rule=f"{lang}/test/{term.id}", lang=lang, term=term) for term in terms)
    return Finder([Lexicon(lang, entries, "")], lang)


def term(label, *match, **keys):
    """A term with its first pattern for an id."""
    return Term(id=(*match, *keys.get("regex", ()))[0], label=label, match=match, **keys)


def paragraph(text, id=0, heading=None):
    """A block of text."""
    return Block(id=id, kind="paragraph", text=text, heading=heading)


def hits(text, *terms, lang="en"):
    """Label and words of each hit in one paragraph."""
    return [(hit.label, text[hit.start : hit.end]) for hit in finder_of(*terms, lang=lang).find([paragraph(text)]).hits]


def words(text, *patterns, lang="en", **keys):
    """The words that patterns of one label match in a paragraph."""
    return [
        found
        for _, found in hits(text, *(term("therapy.stem_cell", pattern, **keys) for pattern in patterns), lang=lang)
    ]


# ── spelling ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["줄기 세포", "줄기세포"])
def test_a_space_in_a_korean_pattern_is_optional_on_the_page(text):
    """Korean pages space compounds as they like."""
    assert words(f"저희 {text}치료는", "줄기 세포", lang="ko") == [text]


@pytest.mark.parametrize("text", ["줄기세 포기", "줄 기세포", "줄기\n세포", "줄기, 세포"])
def test_a_space_where_the_pattern_has_none_breaks_a_korean_match(text):
    """A page's space that the pattern does not have belongs to another word."""
    assert words(text, "줄기 세포", lang="ko") == []


def test_slots_that_touch_in_the_pattern_touch_on_the_page():
    """The rule for spaces holds across the edge of a group too."""
    assert words("줄기세포와 면역 세포", "(줄기|면역)세포", lang="ko") == ["줄기세포"]


def test_latin_terms_are_whole_words():
    """A short Latin term is not found inside a longer word."""
    assert words("ships, tips and iPS cells", "iPS") == ["iPS"]


@pytest.mark.parametrize("text", ["stem cells", "Stem-Cell", "STEM CELL", "stem‐cell", "stem cell's"])
def test_spellings_of_a_latin_term(text):
    """Plural, possessive, case, hyphen or space: one pattern finds them all."""
    assert words(f"our {text} drip", "stem cell") == [text]


def test_traditional_and_simplified_characters_are_one():
    """A pattern in either form finds both."""
    assert (
        words("幹細胞與干细胞", "干细胞", lang="zh")
        == words("幹細胞與干细胞", "幹細胞", lang="zh")
        == ["幹細胞", "干细胞"]
    )


def test_case_counts_where_the_term_says_so():
    """An abbreviation with ``case`` is found in its own letters, plural and possessive included."""
    assert words("ind, Ind, IND, INDs, IND's", "IND", case=True) == ["IND", "INDs", "IND's"]


def test_case_of_one_term_does_not_bind_another():
    """Two terms with the same letters, one with ``case``, are told apart."""
    terms = (term("authority.foreign", "US", case=True), term("cue.self", "us"))
    assert hits("ask us", *terms) == [("cue.self", "us")]
    assert hits("the US", *terms) == [("authority.foreign", "US"), ("cue.self", "US")]


# ── patterns ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(advanced|) stem (cell|line) therapy", "stem line therapy"),
        ("(advanced|) stem (cell|line) therapy", "advanced stem cell therapy"),
        ("stem cell (therapy|)", "stem cell therapy"),
        ("NCT {n}", "NCT01234567"),
        ("{n} (million|) cells", "900,000 cells"),
        ("{n} (million|) cells", "3.5 million cells"),
        ("class ({n}|two) cells", "class 2 cells"),
        ("class ({n}|two) cells", "class two cells"),
        ("FDA , GMP", "FDA,GMP"),
    ],
)
def test_a_pattern_takes_all_it_can(pattern, text):
    """Alternatives, optional parts and numbers are matched to their full length."""
    assert words(f"so {text} here", pattern) == [text]


def test_a_number_is_needed_where_the_pattern_has_one():
    """``{n}`` takes digits only."""
    assert words("NCT number", "NCT {n}") == []


@pytest.mark.parametrize("pattern", ["applied … designation", "app … designation", "applied … tag"])
def test_a_gap_takes_eight_words_and_no_ninth(pattern):
    """A gap is at most eight Latin words wide, whichever end of the pattern is the rarer."""
    first, last = pattern.split(" … ")
    fits = f"{first} {'w ' * 8}{last}"
    assert words(fits, pattern) == [fits]
    assert words(f"{first} {'w ' * 9}{last}", pattern) == []


@pytest.mark.parametrize("pattern", ["先端再生 … 指定", "指定 … 先端再生"])
def test_a_gap_takes_twenty_other_characters_and_no_more(pattern):
    """A gap is at most twenty Hangul, Han or kana characters wide."""
    first, last = pattern.split(" … ")
    assert len(words(f"{first}{'あ' * 20}{last}", pattern, lang="ja")) == 1
    assert words(f"{first}{'あ' * 21}{last}", pattern, lang="ja") == []


@pytest.mark.parametrize("pattern", ["applied … designation", "app … designation", "designation … applied"])
@pytest.mark.parametrize("between", [". ", ". So ", "\n"])
def test_a_gap_stays_within_its_sentence(pattern, between):
    """Words of two sentences or blocks are no match, whichever end of the pattern is the rarer."""
    first, last = pattern.split(" … ")
    assert words(f"we {first}{between}{last.capitalize()} came", pattern) == []


def test_a_gap_may_be_empty():
    """The two ends of a gap may stand side by side."""
    assert words("지정예정", "지정 … 예정", lang="ko") == ["지정예정"]


def test_a_regex_reads_the_text_as_on_the_page():
    """A regular expression gives the exact words, and only in blocks that hold a digit."""
    assert hits("from ₩390,000 up", term("offer.price", regex=("₩[0-9,]+",), markers=("₩",))) == [
        ("offer.price", "₩390,000")
    ]


# ── overlaps ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_longest_match_of_a_family_wins():
    """Of two therapies in the same words the longer is kept; other families are not touched."""
    terms = (
        term("therapy.stem_cell", "stem cell"),
        term("therapy.cord_blood", "cord blood stem cell"),
        term("offer.provide", "blood"),
    )
    assert hits("cord blood stem cells", *terms) == [
        ("therapy.cord_blood", "cord blood stem cells"),
        ("offer.provide", "blood"),
    ]


def test_asserted_and_negated_compete_for_the_same_words():
    """The longer cue of polarity decides: "not designated" is no "designated"."""
    terms = (term("cue.asserted", "designated"), term("cue.negated", "not designated"))
    assert hits("We are not designated.", *terms) == [("cue.negated", "not designated")]


def test_matches_that_overlap_in_part_are_both_kept():
    """Neither of two matches lies inside the other, so both stay."""
    terms = (term("therapy.svf", "fat cell"), term("therapy.exosome", "cell vesicle"))
    assert hits("fat cell vesicle", *terms) == [("therapy.svf", "fat cell"), ("therapy.exosome", "cell vesicle")]


def test_ignore_drops_what_lies_inside_it():
    """A look-alike hides the term inside it and no other."""
    terms = (term("therapy.stem_cell", "stem cell"), term("ignore", "cancer stem cell"))
    text = "cancer stem cells and stem cells"
    (hit,) = finder_of(*terms).find([paragraph(text)]).hits
    assert (hit.label, hit.start) == ("therapy.stem_cell", text.rindex("stem"))


def test_ignore_leaves_what_is_longer_than_itself():
    """A term that holds a look-alike is still the term."""
    terms = (term("class.low", "low risk patient treatment"), term("ignore", "low risk patient"))
    assert hits("low-risk patient treatment", *terms) == [("class.low", "low-risk patient treatment")]


def test_also_gives_the_same_words_a_further_label():
    """One match with ``also`` is a hit for each of its labels."""
    both = term("therapy.cord_blood", "cord blood stem cell", also=("therapy.stem_cell",))
    assert hits("cord blood stem cells", both) == [
        ("therapy.cord_blood", "cord blood stem cells"),
        ("therapy.stem_cell", "cord blood stem cells"),
    ]


# ── conditions ───────────────────────────────────────────────────────────────────────────────────────

LAW = term("act.kr", "the Act")
CELLS = term("therapy.stem_cell", "stem cell")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Under the Act it is low risk.", True),
        ("It is low risk. The Act is strict.", False),
        ("It is low risk.", False),
    ],
)
def test_needs_are_met_in_the_same_sentence(text, found):
    """A term with ``needs`` counts only where one of them stands in its sentence."""
    assert (("class.low", "low risk") in hits(text, LAW, term("class.low", "low risk", needs=("act.kr",)))) is found


def test_needs_may_be_the_beginning_of_a_label():
    """``needs = ["therapy"]`` is met by every therapy."""
    assert ("class.low", "low risk") in hits(
        "low risk stem cells", CELLS, term("class.low", "low risk", needs=("therapy",))
    )


@pytest.mark.parametrize(("heading", "found"), [(1, ["act.kr", "class.low"]), (None, ["act.kr"])])
def test_needs_are_met_in_the_heading(heading, found):
    """The nearest heading, or a table's header, counts as near; another block does not."""
    blocks = [
        Block(id=1, kind="heading", text="Classes of the Act"),
        paragraph("Ours is low risk.", id=2, heading=heading),
    ]
    find = finder_of(LAW, term("class.low", "low risk", needs=("act.kr",)))
    assert [hit.label for hit in find.find(blocks).hits] == found


def test_needs_may_be_met_by_a_term_whose_own_needs_are():
    """Support goes on from term to term, in any order of the file."""
    low = term("class.low", "low risk", needs=("class_context",))
    context = term("class_context", "rated", needs=("act.kr",))
    assert [label for label, _ in hits("rated low risk by the Act", low, context, LAW)] == [
        "class_context",
        "class.low",
        "act.kr",
    ]


def test_terms_do_not_support_each_other_in_a_circle():
    """Two terms that need each other and nothing else are both dropped."""
    assert (
        hits(
            "rated low risk",
            term("class.low", "low risk", needs=("designate",)),
            term("designate", "rated", needs=("class",)),
        )
        == []
    )


@pytest.mark.parametrize(("text", "found"), [("low risk pregnancy", False), ("A pregnancy. It is low risk.", True)])
def test_unless_acts_in_its_sentence(text, found):
    """A term does not count where something of ``unless`` stands in its sentence."""
    terms = (term("class.low", "low risk", unless=("other_designation",)), term("other_designation", "pregnancy"))
    assert (("class.low", "low risk") in hits(text, *terms)) is found


# ── places ───────────────────────────────────────────────────────────────────────────────────────────

EXOSOME, STEM = (
    finder_of(term("therapy.exosome", "exosome")),
    finder_of(term("therapy.stem_cell", "줄기 세포"), lang="ko"),
)


@given(FILLER, FILLER)
def test_offsets_point_at_a_latin_term(before, after):
    """Whatever stands around a Latin term, the hit's offsets give exactly its words."""
    text = f"{before} exosomes {after}"
    (hit,) = EXOSOME.find([paragraph(text)]).hits
    assert (hit.start, text[hit.start : hit.end]) == (len(before) + 1, "exosomes")


@given(FILLER, FILLER, FILLER)
def test_offsets_point_at_a_korean_term_in_its_block(first, before, after):
    """A Korean term may touch anything, and offsets count from its own block."""
    text = f"{before}줄기 세포{after}"
    (hit,) = STEM.find([paragraph(first or "x", id=3), paragraph(text, id=8)]).hits
    assert (hit.block, hit.start, text[hit.start : hit.end]) == (8, len(before), "줄기 세포")


def test_a_hyphen_behind_a_term_is_not_part_of_it():
    """The hyphen that joins a term to the next word stays outside."""
    assert words("exosome-based", "exosome") == ["exosome"]


def test_sentence_spans_are_those_of_the_blocks():
    """Each sentence is given by its block and its place there."""
    blocks = [paragraph("One. Two exosomes.", id=4), paragraph("Three.", id=5)]
    spans = EXOSOME.find(blocks).sentence_spans.values()
    texts = {block.id: block.text for block in blocks}
    assert [texts[block][start:end] for block, start, end in spans] == ["One.", "Two exosomes.", "Three."]


def test_no_blocks_have_no_hits():
    """A page of which no block passed the gate is read as empty."""
    assert EXOSOME.find([]).hits == ()


# ── languages ────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_is_read_with_its_own_lexicon_english_and_all_therapies():
    """Korean pages are not read with Japanese cues, but a Japanese therapy name is known to them."""
    rules = {tuple(entry.rule.split("/")[:2]) for entry in finder("ko").entries}
    assert {("ko", "cues"), ("en", "cues"), ("ja", "therapies"), ("zh", "designation")} <= rules
    assert not {("ja", "cues"), ("zh", "offers")} & rules


def test_entries_of_all_languages_have_their_own_rule():
    """No two entries of one page language are cited alike."""
    rules = [entry.rule for entry in finder("en").entries]
    assert len(rules) == len(set(rules)) > len(load_lexicon("en").entries)


def test_both_forms_of_chinese_use_one_lexicon():
    """A script in the language tag does not matter."""
    assert [lexicon_language(lang) for lang in ("zh-Hant", "zh-Hans", "ko")] == ["zh", "zh", "ko"]


def test_found_in_tells_matched_from_kept():
    """A term inside a look-alike is matched and then dropped; the look-alike itself is shown."""
    matched, kept, labels = found_in("cancer stem cells", "en")
    assert any(rule.startswith("en/therapies/") for rule in matched - kept)
    assert "ignore" in labels
    assert "therapy.stem_cell" not in labels
