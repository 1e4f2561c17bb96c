"""Scores of a whole set, read off its predictions: plain arithmetic, each with the source of its formula.

Nothing here runs a network. N: examples, C: classes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tui_trainer.engine.dataset import Array
from tui_trainer.engine.evaluation import per_class_metrics
from tui_trainer.engine.prediction_record import PredictionRecord

Z_95 = 1.959963984540054
"""Standard normal quantile of a two-sided interval of 95 %."""
CALIBRATION_BINS = 15
MAX_PAIRS = 20


def class_scores(record: PredictionRecord, class_names: tuple[str, ...]) -> dict[str, Any]:
    """{accuracy, interval, num_right, top2, confusion, per_class, macro_f1, confused_pairs, calibration, baseline}."""
    num_classes = len(class_names)
    confusion = confusion_of(record.true, record.predicted, num_classes)
    per_class = per_class_metrics(confusion, class_names)
    num_right = int(record.is_right.sum())
    commonest = max(range(num_classes), key=lambda index: (per_class[index]["support"], -index))
    return {
        "accuracy": record.metrics.accuracy,
        "interval": list(wilson_interval(num_right, len(record.true))),
        "num_right": num_right,
        "top2": float(record.is_in_top2.mean()) if num_classes > 2 else None,
        "confusion": confusion,
        "per_class": per_class,
        "macro_f1": sum(row["f1"] for row in per_class) / num_classes,
        "confused_pairs": confused_pairs(confusion),
        "calibration": calibration(record.confidences, record.is_right),
        "baseline": {"class": class_names[commonest], "accuracy": per_class[commonest]["support"] / len(record.true)},
    }


def number_scores(record: PredictionRecord, scale: float) -> dict[str, Any]:
    """{r2, mae, rmse, baseline} of a regression, errors in the target's own unit, of which the network's is `scale`.

    The baseline says the training part's mean always, which is 0 in standardised targets.
    """
    found = {
        "r2": record.metrics.r2,
        "mae": (record.metrics.mae or 0.0) * scale,
        "rmse": math.sqrt(float(record.losses.mean())) * scale,
    }
    baseline = {"mae": float(np.abs(record.true).mean()) * scale, "rmse": math.sqrt(float((record.true**2).mean())) * scale}
    return {**{name: finite(value) for name, value in found.items()}, "baseline": baseline}


def finite(value: float | None) -> float | None:
    """`value`, or None where JSON has no word for it."""
    return value if value is not None and math.isfinite(value) else None


def confusion_of(true: Array, predicted: Array, num_classes: int) -> list[list[int]]:
    """Counts (C, C), rows true and columns predicted."""
    counts = np.bincount(true * num_classes + predicted, minlength=num_classes * num_classes)
    rows: list[list[int]] = counts.reshape(num_classes, num_classes).tolist()
    return rows


def confused_pairs(confusion: list[list[int]]) -> list[dict[str, Any]]:
    """[{true, predicted, count, share of the true class}], the most frequent first, then in the order of the classes."""
    pairs = [
        {"true": true, "predicted": predicted, "count": count, "share": count / sum(row)}
        for true, row in enumerate(confusion)
        for predicted, count in enumerate(row)
        if count and true != predicted
    ]
    return sorted(pairs, key=lambda pair: (-pair["count"], pair["true"], pair["predicted"]))[:MAX_PAIRS]


def wilson_interval(hits: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Interval of a proportion, `hits` of `trials` (Wilson 1927, JASA 22); (0, 1) without trials."""
    if trials <= 0:
        return 0.0, 1.0
    share, z2 = hits / trials, z * z
    centre = share + z2 / (2 * trials)
    reach = z * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    scale = 1 + z2 / trials
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)


def calibration(confidences: Array, is_right: Array, num_bins: int = CALIBRATION_BINS) -> dict[str, Any]:
    """{ece, num_bins, bins [{low, high, count, confidence, accuracy}]}: bins of equal width, (low, high] as in Guo et al. 2017.

    ece is the mean over examples of |accuracy - confidence| of their bin (equation 3 there).
    """
    places = np.clip(np.ceil(confidences * num_bins).astype(np.int64) - 1, 0, num_bins - 1)
    counts = np.bincount(places, minlength=num_bins)
    confidence_sums = np.bincount(places, weights=confidences, minlength=num_bins)
    hits = np.bincount(places, weights=is_right.astype(np.float64), minlength=num_bins)
    bins = [
        {
            "low": index / num_bins,
            "high": (index + 1) / num_bins,
            "count": int(counts[index]),
            "confidence": float(confidence_sums[index] / counts[index]) if counts[index] else None,
            "accuracy": float(hits[index] / counts[index]) if counts[index] else None,
        }
        for index in range(num_bins)
    ]
    return {"ece": float(np.abs(hits - confidence_sums).sum() / len(confidences)), "num_bins": num_bins, "bins": bins}
