"""ColumnReader: cells of one column, as texts and piece by piece, to numbers or categories; the type is inferred.

The first piece that is not empty decides: a column is one of categories where more of its cells are texts than numbers. A text
in a column of numbers, a number that is not finite, and thousands separators are refused with row, column and count.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.table import MAX_CATEGORIES, Column
from tui_trainer.runs.errors import DataError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.table_peek import MISSING

_THOUSANDS = re.compile(r"\s*[+-]?\d{1,3}([,.' ]\d{3})+([.,]\d+)?\s*")
_FEW_ROWS = 50
"""Up to here a column of texts that hardly repeat is believed to be a category."""


def is_number(cell: str) -> bool:
    """Whether `cell` is written as a number, infinite ones included."""
    try:
        float(cell)
    except ValueError:
        return False
    # Python's float takes 1_000 and the digits of other scripts, which no other reader of tables does.
    return cell not in MISSING and "_" not in cell and cell.isascii()


class ColumnReader:
    """Takes the cells of one column in order; `column` gives what they are."""

    def __init__(self, name: str, where: str, *, is_category: bool | None = None) -> None:
        """`where` names the file in errors; `is_category` None: it is inferred."""
        self._name, self._where = name, where
        self._pieces: list[NDArray[np.float64]] = []
        self._codes: dict[str, int] = {}
        self._is_category = is_category
        self._num_rows = 0
        self._faults: list[str] = []
        self._num_faults = 0

    def take(self, cells: Sequence[str]) -> None:
        """The next cells."""
        if self._is_category is None:
            self._decide(cells)
        self._pieces.append(self._indices(cells) if self._is_category else self._numbers(cells))
        self._num_rows += len(cells)

    def column(self) -> Column:
        """Numbers or categories; DataError where the cells are neither."""
        if self._num_faults:
            count = f" ({self._num_faults:,} such cells)" if self._num_faults > 1 else ""
            raise DataError(f"{self._where}: {self._faults[0]}{count}")
        values = np.concatenate(self._pieces)
        if not self._is_category:
            return Column(self._name, values)
        if len(self._codes) > max(_FEW_ROWS, len(values) / 2):
            raise DataError(
                f"{self._where}: column {self._shown()} has {len(self._codes):,} different texts in {len(values):,} rows; "
                f"leave it out with data.ignore"
            )
        categories = sorted(self._codes)
        ranks = np.array([categories.index(text) for text in self._codes], dtype=np.float64)
        has_value = ~np.isnan(values)
        values[has_value] = ranks[values[has_value].astype(np.int64)]
        return Column(self._name, values, tuple(categories))

    def _decide(self, cells: Sequence[str]) -> None:
        present = [cell for cell in cells if cell not in MISSING]
        if present:
            num_numbers = sum(is_number(cell) or _THOUSANDS.fullmatch(cell) is not None for cell in present)
            self._is_category = num_numbers * 2 < len(present)

    def _indices(self, cells: Sequence[str]) -> NDArray[np.float64]:
        return np.array([self._code(cell) for cell in cells], dtype=np.float64)

    def _code(self, cell: str) -> float:
        if cell in MISSING:
            return math.nan
        code = self._codes.setdefault(cell, len(self._codes))
        if code >= MAX_CATEGORIES:
            raise DataError(
                f"{self._where}: column {self._shown()} has more than {MAX_CATEGORIES:,} different texts; "
                f"leave it out with data.ignore"
            )
        return code

    def _numbers(self, cells: Sequence[str]) -> NDArray[np.float64]:
        try:
            values = np.array([float(cell) for cell in cells], dtype=np.float64)
        except ValueError:
            return self._mixed_numbers(cells)
        joined = "".join(cells)
        if np.isfinite(values).all() and "_" not in joined and joined.isascii():
            return values
        return self._mixed_numbers(cells)

    def _mixed_numbers(self, cells: Sequence[str]) -> NDArray[np.float64]:
        values = np.full(len(cells), math.nan)
        for index, cell in enumerate(cells):
            if cell in MISSING:
                continue
            number = float(cell) if is_number(cell) else math.nan
            if math.isfinite(number):
                values[index] = number
            else:
                self._add_fault(index, cell)
        return values

    def _add_fault(self, index: int, cell: str) -> None:
        self._num_faults += 1
        if self._faults:
            return
        at = f'row {self._num_rows + index + 2:,}, column {self._shown()} is "{safe_text(cell, 30)}"'
        if is_number(cell):
            fault = f"{at}, no finite number; correct or drop that row"
        elif _THOUSANDS.fullmatch(cell):
            fault = f"{at}; write numbers without thousands separators"
        else:
            fault = f"{at} in a column of numbers; correct it, or leave it empty with data.missing=impute"
        self._faults.append(fault)

    def _shown(self) -> str:
        return f'"{safe_text(self._name, 40)}"'
