"""Apply a trained linear model: features of a page or mention → a calibrated probability for each label.

The weights were learned by ``claimaudit train`` with scikit-learn, which is not needed to apply them: a model is a
folder ``models/<name>/`` with ``weights.npz`` (plain arrays, no pickle) and ``meta.json`` (labels, data hash, figures).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from .. import resources
from ..errors import ModelError

NAMES = ("speaker", "assertion", "offer")


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a model besides its weights."""

    name: str
    labels: tuple[str, ...]
    temperature: float  # logits are divided by it (Guo et al. 2017, On Calibration of Modern Neural Networks)
    threshold: float  # a reading below this probability is not decided by the model
    data_sha256: str
    trained_with: dict[str, Any]
    scores: dict[str, Any]


class LinearModel:
    """A multinomial linear model over named features."""

    def __init__(self, meta: Meta, vocabulary: list[str], weights: npt.NDArray[np.float32], bias: list[float]) -> None:
        self.meta = meta
        self.labels = meta.labels
        self.threshold = meta.threshold
        self._places = {name: place for place, name in enumerate(vocabulary)}
        self._weights = weights.astype(np.float64)
        self._bias = np.asarray(bias, dtype=np.float64)

    def logits(self, features: Mapping[str, float]) -> npt.NDArray[np.float64]:
        """Return the raw scores, one for each label."""
        places = self._places
        known = [name for name in features if name in places]
        if not known:
            return self._bias.copy()
        at = np.fromiter(map(places.__getitem__, known), np.intp, len(known))
        values = np.fromiter(map(features.__getitem__, known), np.float64, len(known))
        order = at.argsort()  # sums of floats depend on their order
        # not the matrix product: BLAS starts threads, and may sum in another order on another machine
        return np.asarray(np.einsum("i,ij->j", values[order], self._weights[at[order]]) + self._bias)

    def probabilities(self, features: Mapping[str, float]) -> dict[str, float]:
        """Return the calibrated probability of each label."""
        scaled = self.logits(features) / self.meta.temperature
        powers = np.exp(scaled - scaled.max())
        return dict(zip(self.labels, (powers / powers.sum()).tolist(), strict=True))


def best(probabilities: Mapping[str, float]) -> tuple[str, float]:
    """Return the likeliest label and its probability; ties go to the label that sorts first."""
    label = min(probabilities, key=lambda name: (-probabilities[name], name))
    return label, probabilities[label]


@lru_cache(maxsize=len(NAMES))
def load_model(name: str) -> LinearModel:
    """Return a bundled model; ModelError says which file is missing or broken and how to make it again."""
    folder = resources.model_path(name)
    try:
        meta = msgspec.json.decode((folder / "meta.json").read_bytes(), type=Meta)
        with np.load(io.BytesIO((folder / "weights.npz").read_bytes()), allow_pickle=False) as arrays:
            vocabulary = bytes(arrays["vocabulary"]).decode("utf-8").split("\n")
            return LinearModel(meta, vocabulary, arrays["weights"], arrays["bias"].tolist())
    except (OSError, KeyError, ValueError, msgspec.DecodeError) as error:
        raise ModelError(f"{folder}: {error}; make the model again with: claimaudit train") from error


def as_bytes(vocabulary: list[str], weights: npt.NDArray[np.float32], bias: npt.NDArray[np.float64]) -> bytes:
    """Return the arrays of a model as the bytes of its .npz file; the same arrays give the same bytes."""
    stream = io.BytesIO()
    np.savez(
        stream,
        vocabulary=np.frombuffer("\n".join(vocabulary).encode("utf-8"), dtype=np.uint8),
        weights=weights,
        bias=bias,
    )
    return stream.getvalue()
