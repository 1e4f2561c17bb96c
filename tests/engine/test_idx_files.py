"""The four idx files: every spelling that is read, and every fault in one line that names file, reason and next step."""

from __future__ import annotations

import gzip
import os
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.engine.real_mnist import MNIST_FINGERPRINT
from tui_trainer.engine.idx_files import read_idx_file, read_idx_folder
from tui_trainer.runs.errors import MAX_MESSAGE_CHARS, DataError

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def pack_idx(values: np.ndarray) -> bytes:
    """`values` in the bytes of an idx file."""
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.astype(np.uint8).tobytes()


def write_folder(folder: Path, *, packed: bool = False, dash: str = "-") -> Path:
    """Twenty images of 3 x 2 to train on and ten to test on, of four classes."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    for name in NAMES:
        num_items = 20 if name.startswith("train") else 10
        is_images = "images" in name
        values = rng.integers(0, 256, (num_items, 3, 2)) if is_images else np.arange(num_items) % 4
        data = pack_idx(values)
        path = folder / name.replace("-idx", f"{dash}idx")
        if packed:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(data, mtime=0))
        else:
            path.write_bytes(data)
    return folder


def refusal_of(folder: Path) -> str:
    """The line with which `folder` is refused, with what holds of every such line."""
    with pytest.raises(DataError) as caught:
        read_idx_folder(folder)
    line = str(caught.value)
    assert len(line) <= MAX_MESSAGE_CHARS and "\n" not in line
    return line


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dash", ["-", "."])
def test_all_spellings_give_the_same_data(tmp_path: Path, packed: bool, dash: str) -> None:
    dataset = read_idx_folder(write_folder(tmp_path / "written", packed=packed, dash=dash))
    reference = read_idx_folder(write_folder(tmp_path / "plain"))
    assert (dataset.num_train, dataset.num_test, dataset.num_inputs, dataset.num_classes) == (20, 10, 6, 4)
    assert dataset.image_shape == (3, 2) and dataset.train_X.dtype == np.uint8 and dataset.train_y.dtype == np.int64
    assert dataset.fingerprint() == reference.fingerprint()


def test_an_unpacked_file_goes_before_a_packed_one(tmp_path: Path) -> None:
    """So does the printed script, which takes the first in alphabetical order."""
    folder = write_folder(tmp_path)
    (folder / f"{NAMES[0]}.gz").write_bytes(b"not looked at")
    assert read_idx_folder(folder).num_train == 20


def test_a_missing_folder_is_refused_by_name(tmp_path: Path) -> None:
    assert f"{tmp_path / 'absent'} does not exist; give the one" in refusal_of(tmp_path / "absent")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "is not a folder; give the one" in refusal_of(tmp_path / "file")
    assert "is not a folder" in refusal_of(Path("/dev/zero"))
    assert "cannot be opened" in refusal_of(tmp_path / ("x" * 300))


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_refused_with_the_names_that_were_looked_for(tmp_path: Path, name: str) -> None:
    folder = write_folder(tmp_path)
    (folder / name).unlink()
    line = refusal_of(folder)
    assert f"no {name} in {folder}" in line and f"{name}.gz" in line and name.replace("-idx", ".idx") in line


def test_a_long_hostile_folder_name_leaves_the_message_whole(tmp_path: Path) -> None:
    folder = tmp_path / ("\x1b[31m" + "x" * 200)
    folder.mkdir()
    line = refusal_of(folder)
    assert "\x1b" not in line and line.endswith("put one there")


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        (NAMES[0], b"", "truncated: 0 of 16 bytes; fetch the file again"),
        (NAMES[0], b"\0\0", "truncated: 2 of 16 bytes"),
        (NAMES[0], pack_idx(np.zeros((20, 3, 2)))[:-7], "truncated: 129 of 136 bytes"),
        (NAMES[1], pack_idx(np.zeros(20))[:-1], "truncated: 27 of 28 bytes"),
        (NAMES[0], pack_idx(np.zeros((20, 3, 2))) + b"x", "goes on after the 120 values"),
        (NAMES[0], pack_idx(np.zeros(20)), "begins with 00000801, not with 00000803"),
        (NAMES[1], pack_idx(np.zeros((20, 3, 2))), "begins with 00000803, not with 00000801"),
        (NAMES[0], b"\x89PNG\r\n\x1a\n" + bytes(100), "begins with 89504e47"),
        (NAMES[0], gzip.compress(b"x", mtime=0), f"is packed with gzip; name it {NAMES[0]}.gz"),
        (NAMES[0], pack_idx(np.zeros((19, 3, 2))), "19 images but 20 labels"),
        (NAMES[1], pack_idx(np.zeros(21)), "20 images but 21 labels"),
        (NAMES[1], pack_idx(np.zeros(0)), "is empty: its shape is 0"),
        (NAMES[0], pack_idx(np.zeros((20, 0, 2))), "is empty: its shape is 20 x 0 x 2"),
        (NAMES[0], b"\0\0\x08\x03" + struct.pack(">3I", 20, 2**32 - 1, 2**32 - 1), "too many"),
        (NAMES[0], b"\0\0\x08\x03" + struct.pack(">3I", 20, 1000, 1000), "truncated: 16 of 20,000,016 bytes"),
        (NAMES[2], pack_idx(np.zeros((10, 2, 2))), "6 inputs to train on, 4 to test on"),
        (NAMES[3], pack_idx(np.full(10, 9)), "test label 9 at row 1"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_by_name_reason_and_next_step(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    folder = write_folder(tmp_path)
    (folder / name).write_bytes(data)
    line = refusal_of(folder)
    assert expected in line and "; " in line
    assert str(folder) in line


def test_every_cut_of_a_plain_and_of_a_packed_file_is_refused(tmp_path: Path) -> None:
    plain = pack_idx(np.random.default_rng(1).integers(0, 256, (20, 3, 2)))
    for data, name in ((plain, "images"), (gzip.compress(plain, mtime=0), "images.gz")):
        path = tmp_path / name
        for length in range(len(data)):
            path.write_bytes(data[:length])
            with pytest.raises(DataError, match=name):
                read_idx_file(path, num_dims=3)
        path.write_bytes(data)
        assert read_idx_file(path, num_dims=3).shape == (20, 3, 2)


def test_every_flipped_bit_in_the_packed_values_is_found(tmp_path: Path) -> None:
    """The ten bytes of gzip's own header hold flags and a date that may say anything."""
    values = np.random.default_rng(1).integers(0, 256, (20, 3, 2)).astype(np.uint8)
    packed = gzip.compress(pack_idx(values), mtime=0)
    path = tmp_path / "images.gz"
    for position in range(10, len(packed)):
        damaged = bytearray(packed)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"images\.gz"):
            read_idx_file(path, num_dims=3)


def test_a_file_that_only_claims_to_be_packed_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, packed=True)
    (folder / f"{NAMES[0]}.gz").write_bytes(pack_idx(np.zeros((20, 3, 2))))
    assert f"{NAMES[0]}.gz: is no sound gzip file" in refusal_of(folder)


def peak_bytes_of(read: Callable[[], object]) -> int:
    """The most memory that `read` held at once, in bytes, by Python's and numpy's own count."""
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_packed_bomb_is_not_inflated(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, packed=True)
    bomb = pack_idx(np.zeros((20, 3, 2))) + bytes(200_000_000)
    (folder / f"{NAMES[0]}.gz").write_bytes(gzip.compress(bomb, compresslevel=1))
    del bomb
    assert peak_bytes_of(lambda: refusal_of(folder)) < 5_000_000
    assert "goes on after the 120 values" in refusal_of(folder)


def test_a_header_that_announces_more_than_its_bytes_can_hold_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "labels.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x01" + struct.pack(">I", 2**32 - 1), mtime=0))

    def read() -> None:
        with pytest.raises(DataError, match="truncated: far fewer of 4,294,967,303 bytes"):
            read_idx_file(path, num_dims=1)

    assert peak_bytes_of(read) < 5_000_000


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, stopwatch: Callable[[], float]) -> None:
    """A pipe without a writer would wait for ever, /dev/zero would never end."""
    folder = write_folder(tmp_path)
    path = folder / NAMES[0]
    for make in (os.mkfifo, Path.mkdir, lambda path: Path(path).symlink_to("/dev/zero")):
        path.unlink() if path.is_file() or path.is_fifo() else path.rmdir()
        make(path)
        assert f"{NAMES[0]}: is not a regular file" in refusal_of(folder)
    assert stopwatch() < 2


def test_broken_and_looping_links_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    path = folder / NAMES[0]
    for target in ("absent", NAMES[0]):
        path.unlink()
        path.symlink_to(target)
        assert f"{NAMES[0]}: cannot be read" in refusal_of(folder)


@pytest.mark.mnist
def test_real_mnist_has_its_one_fingerprint(mnist_folder: Path) -> None:
    mnist = read_idx_folder(mnist_folder)
    assert (mnist.num_train, mnist.num_test, mnist.num_inputs, mnist.num_classes) == (60_000, 10_000, 784, 10)
    assert mnist.image_shape == (28, 28)
    assert mnist.fingerprint() == MNIST_FINGERPRINT


@pytest.mark.mnist
def test_real_mnist_unpacked_is_the_same_data(mnist_folder: Path, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).write_bytes(gzip.decompress((mnist_folder / f"{name}.gz").read_bytes()))
    try:
        assert read_idx_folder(tmp_path).fingerprint() == MNIST_FINGERPRINT
    finally:
        for name in NAMES:
            (tmp_path / name).unlink()
