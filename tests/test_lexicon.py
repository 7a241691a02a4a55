"""Lexicons: a pattern → its slots; a file → entries, or a message that says what to mend; a term → its examples."""

import pytest

from claimaudit.checks import check_entry
from claimaudit.errors import DataError
from claimaudit.lexicon import LANGUAGES, load_file, load_lexicon
from claimaudit.pattern_language import MAX_EXPANSIONS, compile_pattern

ENTRIES = [entry for lang in LANGUAGES for entry in load_lexicon(lang).entries]
TERM = """
[[term]]
id = "prp"
label = "therapy.prp"
match = ["PRP"]
examples = ["PRP injection"]
"""


def phrases(pattern):
    """The phrases of each slot of a pattern that has one reading."""
    (slots,) = compile_pattern(pattern)
    return [slot.phrases for slot in slots]


def message(tmp_path, text, lang="en"):
    """What the error about a therapies file with this text says."""
    path = tmp_path / "therapies.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        load_file(path, lang)
    assert str(path) in str(error.value)
    return str(error.value)


# ── the pattern language ─────────────────────────────────────────────────────────────────────────────


def test_plain_words_are_one_slot():
    """Fixed words that follow each other are one phrase."""
    assert phrases("stem  cell therapy") == [("stem cell therapy",)]


def test_a_group_is_a_slot_of_alternatives():
    """Alternatives fill one slot; the words around it have their own."""
    assert phrases("(stem|immune) cell (therapy|clinic)") == [("stem", "immune"), ("cell",), ("therapy", "clinic")]


def test_groups_nest():
    """A group inside an alternative multiplies only that alternative."""
    assert phrases("a (b (c|d)|e) f") == [("a",), ("b c", "b d", "e"), ("f",)]


def test_equal_alternatives_count_once():
    """A phrase that two nested alternatives give stands once."""
    assert phrases("a (b|(b|c)) d") == [("a",), ("b", "c"), ("d",)]


def test_an_empty_alternative_makes_the_slot_optional():
    """``(a|)`` may be absent; a slot without an empty alternative may not."""
    (slots,) = compile_pattern("(advanced|) regenerative (medicine|medical)")
    assert [slot.optional for slot in slots] == [True, False, False]
    assert slots[0].phrases == ("advanced",)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("design(ed|er)", ("designed", "designer")),
        ("(re|)generate", ("regenerate", "generate")),
        ("a(b|c)d", ("abd", "acd")),
        ("clinic('s|)", ("clinic's", "clinic")),
    ],
)
def test_latin_letters_that_touch_a_group_are_part_of_its_words(pattern, words):
    """Latin letters at a group's edge belong to the words inside."""
    assert phrases(pattern) == [words]


def test_hangul_that_touches_a_group_stays_a_slot_of_its_own():
    """Hangul at a group's edge is the next slot, without a space between."""
    (slots,) = compile_pattern("(줄기|면역)세포")
    assert [(slot.phrases, slot.space) for slot in slots] == [(("줄기", "면역"), True), (("세포",), False)]


def test_a_number_is_a_slot_without_phrases():
    """``{n}`` takes any number."""
    (slots,) = compile_pattern("NCT {n}")
    assert [slot.number for slot in slots] == [False, True]


def test_a_number_in_a_group_is_a_reading_of_its_own():
    """An alternative with a number becomes one sequence, all others together a second."""
    readings = compile_pattern("class ({n}|two|three) risk")
    assert [[slot.phrases for slot in slots] for slots in readings] == [
        [("class",), (), ("risk",)],
        [("class",), ("two", "three"), ("risk",)],
    ]


def test_an_optional_number_gives_a_reading_without_it():
    """``({n}|)`` is a reading with a number and one with nothing."""
    assert [len(slots) for slots in compile_pattern("plan ({n}|)")] == [2, 1]


def test_a_number_in_a_nested_group_is_found():
    """A number two groups deep still makes a reading of its own."""
    readings = compile_pattern("plan (no (x|{n})|y) z")
    assert sum(any(slot.number for slot in slots) for slots in readings) == 1


def test_a_gap_is_kept_on_the_slot_behind_it():
    """Other words may stand before the slot after ``…`` and nowhere else."""
    (slots,) = compile_pattern("지정 … 예정")
    assert [slot.gap for slot in slots] == [False, True]


def test_a_gap_goes_on_past_an_optional_slot():
    """Where the slot behind a gap may be absent, the one after it may follow the gap too."""
    (slots,) = compile_pattern("a … (b|) c d")
    assert [slot.gap for slot in slots] == [False, True, True]


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("", "empty, or a gap"),
        ("… stem", "gap … at the beginning or end"),
        ("stem …", "gap … at the beginning or end"),
        ("stem … … cell", "gap … at the beginning or end"),
        ("(stem cell", r"a \( without its \) at '\(stem cell'"),
        ("stem) cell", r"a \) without its \( before '\) cell'"),
        ("stem|cell", r"'stem\|cell': \| only inside parentheses"),
        ("stem {m}", r"braces only as \{n\}"),
        ("{n}", "every part is optional or a number"),
        ("(stem|) {n}", "would match anything"),
        (f"({'|'.join(f'w{n}' for n in range(MAX_EXPANSIONS + 1))})", "257 alternatives in one group .* at most 256"),
        (f"x({'|'.join(f'w{n}' for n in range(256))})(a|b)", "512 alternatives in one word .* at most 256"),
        (f"a ({'|'.join('x{n}' for _ in range(257))})", "257 readings because of numbers in groups, at most 256"),
    ],
)
def test_a_malformed_pattern_says_what_is_wrong(pattern, says):
    """A pattern that cannot be meant is refused with the reason and the place."""
    with pytest.raises(ValueError, match=says):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["stem ()", "stem (|) cell", "stem (cell{m}|line)"])
def test_nothing_and_braces_in_a_group_are_malformed(pattern):
    """A group of nothing says nothing, and braces other than ``{n}`` are a slip inside a group too."""
    with pytest.raises(ValueError, match=r"\(|\{|\{n\}"):
        compile_pattern(pattern)


# ── files ────────────────────────────────────────────────────────────────────────────────────────────


def test_entries_are_cited_by_language_file_and_id(tmp_path):
    """A term's rule is ``lang/file/id``."""
    path = tmp_path / "therapies.toml"
    path.write_text(f'lang = "en"{TERM}', encoding="utf-8")
    (entry,) = load_file(path, "en")
    assert (entry.rule, entry.label, entry.term.match) == ("en/therapies/prp", "therapy.prp", ("PRP",))


def test_a_missing_file_is_named(tmp_path):
    """A file that is not there is a data error with its path."""
    with pytest.raises(DataError, match=r"flags\.toml: cannot be read"):
        load_file(tmp_path / "flags.toml", "en")


def test_a_file_in_another_encoding_is_named(tmp_path):
    """Bytes that are no UTF-8 are a data error with the path."""
    (tmp_path / "therapies.toml").write_bytes('lang = "ko" # 줄기'.encode("euc-kr"))
    with pytest.raises(DataError, match=r"therapies\.toml: cannot be read as UTF-8"):
        load_file(tmp_path / "therapies.toml", "ko")


def test_broken_toml_names_the_line(tmp_path):
    """A slip of TOML is reported with its line."""
    assert "not valid TOML" in (text := message(tmp_path, 'lang = "en"\n[[term]]\nid = prp\n'))
    assert "line 3" in text


def test_an_unknown_key_names_the_term(tmp_path):
    """A misspelt key is reported with the term that holds it."""
    text = message(tmp_path, f'lang = "en"{TERM}needz = ["act.kr"]\n')
    assert "term 'prp'" in text
    assert "`needz`" in text


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ('side = "left"', ("'left'", "before", "after")),
        ('scope = "page"', ("'page'", "clause", "sentence")),
        ('weight = "much"', ("'much'", "int")),
    ],
)
def test_a_wrong_value_is_shown_with_those_allowed(tmp_path, line, parts):
    """A value of the wrong kind is reported with its term, itself and what may stand there."""
    text = message(tmp_path, f'lang = "en"{TERM}{line}\n')
    assert [part for part in ("term 'prp'", *parts) if part not in text] == []


def test_an_unknown_label_lists_those_of_the_file(tmp_path):
    """A label that the file does not have is shown with those that it has."""
    text = message(tmp_path, f'lang = "en"{TERM}'.replace("therapy.prp", "therapy.prf"))
    assert "term 'prp': label 'therapy.prf' is not one of" in text
    assert "therapy.prp" in text
    assert "tier.center" not in text


def test_labels_in_also_are_held_to_the_same_list(tmp_path):
    """``also`` may add labels of the same file only."""
    assert "label 'tier.center' is not one of" in message(tmp_path, f'lang = "en"{TERM}also = ["tier.center"]\n')


@pytest.mark.parametrize("key", ["needs", "unless"])
def test_conditions_are_labels_or_their_beginnings(tmp_path, key):
    """A condition that no label begins with can never be met, so it is refused."""
    assert "'therapi'" in message(tmp_path, f'lang = "en"{TERM}{key} = ["therapy", "therapi"]\n')


def test_an_id_stands_once(tmp_path):
    """Two terms of one id are refused, since findings are cited by it."""
    assert "term 'prp': this id stands twice" in message(tmp_path, f'lang = "en"{TERM}{TERM}')


def test_a_term_has_examples(tmp_path):
    """A term without an example sentence is refused."""
    text = message(tmp_path, f'lang = "en"{TERM}'.replace('examples = ["PRP injection"]', ""))
    assert "term 'prp': has no examples" in text


def test_a_term_has_something_to_find(tmp_path):
    """A term needs a pattern or a regular expression."""
    text = message(tmp_path, f'lang = "en"{TERM}'.replace('match = ["PRP"]', ""))
    assert "term 'prp': has neither match nor regex" in text


def test_a_bad_pattern_names_term_and_pattern(tmp_path):
    """The complaint about a pattern says where the pattern stands."""
    text = message(tmp_path, f'lang = "en"{TERM}'.replace('match = ["PRP"]', 'match = ["(PRP"]'))
    assert "term 'prp': match '(PRP': a ( without its )" in text


def test_a_bad_regex_names_term_and_regex(tmp_path):
    """A regular expression that Python cannot read is refused with Python's reason."""
    text = message(tmp_path, f'lang = "en"{TERM}regex = ["NCT[0-9"]\n')
    assert "term 'prp': regex 'NCT[0-9': unterminated character set" in text


def test_the_language_is_that_of_the_folder(tmp_path):
    """A file copied into another language's folder is noticed."""
    assert "lang = 'en' where the folder says 'ko'" in message(tmp_path, f'lang = "en"{TERM}', lang="ko")


def test_all_problems_of_a_file_come_at_once(tmp_path):
    """One run reports every bad term, a line each."""
    bad = TERM.replace("therapy.prp", "therapy.prf")
    assert len(message(tmp_path, f'lang = "en"{bad}{bad}').splitlines()) == 3  # two labels, one id twice


def test_an_unknown_language_lists_those_there_are():
    """Asking for a language without a lexicon shows the languages that have one."""
    with pytest.raises(DataError, match="no lexicon for 'de'; there are lexicons for en, ko, ja, zh"):
        load_lexicon("de")


# ── what ships ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.rule for entry in ENTRIES])
def test_examples(entry):
    """A term is found in its examples and not in its counter-examples."""
    assert list(check_entry(entry)) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_term_says_what_it_must_not_find(lang):
    """A term without a counter-example is half tested."""
    assert [entry.rule for entry in load_lexicon(lang).entries if not entry.term.counter_examples] == []
