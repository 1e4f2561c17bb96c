"""Evaluation: the answer of the engine's `evaluate`, checked and turned into what the panes draw.

Accuracies and shares lie between 0 and 1, losses are in nats. The confusion matrix has a row for each true class and a column
for each predicted one. Plain arithmetic on a few hundred counts; nothing here draws or asks for anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.examples import Shape, parse_shape

Z_95 = 1.959963984540054
"""Standard normal quantile of a two-sided interval of 95 %."""
MAX_CLASS_NAME = 40


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """How one class fares; `missed` are its examples that were read as another."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    missed: int


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """`count` examples of class `true` read as `predicted`; `share` of the examples of `true`. Classes are indices."""

    true: int
    predicted: int
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Examples whose highest probability lies between `low` and `high`: its mean, and the share of them that is right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether probabilities can be believed; `ece` is the mean gap between confidence and accuracy, 0 to 1; no empty bins."""

    ece: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to say of any evaluation."""

    is_cached: bool = False
    """Whether it was made before, of the same weights and data."""
    image_shape: Shape | None = None
    assumptions: tuple[str, ...] = ()
    """What had to be assumed of a foreign file."""


NO_FACTS = Facts()


@dataclass(frozen=True)
class Regression:
    """One network that predicts numbers, on one split; errors in the target's unit, beside those of the training mean."""

    data: str
    split: str
    num_examples: int
    loss: float
    r2: float | None
    mae: float | None
    rmse: float | None = None
    baseline_mae: float | None = None
    baseline_rmse: float | None = None
    facts: Facts = NO_FACTS


@dataclass(frozen=True)
class Evaluation:
    """One checkpoint on one split of one data set."""

    data: str
    split: str
    num_examples: int
    accuracy: float
    loss: float
    confusion: tuple[tuple[int, ...], ...]
    classes: tuple[ClassMetrics, ...]
    top2: float | None = None
    """Share whose class is among the two likeliest; None below three classes."""
    calibration: Calibration | None = None
    facts: Facts = NO_FACTS

    @property
    def num_wrong(self) -> int:
        """Examples off the diagonal."""
        return sum(metrics.missed for metrics in self.classes)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy."""
        return wilson_interval(self.num_examples - self.num_wrong, self.num_examples)

    @property
    def baseline(self) -> float:
        """Accuracy of always saying the most frequent class."""
        return max((metrics.support for metrics in self.classes), default=0) / max(1, self.num_examples)

    @property
    def macro_f1(self) -> float:
        """Mean f1 of the classes."""
        return sum(metrics.f1 for metrics in self.classes) / max(1, len(self.classes))

    @cached_property
    def confused_pairs(self) -> tuple[ConfusedPair, ...]:
        """All pairs that were confused at all, the most frequent first, then in the order of the classes."""
        pairs = [
            ConfusedPair(true, predicted, count, count / sum(row))
            for true, row in enumerate(self.confusion)
            for predicted, count in enumerate(row)
            if count and true != predicted
        ]
        return tuple(sorted(pairs, key=lambda pair: (-pair.count, pair.true, pair.predicted)))

    @cached_property
    def largest_share(self) -> float:
        """The largest share of a row that lies off the diagonal; 0 where nothing is wrong."""
        return max((pair.share for pair in self.confused_pairs), default=0.0)


def wilson_interval(hits: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Interval of a proportion, `hits` of `trials` (Wilson 1927, JASA 22); (0, 1) without trials."""
    if trials <= 0:
        return 0.0, 1.0
    share, z2 = hits / trials, z * z
    centre = share + z2 / (2 * trials)
    reach = z * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    scale = 1 + z2 / trials
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)


def parse_answer(result: Mapping[str, Any]) -> Evaluation | Regression:
    """The engine's answer to `evaluate`; MlpTuiError where it does not hang together."""
    return _parse_regression(result) if "r2" in result else parse_evaluation(result)


def parse_evaluation(result: Mapping[str, Any]) -> Evaluation:
    """The answer for a network that tells classes; MlpTuiError where it does not hang together."""
    try:
        confusion = tuple(tuple(_whole(count) for count in row) for row in result["confusion"])
        evaluation = Evaluation(
            data=safe_text(result["data"], 200),
            split=safe_text(result["split"], 20),
            num_examples=_whole(result["num_examples"]),
            accuracy=float(result["accuracy"]),
            loss=float(result["loss"]),
            confusion=confusion,
            classes=tuple(_parse_class(row, confusion[index], index) for index, row in enumerate(result["per_class"])),
            top2=_maybe(result.get("top2")),
            calibration=_parse_calibration(result.get("calibration")),
            facts=_parse_facts(result),
        )
    except _UNREADABLE as error:
        raise _unreadable(error) from None
    size = len(evaluation.classes)
    if not size or len(confusion) != size or any(len(row) != size for row in confusion):
        raise MlpTuiError("the engine's evaluation has a confusion matrix of another size than its classes; evaluate again")
    return evaluation


def _parse_regression(result: Mapping[str, Any]) -> Regression:
    try:
        baseline = result.get("baseline") or {}
        return Regression(
            data=safe_text(result["data"], 200),
            split=safe_text(result["split"], 20),
            num_examples=_whole(result["num_examples"]),
            loss=float(result["loss"]),
            r2=_maybe(result["r2"]),
            mae=_maybe(result["mae"]),
            rmse=_maybe(result.get("rmse")),
            baseline_mae=_maybe(baseline.get("mae")),
            baseline_rmse=_maybe(baseline.get("rmse")),
            facts=_parse_facts(result),
        )
    except _UNREADABLE as error:
        raise _unreadable(error) from None


def _parse_calibration(written: Any) -> Calibration | None:
    if written is None:
        return None
    bins = tuple(
        Bin(float(row["low"]), float(row["high"]), _whole(row["count"]), float(row["confidence"]), float(row["accuracy"]))
        for row in written["bins"]
        if row["count"]
    )
    return Calibration(float(written["ece"]), bins)


def _parse_facts(result: Mapping[str, Any]) -> Facts:
    assumptions = tuple(safe_text(words, 160) for words in result.get("assumptions") or ())
    return Facts(bool(result.get("cached")), parse_shape(result.get("image_shape")), assumptions)


_UNREADABLE = (KeyError, TypeError, ValueError, IndexError, AttributeError)


def _unreadable(error: Exception) -> MlpTuiError:
    return MlpTuiError(f"the engine's evaluation cannot be read ({safe_text(error, 80)}); evaluate again")


def _maybe(value: Any) -> float | None:
    return None if value is None else float(value)


def _parse_class(row: Mapping[str, Any], counts: tuple[int, ...], index: int) -> ClassMetrics:
    return ClassMetrics(
        name=safe_text(row["class"], MAX_CLASS_NAME),
        precision=float(row["precision"]),
        recall=float(row["recall"]),
        f1=float(row["f1"]),
        support=_whole(row["support"]),
        missed=sum(counts) - counts[index],
    )


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value
