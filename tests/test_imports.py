"""The arrows between modules: every import of the package, held to the order of docs/architecture.md."""

import ast
import subprocess
import sys
from importlib.util import resolve_name
from pathlib import Path

import pytest

import claimaudit

PACKAGE = Path(claimaudit.__file__).parent
RANKS = (
    ("types", "errors"),
    ("resources", "pattern_language"),
    ("framework", "lexicon", "text"),
    ("crawl", "extract", "nlp", "facts", "assess", "rollup", "readable"),
    ("auditor", "inputs", "outlines"),
    ("agreement", "checks", "explain", "formats", "study", "train"),
    ("coding", "diagnosis"),
    ("maintain",),
    ("cli",),
    ("__main__",),
)
RANK = {unit: rank for rank, units in enumerate(RANKS) for unit in units}
SIDEWAYS = {("assess", "facts"), ("rollup", "assess"), ("rollup", "facts"), ("inputs", "auditor")}


def name_of(path):
    """The dotted name of a module file."""
    return ".".join(("claimaudit", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(module):
    """The dotted names that a module imports anywhere in it, type checking included."""
    path = MODULES[module]
    package = module if path.stem == "__init__" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def unit(name):
    """The folder or module right below the package that a dotted name belongs to."""
    return name.split(".")[1]


def home(name):
    """The module that an imported name lives in."""
    return name if name in MODULES else name.rpartition(".")[0]


ARROWS = sorted(
    {(module, home(name)) for module in MODULES for name in imports(module) if name.split(".")[0] == "claimaudit"}
)


def allowed(source, target):
    """Whether one module of the package may import another."""
    here, there = unit(source), unit(target)
    if here == there or (here, there) in SIDEWAYS:
        return True
    if here == "nlp" and there == "extract":
        return target == "claimaudit.extract.text"
    return RANK[there] < RANK[here]


def test_every_module_has_its_rank():
    """A new module is placed in the order before anything imports it."""
    assert {unit(name) for name in MODULES if name != "claimaudit"} <= set(RANK)


def test_arrows_are_seen():
    """The reader of imports finds relative, absolute and local ones."""
    assert {
        ("claimaudit.nlp.mentions", "claimaudit.lexicon"),
        ("claimaudit.crawl.robots", "claimaudit.crawl.urls"),
        ("claimaudit.auditor", "claimaudit.nlp.reading"),
    } <= set(ARROWS)


def test_imports_point_one_way():
    """No module imports one above it or, steps least of all, one beside it."""
    assert [arrow for arrow in ARROWS if arrow[0] != "claimaudit" and not allowed(*arrow)] == []


def test_the_package_imports_nothing_when_it_is_imported():
    """The public names are loaded at first use; only type checkers see their imports."""
    tree = ast.parse(MODULES["claimaudit"].read_text(encoding="utf-8"))
    now = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert now == ["__future__", "typing"]


@pytest.mark.parametrize(("module", "others"), [("claimaudit.types", {"msgspec"}), ("claimaudit.errors", set())])
def test_the_ground_stands_on_nothing_of_ours(module, others):
    """Types import msgspec, errors nothing."""
    assert {name.split(".")[0] for name in imports(module)} - {"__future__", "typing"} == others


@pytest.mark.parametrize(
    ("library", "units"),
    [
        ("httpx", {"crawl"}),
        ("httpcore", {"crawl"}),
        ("spacy", {"nlp"}),
        ("sklearn", {"agreement", "train"}),
        ("bs4", {"extract"}),
        ("selectolax", {"extract"}),
    ],
)
def test_a_library_has_one_home(library, units):
    """A heavy or replaceable library is imported in one place."""
    users = {unit(module) for module in MODULES for name in imports(module) if name.split(".")[0] == library}
    assert users
    assert users <= units


def test_help_loads_no_heavy_library():
    """``--help`` answers at once: neither spaCy nor scikit-learn nor httpx is imported for it."""
    command = [sys.executable, "-X", "importtime", "-m", "claimaudit", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "claimaudit.cli" in loaded
    assert {name.split(".")[0] for name in loaded} & {"spacy", "sklearn", "httpx", "httpcore", "numpy", "bs4"} == set()
