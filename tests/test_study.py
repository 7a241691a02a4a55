"""A study's folder: assessments in, the same assessments out, in an SQLite file that other programs can read."""

import json
import sqlite3
import threading
from pathlib import Path

import pytest

from claimaudit import Study
from claimaudit.auditor import Auditor
from claimaudit.errors import StudyError
from claimaudit.types import Fetched

EXAMPLES = Path(__file__).parents[1] / "examples"
FETCHED = Fetched(
    source="https://clinic.example/", url="https://clinic.example/", final_url="https://clinic.example/", status=200,
    body=b"<title>x</title><p>We offer stem cell therapy at our clinic. Book your stem cell injection now.",
    started="2026-09-01T03:12:44Z", ended="2026-09-01T03:12:45Z", robots="allowed", crawl_delay=1.5,
    redirects=("https://clinic.example/",),
)  # fmt: skip


@pytest.fixture(scope="module")
def judged():
    """A few judged pages: offering, informing, fetched, and one that could not be had."""
    auditor = Auditor()
    pages = [auditor.audit_file(path) for path in sorted(EXAMPLES.glob("*.html"))]
    pages.append(auditor.audit_fetched(FETCHED))
    return [*pages, auditor.audit_file(EXAMPLES / "missing.html")]


def rows(folder, query):
    """What a plain SQLite program sees."""
    with sqlite3.connect(folder / "audit.db") as db:
        found = db.execute(query).fetchall()
    db.close()
    return found


def test_what_was_saved_comes_back_exactly(tmp_path, judged):
    """Every assessment is the same after closing and opening the study again, in the order of saving."""
    with Study(tmp_path / "new" / "study") as study:
        assert len(study) == 0
        assert [study.save(assessment) for assessment in judged] == list(range(1, len(judged) + 1))
    with Study(tmp_path / "new" / "study") as study:
        assert len(study) == len(judged)
        assert list(study.assessments()) == judged


def test_the_file_speaks_to_other_programs(tmp_path, judged):
    """WAL, foreign keys that hold, sets as JSON arrays, ISO times, one row a page and one a finding."""
    with Study(tmp_path) as study:
        for assessment in judged:
            study.save(assessment)
    assert rows(tmp_path, "PRAGMA journal_mode") == [("wal",)]
    assert rows(tmp_path, "PRAGMA user_version") == [(1,)]
    assert rows(tmp_path, "PRAGMA foreign_key_check") == []
    assert rows(tmp_path, "SELECT count(*) FROM pages") == [(len(judged),)]
    assert rows(tmp_path, "SELECT count(*) FROM findings") == [(sum(len(a.findings) for a in judged),)]
    stored = rows(tmp_path, "SELECT therapies, flags, score, verdict FROM assessments ORDER BY id")
    assert [(tuple(json.loads(t)), tuple(json.loads(f)), s, v) for t, f, s, v in stored] == [
        (a.therapies, a.flags, a.score, a.verdict) for a in judged
    ]
    times = rows(tmp_path, "SELECT captured_at FROM pages WHERE captured_at IS NOT NULL")
    assert times == [("2026-09-01T03:12:45Z",)]
    ((started, law),) = rows(tmp_path, "SELECT started, law_as_of FROM runs")
    assert (started[10], started[-1], law) == ("T", "Z", judged[0].provenance["rulebook"]["law_as_of"])


def test_a_finding_needs_its_assessment(tmp_path, judged):
    """The study itself enforces its foreign keys."""
    with Study(tmp_path) as study, pytest.raises(sqlite3.IntegrityError):
        study._db.execute("INSERT INTO assessments SELECT 9, 99, 99, '', '', '', '', '', '', '', '', '', '', '', 0, ''")


def test_a_page_is_saved_whole_or_not_at_all(tmp_path, judged, monkeypatch):
    """When the last of a page's rows cannot be stored, the first are not either, and the next page still can be."""
    with Study(tmp_path) as study:
        insert = Study._insert

        def failing(self, table, values):
            if table == "findings":
                raise sqlite3.OperationalError("disk full")
            return insert(self, table, values)

        with monkeypatch.context() as patch:
            patch.setattr(Study, "_insert", failing)
            with pytest.raises(StudyError, match=r"audit\.db: found .*disk full.*; expected .*; try "):
                study.save(judged[0])
        assert len(study) == 0
        study.save(judged[0])
        assert list(study.assessments()) == [judged[0]]


def test_another_version_is_refused(tmp_path):
    """A folder written by a later version says which schema was found, which expected, and what to try."""
    Study(tmp_path).close()
    with sqlite3.connect(tmp_path / "audit.db") as db:
        db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(StudyError, match=r"audit\.db: found schema 7 .*; expected schema 1 .*; try a newer claimaudit"):
        Study(tmp_path)


def test_what_is_no_study_is_refused_and_left_alone(tmp_path):
    """A file that is no database, another program's database, and a file where the folder should be."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "audit.db").write_bytes(b"not a database, and longer than the header of one" * 9)
    with pytest.raises(StudyError, match="not a database"):
        Study(tmp_path / "a")
    (tmp_path / "b").mkdir()
    with sqlite3.connect(tmp_path / "b" / "audit.db") as db:
        db.execute("CREATE TABLE customers (id)")
    db.close()
    with pytest.raises(StudyError, match="customers"):
        Study(tmp_path / "b")
    assert rows(tmp_path / "b", "SELECT name FROM sqlite_schema") == [("customers",)]
    (tmp_path / "c").write_text("x")
    with pytest.raises(StudyError, match=r"found .*; expected .*; try "):
        Study(tmp_path / "c")


def test_one_reads_while_another_writes(tmp_path, judged):
    """A second opening of the same study sees what the first has saved."""
    with Study(tmp_path) as writer:
        writer.save(judged[0])
        seen = []

        def read():
            with Study(tmp_path) as reader:
                seen.extend(reader.assessments())

        thread = threading.Thread(target=read)
        thread.start()
        thread.join(30)
        writer.save(judged[1])
    assert seen == [judged[0]]
