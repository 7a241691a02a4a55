"""page_language: text and declared language → tag."""

from __future__ import annotations

import subprocess
import sys

import pytest

from claimaudit.extract import block_language, page_language
from claimaudit.extract.language import normalised

LONG = {
    "en": "Our clinic in Seoul offers stem cell treatment and the doctors will explain what you can expect from it.",
    "ko": "새봄의원은 첨단재생의료실시기관으로 지정되어 줄기세포 치료를 시행합니다. Stem cell, PRP, SVF, exosome.",
    "ja": "当院は再生医療等提供計画に基づき、自己脂肪由来の幹細胞治療を行っています。",
    "zh-Hans": "我们诊所提供干细胞治疗和再生医疗服务，请预约医生咨询。",
    "zh-Hant": "我們診所提供幹細胞治療和再生醫療服務，請預約醫師諮詢。",
    "ru": "Наша клиника предлагает лечение стволовыми клетками, запишитесь на приём по телефону сегодня.",
    "th": "คลินิกของเรามีบริการรักษาด้วยสเต็มเซลล์และการแพทย์ฟื้นฟู ติดต่อเราได้ทันที",
}
FOREIGN = {
    "de": "Unsere Klinik bietet Behandlungen mit Stammzellen an. Wir beraten Sie gerne und ausführlich in einem "
    "persönlichen Gespräch über die Möglichkeiten und die Risiken, die Kosten und den Ablauf der Behandlung. "
    "Vereinbaren Sie noch heute einen Termin bei uns, wir freuen uns auf Ihren Besuch und helfen Ihnen weiter.",
    "es": "Nuestra clínica ofrece tratamientos con células madre. Le informamos con gusto sobre las posibilidades y "
    "los riesgos, el precio y el desarrollo del tratamiento. Pida hoy mismo una cita con nosotros, estaremos "
    "encantados de recibirle y de ayudarle en todo lo que necesite durante su estancia en la ciudad.",
}


@pytest.mark.parametrize(("lang", "text"), LONG.items())
@pytest.mark.parametrize("declared", ["", "en", "ko"])
def test_by_script(lang, text, declared):
    """The script decides, whatever the page declares."""
    assert page_language(text, declared) == lang
    assert page_language(text * 500, declared) == lang


@pytest.mark.parametrize(("lang", "text"), FOREIGN.items())
@pytest.mark.parametrize("declared", ["", "en", "own"])
def test_other_latin_languages(lang, text, declared):
    """Long text in another Latin-script language is named, even on a page that declares English."""
    assert page_language(text, lang if declared == "own" else declared) == lang


@pytest.mark.parametrize(
    ("text", "prior", "lang"),
    [
        ("再生医療", "ja", "ja"),
        ("再生医療専門施設", "", "ja"),
        ("幹細胞治療", "zh-TW", "zh-Hant"),
        ("干细胞治疗", "", "zh-Hans"),
        ("幹細胞治療", "", "zh-Hant"),
        ("再生", "zh-CN", "zh-Hans"),
        ("再生", "zh-HK", "zh-Hant"),
        ("先端再生醫療", "ko", "ko"),
        ("カルテ", "", "ja"),
        ("줄기세포", "en", "ko"),
        ("PRP", "ko", "en"),
        ("Book now", "", "en"),
        ("Stem cells", "fr", "fr"),
        ("", "ko", "und"),
        ("1,200 / 24", "ko", "und"),
    ],
)
def test_short_texts_follow_the_page(text, prior, lang):
    """A block too short to tell is in the language of its page."""
    assert (block_language(text, prior) if lang != "en" or prior else page_language(text, "en")) == lang


@pytest.mark.parametrize(
    ("tag", "lang"),
    [
        ("ko-KR", "ko"), ("KO", "ko"), ("kr", "ko"), ("ja_JP", "ja"), ("jp", "ja"), ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-TW", "zh-Hant"), ("zh-Hant-HK", "zh-Hant"), ("en-US,en", "en"), ("", ""), ("fr-CA", "fr"),
    ],
)  # fmt: skip
def test_declared_tags(tag, lang):
    """Tags are read however they are spelled."""
    assert normalised(tag) == lang


@pytest.mark.parametrize(
    ("html", "declared"),
    [
        ('<html lang="ja"><p>再生医療</p>', "ja"),
        ('<html xml:lang="zh-TW"><p>再生醫療</p>', "zh-Hant"),
        ('<meta http-equiv="Content-Language" content="ja"><p>再生医療</p>', "ja"),
        ('<meta property="og:locale" content="zh_CN"><p>再生</p>', "zh-Hans"),
    ],
)
def test_what_a_page_declares(page, html, declared):
    """The html lang, else Content-Language or og:locale, is the prior."""
    assert page(html).lang == declared


def test_py3langid_is_not_imported_for_plain_pages():
    """English, Korean, Japanese and Chinese pages do not load the identifier."""
    code = (
        "import sys; from claimaudit.extract import page_language as f;"
        f"[f(text) for text in {[LONG[lang] for lang in ('en', 'ko', 'ja', 'zh-Hans')]!r}];"
        "sys.exit('py3langid' in sys.modules or 'bs4' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
