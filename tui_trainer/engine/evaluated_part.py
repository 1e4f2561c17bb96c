"""The part of a data set that a network is looked at with: test, train or validation, as tensors and as raw rows.

A network of ours sees data through its manifest's preprocessing; a foreign one sees it as this program scales that source. What
was loaded last is kept, because a browser evaluates many checkpoints on one set.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tui_trainer.engine.data_loading import load_configured
from tui_trainer.engine.dataset import Array, Dataset
from tui_trainer.engine.example_set import ExampleSet, load_part
from tui_trainer.engine.held_out import validation_rows
from tui_trainer.engine.load_progress import OnProgress, no_progress
from tui_trainer.engine.loaded_run import is_streamed
from tui_trainer.engine.opened_network import OpenedNetwork
from tui_trainer.engine.saved_preprocessing import apply_saved, saved_target
from tui_trainer.engine.table_sources import FRAME_SCHEMES
from tui_trainer.runs.config import DataConfig
from tui_trainer.runs.data_source import OPENML_IMAGES, PATH_SOURCES, check_source, kept_folder
from tui_trainer.runs.errors import CheckpointError, DataError, UsageError
from tui_trainer.runs.paths import data_folder
from tui_trainer.runs.safe_text import safe_text

SPLITS = ("test", "train", "validation")
FileStates = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedPart:
    """N examples with their raw rows."""

    source: str
    split: str
    dataset: Dataset
    fingerprint: str
    examples: ExampleSet
    rows: Array | None
    """(N,) places in the training part where only some of it counts; None: all of it, or the test part."""

    def raw(self, index: Array) -> Array:
        """Raw rows (B, D or K) of the examples `index` (B,)."""
        X = self.dataset.test_X if self.split == "test" else self.dataset.train_X
        return np.asarray(X[index if self.rows is None else self.rows[index]])


def data_of(opened: OpenedNetwork, written: object) -> DataConfig:
    """How `written` is read, a source or None for what the network's run trained on; a table's target is the trained one."""
    own = opened.config.data if opened.config else None
    if written is None:
        if own is None or own.source is None:
            raise UsageError(f"{opened.name} does not say what it was trained on; name the data with --data")
        return own
    try:
        source = check_source(str(written))
    except ValueError as error:
        raise UsageError(f'--data "{safe_text(written, 60)}" {error}') from None
    if own is None:
        return DataConfig(source=source)
    if source == own.source:
        return own
    is_frame = source.partition(":")[0] in FRAME_SCHEMES
    target = saved_target(opened.preprocessing or {}) if is_frame else None
    return own.model_copy(update={"source": source, "target": target, "ignore": None, "validation_share": 0.0})


def check_split(written: object, data: DataConfig) -> str:
    """`written` where it is a split that `data` has; UsageError else."""
    split = str(written or "test")
    if split not in SPLITS:
        raise UsageError(f'"{safe_text(split, 40)}" is no split; take {", ".join(SPLITS)}')
    if split == "validation" and not data.validation_share:
        raise UsageError("nothing was held out for validation (data.validation_share is 0); take --split test or train")
    return split


def source_state(source: str) -> FileStates:
    """(name, size, change in ns) of the files that `source` is read from, so that nothing that is kept of it is ever stale."""
    scheme, _, written = source.partition(":")
    if scheme in PATH_SOURCES:
        path = Path(written)
    elif source in OPENML_IMAGES or scheme == "openml":
        path = kept_folder(source, data_folder())
    else:
        return ()
    with contextlib.suppress(OSError):
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        states = [(file.name, file.stat()) for file in files if file.is_file()]
        return tuple((name, status.st_size, status.st_mtime_ns) for name, status in states)
    return ()


def load_evaluated(opened: OpenedNetwork, written: object, split: str, on_progress: OnProgress) -> EvaluatedPart:
    """The part `split` of the data that `written` names, fit for `opened`; DataError or CheckpointError where it does not fit.

    Without `written` the run's own data is taken and must still be the same.
    """
    data = data_of(opened, written)
    split = check_split(split, data)
    on_progress("loading data", 0, None)
    preprocessing = None if opened.preprocessing is None else json.dumps(opened.preprocessing, sort_keys=True)
    dataset, fingerprint = _loaded(data, source_state(str(data.source)), preprocessing)
    if written is None and opened.manifest is not None and fingerprint != opened.manifest.data_fingerprint:
        name = opened.run.shown_name if opened.run else opened.name
        raise DataError(f"{data.source} is not the data that {name} trained on; name the data to evaluate on with --data")
    _check_fit(opened, dataset)
    rows = _rows(dataset, data, split)
    examples = _examples(dataset, data, split, opened.device)
    return EvaluatedPart(str(data.source), split, dataset, fingerprint, examples, rows)


def assumptions_of(opened: OpenedNetwork, dataset: Dataset) -> list[str]:
    """Lines for people on what the file of a foreign network does not say: its own, and how its inputs were scaled."""
    if opened.manifest is not None:
        return list(opened.assumptions)
    is_table = dataset.table is not None
    scaled = "standardised by this table's own training part" if is_table else f"divided by {dataset.divisor:g}"
    return [*opened.assumptions, f"inputs {scaled}"]


def _check_fit(opened: OpenedNetwork, dataset: Dataset) -> None:
    """CheckpointError with what differs, as one row each, where the network cannot take the data."""
    pairs = (("inputs", opened.num_inputs, dataset.num_inputs), ("classes", opened.num_classes, dataset.num_classes))
    differences = [f"{what} {own:,} there, {given:,} in the data" for what, own, given in pairs if own != given]
    if differences:
        table, source = "; ".join(differences), safe_text(dataset.name, 80)
        raise CheckpointError(f"{opened.name} does not fit {source}: {table}; evaluate it on data of its own shape")


@lru_cache(maxsize=2)
def _loaded(data: DataConfig, state: FileStates, preprocessing: str | None) -> tuple[Dataset, str]:
    """(data set as the network sees it, fingerprint)."""
    loaded = load_configured(data, no_progress)
    said: dict[str, Any] | None = None if preprocessing is None else json.loads(preprocessing)
    return loaded if said is None else apply_saved(loaded, said, "the checkpoint"), loaded.fingerprint()


@lru_cache(maxsize=4)
def _rows(dataset: Dataset, data: DataConfig, split: str) -> Array | None:
    if split == "test" or not data.validation_share:
        return None
    kept, held_out = validation_rows(dataset, data)
    return held_out if split == "validation" else kept


@lru_cache(maxsize=3)
def _examples(dataset: Dataset, data: DataConfig, split: str, device: torch.device) -> ExampleSet:
    X, y = (dataset.test_X, dataset.test_y) if split == "test" else (dataset.train_X, dataset.train_y)
    rows = _rows(dataset, data, split)
    if rows is not None:
        X, y = X[rows], y[rows]
    return load_part(dataset, X, y, device, is_streamed=is_streamed(data.residence, dataset))
