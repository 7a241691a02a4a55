"""Report sentences: data/text/*.toml → complete, matching and neutral in every language."""

import re

import pytest

from claimaudit import types
from claimaudit.errors import DataError
from claimaudit.framework import load_framework
from claimaudit.text import check_text, list_languages, load_text

BARRED = re.compile(
    r"illegal|fake|unlicensed|unlawful|fraud|불법|가짜|무허가|무면허|사기|違法|偽|無許可|詐欺|非法|冒牌|无证|欺诈", re.I
)


def test_languages():
    """The four languages that pages are read in are also printed."""
    assert list_languages() == ("en", "ja", "ko", "zh")


def test_all_languages_have_the_same_keys_and_placeholders():
    """A translation neither lacks nor adds a sentence or a placeholder."""
    assert check_text() == []


@pytest.mark.parametrize("lang", list_languages())
def test_every_label_has_a_sentence(lang):
    """Whatever value of the codebook a report meets, it can print it."""
    text = load_text(lang)
    labels = {
        "verdict": types.VERDICTS,
        "verdict_name": types.VERDICTS,
        "role": types.ROLES,
        "therapy": types.THERAPIES,
        "tier": types.TIERS,
        "tier_status": types.TIER_STATUSES,
        "risk_class": types.RISK_CLASSES,
        "pathway": types.PATHWAYS,
        "plan": types.PLANS,
        "outcome": types.get_args(types.Outcome),
        "flag": types.FLAGS,
        "flag_why": types.FLAGS,
        "flag_wrong_when": types.FLAGS,
        "safeguard": types.SAFEGUARDS,
        "safeguard_question": types.SAFEGUARDS,
    }
    for section, ids in labels.items():
        assert [id for id in ids if f"{section}.{id}" not in text.sentences] == [], section


@pytest.mark.parametrize("lang", list_languages())
def test_wording_is_neutral(lang):
    """No sentence judges a clinic's legality."""
    assert [s for s in load_text(lang).sentences.values() if BARRED.search(s)] == []


def test_english_text_says_what_the_rulebook_says():
    """Labels, reasons and questions stand in two files and must not drift apart."""
    framework, text = load_framework("kr-arma"), load_text("en")
    for flag in framework.flags:
        own = [text.get(f"{section}.{flag.id}") for section in ("flag", "flag_why", "flag_wrong_when")]
        assert own == [flag.label, flag.why, flag.wrong_when]
    for item in framework.safeguards:
        assert [text.get(f"safeguard.{item.id}"), text.get(f"safeguard_question.{item.id}")] == [
            item.label,
            item.question,
        ]


def test_rulebook_points_at_existing_sentences():
    """Every sentence id in the rulebook, and every score component, can be printed."""
    framework, text = load_framework("kr-arma"), load_text()
    keys = [rule.sentence_id for rule in framework.verdicts]
    keys += [f"note.{tier.note_id}" for tier in framework.tiers if tier.note_id]
    keys += [f"score.{component.id}" for component in framework.score.component]
    assert [key for key in keys if key not in text.sentences] == []


def test_get_fills_placeholders():
    """A sentence takes its values by name."""
    assert load_text().get("verdict.borrowed", offers="stem cells") == (
        "The captured page offers stem cells and does not name a tier or a class of the Act."
    )


def test_limit_takes_its_value_after_the_colon():
    """Limits travel as ``id:value`` and are worded only when printed."""
    text = load_text()
    assert text.limit("unread_pictures:3") == "3 pictures may hold text that was not read"
    assert text.limit("empty_file") == "the page is empty"
    assert "one designation" in text.limit("two_tier_reading", section="note")


def test_a_language_tag_falls_back_to_its_language():
    """zh-Hant reads zh."""
    assert load_text("zh-Hant").lang == "zh"


def test_misses_list_the_choices():
    """A wrong language, key or a missing value says what there is."""
    with pytest.raises(DataError, match=r"no report text in 'fr'.* allowed: en, ja, ko, zh"):
        load_text("fr")
    with pytest.raises(DataError, match=r"no sentence 'verdict.borowed'; did you mean 'verdict.borrowed'\?"):
        load_text().get("verdict.borowed")
    with pytest.raises(DataError, match=r"'verdict.borrowed' needs offers; given: none"):
        load_text().get("verdict.borrowed")


def test_check_text_names_file_line_and_difference(tmp_path):
    """A translator sees where the files differ."""
    (tmp_path / "en.toml").write_text('[a]\none = "1 {x}"\ntwo = "2"\n')
    (tmp_path / "ko.toml").write_text('[a]\none = "일"\nthree = "삼"\n')
    missing, extra, differs = check_text(tmp_path)
    assert "ko.toml:1: a.two: missing" in missing
    assert "ko.toml:3: a.three: found an unknown key" in extra
    assert "ko.toml:2: a.one: found the placeholders []; allowed: ['x']" in differs


def test_broken_braces_and_values_are_reported(tmp_path):
    """A sentence that cannot be filled is found when it is checked, not when it is printed."""
    for bad in ('"{x"', "3"):
        (tmp_path / "en.toml").write_text(f"[a]\none = {bad}\n")
        with pytest.raises(DataError, match=r"en.toml:2: a.one: found .*; allowed: "):
            check_text(tmp_path)
