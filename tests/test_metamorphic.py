"""What may not change a label and what must: pages of our own, told again in another form or with another meaning.

Each page of tests/metamorphic has one sentence that decides what it says of the designation. A *form* moves, renames
or dresses the page and must leave its labels alone; a *meaning* puts another sentence in the place of the decisive
one, and tier, status and verdict must become what sections 3 and 6 of the codebook say. A relation is one language
with one form or meaning. It must hold for at least ``HOLDS_FOR_AT_LEAST`` of the language's pages: a clear sentence
that the program still misreads stays in the data until the program is mended, and is shown when its relation fails.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import opencc
import pytest

from claimaudit import Auditor
from claimaudit.nlp import assertion, mentions

FOLDER = Path(__file__).parent / "metamorphic"
HOLDS_FOR_AT_LEAST = 0.9
FEWEST_PAGES = 10
LABELS = ("role", "verdict", "tier", "tier_status", "risk_classes", "therapies")
MEANINGS = {
    "negated": "negated",
    "pending": "pending",
    "partner": "third_party",
    "question": "absent",
    "rule": "absent",
}
"""Each meaning of the decisive sentence but "asserted", and the tier status that the codebook gives it."""
TOLD_BY = {"partner": "other_facility", "question": "is_question"}
"""The meanings that a feature without any cue behind it tells as well."""


class Page(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page as data: ``sections`` are headings with their paragraphs, ``faq`` and ``prices`` are pairs."""

    clinic: str
    renamed: str
    title: str
    heading: str
    sections: list[list[str]]
    prices: list[list[str]]
    faq: list[list[str]]
    asks: str  # the question that the decisive sentence answers
    footer: str
    asserted: str
    negated: str
    pending: str
    partner: str
    question: str
    rule: str
    particles: str = ""  # Korean only: "asserted" with other particles
    tier: str = "institution"
    risk: list[str] = []


class Pages(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pages of one language, with what stands around each."""

    lang: str
    menu: list[str]
    boilerplate: list[str]
    page: list[Page]


PAGES = {
    lang: msgspec.toml.decode((FOLDER / f"{lang}.toml").read_bytes(), type=Pages) for lang in ("en", "ko", "ja", "zh")
}


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────


class Form(NamedTuple):
    """A way to tell a page again: other words, the decisive sentence in another place, other HTML."""

    words: Callable[[Page], Page] = lambda page: page
    place: str = "body"
    markup: Callable[[str, Pages], str] = lambda text, _: text


PLAIN = Form()


def every_text(change):
    """Return a change of a page that changes each of its texts."""

    def changed(value):
        if isinstance(value, str):
            return change(value)
        return [changed(item) for item in value] if isinstance(value, list) else value

    def words(page):
        kept = {"tier": page.tier, "risk": page.risk}
        return msgspec.convert({name: changed(value) for name, value in msgspec.to_builtins(page).items()} | kept, Page)

    return words


def decisive(change):
    """Return a change of a page that changes its decisive sentence alone."""
    return lambda page: msgspec.structs.replace(page, asserted=change(page.asserted))


def renamed(page):
    """Give the clinic its other name wherever it is named."""
    return every_text(lambda text: text.replace(page.clinic, page.renamed))(page)


def full_width(text):
    """Write Latin letters, digits and signs at the width of Han characters, as East Asian editors do."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char.replace(" ", "\u3000") for char in text)


def half_width_kana(text):
    """Write katakana at half width: ク → ｸ, グ → ｸﾞ."""
    narrow = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF66, 0xFF9E)}
    voiced = {"\u3099": "\uff9e", "\u309a": "\uff9f"}
    kana = re.compile("[ァ-ヴー]")

    def one(match):
        base, *mark = unicodedata.normalize("NFD", match[0])
        return narrow.get(base, base) + "".join(voiced[sign] for sign in mark)

    return kana.sub(one, text)


def spaced(text):
    """Write the Korean names of the tiers word by word."""
    text = text.replace("재생의료", " 재생 의료 ").replace("실시기관", "실시 기관")
    return re.sub(" +", " ", text).strip()


def boilerplate(text, pages):
    """Add what sites put around every page: consent to cookies, notices, links, styles and scripts."""
    lines = pages.boilerplate
    above = f'<div id="cookie-banner"><p>{lines[0]}</p><button>OK</button></div>\n'
    beside = "<aside><ul>" + "".join(f"<li>{line}</li>" for line in lines[1:3]) + "</ul></aside>\n"
    links = "<ul>" + "".join(f'<li><a href="#{line}">{line}</a></li>' for line in lines[3:]) + "</ul>\n"
    code = "<style>.wrap{max-width:1080px}</style><script>window.dataLayer=[];</script>\n"
    text = text.replace("</head>", code + "</head>").replace("<body>\n", "<body>\n" + above)
    return text.replace("<footer>\n", beside + "<footer>\n" + links)


def minified(text, _):
    """Drop white space between tags, end tags that HTML does not need, and quotes that it does not need."""
    text = re.sub(r">\s*\n\s*<", "><", text)
    text = re.sub(r"</(?:p|li|dt|dd|td|th|tr|body|html)>", "", text)
    return re.sub(r'="([\w/.#-]+)"', r"=\1", text, flags=re.ASCII)


def nested(text, _):
    """Make each paragraph a pile of divs, and wrap the page in more of them."""
    text = text.replace("<p>", '<div class="row"><div class="col"><div><div>').replace("</p>", "</div>" * 4)
    text = text.replace("<body>\n", '<body>\n<div id="wrap"><div class="inner">\n')
    return text.replace("</body>", "</div></div>\n</body>")


def headings_as_divs(text, _):
    """Write headings as divs that only their class and size show to be headings."""
    return re.sub(r"<h(\d)>(.*?)</h\1>", r'<div class="title tit\1">\2</div>', text)


def numeric_references(text, _):
    """Write every letter of the texts as its number: A → &#65;."""
    head, body = text.split("<title>")
    encoded = re.sub(
        r"(?<=>)[^<>]+(?=<)|(?<=alt=\")[^\"]+",
        lambda match: "".join(f"&#{ord(char)};" if char.isalpha() else char for char in html.unescape(match[0])),
        ">" + body,
    )
    return head + "<title>" + encoded.removeprefix(">")


def emphasised(text, _):
    """Set the middle of every paragraph in bold."""

    def bold(match):
        words = match[1].split(" ")
        parts, seam = (words, " ") if len(words) > 3 else (list(match[1]), "")
        third = len(parts) // 3
        inner = f"<b>{seam.join(parts[third:-third])}</b>" if third else seam.join(parts)
        return "<p>" + seam.join([*parts[:third], inner, *parts[len(parts) - third :]]) + "</p>"

    return re.sub(r"<p>([^<&]+)</p>", bold, text)


FORMS = {
    "renamed": Form(renamed),
    "in-paragraph": Form(place="paragraph"),
    "in-footer": Form(place="footer"),
    "in-alt-text": Form(place="alt"),
    "in-faq-answer": Form(place="faq"),
    "full-width": Form(every_text(full_width)),
    "boilerplate": Form(markup=boilerplate),
    "minified": Form(markup=minified),
    "nested": Form(markup=nested),
    "headings-as-divs": Form(markup=headings_as_divs),
    "numeric-references": Form(markup=numeric_references),
    "emphasised": Form(markup=emphasised),
}
"""What every language has."""
OWN_FORMS = {
    "en": {
        "capitals": Form(decisive(str.upper)),
        "no-break-spaces": Form(every_text(lambda text: text.replace(" ", "\u00a0"))),
    },
    "ko": {
        "no-spaces": Form(decisive(lambda text: text.replace(" ", ""))),
        "more-spaces": Form(decisive(spaced)),
        "other-particles": Form(lambda page: msgspec.structs.replace(page, asserted=page.particles)),
        "no-break-spaces": Form(every_text(lambda text: text.replace(" ", "\u00a0"))),
    },
    "ja": {"half-width-kana": Form(every_text(half_width_kana))},
    "zh": {
        "traditional": Form(every_text(opencc.OpenCC("s2t").convert)),
        "taiwan": Form(every_text(opencc.OpenCC("s2tw").convert)),
        "hong-kong": Form(every_text(opencc.OpenCC("s2hk").convert)),
    },
}


# ── building and judging ─────────────────────────────────────────────────────────────────────────────


def built(pages, page, meaning="asserted", form=PLAIN):
    """Return the HTML of a page whose decisive sentence has this meaning and stands where the form says."""
    page = form.words(page)
    said = html.escape(getattr(page, meaning))
    one, *others = page.sections
    about = [f"<h2>{one[0]}</h2>", *(f"<p>{text}</p>" for text in one[1:])]
    if form.place == "paragraph":
        about[-1] = about[-1].replace("</p>", f"{' ' if pages.lang in ('en', 'ko') else ''}{said}</p>")
    where = {
        "body": f"<p>{said}</p>",
        "alt": f'<p><img src="/img/certificate.jpg" width="640" height="480" alt="{said}"></p>',
    }
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{pages.lang}">',
        f'<head>\n<meta charset="utf-8">\n<title>{page.title}</title>\n</head>',
        "<body>",
        f'<header>\n<a class="logo" href="/">{page.clinic}</a>',
        "<nav><ul>"
        + "".join(f'<li><a href="/{n}">{name}</a></li>' for n, name in enumerate(pages.menu))
        + "</ul></nav>",
        "</header>\n<main>",
        f"<h1>{page.heading}</h1>",
        *about,
        *([where[form.place]] if form.place in where else []),
        *(line for head, *texts in others for line in (f"<h2>{head}</h2>", *(f"<p>{text}</p>" for text in texts))),
        "<table>" + "".join(f"<tr><th>{name}</th><td>{price}</td></tr>" for name, price in page.prices) + "</table>",
        '<h2>FAQ</h2>\n<dl class="faq">',
        *(f"<dt>{question}</dt>\n<dd>{answer}</dd>" for question, answer in page.faq),
        *([f"<dt>{page.asks}</dt>\n<dd>{said}</dd>"] if form.place == "faq" else []),
        "</dl>\n</main>",
        f"<footer>\n<p>{page.footer}</p>",
        *([f"<p>{said}</p>"] if form.place == "footer" else []),
        f"<p>© 2026 {page.clinic}</p>\n</footer>",
        "</body>\n</html>",
    ]
    return form.markup("\n".join(lines), pages)


class Judge:
    """One auditor, and what it said of each page."""

    def __init__(self, stage="models"):
        auditor = Auditor(stage=stage)
        self._read = cache(
            lambda text: auditor.audit_bytes(text.encode(), source="page", content_type="text/html; charset=utf-8")
        )

    def labels(self, lang, page, meaning="asserted", form=PLAIN):
        """Return the labels of a page by name."""
        read = self._read(built(PAGES[lang], page, meaning, form))
        return {name: getattr(read, name) for name in LABELS}

    def wrong_in_form(self, lang, page, form):
        """Return what is wrong with a page in another form: labels that are not those of the plain page."""
        return differences(self.labels(lang, page), self.labels(lang, page, form=form))

    def wrong_in_meaning(self, lang, page, meaning):
        """Return what is wrong with a page of this meaning: labels that are not the codebook's."""
        return differences(by_codebook(page, meaning), self.labels(lang, page, meaning))

    def wrong_in_change(self, lang, page, meaning):
        """Return what is wrong with tier or status before or after a change of meaning."""
        wrong = [self.wrong_in_meaning(lang, page, one) for one in ("asserted", meaning)]
        return [one for one in wrong if one.keys() & {"tier", "tier_status"}]


def by_codebook(page, meaning):
    """Return the labels that sections 1, 3, 4 and 6 of the codebook give a page that offers a therapy."""
    status = MEANINGS.get(meaning, "asserted")
    named = (status == "asserted") + bool(page.risk)
    return {
        "role": "provider",
        "verdict": ("borrowed", "partial", "named")[named],
        "tier": "none" if status == "absent" else page.tier,
        "tier_status": status,
        "risk_classes": tuple(page.risk),
    }


def differences(expected, found):
    """Return ``{label: (expected, found)}`` where the two differ."""
    return {name: (value, found[name]) for name, value in expected.items() if found[name] != value}


def failing(lang, check, meaning="asserted"):
    """Return ``{decisive sentence: what is wrong}`` of the pages of a language that fail a check."""
    checked = ((getattr(page, meaning), check(page)) for page in PAGES[lang].page)
    return {said: wrong for said, wrong in checked if wrong}


def told(failed):
    """Return which pages fail, one a line."""
    return "".join(f"\n  {said}\n    {wrong}" for said, wrong in failed.items())


def lost_pages(judge, lang, meaning):
    """Return how many pages of a language fail a change of meaning."""
    return len(failing(lang, lambda page: judge.wrong_in_change(lang, page, meaning)))


def enough(lang, failed):
    """Tell whether a relation holds for as many pages as it must."""
    pages = len(PAGES[lang].page)
    return (pages - len(failed)) / pages >= HOLDS_FOR_AT_LEAST


ALL_FORMS = [(lang, name, form) for lang in PAGES for name, form in (FORMS | OWN_FORMS[lang]).items()]
ALL_MEANINGS = [(lang, meaning) for lang in PAGES for meaning in MEANINGS]


@pytest.fixture(scope="module")
def judge():
    """The program as it is."""
    return Judge()


@pytest.fixture
def judge_without_cues(monkeypatch):
    """The program without a single cue, and without the models that have learned from cues."""
    entries = mentions._entries
    monkeypatch.setattr(
        mentions, "_entries", lambda *given: [e for e in entries(*given) if not e.label.startswith("cue.")]
    )
    mentions.finder.cache_clear()
    yield Judge(stage="rules")
    mentions.finder.cache_clear()


# ── the relations ────────────────────────────────────────────────────────────────────────────────────


def test_there_are_enough_relations_and_pages():
    """At least forty relations, each over at least ten pages, and no sentence is written twice."""
    assert len(ALL_FORMS) + len(ALL_MEANINGS) >= 40
    for lang, pages in PAGES.items():
        said = [getattr(page, meaning) for page in pages.page for meaning in ("asserted", *MEANINGS)]
        assert len(pages.page) >= FEWEST_PAGES, lang
        assert len(set(said)) == len(said), lang
        assert all(page.clinic in built(pages, page) for page in pages.page), lang


@pytest.mark.parametrize(
    ("lang", "form"), [pytest.param(lang, form, id=f"{lang}-{name}") for lang, name, form in ALL_FORMS]
)
def test_every_form_changes_the_page(lang, form):
    """A form that leaves a page as it was would prove nothing."""
    pages = PAGES[lang]
    changed = [page for page in pages.page if built(pages, page, form=form) != built(pages, page)]
    assert len(changed) >= FEWEST_PAGES


@pytest.mark.parametrize("lang", PAGES)
def test_plain_page(judge, lang):
    """A page whose clinic says that it is designated is read so: what the relations start from."""
    failed = failing(lang, lambda page: judge.wrong_in_meaning(lang, page, "asserted"))
    assert enough(lang, failed), told(failed)


@pytest.mark.parametrize(
    ("lang", "form"), [pytest.param(lang, form, id=f"{lang}-{name}") for lang, name, form in ALL_FORMS]
)
def test_form_leaves_the_labels(judge, lang, form):
    """The same page in another form has the same labels, on at least ``HOLDS_FOR_AT_LEAST`` of the pages."""
    failed = failing(lang, lambda page: judge.wrong_in_form(lang, page, form))
    assert enough(lang, failed), told(failed)


@pytest.mark.parametrize(
    ("lang", "meaning"), [pytest.param(lang, meaning, id=f"{lang}-{meaning}") for lang, meaning in ALL_MEANINGS]
)
def test_meaning_changes_the_labels(judge, lang, meaning):
    """Another meaning gives what the codebook says, on at least ``HOLDS_FOR_AT_LEAST`` of the pages."""
    failed = failing(lang, lambda page: judge.wrong_in_meaning(lang, page, meaning), meaning)
    assert enough(lang, failed), told(failed)


@pytest.mark.parametrize("lang", PAGES)
def test_without_cues_the_meanings_are_lost(judge_without_cues, monkeypatch, lang):
    """With the cues switched off most pages fail each change of meaning: what passes above is understanding, not luck.

    A page fails a change if tier or status is misread on either side of it: a reader that finds a designation nowhere
    would get every rule right. Partners are told by the names of hospitals too, and questions by their mark; those two
    are lost once these signs are hidden as well.
    """
    half = len(PAGES[lang].page) / 2
    lost = {meaning: lost_pages(judge_without_cues, lang, meaning) for meaning in MEANINGS if meaning not in TOLD_BY}
    assert min(lost.values()) > half, lost

    features = assertion.features_of
    hidden = set(TOLD_BY.values())
    monkeypatch.setattr(
        assertion, "features_of", lambda *given: {k: v for k, v in features(*given).items() if k not in hidden}
    )
    blind = Judge(stage="rules")
    lost = {meaning: lost_pages(blind, lang, meaning) for meaning in MEANINGS}
    assert min(lost.values()) > half, lost
