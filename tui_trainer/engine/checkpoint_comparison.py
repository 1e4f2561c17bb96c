"""The server's `compare`: two networks on the same examples, and whether the difference is more than chance.

Rows fixed: A wrong, B right; rows broken: A right, B wrong. McNemar's exact test asks of the rows on which exactly one is right
whether both kinds are as likely (McNemar 1947; binomial, two-sided).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from tui_trainer.engine.dataset import Array
from tui_trainer.engine.evaluated_part import EvaluatedPart, load_evaluated
from tui_trainer.engine.evaluation_scores import finite
from tui_trainer.engine.example_gallery import MAX_EXAMPLES, describe_part, show_raw, whole
from tui_trainer.engine.layer_order import reading_order
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.opened_network import OpenedNetwork, open_network
from tui_trainer.engine.prediction_record import PredictionRecord, record_predictions
from tui_trainer.runs.config import RunConfig, dump_config
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.safe_text import safe_text

LISTS = ("fixed", "broken", "both_wrong")
SIGNIFICANT = 0.05
MAX_LAYERS = 200


def compare_checkpoints(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """{a, b: checkpoints as of `evaluate`, data, split, which: one of LISTS or null, offset, limit} -> {a, b: {checkpoint,
    accuracy, loss, num_right}, data, split, num_examples, class_names, image_shape, columns, fixed, broken, both_wrong:
    {count, examples}, both_right, mcnemar {p_value, verdict, words}, layers, layers_note, config}.

    Without data A's own is taken. Examples come with the larger of their two losses first.
    """
    a, b = (open_network(_subject(params, side), on_progress) for side in "ab")
    split = str(params.get("split") or "test")
    part = load_evaluated(a, _data(a, b, params.get("data")), split, on_progress)
    part_b = load_evaluated(b, _data(b, a, params.get("data")), split, on_progress)
    if part_b.fingerprint != part.fingerprint or part_b.dataset.class_names != part.dataset.class_names:
        raise UsageError(f"{a.name} and {b.name} see other examples of {part.source}; name the data with --data")
    if part.dataset.is_regression:
        raise UsageError("a regression has no right and wrong rows to compare; evaluate both")
    if len(part_b.examples) != len(part.examples):
        raise UsageError(f"{a.name} and {b.name} hold out other rows; compare them on the test set")
    records = record_predictions(a, part, on_progress), record_predictions(b, part_b, on_progress)
    return {
        "a": _side(a, records[0]),
        "b": _side(b, records[1]),
        "num_examples": len(part.examples),
        **describe_part(part),
        **_lists(part, *records, params),
        **_layers(a.weights, b.weights),
        "config": _config_differences(a.config, b.config),
    }


def _subject(params: dict[str, Any], side: str) -> dict[str, Any]:
    subject = params.get(side)
    if not isinstance(subject, dict):
        raise UsageError("a comparison needs two checkpoints, a and b")
    return subject


def _data(opened: OpenedNetwork, other: OpenedNetwork, written: object) -> object:
    """What `opened` is evaluated on: as written, its own, or of a foreign file the other's."""
    if written is None and opened.config is None and other.config is not None:
        return other.config.data.source
    return written


def _side(opened: OpenedNetwork, record: PredictionRecord) -> dict[str, Any]:
    return {
        "checkpoint": opened.name,
        "accuracy": record.metrics.accuracy,
        "loss": finite(record.metrics.loss),
        "num_right": int(record.is_right.sum()),
    }


def _lists(part: EvaluatedPart, a: PredictionRecord, b: PredictionRecord, params: dict[str, Any]) -> dict[str, Any]:
    which = params.get("which")
    if which is not None and which not in LISTS:
        raise UsageError(f'"{safe_text(which, 20)}" is no list of a comparison; take {", ".join(LISTS)}')
    offset, limit = whole(params, "offset", 0, 10**9), whole(params, "limit", 24, MAX_EXAMPLES)
    chosen = {
        "fixed": ~a.is_right & b.is_right,
        "broken": a.is_right & ~b.is_right,
        "both_wrong": ~a.is_right & ~b.is_right,
    }
    worst = np.maximum(a.losses, b.losses)
    answer: dict[str, Any] = {}
    for name, is_chosen in chosen.items():
        rows = np.flatnonzero(is_chosen)
        rows = rows[np.argsort(-worst[rows], kind="stable")]
        page = rows[offset : offset + limit] if which in (None, name) else rows[:0]
        answer[name] = {"count": len(rows), "examples": _examples(part, a, b, page)}
    fixed, broken = answer["fixed"]["count"], answer["broken"]["count"]
    return {**answer, "both_right": int((a.is_right & b.is_right).sum()), "mcnemar": judge(fixed, broken)}


def _examples(part: EvaluatedPart, a: PredictionRecord, b: PredictionRecord, rows: Array) -> list[dict[str, Any]]:
    if not len(rows):
        return []
    return [
        {
            "index": int(row),
            "true": int(a.true[row]),
            "predicted_a": int(a.predicted[row]),
            "predicted_b": int(b.predicted[row]),
            "loss_a": finite(float(a.losses[row])),
            "loss_b": finite(float(b.losses[row])),
            **raw,
        }
        for row, raw in zip(rows, show_raw(part, rows), strict=True)
    ]


def judge(num_fixed: int, num_broken: int) -> dict[str, Any]:
    """{p_value, verdict: same, tied, a or b, words} of McNemar's exact test at 5 %."""
    if num_fixed + num_broken == 0:
        return {"p_value": 1.0, "verdict": "same", "words": "the same rows right and wrong"}
    # Comes with scikit-learn; half a second of import that only comparisons pay.
    from scipy.stats import binomtest

    p_value = float(binomtest(num_fixed, num_fixed + num_broken, 0.5).pvalue)
    if p_value >= SIGNIFICANT:
        return {
            "p_value": p_value,
            "verdict": "tied",
            "words": f"tied, {_p_words(p_value)}: the difference can be chance",
        }
    better = "b" if num_fixed > num_broken else "a"
    return {"p_value": p_value, "verdict": better, "words": f"{better.upper()} is better, {_p_words(p_value)}"}


def _p_words(p_value: float) -> str:
    if p_value < 0.0001:
        return "p < 0.0001"
    return f"p = {p_value:.1g}" if p_value < 0.01 else f"p = {p_value:.2f}"


def _layers(a: dict[str, Tensor], b: dict[str, Tensor]) -> dict[str, Any]:
    """How far the weights of each entry lie apart, where both networks have the same."""
    shapes = [{key: tuple(tensor.shape) for key, tensor in weights.items()} for weights in (a, b)]
    if shapes[0] != shapes[1]:
        return {"layers": [], "layers_note": "the networks have other layers, so their weights cannot be subtracted"}
    floats = sorted((key for key, tensor in a.items() if tensor.is_floating_point()), key=reading_order)
    return {"layers": [_distance(key, a[key].double(), b[key].double()) for key in floats[:MAX_LAYERS]], "layers_note": None}


def _distance(key: str, a: Tensor, b: Tensor) -> dict[str, Any]:
    distance, norm = float(torch.linalg.vector_norm(a - b)), float(torch.linalg.vector_norm(a))
    relative = distance / norm if norm else None
    return {"layer": safe_text(key, 100), "distance": distance, "relative": relative, "shape": list(a.shape)}


def _config_differences(a: RunConfig | None, b: RunConfig | None) -> list[dict[str, str]] | None:
    """[{key, a, b}] of the configuration's keys that differ; None where one of them is not known."""
    if a is None or b is None:
        return None
    flat_a, flat_b = _flat(dump_config(a)), _flat(dump_config(b))
    keys = [*flat_a, *(key for key in flat_b if key not in flat_a)]
    return [
        {"key": key, "a": safe_text(flat_a.get(key, "-"), 100), "b": safe_text(flat_b.get(key, "-"), 100)}
        for key in keys
        if flat_a.get(key) != flat_b.get(key) and key != "name"
    ]


def _flat(tables: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tables.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found
