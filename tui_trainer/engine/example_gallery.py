"""The server's `examples`: what a network gets wrong, or is most certain of, with probabilities and raw pixels or values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from tui_trainer.engine.dataset import Array, Dataset
from tui_trainer.engine.evaluated_part import EvaluatedPart, assumptions_of, load_evaluated
from tui_trainer.engine.evaluation_scores import finite
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.opened_network import OpenedNetwork, open_network
from tui_trainer.engine.prediction_record import PredictionRecord, probabilities_of, record_predictions
from tui_trainer.engine.table import format_number
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.safe_text import safe_text

WRONG, RIGHT, ALL = "wrong", "right", "all"
LARGEST, SMALLEST = "largest", "smallest"
MAX_EXAMPLES = 100
MAX_CLASSES_NAMED = 12


def show_examples(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """A checkpoint, its data and split as `evaluate`, {which: wrong, right or all, true, predicted: indices of classes, their
    names as text, or null, order: largest or smallest loss first, offset, limit} -> {checkpoint, data, split, total, offset,
    class_names, image_shape, columns, examples [{index, true, predicted, loss, probabilities, pixels, values}], assumptions}.

    Without an order the largest loss comes first, but of the right ones the smallest. Pixels are 0 to 255, row by row; values
    belong to columns.
    """
    opened = open_network(params, on_progress)
    part = load_evaluated(opened, params.get("data"), str(params.get("split") or "test"), on_progress)
    record = record_predictions(opened, part, on_progress)
    rows = choose_rows(record, params, part.dataset)
    offset, limit = whole(params, "offset", 0, 10**9), whole(params, "limit", 24, MAX_EXAMPLES)
    page = rows[offset : offset + limit]
    return {
        "checkpoint": opened.name,
        "total": len(rows),
        "offset": offset,
        **describe_part(part),
        "examples": _examples(opened, part, record, page),
        "assumptions": assumptions_of(opened, part.dataset),
    }


def describe_part(part: EvaluatedPart) -> dict[str, Any]:
    """{data, split, class_names, image_shape, columns}."""
    dataset = part.dataset
    return {
        "data": part.source,
        "split": part.split,
        "class_names": [safe_text(name, 100) for name in dataset.class_names],
        "image_shape": list(dataset.image_shape) if dataset.image_shape else None,
        "columns": column_names(dataset),
    }


def column_names(dataset: Dataset) -> list[str] | None:
    """Of a table; None of images. Arrays without names are numbered from 1."""
    if dataset.table is not None:
        return [safe_text(column.name, 60) for column in dataset.table.columns]
    return None if dataset.image_shape else [f"x{number}" for number in range(1, dataset.num_inputs + 1)]


def whole(params: dict[str, Any], name: str, default: int, most: int) -> int:
    """The whole number `name` of `params`, 0 to `most`."""
    value = params.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise UsageError(f"{name} {safe_text(value, 20)} is no whole number from 0 to {most:,}")
    return value


def choose_rows(record: PredictionRecord, params: dict[str, Any], dataset: Dataset) -> Array:
    """Indices (M,) of the examples asked for, in the order of the gallery."""
    cell = {name: params[name] for name in ("true", "predicted") if params.get(name) is not None}
    which = params.get("which") or (ALL if len(cell) == 2 or dataset.is_regression else WRONG)
    if which not in (WRONG, RIGHT, ALL):
        raise UsageError(f'"{safe_text(which, 20)}" are no examples; take wrong, right or all')
    if dataset.is_regression and (cell or which != ALL):
        raise UsageError("a regression has no classes to choose examples by; take all")
    order = params.get("order") or (SMALLEST if which == RIGHT else LARGEST)
    if order not in (LARGEST, SMALLEST):
        raise UsageError(f'"{safe_text(order, 20)}" is no order of losses; take largest or smallest')
    chosen = np.ones(len(record.true), dtype=bool) if which == ALL else record.is_right == (which == RIGHT)
    for name, value in cell.items():
        chosen &= (record.true if name == "true" else record.predicted) == _class_index(name, value, dataset.class_names)
    rows = np.flatnonzero(chosen)
    losses = record.losses[rows]
    return rows[np.argsort(losses if order == SMALLEST else -losses, kind="stable")]


def _class_index(name: str, value: object, class_names: Sequence[str]) -> int:
    """The class that `value` means: its index, or its name as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    shown = [safe_text(class_name, 100) for class_name in class_names]
    if not isinstance(value, str) or value not in shown:
        more = f" and {len(shown) - MAX_CLASSES_NAMED:,} more" if len(shown) > MAX_CLASSES_NAMED else ""
        classes = safe_text(", ".join(shown[:MAX_CLASSES_NAMED]), 160)
        raise UsageError(f"{name} {safe_text(value, 40)} is no class; they are {classes}{more}")
    return shown.index(value)


def _examples(opened: OpenedNetwork, part: EvaluatedPart, record: PredictionRecord, rows: Array) -> list[dict[str, Any]]:
    if not len(rows):
        return []
    X_BD, _ = part.examples.take(torch.from_numpy(rows))
    probabilities = None if part.dataset.is_regression else probabilities_of(opened, X_BD).tolist()
    shown = show_raw(part, rows)
    return [
        {
            "index": int(row),
            **truth(part.dataset, record, int(row)),
            "loss": finite(float(record.losses[row])),
            "probabilities": probabilities[place] if probabilities else None,
            **shown[place],
        }
        for place, row in enumerate(rows)
    ]


def truth(dataset: Dataset, record: PredictionRecord, row: int) -> dict[str, Any]:
    """{true, predicted}: class indices, or numbers in the target's own unit."""
    if not dataset.is_regression:
        return {"true": int(record.true[row]), "predicted": int(record.predicted[row])}
    mean, scale = (dataset.table.preprocessing.target_mean, dataset.target_scale) if dataset.table else (0.0, 1.0)
    return {name: finite(float(getattr(record, name)[row]) * scale + mean) for name in ("true", "predicted")}


def show_raw(part: EvaluatedPart, rows: Array) -> list[dict[str, Any]]:
    """[{pixels, values}] of examples: 0 to 255 of an image, else the row as a person would write it; the other is None."""
    raw, dataset = part.raw(rows), part.dataset
    if dataset.image_shape is not None:
        return [{"pixels": pixels, "values": None} for pixels in to_pixels(raw, dataset.divisor)]
    if dataset.table is None:
        return [{"pixels": None, "values": [format_number(value) for value in row]} for row in raw]
    columns = dataset.table.columns
    return [
        {"pixels": None, "values": [_cell(value, column.categories) for value, column in zip(row, columns, strict=True)]}
        for row in raw
    ]


def to_pixels(raw: Array, divisor: float) -> list[list[int]]:
    """Raw rows as greys 0 to 255."""
    greys: list[list[int]] = np.rint((raw.astype(np.float64) / divisor).clip(0, 1) * 255).astype(int).tolist()
    return greys


def _cell(value: float, categories: tuple[str, ...] | None) -> str:
    if np.isnan(value):
        return ""
    return format_number(value) if categories is None else safe_text(categories[int(value)], 60)
