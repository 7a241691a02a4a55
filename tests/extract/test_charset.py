"""decode: bytes and Content-Type → text, whatever the page declares."""

from __future__ import annotations

import pytest

from claimaudit.extract import decode
from claimaudit.extract.charset import plausibility

KO = (
    "새봄의원은 첨단재생의료실시기관으로 지정되어 줄기세포 치료를 시행합니다. "
    "상담은 전화로 예약하세요. 비용은 상담 후 안내해 드립니다."
)
JA = "当院は再生医療等提供計画に基づき、自己脂肪由来の幹細胞治療を行っています。ご予約はお電話でお願いいたします。"
HANS = "我们诊所提供干细胞治疗和再生医疗服务，请预约医生咨询。费用公开透明，术后定期随访。"
HANT = "我們診所提供幹細胞治療和再生醫療服務，請預約醫師諮詢。費用公開透明，術後定期追蹤。"
TEXTS = [
    ("euc-kr", "cp949", KO),
    ("shift_jis", "cp932", JA),
    ("euc-jp", "euc_jp", JA),
    ("gb18030", "gb18030", HANS),
    ("big5", "big5", HANT),
    ("utf-8", "utf-8", KO),
    ("utf-8", "utf-8", JA),
    ("utf-8", "utf-8", HANT),
]
LABELS = {"euc-kr": "ks_c_5601-1987", "gb18030": "gb2312", "big5": "Big5", "shift_jis": "Shift-JIS", "euc-jp": "EUC-JP"}
WRONG = {
    "utf-8": "utf-8",
    "iso-8859-1": "windows-1252",
    "us-ascii": "windows-1252",
    "euc-kr": "euc-kr",
    "shift_jis": "shift_jis",
    "euc-jp": "euc-jp",
    "gbk": "gb18030",
    "big5": "big5",
    "no-such-charset": "",
}


def shortened(text: str, length: str) -> str:
    return {"long": text * 8, "page": text, "short": text[:16]}[length]


def body(text: str, codec: str, label: str = "") -> bytes:
    meta = f'<meta charset="{label}">' if label else ""
    return f"<!doctype html><html><head>{meta}<title>{text}</title></head><body><p>{text}</p></body></html>".encode(
        codec
    )


ids = [f"{charset}-{place}" for place, (charset, _, _) in enumerate(TEXTS)]


@pytest.mark.parametrize("length", ["short", "page", "long"])
@pytest.mark.parametrize(("charset", "codec", "text"), TEXTS, ids=ids)
class TestMatrix:
    """Each encoding, with short and long text, declared rightly, wrongly and not at all."""

    def test_undeclared(self, charset, codec, text, length):
        """The bytes alone are enough."""
        text = shortened(text, length)
        got = decode(body(text, codec), "text/html")
        assert text in got.text
        assert (got.charset, got.source, got.declared, got.conflict) == (charset, "detected", "", False)

    @pytest.mark.parametrize("where", ["header", "meta"])
    def test_declared(self, charset, codec, text, length, where):
        """A right declaration is believed, under any of its labels."""
        text, label = shortened(text, length), LABELS.get(charset, charset)
        header = f"text/html; charset={label}" if where == "header" else "text/html"
        got = decode(body(text, codec, label if where == "meta" else ""), header)
        assert text in got.text
        assert (got.charset, got.source, got.declared, got.conflict) == (charset, where, charset, False)

    def test_wrong(self, charset, codec, text, length):
        """A wrong declaration in the header is overruled by the bytes, and said to be in conflict."""
        raw = body(shortened(text, length), codec)
        for label, meant in WRONG.items():
            if meant != charset:
                got = decode(raw, f"text/html; charset={label}")
                assert shortened(text, length) in got.text, label
                assert (got.charset, got.declared, got.conflict) == (charset, meant, meant != "")


def test_header_outranks_meta():
    """Where both decode, the header wins and the difference is recorded."""
    got = decode('<meta charset="windows-1252"><p>줄기세포</p>'.encode(), "text/html;charset=UTF-8")
    assert (got.charset, got.source, got.conflict) == ("utf-8", "header", True)


def test_meta_saves_a_wrong_header():
    """A server's default charset does not spoil a page that declares its own."""
    got = decode(body(KO, "cp949", "euc-kr"), "text/html; charset=utf-8")
    assert (got.charset, got.declared, got.source, got.conflict) == ("euc-kr", "utf-8", "meta", True)
    assert KO in got.text


@pytest.mark.parametrize(("mark", "codec"), [("\ufeff", "utf-8"), ("\ufeff", "utf-16-le"), ("\ufeff", "utf-16-be")])
def test_byte_order_mark(mark, codec):
    """A byte order mark outranks every declaration and is no part of the text."""
    got = decode((mark + f"<p>{KO}</p>").encode(codec), "text/html; charset=euc-kr")
    assert got.text == f"<p>{KO}</p>"
    assert (got.source, got.conflict) == ("bom", True)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_mark(codec):
    """UTF-16 that lost its mark is recognised by its NULs."""
    assert decode(f"<html><p>{KO}</p>".encode(codec)).text == f"<html><p>{KO}</p>"


def test_utf16_in_meta_means_utf8():
    """A <meta> that can be read as ASCII cannot be in UTF-16."""
    assert decode(f'<meta charset="utf-16"><p>{KO}</p>'.encode()).charset == "utf-8"


def test_iso_2022_jp():
    """Escape sequences are recognised, declared or not."""
    for header in ("text/html", "text/html; charset=iso-2022-jp"):
        assert decode(f"<p>{JA}</p>".encode("iso2022_jp"), header).text == f"<p>{JA}</p>"


@pytest.mark.parametrize("codec", ["utf-8", "cp949"])
def test_few_bad_bytes_do_not_flip(codec):
    """A stray byte in a page that is otherwise fine becomes U+FFFD and nothing else changes."""
    label = {"cp949": "euc-kr"}.get(codec, codec)
    good = body(KO * 40, codec, label)
    at = good.index(b"<p>") + 3
    got = decode(good[:at] + b"\xff \xff " + good[at:])
    assert got.charset == label
    assert KO in got.text
    assert "\ufffd" in got.text


@pytest.mark.parametrize("codec", ["utf-8", "cp949", "cp932", "gb18030"])
def test_cut_off_at_the_end(codec):
    """A body that ends within a character loses that character only."""
    text = {"cp932": JA, "gb18030": HANS}.get(codec, KO).rstrip(".。") + "가" * (codec in ("utf-8", "cp949"))
    got = decode(("<p>" + text).encode(codec)[:-1])
    assert got.text == "<p>" + text[:-1]


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("La clinique préfère des thérapies régénératives à côté de l’hôpital, dès l’été.", "windows-1252"),
        ("Клиника предлагает лечение стволовыми клетками, запишитесь на приём по телефону.", "windows-1251"),
        ("Η κλινική μας προσφέρει θεραπείες με βλαστοκύτταρα σε όλους τους ασθενείς.", "iso-8859-7"),
    ],
)
@pytest.mark.parametrize("label", ["", "own", "euc-kr", "gbk"])
def test_other_charsets_are_left_alone(text, codec, label):
    """Detection of Chinese, Japanese and Korean does not swallow Western, Cyrillic or Greek pages."""
    header = f"text/html; charset={codec if label == 'own' else label}" if label else "text/html"
    assert text in decode(f"<p>{text}</p>".encode(codec), header).text


def test_ascii_keeps_its_declaration():
    """Plain ASCII is the same in every charset; the declared one is reported, UTF-8 if there is none."""
    assert decode(b"<p>stem cells</p>", "text/html; charset=euc-kr").charset == "euc-kr"
    assert decode(b"<p>stem cells</p>").source == "default"


@pytest.mark.parametrize("junk", [b"", b"\x00", b"\xff" * 50, bytes(range(256)) * 20, b"\x1b$B", b"\xfe\xff\xd8"])
def test_never_raises(junk):
    """Bytes without meaning give some text."""
    assert isinstance(decode(junk, "text/html; charset=;;").text, str)


def test_plausibility_ranks_readings():
    """The right reading of bytes is far more plausible than another one that decodes as well."""
    raw = KO.encode("cp949")
    assert plausibility(KO, "euc-kr") > 2 * plausibility(raw.decode("gb18030", "replace"), "gb18030")
