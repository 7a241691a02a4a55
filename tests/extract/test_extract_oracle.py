"""Blocks against stock BeautifulSoup: the words of a page, no more and no fewer."""

from __future__ import annotations

import importlib.util
import os
import statistics
from pathlib import Path

import pytest

from claimaudit.extract import document, parse
from claimaudit.types import Fetched

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "extract_oracle.py"
TAR = os.environ.get("CLAIMAUDIT_BENCH", "")

PAGES = {
    "en": """<!doctype html><html lang=en><head><title>T</title><style>p{}</style></head><body><header><nav><ul><li>
      <a>Home</a></li> <li><a>About us</a></li> <li><a>Contact</a></li></ul></nav></header><main><h1>Knee care</h1><p>We
      offer
      <b>stem cell</b> treatment, <a href=#>exosomes</a> and PRP.</p><p hidden>no</p><table> <tr> <th>Care</th>
      <th>Price</th></tr> <tr> <td>PRP</td> <td>100</td> </tr></table><dl><dt>Safe?</dt> <dd>Ask us.</dd></dl></main>
      <footer>Saebom <small>Busan</small></footer><script>no()</script></body></html>""",
    "ko": """<html lang=ko><body><div id=wrap><div class=gnb><a>홈</a> <a>소개</a></div><div class=cont>
      <h2>줄기세포 치료</h2>
      <div>저희 의원은 <strong>첨단재생의료실시기관</strong> 입니다.<br>상담은 전화로.</div>
      <div style="display:none">숨김</div>
      <ul><li>중위험 <li>저위험</ul><p>Q. 안전한가요? <p>A. 의사와 상담하세요.</div></div></body></html>""",
    "ja": """<body><section><h3>再生医療</h3><p>当院 は <em>第二種</em> 再生医療等提供計画 を 提出 しています。</p>
      <blockquote>
      良かった です</blockquote><figure><img alt="院内"><figcaption>院内 の 様子</figcaption></figure></section>
      <svg><text>no</text></svg></body>""",
    "zh": """<p>干细胞 治疗<p>费用 公开<div><div><div>预约 <i>医生</i></div></div></div><table>
      <tr><td><h4>标题</h4><p>正文 内容</p>
      </td></tr></table><noscript>no</noscript>""",
}  # fmt: skip


@pytest.fixture(scope="module")
def oracle():
    """The benchmark as a module."""
    spec = importlib.util.spec_from_file_location("extract_oracle", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("hit", [None, lambda _: True], ids=["quick", "exact"])
@pytest.mark.parametrize("lang", PAGES)
def test_own_pages(oracle, lang, hit):
    """On small pages every word is there once; exact tables may repeat their headers."""
    page = parse(Fetched(source=lang, body=PAGES[lang].encode()))
    found, expected = oracle.visible_text(document(page, hit)), oracle.oracle_text(page.decoded.text)
    assert oracle.token_f1(found, expected) == (1.0 if lang != "en" or hit is None else pytest.approx(1.0, abs=0.05))


def test_token_f1(oracle):
    """F1 is over bags of words."""
    assert oracle.token_f1("a b", "b a") == 1.0
    assert oracle.token_f1("", "") == 1.0
    assert oracle.token_f1("a", "") == 0.0
    assert oracle.token_f1("a b", "a c") == 0.5


@pytest.mark.skipif(not TAR, reason="set CLAIMAUDIT_BENCH to the path of pages.tar.xz to compare on 150 real pages")
def test_real_pages(oracle):
    """On the benchmark pages the median F1 against BeautifulSoup is at least .995, and none is far below."""
    scores = [f1 for f1, _ in oracle.scores(oracle.pages(Path(TAR)))]
    assert statistics.median(scores) >= oracle.FLOOR
    assert min(scores) >= 0.9
