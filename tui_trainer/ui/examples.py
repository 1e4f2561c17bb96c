"""Examples: the engine's answer to `examples`, checked: single rows of a data set and what a network made of them.

Probabilities lie between 0 and 1, pixels are 0 to 255 row by row. Nothing here draws or asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text

MAX_CLASS_NAME = 40
MAX_VALUE = 24
Shape = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one network made of an example: a class by its index, or a number."""

    predicted: float
    loss: float | None = None
    probabilities: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a split, from 0; `readings` has one entry a network."""

    index: int
    true: float
    readings: tuple[Reading, ...]
    pixels: tuple[int, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExamplePage:
    """Some examples of `total`, from `offset` on, and what is needed to name them."""

    total: int
    offset: int
    examples: tuple[Example, ...]
    class_names: tuple[str, ...]
    image_shape: Shape | None
    columns: tuple[str, ...]

    def class_name(self, index: float) -> str:
        """The name of a class; of a regression the number itself."""
        if self.class_names and 0 <= int(index) < len(self.class_names):
            return self.class_names[int(index)]
        return f"{index:.4g}"


def parse_examples(result: Mapping[str, Any]) -> ExamplePage:
    """The answer to `examples`; MlpTuiError where it does not hang together."""
    return _read(lambda: _build_page(result, result["examples"], int(result["total"]), int(result["offset"])))


def parse_compared(result: Mapping[str, Any], which: str, offset: int = 0) -> ExamplePage:
    """One of the lists of an answer to `compare`: fixed, broken or both_wrong."""
    return _read(lambda: _build_page(result, result[which]["examples"], int(result[which]["count"]), offset))


def _read(build: Any) -> ExamplePage:
    try:
        page: ExamplePage = build()
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise MlpTuiError(f"the engine's examples cannot be read ({safe_text(error, 80)}); ask again") from None
    return page


def _build_page(result: Mapping[str, Any], rows: Any, total: int, offset: int) -> ExamplePage:
    shape = parse_shape(result.get("image_shape"))
    return ExamplePage(
        total=total,
        offset=offset,
        examples=tuple(_build_example(row, shape) for row in rows),
        class_names=tuple(safe_text(name, MAX_CLASS_NAME) for name in result.get("class_names") or ()),
        image_shape=shape,
        columns=tuple(safe_text(name, MAX_VALUE) for name in result.get("columns") or ()),
    )


def parse_shape(written: Any) -> Shape | None:
    """(rows, columns) of an image; None where examples are no images."""
    if written is None:
        return None
    rows, columns = written
    if not (0 < int(rows) <= 4096 and 0 < int(columns) <= 4096):
        raise ValueError("an image of no size")
    return int(rows), int(columns)


def _build_example(row: Mapping[str, Any], shape: Shape | None) -> Example:
    pixels = tuple(int(value) for value in row.get("pixels") or ())
    if pixels and (shape is None or len(pixels) != shape[0] * shape[1]):
        raise ValueError("pixels that fill no image")
    if "predicted_a" in row:
        readings = tuple(Reading(float(row[f"predicted_{name}"]), _loss(row.get(f"loss_{name}"))) for name in "ab")
    else:
        shares = tuple(float(share) for share in row.get("probabilities") or ())
        readings = (Reading(float(row["predicted"]), _loss(row.get("loss")), shares),)
    values = tuple(_show_value(value) for value in row.get("values") or ())
    return Example(int(row["index"]), float(row["true"]), readings, pixels, values)


def _loss(value: Any) -> float | None:
    return None if value is None else float(value)


def _show_value(value: Any) -> str:
    """A number in four digits, whether it comes as one or as text with many; other text as it is."""
    if isinstance(value, str) and "." in value:
        try:
            value = float(value)
        except ValueError:
            return safe_text(value, MAX_VALUE)
    return f"{value:.4g}" if isinstance(value, float) else safe_text(value, MAX_VALUE)
