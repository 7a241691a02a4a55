"""prescan: the first bytes of a page → the charset label they declare."""

from __future__ import annotations

import pytest

from claimaudit.extract.prescan import prescan


@pytest.mark.parametrize(
    ("html", "label"),
    [
        ('<meta charset="EUC-KR">', "euc-kr"),
        ("<meta charset=euc-kr>", "euc-kr"),
        ("<META CHARSET = ' euc-kr ' />", "euc-kr"),
        ("<meta/charset=euc-kr>", "euc-kr"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=shift_jis">', "shift_jis"),
        ('<meta content="text/html; charset=shift_jis" http-equiv="content-type">', "shift_jis"),
        ("<meta http-equiv=content-type content='text/html; charset = \"big5\" '>", "big5"),
        ('<meta content="text/html; charset=shift_jis">', ""),
        ('<meta http-equiv="refresh" content="text/html; charset=shift_jis">', ""),
        ('<meta charset="gbk" charset="big5">', "gbk"),
        ('<!-- <meta charset="big5"> --><meta charset="gbk">', "gbk"),
        ('<!--><meta charset="gbk">', "gbk"),
        ('<!-- <meta charset="big5">', ""),
        ("<p title='<meta charset=big5>'><meta charset=gbk>", "gbk"),
        ('<!doctype html><html lang="ko"><head><title>x</title><meta charset="gbk">', "gbk"),
        ("<metadata charset=big5><meta charset=gbk>", "gbk"),
        ('</p charset=big5><?php x ?><meta charset="gbk">', "gbk"),
        ('<?xml version="1.0" encoding="EUC-JP"?><html>', "euc-jp"),
        ('<?xml version="1.0" encoding="EUC-JP"?><meta charset="gbk">', "gbk"),
        ("<meta charset", ""),
        ("<meta charset='gbk", ""),
        ("text < 3 <", ""),
        ("", ""),
    ],
)
def test_labels(html, label):
    """Every form of the standard, quoted or not, in any order of attributes."""
    assert prescan(html.encode()) == label


def test_reads_beyond_1024_bytes():
    """A declaration below a long script is still found, and one far below is not looked for."""
    assert prescan(b"<script>" + b"x" * 3000 + b"</script><meta charset=gbk>") == "gbk"
    assert prescan(b"<p>" + b"x" * 50_000 + b"<meta charset=gbk>") == ""
