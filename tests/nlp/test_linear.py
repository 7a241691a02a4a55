"""Linear models: features → calibrated probabilities; broken files are named."""

import numpy as np
import pytest

from claimaudit import resources
from claimaudit.errors import ModelError
from claimaudit.nlp.linear import LinearModel, Meta, as_bytes, best, load_model

META = Meta(
    name="tiny", labels=("no", "yes"), temperature=2.0, threshold=0.6, data_sha256="", trained_with={}, scores={}
)
WEIGHTS = np.array([[-1000, 1000], [2000, -2000]], dtype=np.int32)  # thousandths


def test_probabilities_follow_weights_and_temperature():
    """Unknown features count nothing; what is known is summed, divided by the temperature, and adds up to one."""
    model = LinearModel(META, ["good", "bad"], WEIGHTS, [0.0, 0.0])
    said = model.probabilities({"good": 1.0, "unheard of": 5.0})
    assert said["yes"] == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert sum(said.values()) == pytest.approx(1.0)
    assert best(said) == ("yes", said["yes"])
    assert best(model.probabilities({})) == ("no", 0.5)  # a tie goes to the label that sorts first


def test_the_order_of_features_changes_nothing():
    """Weights are whole numbers, so sums do not depend on the order in which a set gives its names."""
    names = [f"n{number}" for number in range(40)]
    weights = np.array([[number * 7 % 13 - 6, number * 5 % 11 - 5] for number in range(40)], dtype=np.int32)
    model = LinearModel(META, names, weights, [0.1, -0.1])
    there, back = dict.fromkeys(names, 0.3), dict.fromkeys(reversed(names), 0.3)
    assert model.logits(there).tolist() == model.logits(back).tolist()
    assert model.logits(set(names)).tolist() == pytest.approx(model.logits(dict.fromkeys(names, 1.0)).tolist())


def test_the_same_arrays_give_the_same_bytes():
    """No time stamps, no order of chance; and no pickle inside."""
    one, two = (as_bytes(["good", "bad"], WEIGHTS, np.zeros(2)) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(("file", "content"), [("weights.npz", b"no zip"), ("meta.json", b"{"), ("meta.json", None)])
def test_a_broken_model_is_named(tmp_path, monkeypatch, file, content):
    """The folder, what is wrong, and how to make it again."""
    for name in ("weights.npz", "meta.json"):
        (tmp_path / name).write_bytes(resources.model_path("offer", name).read_bytes())
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_bytes(content)
    monkeypatch.setattr(resources, "model_path", lambda *_: tmp_path)
    load_model.cache_clear()
    try:
        with pytest.raises(ModelError, match="claimaudit train"):
            load_model("offer")
    finally:
        load_model.cache_clear()
