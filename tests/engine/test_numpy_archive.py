"""An .npz as a data set: pixels, tables, splits of its own, and archives that nobody should trust."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.training import digits_config, ended, script_weights, train
from tui_trainer.engine.data_loading import load_configured
from tui_trainer.engine.dataset import Dataset
from tui_trainer.runs.config import DataConfig
from tui_trainer.runs.errors import MAX_MESSAGE_CHARS, DataError

GENERATOR = np.random.default_rng(0)
PIXELS = GENERATOR.integers(0, 256, (90, 4, 4), dtype=np.uint8)
LABELS = np.arange(90) % 3
NUMBERS = GENERATOR.normal(size=(90, 5)).astype(np.float32) * 100


def load(path: Path, **changes: Any) -> Dataset:
    return load_configured(DataConfig(source=f"npz:{path}", **changes))


ARCHIVES: dict[str, dict[str, Any]] = {
    "pixels with a split": {"x_train": PIXELS, "y_train": LABELS, "x_test": PIXELS[:20], "y_test": LABELS[:20]},
    "pixels without": {"X": PIXELS, "y": LABELS},
    "numbers": {"X": NUMBERS, "y": LABELS + 5},
    "whole numbers": {"X": np.asfortranarray(NUMBERS.astype(np.int32)), "y": LABELS},
    "names of classes": {"X": NUMBERS, "y": np.array(["no", "yes"])[LABELS % 2]},
    "a number to predict": {"X": NUMBERS, "y": NUMBERS[:, 0] + GENERATOR.normal(size=90).astype(np.float32)},
}


@pytest.mark.parametrize("arrays", ARCHIVES.values(), ids=ARCHIVES.keys())
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_run_on_an_archive_is_its_script(tmp_path: Path, arrays: dict[str, Any], save: Callable[..., None]) -> None:
    path = tmp_path / "data.npz"
    save(path, **arrays)
    config = digits_config(data__source=f"npz:{path}", training__epochs=2, optimizer__lr=0.05)
    assert ended(train(config))["weights_sha256"] == script_weights(config)[0]


def test_pixels_keep_their_shape_and_their_own_split(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", **ARCHIVES["pixels with a split"])
    dataset = load(tmp_path / "data.npz")
    assert (dataset.num_train, dataset.num_test, dataset.image_shape, dataset.divisor) == (90, 20, (4, 4), 255.0)
    np.testing.assert_array_equal(dataset.train_X, PIXELS.reshape(90, 16))


def pickled() -> bytes:
    file = io.BytesIO()
    np.savez(file, X=np.array([{"a": 1}], dtype=object), y=LABELS, allow_pickle=True)
    return file.getvalue()


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(f"{name}.npy", data)
    return file.getvalue()


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
    return file.getvalue()


BOMB = npy(np.zeros(200_000_000, dtype=np.uint8).reshape(1000, -1))
INFINITE = np.where(np.arange(90)[:, None] == 7, np.inf, NUMBERS)
LIE = npy(PIXELS).replace(b"(90, 4, 4)", b"(9000000000, 4, 4)")[:400]
FAULTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is no sound .npz"),
    "text": (b"a,b\n1,2\n", "is no sound .npz"),
    "other names": (archive(a=npy(NUMBERS)), "holds a; X and y"),
    "objects": (pickled(), "holds object; numbers are needed"),
    "no array": (archive(X=b"nonsense", y=npy(LABELS)), "X is no array"),
    "a lying header": (archive(X=LIE, y=npy(LABELS)), "X announces 144.0 GB and has 400 B"),
    "a bomb": (archive(X=BOMB, y=npy(np.arange(1000) % 2)), "would unpack to 200.0 MB"),
    "lengths differ": (archive(X=npy(NUMBERS), y=npy(LABELS[:5])), "one target for each example"),
    "one row of numbers": (archive(X=npy(NUMBERS[0]), y=npy(LABELS)), "one row an example"),
    "nan": (archive(X=npy(np.where(NUMBERS > 200, np.nan, NUMBERS)), y=npy(LABELS)), "is empty"),
    "infinite": (archive(X=npy(INFINITE), y=npy(LABELS)), "X1 is infinite in row 8"),
    "a class of one row": (archive(X=npy(PIXELS), y=npy(np.where(np.arange(90) == 0, 9, LABELS))), 'class "9" has 1 row'),
}  # fmt: skip


@pytest.mark.parametrize(("data", "part"), FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_archive_is_refused_with_the_reason(tmp_path: Path, data: bytes, part: str) -> None:
    (tmp_path / "data.npz").write_bytes(data)
    with pytest.raises(DataError) as caught:
        load(tmp_path / "data.npz")
    assert part in str(caught.value) and len(str(caught.value)) <= MAX_MESSAGE_CHARS


def test_every_flipped_byte_is_found_or_changes_nothing_but_values(tmp_path: Path) -> None:
    sound = archive(X=npy(NUMBERS), y=npy(LABELS))
    path = tmp_path / "data.npz"
    for index in range(0, len(sound), 37):
        path.write_bytes(sound[:index] + bytes([sound[index] ^ 0x10]) + sound[index + 1 :])
        try:
            assert load(path).num_train == 72
        except DataError as error:
            assert len(str(error)) <= MAX_MESSAGE_CHARS
