"""The server's `evaluate`: a network over a whole part of a data set, with every score that a person asks of it."""

from __future__ import annotations

from typing import Any

from tui_trainer.engine.evaluated_part import assumptions_of, check_split, data_of, load_evaluated
from tui_trainer.engine.evaluation_scores import class_scores, finite, number_scores
from tui_trainer.engine.kept_evaluations import find_evaluation, keep_evaluation, stamp_of
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.opened_network import OpenedNetwork, open_network
from tui_trainer.engine.prediction_record import record_predictions


def evaluate_checkpoint(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """{run, checkpoint} or {file, activation}, {data: source or null, split: test, train or validation} -> the evaluation.

    {checkpoint, data, split, num_examples, loss, weights_sha256, data_fingerprint, image_shape, assumptions, cached} and, of
    classes, {accuracy, interval, num_right, top2, confusion, per_class, macro_f1, confused_pairs, calibration, baseline}; of a
    regression {r2, mae, rmse, baseline}. Without data the run's own is taken and must still be the same.
    """
    return evaluate_opened(open_network(params, on_progress), params, on_progress)


def evaluate_opened(opened: OpenedNetwork, params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """As `evaluate_checkpoint`, of a network that is open already."""
    written = params.get("data")
    data = data_of(opened, written)
    split = check_split(params.get("split"), data)
    stamp = stamp_of(opened, data)
    kept = find_evaluation(opened, stamp, split)
    if kept is not None and _is_own_data(opened, written, kept):
        return {**kept, "checkpoint": opened.name, "cached": True}
    result = _evaluate(opened, written, split, on_progress)
    keep_evaluation(opened, stamp, result)
    return {**result, "cached": False}


def _is_own_data(opened: OpenedNetwork, written: object, kept: dict[str, Any]) -> bool:
    """Whether a kept evaluation on the run's own data is of the data that it trained on."""
    return written is not None or opened.manifest is None or kept["data_fingerprint"] == opened.manifest.data_fingerprint


def _evaluate(opened: OpenedNetwork, written: object, split: str, on_progress: OnProgress) -> dict[str, Any]:
    part = load_evaluated(opened, written, split, on_progress)
    record, dataset = record_predictions(opened, part, on_progress), part.dataset
    scores = number_scores(record, dataset.target_scale) if dataset.is_regression else class_scores(record, dataset.class_names)
    return {
        "checkpoint": opened.name,
        "data": part.source,
        "split": split,
        "num_examples": record.metrics.num_examples,
        "loss": finite(record.metrics.loss),
        **scores,
        "weights_sha256": opened.weights_sha256,
        "data_fingerprint": part.fingerprint,
        "image_shape": list(dataset.image_shape) if dataset.image_shape else None,
        "assumptions": assumptions_of(opened, dataset),
    }
