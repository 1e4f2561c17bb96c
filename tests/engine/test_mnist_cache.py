"""MNIST as it is kept: read back as it was, without scikit-learn, and refused where a file is not what was kept."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.engine.real_mnist import keep_stand_in
from tui_trainer.engine import mnist_cache
from tui_trainer.engine.mnist_cache import keep_mnist, read_mnist
from tui_trainer.runs.data_source import CACHED_ARRAYS, is_mnist_cached, mnist_folder
from tui_trainer.runs.errors import MAX_MESSAGE_CHARS, DataError, ResourceError


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data home that keeps the stand-in; tests take `kept` and leave this one as it is."""
    data_home = tmp_path_factory.mktemp("original")
    keep_stand_in(data_home)
    yield data_home
    shutil.rmtree(data_home)


@pytest.fixture
def kept(original: Path, tmp_path: Path) -> Path:
    """A data home of this test's own, linked to the same bytes; write a file of it only after deleting it."""
    folder = mnist_folder(tmp_path)
    folder.mkdir()
    for path in mnist_folder(original).iterdir():
        os.link(path, folder / path.name)
    return tmp_path


def replace(data_home: Path, name: str, data: bytes) -> None:
    """Put `data` in place of one array."""
    path = mnist_folder(data_home) / f"{name}.npy"
    path.unlink()
    path.write_bytes(data)


def array_bytes(write: Callable[[Path], None], path: Path) -> bytes:
    """What `write` writes to a file."""
    write(path)
    return path.read_bytes()


def test_what_was_kept_is_read_back_memory_mapped_and_read_only(kept: Path) -> None:
    mnist = read_mnist(kept)
    assert (mnist.num_train, mnist.num_test, mnist.num_inputs, mnist.num_classes) == (60_000, 10_000, 784, 10)
    assert isinstance(mnist.train_X, np.memmap) and not mnist.train_X.flags.writeable
    np.testing.assert_array_equal(mnist.train_y[:12], np.arange(12) % 10)
    assert mnist.name == "mnist" and mnist.image_shape == (28, 28) and mnist.divisor == 255.0


def test_files_are_private_and_nothing_else_is_left(original: Path) -> None:
    folder = mnist_folder(original)
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.npy" for name in CACHED_ARRAYS)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in original.iterdir()] == ["mnist"]


@pytest.mark.parametrize("name", CACHED_ARRAYS)
def test_a_cut_array_is_refused_with_the_way_to_fetch_it_anew(kept: Path, name: str) -> None:
    data = (mnist_folder(kept) / f"{name}.npy").read_bytes()
    for length in (0, 5, 100, 200, len(data) - 1):
        replace(kept, name, data[:length])
        with pytest.raises(DataError) as caught:
            read_mnist(kept)
        assert f"{name}.npy" in str(caught.value) and "mlp-tui data fetch mnist" in str(caught.value)
        assert str(mnist_folder(kept)) in str(caught.value) and len(str(caught.value)) <= MAX_MESSAGE_CHARS


def test_trailing_bytes_are_refused(kept: Path) -> None:
    replace(kept, "test_y", (mnist_folder(kept) / "test_y.npy").read_bytes() + b"x")
    with pytest.raises(DataError, match=r"test_y\.npy has 80,129 bytes, not 80,128"):
        read_mnist(kept)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.zeros(10_000, np.int32), "holds int32"),
        (np.zeros(10_001, np.int64), "shape (10001,)"),
        (np.zeros((1, 10_000), np.int64), "shape (1, 10000)"),
        (np.zeros(10_000, ">i8"), "holds >i8"),
        (np.full(10_000, 11), "test label 11 at row 1"),
    ],
)
def test_another_array_is_refused(kept: Path, array: np.ndarray, expected: str) -> None:
    replace(kept, "test_y", array_bytes(lambda path: np.save(path, array), kept / "other.npy"))
    with pytest.raises(DataError) as caught:
        read_mnist(kept)
    assert expected in str(caught.value)


class Canary:
    """Its pickle makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_pickle_in_place_of_an_array_is_refused_and_never_run(kept: Path) -> None:
    canary = kept / "canary"
    objects = np.array([Canary(canary)] * 3, dtype=object)
    for data in (
        pickle.dumps(Canary(canary)),
        array_bytes(lambda path: np.save(path, objects, allow_pickle=True), kept / "objects.npy"),
        array_bytes(lambda path: np.savez(path, test_y=np.zeros(10_000, np.int64)), kept / "packed.npz"),
    ):
        replace(kept, "test_y", data)
        with pytest.raises(DataError, match=r"test_y\.npy cannot be read"):
            read_mnist(kept)
    assert not canary.exists()


def test_keeping_again_replaces_what_was_there(kept: Path) -> None:
    sound = read_mnist(kept)
    replace(kept, "test_y", b"damaged")
    keep_mnist(sound, kept)
    assert read_mnist(kept).fingerprint() == sound.fingerprint()
    assert [path.name for path in kept.iterdir()] == ["mnist"]


def test_a_full_disk_is_a_resource_error_and_leaves_no_half_of_it(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(mnist_cache, "publish_folder", refuse)
    with pytest.raises(ResourceError, match=r"No space left on device.*60 MB"):
        keep_mnist(read_mnist(original), tmp_path / "data")
    assert not is_mnist_cached(tmp_path / "data")


def test_losing_the_race_against_another_download_is_no_error(
    kept: Path, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_it_there(*arguments: object) -> None:
        raise FileExistsError(errno.EEXIST, "there already")

    monkeypatch.setattr(mnist_cache, "delete_folder", lambda folder: None)
    monkeypatch.setattr(mnist_cache, "publish_folder", find_it_there)
    keep_mnist(read_mnist(original), kept)
    assert is_mnist_cached(kept)
