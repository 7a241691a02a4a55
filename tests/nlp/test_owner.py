"""The page's owner: name candidates → names that mean "we"; sentence → names of other facilities in it."""

import pytest

from claimaudit.nlp.owner import owner_of


@pytest.mark.parametrize(
    ("candidate", "sentence"),
    [
        ("Bright Clinic", "BRIGHT CLINIC was designated in 2025."),
        ("Bright Clinic", "At Bright, cells are cultured."),
        ("가온의원", "가온 의원은 지정되었습니다."),
        ("나래피부과의원", "나래피부과 의원에서 시술합니다."),
        ("さくらクリニック", "さくらクリニックは指定を受けました。"),
        ("當晴診所", "当晴诊所已获指定。"),
        ("Kaon Wellness Center", "Kaon Wellness Center offers it."),
    ],
)
def test_a_candidate_with_a_facility_word_is_the_owner(candidate, sentence):
    """A title part that names a facility means "we", whatever its case, spacing and script form."""
    owner = owner_of(("Stem cell therapy", candidate))
    assert owner.named_in(sentence)
    assert owner.others_in(sentence) == ()


def test_names_come_longest_first_and_once():
    """Names are folded, without spaces, the long form before the short."""
    assert owner_of(("Bright Clinic", "BRIGHT CLINIC")).names == ("brightclinic", "bright")


@pytest.mark.parametrize("candidate", ["Stem cell therapy", "줄기세포 치료", "Clinic", "의원", "Home", "診所", ""])
def test_a_topic_or_a_bare_facility_word_is_no_name(candidate):
    """What is said by every clinic names none of them."""
    assert owner_of((candidate,)).names == ()


@pytest.mark.parametrize(
    "candidate", ["Our Clinic", "The Hospital", "Partner Hospital", "협력병원", "우리 병원", "提携クリニック"]
)
def test_generic_words_are_no_name_of_the_owner(candidate):
    """A title part such as "Partner Hospital" must not turn every partner hospital into "we"."""
    assert owner_of((candidate,)).names == ()


def test_a_long_title_is_no_name():
    """A sentence with a facility word in it is too long for a name."""
    assert owner_of(("Everything you should know before you choose a stem cell clinic in Seoul",)).names == ()


def test_a_page_without_names_has_no_owner():
    """No candidate, no name, and nothing is the owner's."""
    assert not owner_of(()).named_in("Bright Clinic was designated.")


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("Narae Hospital was designated.", "Narae Hospital"),
        ("Treated at Seoul National University Hospital.", "Seoul National University Hospital"),
        ("나래병원이 지정되었습니다.", "나래병원"),
        ("연세의료원과 협약", "연세의료원"),
        ("서울대학교병원이 지정되었습니다.", "서울대학교병원"),
        ("김나래정형외과의원에서 배양", "김나래정형외과의원"),
        ("桜花クリニックは指定を受けた。", "桜花クリニック"),
        ("ひまわりクリニックは指定を受けた。", "ひまわりクリニック"),
        ("陽光診所已獲指定。", "陽光診所"),
    ],
)
def test_another_facility_is_named(sentence, name):
    """A facility's name that is not the owner's belongs to someone else."""
    assert name in owner_of(("Bright Clinic",)).others_in(sentence)


def test_owner_and_other_in_one_sentence_are_told_apart():
    """Only the other facility is an other, and the owner is seen too."""
    owner = owner_of(("가온의원",))
    assert owner.others_in("가온의원과 나래병원이 협약했습니다.") == ("나래병원",)
    assert owner.named_in("가온의원과 나래병원이 협약했습니다.")


@pytest.mark.parametrize(
    "words",
    [
        "our hospital",
        "Our Hospital",
        "The Clinic",
        "Partner Hospital",
        "University Hospital",
        "designated Hospital",
        "협력병원",
        "협력 병원",
        "저희 병원",
        "우리병원",
        "타 병원",
        "다른 병원",
        "지정병원",
        "대학병원",
        "모든 의료원",
        "他院",
        "当院",
        "当クリニック",
        "提携クリニック",
        "本院",
        "合作医院",
        "某医院",
        "大学病院",
    ],
)
def test_generic_words_name_no_other_facility(words):
    """A partner hospital, "our hospital" and "other clinics" are nobody's name."""
    assert owner_of(("Bright Clinic",)).others_in(f"{words} 는 (を) said") == ()
