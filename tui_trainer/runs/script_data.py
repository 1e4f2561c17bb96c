"""The data part of the printed script for tables: csv, parquet, openml, npz, scikit-learn's sets and toy shapes.

Given a configuration's `data`, the text that loads, splits and preprocesses as the trainer does, with scikit-learn's own
transformers, and the imports that it needs. `script_printer` puts it in its place. Looks at a file's beginning (`table_peek`)
to tell its target and task, never at more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tui_trainer.runs.config import DataConfig, Missing, Task
from tui_trainer.runs.table_peek import TARGET_NAMES, PeekedArchive, PeekedTable, guess_target, peek_csv, peek_npz

FRAME_SCHEMES = ("csv", "parquet", "openml")
"""Sources that the script holds as a pandas frame, with columns of texts among them."""
TABLE_SCHEMES = (*FRAME_SCHEMES, "npz", "sklearn", "toy")
_REGRESSION_SETS = ("sklearn:diabetes",)


@dataclass(frozen=True, slots=True)
class DataPart:
    """What a script needs of its data; shapes are written as Python expressions."""

    imports: tuple[str, ...]
    """Lines such as `import numpy as np`, not sorted."""
    text: str
    num_inputs: str
    num_classes: str
    is_regression: bool


def is_table_source(source: str) -> bool:
    """Whether `source` is one whose part is written here."""
    scheme, colon, _ = source.partition(":")
    return bool(colon) and scheme in TABLE_SCHEMES


def table_part(source: str, data: DataConfig) -> DataPart:
    """The part for `source`, which `is_table_source`."""
    scheme, _, rest = source.partition(":")
    if scheme in FRAME_SCHEMES:
        return _frame_part(scheme, rest, data)
    return _array_part(scheme, rest, data)


def is_regression_source(source: str, data: DataConfig) -> bool:
    """Whether the network of this configuration predicts a number, as far as the beginning of its file tells."""
    return is_table_source(source) and table_part(source, data).is_regression


def _frame_part(scheme: str, rest: str, data: DataConfig) -> DataPart:
    peeked = peek_csv(Path(rest), data.target) if scheme == "csv" else None
    is_regression = _is_regression(data.task, peeked.is_regression if peeked else False)
    imports = [
        _OPENML_IMPORT if scheme == "openml" else "import pandas as pd",
        _TRANSFORMER_IMPORT,
        _SPLIT_IMPORT,
        _scaler_import("OneHotEncoder, StandardScaler"),
    ]
    imports += ["import numpy as np"] if not is_regression else []
    imports += [_IMPUTER_IMPORT, _PIPELINE_IMPORT] if data.missing is Missing.IMPUTE else []
    if scheme == "openml":
        lines = _openml_lines(rest, data)
    else:
        lines = [_read_line(scheme, rest, peeked), *_target_lines(data, peeked)]
    lines += [] if is_regression else ["classes, y = np.unique(y, return_inverse=True)"]
    lines += [_split_line(data, is_regression), *_transformer_lines(data)]
    lines += _frame_targets(is_regression)
    inputs = ["preprocess.fit_transform(X_train)", "preprocess.transform(X_test)"]
    lines += _set_lines(inputs, is_regression)
    shape = "num_inputs = train_set.tensors[0].shape[1]"
    lines.append(shape if is_regression else "num_inputs, num_classes = train_set.tensors[0].shape[1], len(classes)")
    return DataPart(tuple(imports), "\n".join(lines), "num_inputs", "1" if is_regression else "num_classes", is_regression)


def _is_regression(task: Task, guess: bool) -> bool:
    return guess if task is Task.AUTO else task is Task.REGRESSION


_OPENML_IMPORT = "from sklearn.datasets import fetch_openml"
_SPLIT_IMPORT = "from sklearn.model_selection import train_test_split"
_TRANSFORMER_IMPORT = "from sklearn.compose import ColumnTransformer"
_IMPUTER_IMPORT = "from sklearn.impute import SimpleImputer"
_PIPELINE_IMPORT = "from sklearn.pipeline import make_pipeline"


def _scaler_import(names: str) -> str:
    return f"from sklearn.preprocessing import {names}"


def _read_line(scheme: str, rest: str, peeked: PeekedTable | None) -> str:
    if scheme == "parquet":
        return f"frame = pd.read_parquet({rest!r})"
    separator = f", sep={peeked.delimiter!r}" if peeked and peeked.delimiter != "," else ""
    options = 'skipinitialspace=True, na_values="?", float_precision="round_trip", low_memory=False'
    return f"frame = pd.read_csv({rest!r}{separator}, {options})"


def _openml_lines(name: str, data: DataConfig) -> list[str]:
    ignored = ignored_names(data)
    wanted = f"data_id={name}" if name.isdigit() else repr(name)
    if data.target is not None:
        dropped = [data.target, *ignored]
        return [
            f"frame = fetch_openml({wanted}, as_frame=True).frame",
            f"X, y = frame.drop(columns={dropped!r}), frame[{data.target!r}]",
        ]
    kept = f"bunch.data.drop(columns={ignored!r})" if ignored else "bunch.data"
    return [f"bunch = fetch_openml({wanted}, as_frame=True)", f"X, y = {kept}, bunch.target"]


def ignored_names(data: DataConfig) -> list[str]:
    """The columns that `data.ignore` lists."""
    return [name.strip() for name in (data.ignore or "").split(",") if name.strip()]


def _target_lines(data: DataConfig, peeked: PeekedTable | None) -> list[str]:
    ignored = ignored_names(data)
    if data.target is not None:
        target = repr(data.target)
    elif peeked is not None:
        target = repr(guess_target([name for name in peeked.names if name not in ignored]))
    else:
        target = "target"
    dropped = ", ".join([target, *(repr(name) for name in ignored)])
    # The names in a file that is not looked at here are searched where it is read.
    guess = f"next((name for name in reversed(frame.columns) if name.lower() in {TARGET_NAMES}), frame.columns[-1])"
    search = [f"target = {guess}"] if target == "target" else []
    return [*search, f"X, y = frame.drop(columns=[{dropped}]), frame[{target}]"]


def _split_line(data: DataConfig, is_regression: bool) -> str:
    stratify = "" if is_regression else "stratify=y, "
    return f"X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, {stratify}random_state={data.split_seed})"


def _transformer_lines(data: DataConfig) -> list[str]:
    numbers, categories = "StandardScaler()", 'OneHotEncoder(handle_unknown="ignore")'
    if data.missing is Missing.IMPUTE:
        numbers = f"make_pipeline(SimpleImputer(), {numbers})"
        categories = f'make_pipeline(SimpleImputer(strategy="most_frequent"), {categories})'
    return [
        'numbers = X.select_dtypes("number").columns',
        "preprocess = ColumnTransformer(",
        "    [",
        f'        ("numbers", {numbers}, numbers),',
        f'        ("categories", {categories}, X.columns.difference(numbers, sort=False)),',
        "    ],",
        "    sparse_threshold=0,",
        ")",
    ]


def _frame_targets(is_regression: bool) -> list[str]:
    if not is_regression:
        return []
    return [
        'y_train, y_test = (part.to_numpy("float64").reshape(-1, 1) for part in (y_train, y_test))',
        *_SCALED_TARGET,
    ]


_SCALED_TARGET = [
    "target_scaler = StandardScaler().fit(y_train)",
    "y_train, y_test = target_scaler.transform(y_train), target_scaler.transform(y_test)",
]


def _set_lines(inputs: list[str], is_regression: bool) -> list[str]:
    dtype = "torch.float32" if is_regression else "torch.int64"
    return [
        f"{part}_set = TensorDataset(\n"
        f"    torch.tensor({values}, dtype=torch.float32), torch.tensor(y_{part}, dtype={dtype})\n)"
        for part, values in zip(("train", "test"), inputs, strict=True)
    ]


def _array_part(scheme: str, rest: str, data: DataConfig) -> DataPart:
    archive = peek_npz(Path(rest)) if scheme == "npz" else None
    guess = archive.has_float_target if archive else f"{scheme}:{rest}" in _REGRESSION_SETS
    is_regression = _is_regression(data.task, guess)
    has_split = archive is not None and len(archive.names) > 2
    is_image = archive is not None and archive.is_bytes
    imports = [] if has_split else [_SPLIT_IMPORT]
    imports += [] if is_image and not is_regression else [_scaler_import("StandardScaler")]
    load_imports, lines = _load_lines(scheme, rest, data, archive)
    imports += load_imports
    lines += [] if has_split else [_split_line(data, is_regression)]
    if is_regression:
        targets = (f'{name}.astype("float64").reshape(-1, 1)' for name in ("y_train", "y_test"))
        lines += [f"y_train, y_test = {', '.join(targets)}", *_SCALED_TARGET]
    elif scheme == "npz" or rest == "diabetes":
        imports.append("import numpy as np")
        lines += [
            "classes = np.unique(y_train)",
            "y_train, y_test = np.searchsorted(classes, y_train), np.searchsorted(classes, y_test)",
        ]
    lines += _array_inputs(is_image, data, imports)
    lines += _set_lines(["X_train", "X_test"], is_regression)
    classes = "" if is_regression else ", num_classes"
    count = "" if is_regression else ", int(y_train.max()) + 1"
    lines.append(f"num_inputs{classes} = X_train.shape[1]{count}")
    text = "\n".join(lines)
    return DataPart(tuple(dict.fromkeys(imports)), text, "num_inputs", "1" if is_regression else "num_classes", is_regression)


def _array_inputs(is_image: bool, data: DataConfig, imports: list[str]) -> list[str]:
    if is_image:
        return ["X_train, X_test = X_train / 255, X_test / 255"]
    scaler = "StandardScaler()"
    if data.missing is Missing.IMPUTE:
        imports += [_IMPUTER_IMPORT, _PIPELINE_IMPORT]
        scaler = "make_pipeline(SimpleImputer(), StandardScaler())"
    return [
        f"scaler = {scaler}.fit(X_train)",
        "X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)",
    ]


def _load_lines(scheme: str, rest: str, data: DataConfig, archive: PeekedArchive | None) -> tuple[list[str], list[str]]:
    """(imports, lines) that make X and y, or their four parts."""
    if scheme == "sklearn":
        return [f"from sklearn.datasets import load_{rest}"], [f"X, y = load_{rest}(return_X_y=True)"]
    if scheme == "toy":
        return _toy_lines(rest, data)
    names = archive.names if archive else ("X", "y")
    variables = ("X_train", "y_train", "X_test", "y_test") if len(names) > 2 else ("X", "y")
    arrays = ", ".join(f'archive["{name}"]' for name in names)
    lines = [f"archive = np.load({rest!r})", f"{', '.join(variables)} = {arrays}"]
    inputs = [name for name in variables if name.startswith("X")]
    kind = "" if archive and archive.is_bytes else '.astype("float64")'
    lines += [f"{name} = {name}.reshape(len({name}), -1){kind}" for name in inputs]
    return ["import numpy as np"], lines


def _toy_lines(shape: str, data: DataConfig) -> tuple[list[str], list[str]]:
    common = f"noise={data.noise!r}, random_state={data.split_seed}"
    if shape == "spirals":
        return ["import numpy as np"], [
            f"generator = np.random.default_rng({data.split_seed})",
            f"y = np.arange({data.num_examples}) % 2",
            f"radius = np.sqrt(generator.random({data.num_examples}))",
            "angle = 2 * np.pi * 1.5 * radius + np.pi * y",
            "X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])",
            f"X = X + {data.noise!r} * generator.standard_normal(X.shape)",
        ]
    call = {
        "moons": f"make_moons({data.num_examples}, {common})",
        "circles": f"make_circles({data.num_examples}, factor=0.5, {common})",
        "blobs": f"make_blobs({data.num_examples}, centers=[[-1, -1], [-1, 1], [1, -1], [1, 1]], "
        f"cluster_std={data.noise!r}, random_state={data.split_seed})",
    }[shape]
    return [f"from sklearn.datasets import make_{shape}"], [f"X, y = {call}"]
