"""Train the models: data/training → models/<name>/, the same bytes from the same data and settings every time.

Three linear models (logistic regression, one label against the rest, softmax over their scores): ``speaker`` for a
page, ``assertion`` and ``offer`` for a mention. Figures, calibration and thresholds come from cross-validation grouped
by invented site; the weights from all data. The mentions are read with the speaker that cross-validation gave their
page, so that the models learn with the errors they will meet.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from . import resources
from .extract import document, parse
from .nlp.assertion import RULE_SURE, by_rules
from .nlp.features import features_of
from .nlp.gate import page_gate
from .nlp.learned import Features, mention_features, page_features
from .nlp.linear import SCALE, Meta, as_bytes
from .nlp.reading import view_of
from .nlp.speaker import ROLES, mixed, signals_of
from .nlp.view import View
from .outlines import Labelled, Outline, fragments, load_outlines, place, to_html
from .types import Claim, Fetched, Speaker, Stage

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Array = npt.NDArray[np.float64]

FILES = ("weights.npz", "meta.json", "MODEL_CARD.md")
FOLDS = 5
LEAST_PRECISION = 0.9  # of what a model decides where rules abstain
LEAST_COVERAGE = 0.6
_DECIMALS = 3
_LEAST_SHOWN = 5  # thousandths
_HARMLESS = {"third_party": "general", "pending": "general"}


class Settings(NamedTuple):
    """How a model is trained."""

    strength: float  # C: how little the weights are held down
    least: int  # examples in which a feature must occur
    weight: float  # that a feature must reach in a first training to take part in the second
    precision: float = LEAST_PRECISION  # of what the model decides by itself, on unseen sites


SETTINGS = {
    # the cues of the lexicons were written with these pages in view, so on others it is right less often
    "speaker": Settings(1.0, 3, 0.1, 0.96),
    "assertion": Settings(0.6, 3, 0.1),
    "offer": Settings(0.2, 3, 0.1),
}


class Example(NamedTuple):
    """What a model sees of one page or mention, what is right, and what the rules say."""

    features: Features
    label: str
    site: str
    lang: str
    family: str = ""
    ruled: str = ""
    sure: bool = False  # the rule would decide without the model
    whole: bool = True  # not a part of a page; parts are learned from, figures are of whole pages


def status_label(variable: str, status: str, role: str) -> str:
    """Return the status that a model learns.

    Of a therapy only whether it is asserted, denied, asked or just named; and what a publisher reports of others is
    general, for news about others is no assertion (codebook 3).
    """
    plain = variable.startswith("therapy.") or role == "publisher"
    return _HARMLESS.get(status, status) if plain else status


# ── examples ─────────────────────────────────────────────────────────────────────────────────────────


def read_outlines(
    outlines: Iterable[Outline], stage: Stage = "rules"
) -> list[tuple[Outline, View, list[tuple[int, Labelled]]]]:
    """Return each outline, its view, and its labelled mentions as (number of the hit, label)."""
    read = []
    for outline in outlines:
        view = _view(outline, stage)
        read.append((outline, view, _aligned(outline, view)))
    return read


def _view(outline: Outline, stage: Stage = "rules") -> View:
    return view_of(document(parse(Fetched(source=outline.id, body=to_html(outline))), hit=page_gate()), stage)


def _aligned(outline: Outline, view: View) -> list[tuple[int, Labelled]]:
    """Return which hits of the lexicon are labelled mentions: same variable, overlapping words."""
    placed, _ = place(outline, view.document)
    pairs, taken = [], set()
    for one in placed:
        for number, hit in enumerate(view.hits):
            if (
                number not in taken
                and hit.block == one.block
                and hit.start < one.end
                and one.start < hit.end
                and hit.label == one.label.variable
            ):
                taken.add(number)
                pairs.append((number, one.label))
                break
    return pairs


def page_examples(read: Sequence[tuple[Outline, View, Any]]) -> list[Example]:
    """Return an example for each page whose speaker is one of the four roles, and for parts of it that hold a term."""
    examples = []
    for outline, view, _ in read:
        if outline.role in ROLES:
            examples.append(_page_example(outline, view))
            parts = [_view(part) for part in fragments(outline)]
            examples += [_page_example(outline, part)._replace(whole=False) for part in parts if part.hits]
    return examples


def _page_example(outline: Outline, view: View) -> Example:
    features = page_features(view, signals_of(view))
    return Example(features, outline.role, outline.site, outline.lexicon, ruled=view.speaker.role)


def mention_examples(
    read: Sequence[tuple[Outline, View, list[tuple[int, Labelled]]]], roles: Sequence[str]
) -> tuple[list[Example], list[Example]]:
    """Return the examples of status and of offer, read with the given speaker of each page."""
    statuses, offers = [], []
    for (outline, view, pairs), role in zip(read, roles, strict=True):
        view.speaker = Speaker(role=role, confidence=1.0, by="cross-validation")  # type: ignore[arg-type]
        for number, label in pairs:
            hit = view.hits[number]
            found = features_of(view, hit)
            ruled: Claim = by_rules(view, hit, found)
            features = dict.fromkeys(mention_features(view, hit, found, ruled.by), 1.0)
            family = hit.label.partition(".")[0]
            about = (outline.site, outline.lexicon, family)
            sure = ruled.confidence >= RULE_SURE
            wanted = status_label(hit.label, label.status, outline.role)
            read_as = status_label(hit.label, ruled.status, outline.role)
            statuses.append(Example(features, wanted, *about, read_as, sure))
            if family == "therapy":
                answer = "offered" if label.offered else "not_offered"
                offers.append(Example(features, answer, *about, "offered" if ruled.offered else "not_offered", sure))
    return statuses, offers


# ── models ───────────────────────────────────────────────────────────────────────────────────────────


class Trained(NamedTuple):
    """A model: what it says of each example in cross-validation, and its arrays from all examples."""

    labels: tuple[str, ...]
    out_of_fold: Array  # calibrated probabilities, one row an example
    temperature: float
    vocabulary: list[str]
    weights: npt.NDArray[np.int32]  # in thousandths
    bias: Array


def train_model(examples: Sequence[Example], settings: Settings) -> Trained:
    """Return a model trained on all examples, with its out-of-fold opinion of each."""
    from sklearn.model_selection import GroupKFold

    labels = tuple(sorted({example.label for example in examples}))
    answers = np.array([labels.index(example.label) for example in examples])
    sites = [example.site for example in examples]
    logits = np.zeros((len(examples), len(labels)))
    for seen, unseen in GroupKFold(FOLDS).split(answers, answers, sites):
        vocabulary, weights, bias = _fitted([examples[at] for at in seen], answers[seen], len(labels), settings)
        logits[unseen] = _matrix([examples[at] for at in unseen], vocabulary) @ weights + bias
    whole = np.array([example.whole for example in examples])
    temperature = _temperature(logits[whole], answers[whole])
    vocabulary, weights, bias = _fitted(examples, answers, len(labels), settings)
    names, kept = _pruned(vocabulary, weights)
    return Trained(labels, _softmax(logits / temperature), temperature, names, kept, np.round(bias, _DECIMALS))


def _with_rules(pages: Sequence[Example], trained: Trained) -> Trained:
    """Return the speaker model with what it and the rules say together of each page, as pages are read."""
    rows = []
    for page, row in zip(pages, trained.out_of_fold, strict=True):
        scores = {role: page.features.get(f"score:{role}", 0.0) ** 2 for role in trained.labels}
        said = mixed(dict(zip(trained.labels, row.tolist(), strict=True)), scores)
        rows.append([said[role] for role in trained.labels])
    return trained._replace(out_of_fold=np.array(rows))


def _fitted(
    examples: Sequence[Example], answers: npt.NDArray[Any], size: int, settings: Settings
) -> tuple[dict[str, int], Array, Array]:
    """Train twice, the second time with the features that showed a weight: a small model reads faster, and no worse."""
    seen = Counter(name for example in examples for name in example.features)
    names = sorted(name for name, number in seen.items() if number >= settings.least)
    vocabulary = {name: place for place, name in enumerate(names)}
    weights, _ = _regression(_matrix(examples, vocabulary), answers, size, settings)
    telling = np.abs(weights).max(axis=1) >= settings.weight
    vocabulary = {name: place for place, name in enumerate(name for name in names if telling[vocabulary[name]])}
    return vocabulary, *_regression(_matrix(examples, vocabulary), answers, size, settings)


def _regression(matrix: csr_matrix, answers: npt.NDArray[Any], size: int, settings: Settings) -> tuple[Array, Array]:
    from sklearn.linear_model import LogisticRegression

    weights, bias = np.zeros((matrix.shape[1], size)), np.full(size, -9.0)
    for label in range(size):
        if (answers == label).any():
            # liblinear has no threads and no BLAS: the same data give the same weights on every machine
            model = LogisticRegression(C=settings.strength, solver="liblinear", tol=1e-4, random_state=0)
            model.fit(matrix, answers == label)
            weights[:, label], bias[label] = model.coef_[0], model.intercept_[0]
    return weights, bias


def _matrix(examples: Sequence[Example], vocabulary: dict[str, int]) -> csr_matrix:
    from scipy.sparse import csr_matrix

    rows, columns, values = [], [], []
    for row, example in enumerate(examples):
        for name in sorted(example.features.keys() & vocabulary.keys()):
            rows.append(row)
            columns.append(vocabulary[name])
            values.append(example.features[name])
    return csr_matrix((values, (rows, columns)), shape=(len(examples), len(vocabulary)))


def _pruned(vocabulary: dict[str, int], weights: Array) -> tuple[list[str], npt.NDArray[np.int32]]:
    """Return the features whose weight shows at the precision that is kept."""
    rounded = np.round(weights * SCALE).astype(np.int32)
    kept = [name for name, place in vocabulary.items() if np.abs(rounded[place]).max() >= _LEAST_SHOWN]
    return kept, rounded[[vocabulary[name] for name in kept]]


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _temperature(logits: Array, answers: npt.NDArray[Any]) -> float:
    """Return the temperature under which the probabilities of unseen examples are most honest."""

    def loss(temperature: float) -> float:
        right = _softmax(logits / temperature)[np.arange(len(answers)), answers]
        return float(-np.log(np.maximum(right, 1e-12)).mean())

    return min((round(0.2 + 0.02 * step, 2) for step in range(141)), key=lambda t: (loss(t), t))


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────


def threshold_of(
    examples: Sequence[Example], trained: Trained, precision: float = LEAST_PRECISION
) -> tuple[float, float, float]:
    """Return the lowest threshold at which the model is precise enough where rules abstain, its coverage and precision.

    Where none is precise enough with the coverage asked for, the one that covers just enough.
    """
    open_ = [at for at, example in enumerate(examples) if not example.sure and example.whole]
    sure = trained.out_of_fold[open_].max(axis=1)
    right = np.array([trained.labels[trained.out_of_fold[at].argmax()] == examples[at].label for at in open_])
    chosen = (0.99, 0.0, 0.0)
    for threshold in (round(0.4 + 0.01 * step, 2) for step in range(60)):
        kept = sure >= threshold
        if kept.mean() < LEAST_COVERAGE:
            break
        chosen = (threshold, float(kept.mean()), float(right[kept].mean()))
        if chosen[2] >= precision + 0.005:
            break
    return chosen


def scores_of(examples: Sequence[Example], trained: Trained) -> dict[str, Any]:
    """Return what cross-validation shows: accuracy and macro F1 of model and rules, all together and by language."""
    said = [trained.labels[row.argmax()] for row in trained.out_of_fold]
    groups: dict[str, list[int]] = defaultdict(list)
    for at, example in enumerate(examples):
        if example.whole:
            groups["all"].append(at)
            groups[example.lang].append(at)
    return {
        group: {
            "n": len(places),
            "accuracy": _share(examples[at].label == said[at] for at in places),
            "macro_f1": _macro_f1([(examples[at].label, said[at]) for at in places]),
            "rules_accuracy": _share(examples[at].label == examples[at].ruled for at in places),
            "rules_macro_f1": _macro_f1([(examples[at].label, examples[at].ruled) for at in places]),
        }
        for group, places in sorted(groups.items())
    } | {"ece": _calibration_error(examples, trained)}


def _share(facts: Iterable[bool]) -> float:
    values = list(facts)
    return round(sum(values) / len(values), 3)


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    from sklearn.metrics import f1_score

    wanted, said = zip(*pairs, strict=True)
    return round(float(f1_score(wanted, said, labels=sorted(set(wanted)), average="macro", zero_division=0)), 3)


def _calibration_error(examples: Sequence[Example], trained: Trained) -> float:
    """Return the expected calibration error over ten bins of confidence."""
    sure = trained.out_of_fold.max(axis=1)
    right = np.array([trained.labels[row.argmax()] for row in trained.out_of_fold]) == [e.label for e in examples]
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = (abs(sure[bins == b].sum() - right[bins == b].sum()) for b in range(10))
    return round(float(sum(gaps)) / len(examples), 3)


# ── the whole training ───────────────────────────────────────────────────────────────────────────────


def data_sha256(folder: Path | None = None) -> str:
    """Return the hash of all training files, by name."""
    digest = hashlib.sha256()
    for path in sorted((folder or resources.data_path("training")).glob("??.jsonl")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def train_all(say: Callable[[str], None]) -> dict[str, tuple[bytes, ...]]:
    """Return the contents of :data:`FILES` for each model by name; ``say`` is told what goes on."""
    say("reading the outlines …")
    read = read_outlines(load_outlines())
    pages = page_examples(read)
    say(f"speaker: {len(pages)} pages …")
    speaker = _with_rules(pages, train_model(pages, SETTINGS["speaker"]))
    whole = [row for row, page in zip(speaker.out_of_fold, pages, strict=True) if page.whole]
    guessed = iter([speaker.labels[row.argmax()] for row in whole])
    roles = [next(guessed) if outline.role in ROLES else view.speaker.role for outline, view, _ in read]
    statuses, offers = mention_examples(read, roles)
    files = {"speaker": _files("speaker", pages, speaker)}
    for name, examples in (("assertion", statuses), ("offer", offers)):
        say(f"{name}: {len(examples)} mentions …")
        files[name] = _files(name, examples, train_model(examples, SETTINGS[name]))
    return files


def _files(name: str, examples: Sequence[Example], trained: Trained) -> tuple[bytes, ...]:
    threshold, coverage, precision = threshold_of(examples, trained, SETTINGS[name].precision)
    meta = Meta(
        name=name,
        labels=trained.labels,
        temperature=trained.temperature,
        threshold=threshold,
        data_sha256=data_sha256(),
        trained_with={"folds": FOLDS, "grouped_by": "site", **SETTINGS[name]._asdict()},
        scores={
            **scores_of(examples, trained),
            "where_rules_abstain": {"coverage": round(coverage, 3), "precision": round(precision, 3)},
        },
    )
    described = msgspec.json.format(msgspec.json.encode(meta)) + b"\n"
    return as_bytes(trained.vocabulary, trained.weights, trained.bias), described, card(meta).encode()


def card(meta: Meta) -> str:
    """Return the model card (Mitchell et al. 2019): what is written in data/training/cards.toml, and the figures."""
    prose = resources.read_toml(resources.data_path("training", "cards.toml")).tables
    rows = [
        f"| {group} | {row['n']} | {row['accuracy']:.3f} | {row['macro_f1']:.3f} | {row['rules_accuracy']:.3f} "
        f"| {row['rules_macro_f1']:.3f} |"
        for group, row in meta.scores.items()
        if isinstance(row, dict) and "accuracy" in row
    ]
    decided = meta.scores["where_rules_abstain"]
    return "\n".join(
        [
            f"# {meta.name}",
            "",
            prose[meta.name]["does"].strip(),
            "",
            f"Labels: {', '.join(meta.labels)}. Features: {prose[meta.name]['features'].strip()}",
            "",
            f"## Figures: {FOLDS}-fold cross-validation grouped by invented site",
            "",
            "| language | n | accuracy | macro F1 | rules alone: accuracy | macro F1 |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            f"Where no sure rule decides, it decides {decided['coverage']:.0%} at precision {decided['precision']:.3f} "
            f"(threshold {meta.threshold}). Expected calibration error {meta.scores['ece']} at temperature "
            f"{meta.temperature}.",
            "",
            "## Data and limits",
            "",
            prose["all"]["data"].strip(),
            "",
            prose[meta.name]["limits"].strip(),
            "",
        ]
    )


def changed(files: Mapping[str, tuple[bytes, ...]]) -> list[str]:
    """Return the files of models that differ from the bundled ones."""
    pairs = [
        (resources.model_path(name, file), content)
        for name, contents in files.items()
        for file, content in zip(FILES, contents, strict=True)
    ]
    return [
        f"{path.parent.name}/{path.name}"
        for path, content in pairs
        if not path.is_file() or path.read_bytes() != content
    ]


def write(files: Mapping[str, tuple[bytes, ...]]) -> Iterator[str]:
    """Write the files of the models; yield each path with its hash."""
    for name, contents in files.items():
        resources.model_path(name).mkdir(parents=True, exist_ok=True)
        for file, content in zip(FILES, contents, strict=True):
            resources.model_path(name, file).write_bytes(content)
            yield f"models/{name}/{file}  sha256 {hashlib.sha256(content).hexdigest()}"
