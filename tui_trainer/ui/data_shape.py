"""Sizes of a data source before it is loaded: known for those that never change, else read from the headers of its files.

Reading takes milliseconds but touches the disk, so a screen calls it from a thread.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.ui.machine_facts import Server

_NEVER_LOADED = frozenset({"idx", "npy", "mnist"})
"""Schemes whose data may be large, which nobody wants to wait for at a form."""
_MAX_LABELS = 10_000_000
_PREFIXES = (("train-images", "train-labels"), ("t10k-images", "t10k-labels"))


@dataclass(frozen=True, slots=True)
class DataShape:
    """Examples to train and to test on, inputs of each, and classes."""

    num_train: int
    num_test: int
    num_inputs: int
    num_classes: int

    def steps_per_epoch(self, config: RunConfig) -> int:
        """Optimiser steps an epoch, what is held out for validation aside; the last batch may be smaller."""
        num_train = self.num_train - math.ceil(self.num_train * config.data.validation_share)
        return -(-num_train // config.data.batch_size)


KNOWN_SHAPES = {
    "mnist": DataShape(60_000, 10_000, 784, 10),
    "fashion": DataShape(60_000, 10_000, 784, 10),
    "digits": DataShape(1437, 360, 64, 10),
}


def read_data_shape(source: str) -> DataShape | None:
    """The shape of `source`, None where it cannot be told without loading it."""
    scheme, colon, path = source.partition(":")
    if source in KNOWN_SHAPES or not (colon and scheme == "idx"):
        return KNOWN_SHAPES.get(source)
    try:
        return _read_idx_shape(Path(path))
    except (OSError, EOFError, ValueError, struct.error):
        return None


def ask_data_shape(server: Server, data: dict[str, Any]) -> DataShape | None:
    """The shape of what the table `data` says, as the engine finds it by loading; None for streams, and where it cannot."""
    from tui_trainer.ui.data_description import read_data_description

    if str(data["source"]).partition(":")[0] in _NEVER_LOADED:
        return None
    try:
        return read_data_description(server.request("describe_data", data)).shape
    except (MlpTuiError, OSError, KeyError, TypeError, ValueError):
        return None


def _read_idx_shape(folder: Path) -> DataShape:
    counts, num_inputs, classes = [], 0, set[int]()
    for images, labels in _PREFIXES:
        with _open(folder, images) as file:
            _, count, rows, columns = struct.unpack(">4I", file.read(16))
        with _open(folder, labels) as file:
            file.read(8)
            classes |= set(file.read(min(count, _MAX_LABELS)))
        counts.append(count)
        num_inputs = rows * columns
    return DataShape(counts[0], counts[1], num_inputs, max(classes, default=0) + 1)


def _open(folder: Path, prefix: str) -> BinaryIO:
    """The file that begins with `prefix`, unpacked where it is a .gz; OSError where there is none or it is no plain file."""
    path = min(folder.glob(f"{prefix}*"), default=folder / prefix)
    import gzip

    if path.exists() and not path.is_file():
        raise OSError(f"{path} is no plain file")
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")
