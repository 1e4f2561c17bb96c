"""A table as it was read: named columns of numbers or categories, before any statistics are taken of them.

Made by the readers of this room (`table_files`, `parquet_files`, `openml_tables`, `numpy_archive`, `sklearn_sets`, `toy_sets`),
turned into a Dataset by `table_dataset`. Knows no file and no torch.

Shape letters: N rows, K columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_trainer.runs.config_errors import nearest
from tui_trainer.runs.errors import DataError
from tui_trainer.runs.safe_text import safe_text

MAX_COLUMNS = 4_096
"""More columns are no table of measures any more; npy:DIR takes them."""
MAX_CATEGORIES = 1_000
"""Distinct texts of one column; each becomes an input of its own."""
MAX_CLASSES = 1_000
"""Distinct values of a target that is to be classified."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column: numbers, or indices into its categories."""

    name: str
    values: NDArray[np.float64]
    """(N,) numbers, or indices 0 ... of `categories`; NaN where the cell is empty."""
    categories: tuple[str, ...] | None = None
    """The distinct texts, sorted; None: a column of numbers."""

    @property
    def num_missing(self) -> int:
        """Empty cells."""
        return int(np.isnan(self.values).sum())

    def value_text(self, row: int) -> str:
        """The cell of `row` (from 0) as a person would write it."""
        value = self.values[row]
        if self.categories is not None:
            return "" if np.isnan(value) else self.categories[int(value)]
        return format_number(value)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of equal length, with the name of the one that its maker meant as target, if any."""

    source: str
    columns: tuple[Column, ...]
    target: str | None = None
    """The target where the source itself says so; None: it must be chosen or guessed."""
    target_names: tuple[str, ...] | None = None
    """Names of the classes 0, 1, ... where the source has them."""
    has_number_target: bool | None = None
    """Whether the source itself says that the target is a number (True) or a class; None: it depends on its values."""
    is_unseen: bool = False
    """Whether the printed script cannot look at the target before it loads it, so that its task must be written."""
    is_frame: bool = True
    """Whether the printed script holds it as a pandas frame, whose columns lie one after the other in memory."""

    @property
    def num_rows(self) -> int:
        """N."""
        return len(self.columns[0].values) if self.columns else 0


def check_ignored(ignore: frozenset[str], names: Sequence[str], where: str) -> None:
    """DataError where a column that is to be left out does not exist, so that a typo lets none in."""
    unknown = sorted(ignore - set(names))
    if unknown:
        hint = nearest(unknown[0], [safe_text(name, 30) for name in names[:10]])
        raise DataError(f'{where}: data.ignore names "{safe_text(unknown[0], 30)}", which is no column{hint}')


def format_number(value: Any) -> str:
    """7 for 7.0, 0.1 for 0.1."""
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
