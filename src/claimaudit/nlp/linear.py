"""Apply a trained linear model: features of a page or mention → a calibrated probability for each label.

The weights were learned by ``claimaudit train`` with scikit-learn, which is not needed to apply them: a model is a
folder ``models/<name>/`` with ``weights.npz`` (plain arrays, no pickle) and ``meta.json`` (labels, data hash, figures).
"""

from __future__ import annotations

import io
import math
from collections import defaultdict
from collections.abc import Mapping, Set
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from .. import resources
from ..errors import ModelError

SCALE = 1000
"""Weights are stored as whole numbers of this part of one."""

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
    """A multinomial linear model over named features.

    Weights are whole thousandths, so that a sum over them is the same in whatever order the features come.
    """

    def __init__(self, meta: Meta, vocabulary: list[str], weights: npt.NDArray[np.int32], bias: list[float]) -> None:
        self.meta = meta
        self.labels = meta.labels
        self.threshold = meta.threshold
        self._places = {name: place for place, name in enumerate(vocabulary)}
        self._weights = weights.astype(np.int64)
        self._bias = np.asarray(bias, dtype=np.float64)
        self.words: dict[str, set[str]] = defaultdict(set)
        """Prefix of a feature, up to its colon → the rest of each feature that has a weight."""
        for name in vocabulary:
            prefix, _, rest = name.partition(":")
            self.words[prefix].add(rest)

    def logits(self, features: Mapping[str, float] | Set[str]) -> npt.NDArray[np.float64]:
        """Return the raw scores, one for each label; names without values count 1."""
        at = [place for place in map(self._places.get, features) if place is not None]
        if not at:
            return self._bias.copy()
        if isinstance(features, Mapping):
            scaled = [round(features[name] * SCALE) for name in features if name in self._places]
            # not the matrix product: BLAS starts threads, and may sum in another order on another machine
            return np.asarray(np.einsum("i,ij->j", np.array(scaled), self._weights[at]) / SCALE**2 + self._bias)
        return np.asarray(self._weights[at].sum(axis=0) / SCALE + self._bias)

    def probabilities(self, features: Mapping[str, float] | Set[str]) -> dict[str, float]:
        """Return the calibrated probability of each label."""
        scores = (self.logits(features) / self.meta.temperature).tolist()
        highest = max(scores)
        powers = [math.exp(score - highest) for score in scores]
        total = sum(powers)
        return {label: power / total for label, power in zip(self.labels, powers, strict=True)}


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


def as_bytes(vocabulary: list[str], weights: npt.NDArray[np.int32], bias: npt.NDArray[np.float64]) -> bytes:
    """Return the arrays of a model as the bytes of its .npz file; the same arrays give the same bytes."""
    stream = io.BytesIO()
    np.savez(
        stream,
        vocabulary=np.frombuffer("\n".join(vocabulary).encode("utf-8"), dtype=np.uint8),
        weights=weights,
        bias=bias,
    )
    return stream.getvalue()
