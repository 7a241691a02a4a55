"""The record: same bytes and rulebook, same record; it fits its schema, and every quote can be found again."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from selectolax.lexbor import LexborHTMLParser

from claimaudit import Auditor
from claimaudit.extract import document, parse, path_of
from claimaudit.extract.text import clean
from claimaudit.formats.json import as_record, schema
from claimaudit.nlp.gate import page_gate
from claimaudit.types import Fetched

ROOT = Path(__file__).parents[1]
FILES = [*sorted((ROOT / "examples").glob("*.html")), *sorted((ROOT / "tests" / "pages").glob("*.html"))]
CONTRACT = (
    "source", "url", "lang", "role", "verdict", "tier", "tier_status", "risk_classes", "pathway", "plan", "therapies",
    "flags", "safeguards", "score", "verdict_alternatives", "needs_review", "findings", "limits", "provenance", "fetch",
)  # fmt: skip
SETS = ("risk_classes", "pathway", "therapies", "flags", "safeguards")
UNSCORED = ("none", "informational", "adjacent", "other_pathway", "inconclusive")


@pytest.fixture(scope="module")
def records():
    """The records of the example pages, the test pages, and a page that is not there; by path."""
    auditor = Auditor()
    return {path: as_record(auditor.audit_file(path)) for path in [*FILES, ROOT / "missing.html"]}


def test_same_bytes_same_record():
    """Two processes with other hash seeds print the same bytes."""
    command = [sys.executable, "-m", "claimaudit", "audit", "-f", "json", "examples", "tests/pages"]
    printed = [
        subprocess.run(
            command, capture_output=True, check=True, cwd=ROOT, timeout=120, env=os.environ | {"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "4242")
    ]
    assert printed[0] == printed[1]
    assert len(json.loads(printed[0])) == len(FILES)


def test_order_of_pages_does_not_matter(records):
    """A page is judged alike first and last: nothing is remembered from page to page."""
    auditor = Auditor()
    backwards = {path: as_record(auditor.audit_file(path)) for path in reversed(records)}
    assert backwards == records


@pytest.mark.parametrize("name", ["ko-knee-institution", "ko-skin-booster"])
def test_served_and_saved_are_the_same(run, serve, tmp_path, name):
    """A page served in EUC-KR without a charset gives the record of its file but for source, url and fetch."""
    html = (ROOT / "examples" / f"{name}.html").read_text("utf-8")
    body = re.sub(r"<meta charset=.*?>", "", html).encode("euc_kr", "xmlcharrefreplace")
    assert b"charset" not in body
    page = tmp_path / "page.html"
    page.write_bytes(body)
    saved = json.loads(run(page, "-f", "json").out)
    address = serve({"/page": body}) + "/page"
    served = json.loads(run(address, "-f", "json", "--allow-private").out)
    assert (served["source"], served["url"], served["fetch"]["status"]) == (address, address, 200)
    assert (saved["source"], saved["url"], saved["fetch"]) == (str(page), "", None)
    apart = ("source", "url", "fetch")
    assert json.dumps({k: v for k, v in served.items() if k not in apart}) == json.dumps(
        {k: v for k, v in saved.items() if k not in apart}
    )
    assert (saved["lang"], saved["verdict"] in ("named", "adjacent")) == ("ko", True)


def test_records_fit_the_schema(records):
    """The published JSON Schema is valid and admits every record."""
    published = schema()
    jsonschema.Draft202012Validator.check_schema(published)
    check = jsonschema.Draft202012Validator(published)
    assert {path.name: [e.message for e in check.iter_errors(record)] for path, record in records.items()} == {
        path.name: [] for path in records
    }


def test_schema_refuses_what_is_no_record(records):
    """An unknown verdict and a missing field are found."""
    check = jsonschema.Draft202012Validator(schema())
    record = records[FILES[0]]
    assert not check.is_valid(record | {"verdict": "certified"})
    assert not check.is_valid({name: value for name, value in record.items() if name != "tier"})


def test_contract_stands_at_the_top_level(records):
    """Every record carries the names that other programs rely on; sets are sorted arrays."""
    for path, record in records.items():
        assert tuple(record)[: len(CONTRACT)] == CONTRACT, path.name
        for name in SETS:
            assert list(record[name]) == sorted(set(record[name])), (path.name, name)


def test_score_is_null_exactly_where_no_score_is_due(records):
    """Pages outside the Act, without an offer or unreadable have no score; all others have one from 0 to 100."""
    for path, record in records.items():
        assert (record["score"] is None) == (record["verdict"] in UNSCORED), path.name
        if record["score"] is not None:
            assert 0 <= record["score"] <= 100
            assert record["score"] == round(sum(part["points"] for part in record["score_components"]))
    assert {record["verdict"] for record in records.values()} >= {*UNSCORED, "named", "partial", "borrowed"}


def test_record_says_what_it_was_made_from(records):
    """Tool, rulebook and law by version, hash and date; the page and its text by hash."""
    for path, record in records.items():
        provenance = record["provenance"]
        assert re.fullmatch(r"\d+\.\d+\.\d+.*", provenance["tool"]["version"])
        assert re.fullmatch(r"[0-9a-f]{64}", provenance["rulebook"]["sha256"])
        assert re.fullmatch(r"[0-9a-f]{64}", provenance["rulebook"]["rules_sha256"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", provenance["rulebook"]["law_as_of"])
        if path.exists():
            assert provenance["capture"]["html_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
            assert re.fullmatch(r"[0-9a-f]{64}", provenance["capture"]["text_sha256"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_quote_is_found_again(records, path):
    """Block and offsets of each finding point at its exact words in the page as extracted anew."""
    page = parse(Fetched(source="", body=path.read_bytes()))
    blocks = {block.id: block for block in document(page, hit=page_gate()).blocks}
    record = records[path]
    assert [finding["id"] for finding in record["findings"]] == [f"f{n + 1}" for n in range(len(record["findings"]))]
    for finding in record["findings"]:
        block = blocks[finding["block"]]
        assert block.text[finding["char_start"] : finding["char_end"]] == finding["text"]
        assert finding["text"] in finding["quote"]
        assert finding["quote"].strip("…").strip() in block.text
        assert (finding["layer"], finding["section"]) == (block.layer, block.section)
        assert finding["selector"] == path_of(page, block.id)


def test_the_selector_of_a_visible_finding_finds_its_words(records):
    """The CSS path leads a browser, or here a parser, to the element that holds the words."""
    found = 0
    for path in FILES:
        record = records[path]
        tree = LexborHTMLParser(parse(Fetched(source="", body=path.read_bytes())).decoded.text)
        for finding in record["findings"]:
            if finding["layer"] == "visible":
                element = tree.css_first(finding["selector"])
                assert element is not None, (path.name, finding["selector"])
                found += "".join(finding["text"].split()) in "".join(clean(element.text()).split())
    visible = sum(f["layer"] == "visible" for path in FILES for f in records[path]["findings"])
    assert found >= 0.98 * visible  # a cell's words may stand beside its header in the block: "Price: 1"


def test_labels_rest_on_findings(records):
    """Every therapy, class, pathway, safeguard and tier of a record is quoted by one of its findings."""
    variables = {"therapies": "therapy", "risk_classes": "risk_class", "pathway": "pathway", "safeguards": "safeguard"}
    for path, record in records.items():
        quoted = {(finding["variable"], finding["value"]) for finding in record["findings"]}
        for field, variable in variables.items():
            assert {(variable, value) for value in record[field]} <= quoted, (path.name, field)
        if record["tier"] != "none":
            assert ("tier", record["tier"]) in quoted, path.name
        ids = {finding["id"] for finding in record["findings"]}
        assert {r["finding_id"] for r in record["needs_review"] if r["variable"] != "role"} <= ids
        assert {id for part in record["score_components"] for id in part["finding_ids"]} <= ids
