"""Keep assessments in a study's folder: ``audit.db``, an SQLite file that other programs open as it is.

One row a page in ``pages``, its judgement in ``assessments`` (labels as columns, sets as JSON arrays, all of it in
``record``), its quotes in ``findings``; ``runs`` names the tool and rulebook that judged it. Times are ISO 8601, UTC.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from .errors import StudyError
from .types import Assessment

SCHEMA = 1  # number of the last migration; kept in the file as PRAGMA user_version
_MIGRATIONS = (
    """
CREATE TABLE runs (id INTEGER PRIMARY KEY, started TEXT NOT NULL, tool_version TEXT NOT NULL,
  rulebook_id TEXT NOT NULL, rulebook_version TEXT NOT NULL, rulebook_sha256 TEXT NOT NULL,
  rules_sha256 TEXT NOT NULL, law_as_of TEXT NOT NULL);
CREATE TABLE pages (id INTEGER PRIMARY KEY, source TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL,
  lang TEXT NOT NULL, outcome TEXT NOT NULL, problem TEXT NOT NULL, captured_at TEXT, text_chars INTEGER NOT NULL,
  html_sha256 TEXT NOT NULL, text_sha256 TEXT NOT NULL);
CREATE TABLE assessments (id INTEGER PRIMARY KEY, page_id INTEGER NOT NULL REFERENCES pages (id),
  run_id INTEGER NOT NULL REFERENCES runs (id), role TEXT NOT NULL, verdict TEXT NOT NULL, tier TEXT NOT NULL,
  tier_status TEXT NOT NULL, risk_classes TEXT NOT NULL, pathway TEXT NOT NULL, plan TEXT NOT NULL,
  therapies TEXT NOT NULL, offered TEXT NOT NULL, flags TEXT NOT NULL, safeguards TEXT NOT NULL, score INTEGER,
  record TEXT NOT NULL);
CREATE TABLE findings (assessment_id INTEGER NOT NULL REFERENCES assessments (id), id TEXT NOT NULL,
  variable TEXT NOT NULL, value TEXT NOT NULL, status TEXT NOT NULL, quote TEXT NOT NULL, block INTEGER NOT NULL,
  char_start INTEGER NOT NULL, char_end INTEGER NOT NULL, rule_id TEXT NOT NULL, decided_by TEXT NOT NULL,
  PRIMARY KEY (assessment_id, id));
""",
)
_PAGE = ("source", "url", "title", "lang", "outcome", "problem", "text_chars")
_LABELS = ("role", "verdict", "tier", "tier_status", "plan", "score")
_SETS = ("risk_classes", "pathway", "therapies", "offered", "flags", "safeguards")
_FINDING = ("id", "variable", "value", "status", "quote", "block", "char_start", "char_end", "rule_id", "decided_by")
_RUN = {"rulebook_id": "id", "rulebook_version": "version", "rulebook_sha256": "sha256"}
_RUN |= {name: name for name in ("rules_sha256", "law_as_of")}


class Study:
    """A folder of assessments; opened if it exists, created if not. A context manager.

    Args:
        folder: where ``audit.db`` lies or shall lie.

    Raises:
        StudyError: the folder cannot be used, or holds a file that is no study or one of another version.
    """

    def __init__(self, folder: str | Path) -> None:
        self.path = Path(folder) / "audit.db"
        self._runs: dict[tuple[str, ...], int] = {}
        with contextlib.ExitStack() as undo:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._db = sqlite3.connect(self.path, isolation_level=None)
                undo.callback(self._db.close)
                self._open()
            except (OSError, sqlite3.Error) as error:
                raise self._error(f"no usable file ({error})", "an audit.db or a new folder", "another one") from error
            undo.pop_all()

    def _open(self) -> None:
        self._db.execute("PRAGMA foreign_keys = ON")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if version > SCHEMA or bool(version) != ("assessments" in tables) or (tables and not version):
            found = f"schema {version} with the tables {', '.join(sorted(tables)) or '(none)'}"
            raise self._error(found, f"schema {SCHEMA} of claimaudit", "a newer claimaudit or another folder")
        self._db.execute("PRAGMA journal_mode = WAL")
        for number in range(version, SCHEMA):
            self._db.executescript(f"BEGIN IMMEDIATE;{_MIGRATIONS[number]}PRAGMA user_version = {number + 1};COMMIT;")

    def _error(self, found: str, expected: str, advice: str) -> StudyError:
        return StudyError(f"{self.path}: found {found}; expected {expected}; try {advice}")

    def save(self, assessment: Assessment) -> int:
        """Add a page with its judgement and return the page's id; all of it is stored, or nothing."""
        capture, fetch = assessment.provenance["capture"], assessment.fetch or {}
        with self._transaction():
            values = {name: getattr(assessment, name) for name in _PAGE} | {"captured_at": fetch.get("ended")}
            page = self._insert("pages", values | {name: capture[name] for name in ("html_sha256", "text_sha256")})
            values = {"page_id": page, "run_id": self._run(assessment), "record": _json(assessment)}
            values |= {name: getattr(assessment, name) for name in _LABELS}
            judged = self._insert("assessments", values | {name: _json(getattr(assessment, name)) for name in _SETS})
            for finding in assessment.findings:
                values = {name: getattr(finding, name) for name in _FINDING}
                self._insert("findings", values | {"assessment_id": judged})
        return page

    def assessments(self) -> Iterator[Assessment]:
        """Yield every judgement as it was saved, in that order."""
        for (record,) in self._db.execute("SELECT record FROM assessments ORDER BY id"):
            yield msgspec.json.decode(record, type=Assessment)

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM pages").fetchone()[0])

    def close(self) -> None:
        """Close the database; it must not be used after that."""
        self._db.close()

    def __enter__(self) -> Study:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, assessment: Assessment) -> int:
        """Return the row of the tool and rulebook that judged, one for each of them and opening of the study."""
        rulebook = assessment.provenance["rulebook"]
        values = {column: rulebook[name] for column, name in _RUN.items()}
        values["tool_version"] = assessment.provenance["tool"]["version"]
        key = tuple(values.values())
        if key not in self._runs:
            self._runs[key] = self._insert("runs", values | {"started": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"})
        return self._runs[key]

    def _insert(self, table: str, values: dict[str, Any]) -> int:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self._db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))
        return int(cursor.lastrowid or 0)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        known = dict(self._runs)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            self._runs = known
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise self._error(f"no way to save ({error})", "a writable file", "again later") from error
            raise


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
