"""The server's `predict`: what a network says of pixels that were drawn, or of a file: a picture, an array, a table.

Inputs come to the network as its manifest says; those of a foreign file, which does not say, are pictures from 0 to 255 or
numbers as they are, and a note tells so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tui_trainer.engine.dataset import Array
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.npy_folder import map_array
from tui_trainer.engine.opened_network import OpenedNetwork, open_network
from tui_trainer.engine.picture_files import read_picture
from tui_trainer.engine.prediction_record import probabilities_of
from tui_trainer.engine.table import Column
from tui_trainer.engine.table_files import read_csv_table
from tui_trainer.engine.table_preprocessing import RawColumn, TablePreprocessing, parse_preprocessing
from tui_trainer.runs.errors import DataError, UsageError
from tui_trainer.runs.safe_text import safe_text

MAX_ROWS_SHOWN = 1000
MAX_ROWS = 1_000_000
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".pgm", ".webp", ".tif", ".tiff")
_WHITE = 255.0


def predict(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """A checkpoint as of `evaluate`, {pixels: greys 0 to 255, row by row} or {path: a picture, .npy or .csv} -> {checkpoint,
    class_names, num_rows, rows [{class, index, probabilities}] or, of a regression, [{value}], note}; the first 1,000 rows.
    """
    opened = open_network(params, on_progress)
    if params.get("pixels") is not None:
        X, note = _from_pixels(opened, params["pixels"]), ""
    elif params.get("path") is not None:
        X, note = _from_file(opened, Path(str(params["path"])))
    else:
        raise UsageError("predict needs pixels, or the path of a picture, an .npy or a .csv")
    rows = _rows(opened, torch.from_numpy(X[:MAX_ROWS_SHOWN]))
    names = opened.class_names
    return {
        "checkpoint": opened.name,
        "class_names": list(names) if names else None,
        "num_rows": len(X),
        "rows": rows,
        "note": note or None,
    }


def _rows(opened: OpenedNetwork, X_BD: torch.Tensor) -> list[dict[str, Any]]:
    names = opened.class_names
    if names == ():
        table = _preprocessing(opened)
        mean, scale = (table.target_mean, table.target_scale) if table else (0.0, 1.0)
        with torch.no_grad():
            values = opened.network(X_BD.to(opened.device)).double().reshape(-1).cpu()
        return [{"value": value * scale + mean} for value in values.tolist()]
    rows = probabilities_of(opened, X_BD).tolist()
    best = [max(range(len(row)), key=lambda index: (row[index], -index)) for row in rows]
    return [
        {"class": names[index] if names else str(index), "index": index, "probabilities": row}
        for index, row in zip(best, rows, strict=True)
    ]


def _preprocessing(opened: OpenedNetwork) -> TablePreprocessing | None:
    table = (opened.preprocessing or {}).get("table")
    return parse_preprocessing(table, opened.name) if isinstance(table, dict) else None


def _divisor(opened: OpenedNetwork) -> float:
    """By what raw values are divided; of a foreign network 255 where its inputs are a picture."""
    said = (opened.preprocessing or {}).get("divisor")
    if isinstance(said, int | float) and not isinstance(said, bool) and said > 0:
        return float(said)
    return _WHITE if opened.image_shape else 1.0


def _from_pixels(opened: OpenedNetwork, pixels: Any) -> NDArray[np.float32]:
    if not isinstance(pixels, list) or len(pixels) != opened.num_inputs:
        given = len(pixels) if isinstance(pixels, list) else "no"
        raise UsageError(f"{opened.name} takes {opened.num_inputs:,} pixels, {given} were given")
    if not all(isinstance(pixel, int | float) for pixel in pixels):
        raise UsageError("pixels are numbers from 0 to 255")
    greys = np.array(pixels, dtype=np.float64).reshape(1, -1)
    if not (np.isfinite(greys).all() and greys.min() >= 0 and greys.max() <= _WHITE):
        raise UsageError("pixels are numbers from 0 to 255")
    return _scaled_greys(opened, greys)


def _scaled_greys(opened: OpenedNetwork, greys: Array) -> NDArray[np.float32]:
    """Greys (N, D) from 0 to 255 as the network takes them: rounded to the raw values of its source, then divided."""
    if _preprocessing(opened) is not None:
        raise UsageError(f"{opened.name} was trained on a table; give a .csv with its columns")
    divisor = _divisor(opened)
    raw = np.rint(greys / _WHITE * divisor) if divisor > 1 else greys / _WHITE
    return raw.astype(np.float32) / np.float32(divisor)


def _from_file(opened: OpenedNetwork, path: Path) -> tuple[NDArray[np.float32], str]:
    suffix = path.suffix.lower()
    if suffix in PICTURES:
        if opened.image_shape is None:
            raise UsageError(f"{opened.name} takes {opened.num_inputs:,} numbers and no picture; give a .csv or .npy")
        greys, note = read_picture(path, opened.image_shape)
        return _scaled_greys(opened, greys.reshape(1, -1)), note
    if suffix == ".npy":
        return _from_array(opened, map_array(path), path)
    if suffix == ".csv":
        return _from_table(opened, path)
    raise UsageError(
        f"{safe_text(path.name, 100)} is no file to predict from; give a picture ({PICTURES[0]} ...), .npy or .csv"
    )


def _from_array(opened: OpenedNetwork, values: Array, path: Path) -> tuple[NDArray[np.float32], str]:
    """An array (D,), (N, D), (rows, columns) or (N, rows, columns)."""
    shown = safe_text(path.name, 80)
    if _preprocessing(opened) is not None:
        raise UsageError(f"{opened.name} was trained on a table; give a .csv with its columns")
    if values.dtype.kind not in "buif" or not values.size or values.size % opened.num_inputs:
        raise DataError(
            f"{shown} has shape {values.shape}, dtype {values.dtype}; {opened.num_inputs:,} numbers a row are needed"
        )
    rows = np.asarray(values, dtype=np.float64).reshape(-1, opened.num_inputs)
    if len(rows) > MAX_ROWS or not np.isfinite(rows).all():
        raise DataError(f"{shown}: finite numbers are needed, at most {MAX_ROWS:,} rows")
    divisor = _divisor(opened)
    if values.dtype.kind == "f" and divisor > 1 and rows.max() <= 1:
        return rows.astype(np.float32), "values from 0 to 1 were taken as divided already"
    return rows.astype(np.float32) / np.float32(divisor), "" if divisor == 1 else f"values were divided by {divisor:g}"


def _from_table(opened: OpenedNetwork, path: Path) -> tuple[NDArray[np.float32], str]:
    columns = read_csv_table(path).columns
    table = _preprocessing(opened)
    if table is not None:
        raw = tuple(RawColumn(column.name, column.categories) for column in columns)
        return table.transform(raw, np.column_stack([column.values for column in columns])), ""
    return _from_array(opened, _numbers(opened, columns, path), path)


def _numbers(opened: OpenedNetwork, columns: tuple[Column, ...], path: Path) -> Array:
    """The table's columns as an array (N, D); a column called as targets are is left out where that makes them fit."""
    targets = ("label", "target", "class", "y")
    kept = [column for column in columns if column.name.lower() not in targets]
    kept = kept if len(kept) == opened.num_inputs else list(columns)
    words = next((column.name for column in kept if column.categories is not None), None)
    if words is not None or len(kept) != opened.num_inputs:
        problem = f'column "{safe_text(words, 40)}" holds words' if words is not None else f"it has {len(kept):,} columns"
        raise DataError(f"{safe_text(path.name, 80)}: {problem}; {opened.name} takes {opened.num_inputs:,} numbers a row")
    return np.column_stack([column.values for column in kept])
