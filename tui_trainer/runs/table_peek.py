"""What the beginning of a table tells: separator, columns, target, and whether the target is a class or a number.

The engine and the printed script decide by these same rules, and both look at no more than the first PEEK_ROWS rows, so the
script of a configuration can be printed without loading its data. Standard library only; nothing here raises for bad data.
"""

from __future__ import annotations

import ast
import csv
import functools
import itertools
import os
import stat
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PEEK_ROWS = 10_000
PEEK_BYTES = 16 << 20
MAX_NUMERIC_CLASSES = 20
"""Whole numbers with more distinct values than this are a regression's target, unless `data.task` says otherwise."""
TARGET_NAMES = ("target", "label", "labels", "class", "y", "species", "outcome", "diagnosis", "survived")
"""Names that a target usually has, in any case of letters; of several the last column counts."""
DELIMITERS = ",;\t|"
MISSING = {"", "?", "#N/A N/A", "#N/A", "#NA", "-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN", "<NA>"}
"""Cells that count as empty: those of pandas.read_csv, and the question mark of many a UCI table."""
MISSING |= {"N/A", "n/a", "NA", "NULL", "null", "None", "NaN", "nan", "-NaN", "-nan"}
NPZ_NAMES = (("x_train", "y_train", "x_test", "y_test"), ("X_train", "y_train", "X_test", "y_test"), ("X", "y"), ("x", "y"))
"""Names of the arrays that an archive may hold, with or without a split of its own."""
_MAX_HEADER_BYTES = 4096


@dataclass(frozen=True, slots=True)
class PeekedTable:
    """The beginning of a table."""

    delimiter: str
    names: tuple[str, ...]
    target: str
    is_regression: bool


@dataclass(frozen=True, slots=True)
class PeekedArchive:
    """The arrays that an .npz offers to train on."""

    names: tuple[str, ...]
    """(inputs, targets), or these to train on and then to test on."""
    is_bytes: bool
    """Whether the inputs are unsigned bytes, such as pixels, which are divided by 255."""
    has_float_target: bool


def guess_delimiter(header: str) -> str:
    """The separator that occurs most often in the header; a comma where there is none."""
    return max(DELIMITERS, key=header.count)


def guess_target(names: Sequence[str]) -> str:
    """The last column that is called as a target is, else the last column."""
    return next((name for name in reversed(names) if name.strip().lower() in TARGET_NAMES), names[-1] if names else "")


def looks_like_regression(values: Iterable[float]) -> bool:
    """Whether the first PEEK_ROWS numbers of a target have fractions, or more than MAX_NUMERIC_CLASSES distinct values."""
    distinct = set()
    for value in itertools.islice(values, PEEK_ROWS):
        distinct.add(value)
        if value != value // 1 or len(distinct) > MAX_NUMERIC_CLASSES:
            return True
    return False


def peek_csv(path: Path, target: str | None) -> PeekedTable | None:
    """The beginning of the CSV at `path` with the `target` that is chosen; None where it is no such table."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None
        return _peek_csv(str(path), target, status.st_mtime_ns, status.st_size)
    except (OSError, ValueError):
        return None


@functools.lru_cache(maxsize=8)
def _peek_csv(path: str, target: str | None, changed_ns: int, size: int) -> PeekedTable | None:
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        data = file.read(PEEK_BYTES)
    if b"\0" in data:
        return None
    lines = [f"{line}\n" for line in data.decode("utf-8-sig", errors="replace").split("\n")]
    if len(data) < size:
        lines = lines[:-1]
    delimiter = guess_delimiter(lines[0] if lines else "")
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True):
            rows += [row] if row else []
            if len(rows) > PEEK_ROWS:
                break
    except csv.Error:
        return None
    if not rows:
        return None
    names = tuple(rows[0])
    target = guess_target(names) if target is None else target
    return PeekedTable(delimiter, names, target, _is_regression(rows[1:], names, target))


def _is_regression(rows: list[list[str]], names: tuple[str, ...], target: str) -> bool:
    if target not in names:
        return False
    place = names.index(target)
    try:
        return bool(rows) and looks_like_regression([float(row[place]) for row in rows])
    except (ValueError, IndexError, OverflowError):
        return False


def peek_npz(path: Path) -> PeekedArchive | None:
    """What the .npz at `path` holds to train on; None where it is no such archive."""
    try:
        if not path.is_file():
            return None
        with zipfile.ZipFile(path) as archive:
            entries = set(archive.namelist())
            names = next((names for names in NPZ_NAMES if all(f"{name}.npy" in entries for name in names)), None)
            if names is None:
                return None
            inputs, targets = (_read_dtype(archive, f"{name}.npy") for name in names[:2])
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return None
    return PeekedArchive(names, inputs.endswith("u1"), targets[1:2] == "f")


def _read_dtype(archive: zipfile.ZipFile, name: str) -> str:
    """The dtype of an array as its header spells it, for example `<f8`."""
    with archive.open(name) as file:
        header = file.read(_MAX_HEADER_BYTES)
    start, end = header.find(b"{"), header.find(b"}")
    said: Any = ast.literal_eval(header[start : end + 1].decode("latin1")) if 0 <= start < end else {}
    dtype = said.get("descr") if isinstance(said, dict) else None
    return dtype if isinstance(dtype, str) else ""
