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


def parse_evaluation(result: Mapping[str, Any]) -> Evaluation:
    """The engine's answer; MlpTuiError where it does not hang together, or is a regression's, in one line."""
    if "r2" in result:
        raise MlpTuiError(_regression_line(result))
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
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise MlpTuiError(f"the engine's evaluation cannot be read ({safe_text(error, 80)}); evaluate again") from None
    size = len(evaluation.classes)
    if not size or len(confusion) != size or any(len(row) != size for row in confusion):
        raise MlpTuiError("the engine's evaluation has a confusion matrix of another size than its classes; evaluate again")
    return evaluation


def _regression_line(result: Mapping[str, Any]) -> str:
    """What there is to say of a regression, which has no classes to show."""
    try:
        scores = f"R² {float(result['r2']):.4f}, MAE {float(result['mae']):.4g}, loss {float(result['loss']):.4f}"
        return f"a regression, without classes: {scores} on {_whole(result['num_examples']):,} rows"
    except (KeyError, TypeError, ValueError) as error:
        return f"the engine's evaluation cannot be read ({safe_text(error, 80)}); evaluate again"


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
