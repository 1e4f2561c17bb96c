"""Takes a training part's statistics with scikit-learn's own SimpleImputer, StandardScaler and OneHotEncoder's rule.

What comes out is plain numbers and texts (`TablePreprocessing`); the printed script fits the same transformers on the same rows
and gets the same bits, because the memory order of the columns is the script's too.
"""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.table_preprocessing import CategoryInput, NumberInput, RawColumn, TablePreprocessing
from tui_trainer.runs.errors import DataError
from tui_trainer.runs.manifest import MAX_MANIFEST_BYTES
from tui_trainer.runs.safe_text import safe_text

Floats = NDArray[np.float64]


def fit_preprocessing(
    columns: tuple[RawColumn, ...], X: Floats, target: str, y: Floats | None, *, imputes: bool, is_frame: bool, where: str
) -> TablePreprocessing:
    """The statistics of training rows `X` (N, K); `y` (N,) is a regression's target, None for classes.

    `is_frame`: the script keeps columns one after the other, which decides the last bits of a mean.
    """
    numbers = [index for index, column in enumerate(columns) if column.categories is None]
    order = np.asfortranarray if is_frame else np.ascontiguousarray
    fitted = dict(zip(numbers, _fit_numbers(columns, numbers, order(X[:, numbers]), imputes, where), strict=True))
    inputs = [
        fitted[index] if column.categories is None else _fit_categories(column, X[:, index], imputes, where)
        for index, column in enumerate(columns)
    ]
    mean, scale = (0.0, 1.0) if y is None else fit_target(y, where)
    return check_kept(TablePreprocessing(tuple(inputs), target, mean, scale), where)


def check_kept(preprocessing: TablePreprocessing, where: str) -> TablePreprocessing:
    """`preprocessing` itself; DataError where it is too large for a manifest."""
    if len(json.dumps(preprocessing.to_json(), indent=1)) > MAX_MANIFEST_BYTES * 3 // 4:
        raise DataError(f"{where}: too many columns and categories to keep with each checkpoint; leave some out (data.ignore)")
    return preprocessing


def _fit_numbers(columns: tuple[RawColumn, ...], numbers: list[int], X: Floats, imputes: bool, where: str) -> list[NumberInput]:
    # 1.8 s of import, which the sources of images must not pay.
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import StandardScaler

    if not numbers:
        return []
    names = [columns[index].name for index in numbers]
    empty = np.flatnonzero(np.isnan(X).all(axis=0))
    if len(empty):
        raise _empty(names[empty[0]], where)
    fills = [None] * len(numbers)
    # Values near the limits of float64 overflow here; the check below finds them.
    with np.errstate(all="ignore"):
        if imputes:
            imputer = SimpleImputer()
            X = imputer.fit_transform(X)
            fills = imputer.statistics_.tolist()
        scaler = StandardScaler().fit(X)
    is_finite = np.isfinite(scaler.mean_) & np.isfinite(scaler.scale_)
    if not is_finite.all():
        name = safe_text(names[int(np.argmin(is_finite))], 40)
        raise DataError(f'{where}: column "{name}" has values too large to be standardised; scale it, or leave it out')
    return [
        NumberInput(name, mean, scale, fill)
        for name, mean, scale, fill in zip(names, scaler.mean_.tolist(), scaler.scale_.tolist(), fills, strict=True)
    ]


def _fit_categories(column: RawColumn, codes: Floats, imputes: bool, where: str) -> CategoryInput:
    assert column.categories is not None
    counts = np.bincount(codes[~np.isnan(codes)].astype(np.int64), minlength=len(column.categories))
    if not counts.any():
        raise _empty(column.name, where)
    # As SimpleImputer(strategy="most_frequent"): of equal counts the first in sorted order.
    fill = column.categories[int(counts.argmax())] if imputes else None
    return CategoryInput(column.name, tuple(text for text, count in zip(column.categories, counts, strict=True) if count), fill)


def fit_target(y: Floats, where: str) -> tuple[float, float]:
    """(mean, standard deviation) of a regression's training targets `y` (N,)."""
    from sklearn.preprocessing import StandardScaler

    with np.errstate(all="ignore"):
        scaler = StandardScaler().fit(y.reshape(-1, 1))
    mean, scale = float(scaler.mean_[0]), float(scaler.scale_[0])
    if np.ptp(y) == 0:
        raise DataError(f"{where}: the target is {y[0]:g} in every training row; there is nothing to learn")
    if not np.isfinite([mean, scale]).all():
        raise DataError(f"{where}: the target has values too large to be standardised; scale it")
    return mean, scale


def _empty(name: str, where: str) -> DataError:
    return DataError(f'{where}: column "{safe_text(name, 40)}" is empty in the training part; leave it out with data.ignore')
