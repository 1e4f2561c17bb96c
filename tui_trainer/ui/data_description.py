"""DataDescription: what the engine's server said a data source holds, read once; facts for a dialog and for the form.

`is_here` false means that the source would have to be downloaded, and then nothing but the cost is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.data_shape import DataShape

MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class ClassCount:
    """A class and how many examples have it."""

    name: str
    num_train: int
    num_test: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: counts over its range, or of its most frequent categories."""

    name: str
    is_number: bool
    num_missing: int
    histogram: tuple[int, ...]
    extent: str
    """Least and largest value, or the categories."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An image with its label; pixels from 0 to 255, row by row."""

    label: str
    pixels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DataDescription:
    """A source. Counts are 0 and tuples empty where there is no such thing."""

    source: str
    is_here: bool
    download_bytes: int | None = None
    path: str = ""
    num_bytes: int | None = None
    num_train: int = 0
    num_test: int = 0
    num_inputs: int = 0
    num_classes: int = 0
    """0: a regression."""
    target: str = ""
    target_histogram: tuple[int, ...] = ()
    target_extent: str = ""
    classes: tuple[ClassCount, ...] = ()
    columns: tuple[Column, ...] = ()
    num_columns: int = 0
    column_names: tuple[str, ...] = ()
    """Columns that may be the target, as the file spells them."""
    image_shape: tuple[int, int] | None = None
    samples: tuple[Sample, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> DataShape | None:
        """Its sizes; None where it is not here."""
        if not self.is_here:
            return None
        return DataShape(self.num_train, self.num_test, self.num_inputs, self.num_classes or 1)


def read_data_description(answer: Mapping[str, Any]) -> DataDescription:
    """From the answer of `describe_data`; KeyError, TypeError or ValueError where it is none."""
    place: dict[str, Any] = {
        "source": str(answer["source"]),
        "is_here": bool(answer["is_here"]),
        "download_bytes": answer.get("download_bytes"),
        "path": safe_text(answer.get("path") or "", 200),
        "num_bytes": answer.get("bytes"),
    }
    if not answer["is_here"]:
        return DataDescription(**place)
    image = answer.get("image_shape")
    target = answer.get("target_histogram")
    return DataDescription(
        **place,
        num_train=int(answer["num_train"]),
        num_test=int(answer["num_test"]),
        num_inputs=int(answer["num_inputs"]),
        num_classes=int(answer.get("num_classes") or 0) if answer["task"] == "classification" else 0,
        target=safe_text(answer.get("target") or "", MAX_NAME),
        target_histogram=tuple(target["histogram"]) if target else (),
        target_extent=_extent(target) if target else "",
        classes=tuple(ClassCount(safe_text(c["name"], MAX_NAME), int(c["train"]), int(c["test"])) for c in answer["classes"]),
        columns=tuple(_read_column(column) for column in answer["columns"]),
        num_columns=int(answer["num_columns"]),
        column_names=tuple(map(str, answer.get("column_names") or ())),
        image_shape=(int(image[0]), int(image[1])) if image and len(image) == 2 else None,
        samples=tuple(Sample(safe_text(s["label"], MAX_NAME), _flat(s["pixels"])) for s in answer["samples"]),
        notes=tuple(safe_text(note, 200) for note in answer["notes"]),
    )


def _flat(pixels: Any) -> tuple[int, ...]:
    """Pixels row by row, whether they came so or as rows."""
    return tuple(int(value) for row in pixels for value in (row if isinstance(row, list) else [row]))


def _read_column(column: Mapping[str, Any]) -> Column:
    return Column(
        name=safe_text(column["name"], MAX_NAME),
        is_number=column["kind"] == "number",
        num_missing=int(column["missing"]),
        histogram=tuple(int(count) for count in column["histogram"]),
        extent=_extent(column),
    )


def _extent(column: Mapping[str, Any]) -> str:
    if column["kind"] == "number":
        return f"{float(column['low']):.4g} to {float(column['high']):.4g}"
    more = int(column.get("num_categories") or 0) - len(column["categories"])
    words = ", ".join(map(str, column["categories"]))
    return safe_text(f"{words}, {more} more" if more > 0 else words, 120)
