"""TablePreprocessing: the way from a table's raw columns to a network's inputs, with statistics of a training part.

Numbers are standardised, categories become one input for each category, empty cells take the mean or the most frequent
category. Fitted once by `table_fit`, kept in each manifest as plain JSON, and applied at every evaluation: no statistic is
ever taken of other data. Inputs: first the columns of numbers, then those of categories, each in the table's order.

Shape letters: N examples, K columns, D inputs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_trainer.runs.errors import CheckpointError, DataError
from tui_trainer.runs.safe_text import safe_text

CHUNK_ROWS = 1 << 16
"""Rows that are transformed at a time, to keep the float64 of a large table from being there twice."""


@dataclass(frozen=True, slots=True)
class NumberInput:
    """(value - mean) / scale; `fill` stands for an empty cell, None where none is allowed."""

    name: str
    mean: float
    scale: float
    fill: float | None = None


@dataclass(frozen=True, slots=True)
class CategoryInput:
    """One input a category, 1 where the cell is it; a category that is not listed gives zeros."""

    name: str
    categories: tuple[str, ...]
    fill: str | None = None


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A column of the raw array: its name, and what its values index where it is one of categories."""

    name: str
    categories: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class TablePreprocessing:
    """Statistics of one training part."""

    inputs: tuple[NumberInput | CategoryInput, ...]
    """In the order of the table's columns."""
    target: str
    """Name of the column that is predicted."""
    target_mean: float = 0.0
    target_scale: float = 1.0
    """A regression's network predicts (target - mean) / scale."""

    @property
    def num_inputs(self) -> int:
        """D."""
        return sum(len(entry.categories) if isinstance(entry, CategoryInput) else 1 for entry in self.inputs)

    def transform(self, columns: tuple[RawColumn, ...], X: NDArray[np.float64]) -> NDArray[np.float32]:
        """Inputs (N, D) of raw rows `X` (N, K) with these `columns`, found by name; computed in float64, then rounded.

        DataError where a column is missing, is of the other kind, or has an empty cell that nothing fills.
        """
        places = [self._place(entry, columns) for entry in self.inputs]
        inputs = np.zeros((len(X), self.num_inputs), dtype=np.float32)
        for start in range(0, len(X), CHUNK_ROWS):
            self._transform_rows(columns, places, X[start : start + CHUNK_ROWS], inputs[start : start + CHUNK_ROWS])
        return inputs

    def transform_target(self, y: NDArray[np.float64]) -> NDArray[np.float32]:
        """Targets (N,) of a regression as its network predicts them, (N, 1)."""
        return ((y - self.target_mean) / self.target_scale).astype(np.float32).reshape(-1, 1)

    def _place(self, entry: NumberInput | CategoryInput, columns: tuple[RawColumn, ...]) -> int:
        shown = safe_text(entry.name, 40)
        place = next((index for index, column in enumerate(columns) if column.name == entry.name), None)
        if place is None:
            raise DataError(f'the data has no column "{shown}", which the network was trained on; give a table with it')
        is_category = columns[place].categories is not None
        if is_category != isinstance(entry, CategoryInput):
            kinds = ("numbers", "categories") if is_category else ("categories", "numbers")
            raise DataError(f'column "{shown}" had {kinds[0]} when the network was trained and has {kinds[1]} now; correct it')
        return place

    def _transform_rows(
        self, columns: tuple[RawColumn, ...], places: list[int], X: NDArray[np.float64], inputs: NDArray[np.float32]
    ) -> None:
        pairs = list(zip(self.inputs, places, strict=True))
        offset = 0
        numbers = [(entry, place) for entry, place in pairs if isinstance(entry, NumberInput)]
        if numbers:
            values = X[:, [place for _, place in numbers]]
            self._fill_numbers([entry for entry, _ in numbers], values)
            values -= np.array([entry.mean for entry, _ in numbers])
            values /= np.array([entry.scale for entry, _ in numbers])
            inputs[:, : len(numbers)] = values
            offset = len(numbers)
        for entry, place in pairs:
            if isinstance(entry, CategoryInput):
                _mark_categories(entry, columns[place], X[:, place], inputs[:, offset : offset + len(entry.categories)])
                offset += len(entry.categories)

    def _fill_numbers(self, entries: list[NumberInput], values: NDArray[np.float64]) -> None:
        rows, places = np.nonzero(np.isnan(values))
        if not len(rows):
            return
        empty = next((entries[place] for place in np.unique(places) if entries[place].fill is None), None)
        if empty is not None:
            raise _unfilled(empty.name)
        values[rows, places] = np.array([entry.fill for entry in entries], dtype=np.float64)[places]

    def to_json(self) -> dict[str, Any]:
        """What a manifest keeps; `parse_preprocessing` is the inverse."""
        return {
            "kind": "table",
            "target": self.target,
            "target_mean": self.target_mean,
            "target_scale": self.target_scale,
            "inputs": [_input_json(entry) for entry in self.inputs],
        }


def _mark_categories(entry: CategoryInput, column: RawColumn, codes: NDArray[np.float64], inputs: NDArray[np.float32]) -> None:
    """Set 1 in `inputs` (N, number of categories) for each cell whose category the network knows."""
    known = {text: index for index, text in enumerate(entry.categories)}
    # One place more than there are categories, for the empty cell.
    places = np.array([*(known.get(text, -1) for text in column.categories or ()), known.get(entry.fill or "", -1)])
    is_empty = np.isnan(codes)
    if entry.fill is None and is_empty.any():
        raise _unfilled(entry.name)
    place = places[np.where(is_empty, len(places) - 1, codes).astype(np.int64)]
    rows = np.flatnonzero(place >= 0)
    inputs[rows, place[rows]] = 1.0


def _unfilled(name: str) -> DataError:
    return DataError(f'column "{safe_text(name, 40)}" has empty cells, and the network was trained without any; fill them')


def _input_json(entry: NumberInput | CategoryInput) -> dict[str, Any]:
    if isinstance(entry, NumberInput):
        return {"name": entry.name, "kind": "number", "mean": entry.mean, "scale": entry.scale, "fill": entry.fill}
    return {"name": entry.name, "kind": "category", "categories": list(entry.categories), "fill": entry.fill}


def parse_preprocessing(said: dict[str, Any], where: str) -> TablePreprocessing:
    """What a manifest's `preprocessing` says; CheckpointError naming `where` if it is damaged."""
    try:
        inputs = tuple(_parse_input(entry) for entry in said["inputs"])
        mean, scale = _number(said["target_mean"]), _number(said["target_scale"])
        if not inputs or scale <= 0:
            raise ValueError
        return TablePreprocessing(inputs, str(said["target"]), mean, scale)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise CheckpointError(f"{where}: its manifest's preprocessing is damaged; take another checkpoint") from None


def _parse_input(entry: dict[str, Any]) -> NumberInput | CategoryInput:
    name, fill = str(entry["name"]), entry["fill"]
    if entry["kind"] == "category":
        if fill is not None and fill not in entry["categories"]:
            raise ValueError
        return CategoryInput(name, tuple(str(text) for text in entry["categories"]), fill)
    scale = _number(entry["scale"])
    if entry["kind"] != "number" or scale <= 0:
        raise ValueError
    return NumberInput(name, _number(entry["mean"]), scale, None if fill is None else _number(fill))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    return float(value)
