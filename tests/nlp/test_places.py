"""Elsewhere: does a page speak of another country and nowhere of Korea?"""

import pytest

from claimaudit.nlp.places import elsewhere


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Our clinic in Bangkok is government-certified."),
        ("ja", "国が認めた再生医療です。"),
        ("zh-Hans", "政府认证的细胞治疗中心"),
        ("zh-Hant", "台北的診所"),
    ],
)
def test_another_country_is_named_or_spoken(lang, text):
    """English pages name the country; Japanese and Chinese ones speak of their own where they name none."""
    assert elsewhere(lang, [text])


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Government-certified stem cell clinic"),  # no country at all: the field's Act is Korea's
        ("en", "From Tokyo to Seoul in two hours"),
        ("en", "The thaïs and Indiana are no countries"),
        ("ko", "태국 지점도 정부 인증을 받았습니다."),
        ("ja", "韓国政府が認めたクリニック"),
        ("zh-Hans", "首尔江南的医院"),
    ],
)
def test_korea_or_no_country(lang, text):
    """One word of Korea anywhere is enough."""
    assert not elsewhere(lang, ["Welcome", text])
