"""Training: the bundled models are those of the data, better than rules in cross-validation, and honest about it."""

import subprocess
import sys

import numpy as np
import pytest

from claimaudit import resources
from claimaudit.nlp.linear import NAMES, load_model
from claimaudit.train import (
    FILES,
    LEAST_COVERAGE,
    Example,
    Settings,
    card,
    changed,
    data_sha256,
    status_label,
    train_all,
    train_model,
)

TINY = [
    Example({f"word:{word}": 1.0, "any": 1.0}, label, f"site{number}", "en")
    for number in range(20)
    for word, label in (("sell", "vendor"), ("treat", "provider"))
]


@pytest.fixture(scope="module")
def files():
    """All models, trained from the data of the checkout."""
    return train_all(lambda _: None)


def test_the_bundled_models_are_those_of_the_data(files):
    """``claimaudit train`` gives the committed files, byte for byte."""
    assert changed(files) == []


def test_what_is_missing_or_different_is_named(files, monkeypatch, tmp_path):
    """Each file by its model and name."""
    monkeypatch.setattr(resources, "model_path", tmp_path.joinpath)
    assert changed(files) == [f"{name}/{file}" for name in files for file in FILES]


@pytest.mark.parametrize("name", NAMES)
def test_models_are_better_than_rules_and_say_what_they_know(name):
    """In grouped cross-validation; where rules abstain, precise enough on enough of the mentions."""
    meta = load_model(name).meta
    figures = meta.scores["all"]
    assert figures["accuracy"] > figures["rules_accuracy"] + 0.02
    assert figures["macro_f1"] > figures["rules_macro_f1"] - 0.03  # rare labels are the rules' business
    assert meta.scores["where_rules_abstain"]["coverage"] >= LEAST_COVERAGE
    assert meta.scores["where_rules_abstain"]["precision"] >= 0.89
    assert meta.scores["ece"] < 0.08
    assert meta.data_sha256 == data_sha256()


@pytest.mark.parametrize("name", NAMES)
def test_the_card_is_made_of_the_figures(name):
    """No figure in it is written by hand."""
    meta = load_model(name).meta
    assert card(meta) == resources.model_path(name, "MODEL_CARD.md").read_text("utf-8")
    assert f"{meta.scores['all']['accuracy']:.3f}" in card(meta)


def test_a_model_learns_what_there_is_to_learn():
    """Two words, two labels: certain of both in cross-validation, the same arrays twice."""
    one, two = (train_model(TINY, Settings(1.0, 1, 0.0)) for _ in range(2))
    assert one.labels == ("provider", "vendor")
    said = [one.labels[row.argmax()] for row in one.out_of_fold]
    assert said == [example.label for example in TINY]
    assert np.array_equal(one.weights, two.weights)
    assert one.vocabulary == two.vocabulary


@pytest.mark.parametrize(
    ("variable", "status", "role", "wanted"),
    [
        ("therapy.prp", "third_party", "provider", "general"),
        ("tier.center", "third_party", "provider", "third_party"),
        ("tier.center", "third_party", "publisher", "general"),
        ("tier.center", "asserted", "publisher", "asserted"),
    ],
)
def test_conventions_of_status(variable, status, role, wanted):
    """News about others is no assertion, and nobody offers what another hospital has."""
    assert status_label(variable, status, role) == wanted


def test_reading_needs_no_scikit_learn():
    """Models are applied without the library that made them."""
    code = (
        "import sys; from claimaudit import Auditor; from pathlib import Path;"
        "print(Auditor().audit_file(Path('examples/ko-knee-institution.html')).verdict, 'sklearn' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=resources.data_path(".."),
    )
    assert done.stdout.split()[-1] == "False"
