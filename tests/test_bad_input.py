"""Input that cannot be judged: a clear message or a recorded outcome, the documented exit code, every other row."""

import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from claimaudit.errors import DataError
from claimaudit.readable import _phrases
from claimaudit.resources import data_path

ROOT = Path(__file__).parents[1]
GOOD = ROOT / "examples" / "en-stem-cell-package.html"
OFFER = "We offer stem cell therapy at our clinic in Seoul. Book your stem cell injection now, from 900 dollars. "


def written(path, content):
    """A file with this content; its path."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def beside(run):
    """Judge an input between two good pages: → its record, after checking that all three got their row."""

    def call(name, *options):
        done = run(GOOD, name, GOOD, "-f", "jsonl", *options)
        records = [json.loads(line) for line in done.out.splitlines()]
        assert (done.code, done.err) == (0, "")
        assert [record["source"] for record in records] == [str(GOOD), str(name), str(GOOD)]
        assert [records[0]["verdict"], records[2]["verdict"]] == ["borrowed", "borrowed"]
        return records[1]

    return call


@pytest.fixture
def alone(run):
    """Judge an input by itself as text: → what is printed, after checking the exit code 4 and the silence elsewhere."""

    def call(name, *options):
        done = run(name, *options)
        assert (done.code, done.err) == (4, "")
        assert "VERDICT  inconclusive" in done.out
        assert "Traceback" not in done.out
        return done.out

    return call


# ── files ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty|text"),
        (b"\xef\xbb\xbf", "empty|text"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "picture|image|PNG"),
        (b"PK\x03\x04" + bytes(range(256)) * 40, "archive|ZIP|Office"),
        (b"\x7fELF" + bytes(range(256)) * 40, "."),
        (bytes(range(256)) * 40, "."),
    ],
    ids=["empty", "blank", "bom", "pdf", "png", "zip", "elf", "bytes"],
)
def test_file_without_a_page(beside, alone, tmp_path, content, problem):
    """Empty and binary files are inconclusive and say why."""
    page = written(tmp_path / "x.html", content)
    record = beside(page)
    assert (record["verdict"], record["score"], record["findings"]) == ("inconclusive", None, [])
    assert re.search(problem, record["problem"], re.I)
    alone(page)


def test_page_of_200_mb(beside, alone, tmp_path):
    """A file above the limit is not read into memory; the record says how large it is and how large it may be."""
    page = tmp_path / "big.html"
    with page.open("wb") as file:
        file.write(OFFER.encode())
        file.truncate(200 * 2**20)
    record = beside(page)
    assert (record["verdict"], record["outcome"]) == ("inconclusive", "too_large")
    assert "209,715,200 bytes" in record["problem"]
    assert "20,971,520" in alone(page)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device that never ends")
def test_device_that_never_ends(alone):
    """What has no end is read up to the limit."""
    assert "20,971,520" in alone("/dev/zero")


@pytest.mark.parametrize("tag", ["div", "table><tr><td", "ul><li", "b", "font"])
def test_page_nested_50000_levels_deep(beside, tmp_path, tag):
    """Deep nesting neither crashes nor hides the text above it."""
    opened = f"<{tag}>" * 50_000
    record = beside(written(tmp_path / "deep.html", f"<h1>Clinic</h1><p>{OFFER * 3}</p>{opened}{OFFER}"))
    assert record["verdict"] == "borrowed"
    assert record["problem"] == ""


@pytest.mark.parametrize(
    "html",
    [
        f"<title>Clinic</title><p>{OFFER}",
        f"<html><head><title>Clinic</title></head>{OFFER}",
        f"<p>{OFFER}</body></html><p>{OFFER}",
        OFFER * 2,
        f"<html><body><body><p>{OFFER}<html>",
    ],
)
def test_page_without_a_body(beside, tmp_path, html):
    """What a browser shows is read."""
    assert beside(written(tmp_path / "x.html", html))["verdict"] == "borrowed"


def test_frameset_without_a_body(beside, tmp_path):
    """A page that only names frames has nothing to judge."""
    html = '<html><frameset cols="20,80"><frame src="a.html"><frame src="b.html"></frameset></html>'
    assert beside(written(tmp_path / "x.html", html))["verdict"] == "inconclusive"


@pytest.mark.parametrize("wrong", ["utf-8", "iso-8859-1", "shift_jis", "no-such-charset"])
def test_wrong_charset(beside, tmp_path, wrong):
    """Korean in CP949 is read as such under any declaration that does not fit it."""
    text = "<p>저희 병원은 줄기세포 치료를 제공합니다. 지금 줄기세포 주사를 예약하세요. 1회 900,000원입니다.</p>" * 5
    page = written(tmp_path / "x.html", f'<meta charset="{wrong}"><title>병원</title>{text}'.encode("cp949"))
    record = beside(page)
    assert (record["lang"], record["verdict"]) == ("ko", "borrowed")


def test_bytes_that_fit_no_charset(beside, tmp_path):
    """Broken bytes in the middle of a page do not stop it from being read."""
    page = written(tmp_path / "x.html", OFFER.encode() * 3 + b"\xff\xfe\x80\x81" * 3 + OFFER.encode() * 3)
    assert beside(page)["outcome"] == "ok"


def test_text_that_is_no_unicode(run, tmp_path):
    """Half a surrogate pair, in JSON-LD or as a reference, is printed by every format."""
    data = '<script type="application/ld+json">{"@type": "Hospital", "name": "\\ud83d stem cell clinic"}</script>'
    page = written(tmp_path / "x.html", f"<title>&#xD83D; x</title>{data}<p>{OFFER}&#xDE00;")
    for form in ("text", "json", "jsonl", "csv"):
        done = run(page, "-f", form)
        assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("fr", "Nous proposons une thérapie par cellules souches dans notre clinique à Séoul. "),
        ("ru", "Мы предлагаем лечение стволовыми клетками в нашей клинике в Сеуле. "),
        ("th", "เราให้บริการรักษาด้วยเซลล์ต้นกำเนิดที่คลินิกของเราในกรุงโซล "),
    ],
)
def test_language_that_is_not_read(beside, alone, tmp_path, lang, sentence):
    """It is said, never guessed."""
    page = written(tmp_path / "x.html", f"<html lang={lang}><p>{sentence * 10}")
    record = beside(page)
    assert (record["lang"], record["verdict"]) == (lang, "inconclusive")
    assert f"language ({lang})" in alone(page)


def test_missing_file(beside, alone, tmp_path):
    """A name that is nothing says so."""
    record = beside(tmp_path / "missing.html")
    assert (record["outcome"], record["verdict"]) == ("invalid_input", "inconclusive")
    assert "no such file or folder" in alone(tmp_path / "missing.html")


@pytest.mark.parametrize("name", ["", " ", "a" * 5000, "\udcff.html", "x\ty.html"])
def test_names_that_cannot_be(run, name):
    """An empty, an endless and an undecodable name each get their row, in every format."""
    for form in ("text", "json", "jsonl", "csv"):
        done = run(name, GOOD, "-f", form)
        assert (done.code, done.err) == (0, "")
    records = [json.loads(line) for line in run(name, GOOD, "-f", "jsonl").out.splitlines()]
    assert [record["outcome"] for record in records] == ["invalid_input", "ok"]


def test_file_with_an_undecodable_name(run, tmp_path):
    """A page whose name is no UTF-8 is judged; its source shows the bytes."""
    shutil.copy(GOOD, os.fsdecode(os.fsencode(tmp_path) + b"/\xb1\xe2.html"))
    record = json.loads(run(tmp_path, "-f", "json").out)
    assert (record["source"], record["verdict"]) == (f"{tmp_path}/\\xb1\\xe2.html", "borrowed")


def without_privilege():
    """Give up, in a child process before its program starts, what lets root read everything."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.skipif(sys.platform != "linux", reason="knows only how Linux takes root's privileges")
def test_files_and_folders_without_permission(tmp_path):
    """A file, a folder, and a file below a closed folder are recorded as unreadable; the rest is judged."""
    page, closed = tmp_path / "page.html", tmp_path / "closed"
    shutil.copy(GOOD, page)
    page.chmod(0)
    closed.mkdir()
    shutil.copy(GOOD, closed / "page.html")
    shutil.copy(GOOD, tmp_path / "good.html")
    closed.chmod(0)
    command = [sys.executable, "-m", "claimaudit", page, closed, closed / "page.html", tmp_path, "-f", "jsonl"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, preexec_fn=without_privilege
        )
    finally:
        closed.chmod(0o755)
    assert (done.returncode, done.stderr) == (0, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    if os.geteuid() == 0 and found[0]["outcome"] == "ok":
        pytest.skip("root keeps its privileges here")
    assert [(record["source"].removeprefix(f"{tmp_path}/"), record["outcome"]) for record in found] == [
        ("page.html", "file_error"),
        ("closed", "file_error"),
        ("closed/page.html", "invalid_input"),
        ("closed", "file_error"),
        ("good.html", "ok"),
        ("page.html", "file_error"),
    ]
    assert "Permission denied" in found[0]["problem"]
    assert "Permission denied" in found[1]["problem"]


def test_folder_without_pages(beside, alone, tmp_path):
    """It gets one row that says what was expected."""
    written(tmp_path / "notes.txt", "x")
    record = beside(tmp_path)
    assert (record["outcome"], record["verdict"]) == ("invalid_input", "inconclusive")
    assert ".html, .htm, .xhtml" in alone(tmp_path)


def test_folder_named_like_a_page(beside, run, tmp_path):
    """A folder is a folder whatever its name, given by itself or found in another."""
    folder = tmp_path / "site.html"
    folder.mkdir()
    assert beside(folder)["outcome"] == "invalid_input"
    shutil.copy(GOOD, folder / "a.html")
    done = run(tmp_path, "-f", "jsonl")
    assert [json.loads(line)["source"] for line in done.out.splitlines()] == [f"{tmp_path}/site.html/a.html"]


def test_links_and_pipes_in_a_folder(run, tmp_path):
    """A link to nothing gets its row; a pipe nobody writes to is passed over; a circle of folders ends."""
    (tmp_path / "a.html").symlink_to(tmp_path / "gone.html")
    (tmp_path / "again").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "b.html")
    done = run(tmp_path, "-f", "jsonl")
    assert [(json.loads(line)["outcome"], done.code) for line in done.out.splitlines()] == [("file_error", 4)]


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["clinic.example", "clinic.example/stem-cell", "www.clinic.co.kr"])
def test_address_without_a_scheme(beside, alone, name):
    """The address that was probably meant is proposed."""
    assert beside(name)["outcome"] == "invalid_input"
    assert f"try https://{name} (" in " ".join(alone(name).split())


@pytest.mark.parametrize(
    "name", ["http://", "://", "ftp://clinic.invalid/", "file:///etc/hosts", "https://u:p@clinic.invalid/"]
)
def test_address_that_is_none(beside, name):
    """Found, expected, try; a password is not repeated in the message."""
    record = beside(name)
    assert (record["outcome"], record["verdict"]) == ("invalid_input", "inconclusive")
    assert re.search("found .*; expected .*; try ", record["problem"])
    assert "u:p" not in record["problem"]


def test_host_that_does_not_exist(beside, alone):
    """The outcome of a name that DNS does not know is recorded with the times of the attempt."""
    record = beside("https://no-such-clinic.invalid/")
    assert (record["outcome"], record["verdict"]) == ("dns_error", "inconclusive")
    assert record["fetch"]["started"] <= record["fetch"]["ended"]
    assert "no-such-clinic.invalid" in alone("https://no-such-clinic.invalid/")


def test_redirect_loop(beside, serve):
    """Addresses that lead to each other end as one outcome that shows the way."""
    there = serve({"/a": (302, {"Location": "/b"}, b""), "/b": (302, {"Location": "/a"}, b"")})
    record = beside(f"{there}/a", "--allow-private")
    assert (record["outcome"], record["verdict"]) == ("too_many_redirects", "inconclusive")
    assert "/b" in record["problem"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((404, {}, b"gone"), "http_error"),
        ((200, {"Content-Type": "application/pdf"}, b"%PDF-1.7"), "not_html"),
        ((200, {}, b""), "ok"),
        ((200, {"Content-Encoding": "gzip"}, b"no gzip"), "http_error"),
    ],
    ids=["404", "pdf", "empty", "gzip"],
)
def test_answers_without_a_page(beside, serve, answer, outcome):
    """An error, a PDF, nothing, and a broken body are recorded."""
    record = beside(serve({"/x": answer}) + "/x", "--allow-private")
    assert (record["outcome"], record["verdict"]) == (outcome, "inconclusive")
    assert record["problem"]


def test_private_address_is_refused(beside, serve):
    """Without the switch no private host is visited."""
    assert beside(serve({"/x": OFFER.encode()}) + "/x")["outcome"] == "refused_address"


def test_server_that_is_gone(beside, serve):
    """Nobody listens: recorded."""
    assert beside("http://127.0.0.1:1/", "--allow-private")["outcome"] in ("invalid_input", "connect_error")


# ── data ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def copy(tmp_path):
    """An installed copy of package and data, to be broken: → its folder."""
    shutil.copytree(ROOT / "src" / "claimaudit", tmp_path / "claimaudit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(data_path(), tmp_path / "claimaudit" / "data", ignore=shutil.ignore_patterns("gold", "training"))
    return tmp_path


def run_copy(folder, *arguments):
    """Run the copy's command line."""
    return subprocess.run(
        [sys.executable, "-m", "claimaudit", *map(str, arguments)],
        capture_output=True, text=True, timeout=120, cwd=folder, check=False,
        env=os.environ | {"PYTHONPATH": str(folder)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("lexicons/ko/therapies.toml", "exampels"),
        ("frameworks/kr-arma.toml", "all"),
        ("text/en.toml", "not TOML"),
    ],
)
def test_broken_data_file(copy, file, key):
    """A broken lexicon, framework or text stops ``audit`` before its first row; ``check-data`` tells it too."""
    path = copy / "claimaudit" / "data" / file
    text = path.read_text("utf-8")
    broken = {
        "exampels": text.replace("examples =", "exampels =", 1),
        "all": text.replace('"promotes"', '"promots"', 1),
    }
    path.write_text(broken.get(key, "not TOML\n" + text), encoding="utf-8")
    done = run_copy(copy, "audit", GOOD, "-f", "csv")
    assert (done.returncode, done.stdout) == (2 if "frameworks" in file else 1, "")
    assert file in done.stderr
    assert key in done.stderr
    assert "Traceback" not in done.stderr
    checked = run_copy(copy, "check-data")
    assert checked.returncode == 1
    assert file in checked.stderr
    assert "Traceback" not in checked.stderr


def test_broken_list_of_notices(monkeypatch, tmp_path):
    """The list of robot checks names its file and key when it is broken."""
    written(tmp_path / "blocked.toml", 'source = "x"\nas_of = "2026-01-01"\nphrases = 3\n')
    monkeypatch.setattr("claimaudit.resources.data_path", tmp_path.joinpath)
    _phrases.cache_clear()
    try:
        with pytest.raises(DataError, match=r"blocked\.toml:3: phrases: .*found 3; allowed: "):
            _phrases()
    finally:
        _phrases.cache_clear()
