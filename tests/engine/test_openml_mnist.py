"""MNIST through fetch_openml from a local OpenML: the same data as the idx files, kept once, and each fault in one line."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from tests.engine.openml_server import Arff, OpenmlServer, build_arff, redirect_openml, serve_openml
from tests.engine.real_mnist import MNIST_FINGERPRINT
from tui_trainer.engine import openml_download, openml_mnist
from tui_trainer.engine.download_watch import downloading, parsing
from tui_trainer.engine.idx_files import read_idx_folder
from tui_trainer.engine.openml_download import openml_address
from tui_trainer.engine.openml_mnist import load_mnist
from tui_trainer.runs.data_source import CACHED_ARRAYS, MNIST_DOWNLOAD_BYTES, is_mnist_cached, mnist_folder
from tui_trainer.runs.errors import MAX_MESSAGE_CHARS, DataError, MlpTuiError, ResourceError
from tui_trainer.runs.paths import data_folder

Told = list[tuple[str, int, int | None]]


@dataclass(frozen=True)
class Fetched:
    """One download of all 70,000 rows, which took its server along."""

    home: Path
    fingerprint: str
    told: Told
    asked: list[str]


@pytest.fixture(scope="module")
def fetched(mnist_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fetched]:
    idx = read_idx_folder(mnist_folder)
    arff = build_arff(np.concatenate([idx.train_X, idx.test_X]), np.concatenate([idx.train_y, idx.test_y]))
    home, told = tmp_path_factory.mktemp("fetched"), []
    with pytest.MonkeyPatch.context() as patch, serve_openml(OpenmlServer(arff)) as server:
        patch.setenv("MLP_TUI_HOME", str(home))
        redirect_openml(patch, server.url)
        fingerprint = load_mnist(lambda *state: told.append(state)).fingerprint()
    yield Fetched(home, fingerprint, told, server.asked)
    shutil.rmtree(home)


@pytest.mark.mnist
def test_mnist_from_openml_is_the_same_data_as_from_idx_files(fetched: Fetched) -> None:
    assert fetched.fingerprint == MNIST_FINGERPRINT


@pytest.mark.mnist
def test_openml_is_asked_for_version_1_and_for_the_data_once(fetched: Fetched) -> None:
    assert fetched.asked[0].endswith("/data_name/mnist_784/limit/2/data_version/1")
    assert sum(path.endswith(".arff") for path in fetched.asked) == 1


@pytest.mark.mnist
def test_nothing_but_the_four_arrays_is_kept(fetched: Fetched) -> None:
    files = sorted(str(path.relative_to(fetched.home)) for path in fetched.home.rglob("*") if path.is_file())
    assert files == sorted(f"data/mnist/{name}.npy" for name in CACHED_ARRAYS)
    assert [path.name for path in (fetched.home / "data").iterdir()] == ["mnist"]


@pytest.mark.mnist
def test_the_second_time_needs_no_server_and_no_scikit_learn(fetched: Fetched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_TUI_HOME", str(fetched.home))
    monkeypatch.setattr(openml_mnist, "fetch_mnist", lambda progress, source: pytest.fail("downloaded again"))
    assert load_mnist().fingerprint() == MNIST_FINGERPRINT


@pytest.mark.mnist
def test_download_and_parsing_are_told_while_they_last(fetched: Fetched) -> None:
    assert fetched.told[0] == (downloading("mnist"), 0, MNIST_DOWNLOAD_BYTES)
    assert fetched.told[-1] == (parsing("mnist"), 0, None)


@pytest.fixture(scope="module")
def small() -> Arff:
    """400 images of noise, which packs badly: more than the 64 kB that scikit-learn copies at a time."""
    rng = np.random.default_rng(0)
    return build_arff(rng.integers(0, 256, (400, 784)).astype(np.uint8), np.arange(400) % 10)


@contextmanager
def openml(monkeypatch: pytest.MonkeyPatch, server: OpenmlServer) -> Iterator[OpenmlServer]:
    """scikit-learn asks `server` while the context is open."""
    with serve_openml(server):
        redirect_openml(monkeypatch, server.url)
        yield server


def refusal(kind: type[MlpTuiError] = DataError, progress: Callable[..., None] = lambda *state: None) -> str:
    """The line with which loading mnist is refused, after which nothing may be kept."""
    with pytest.raises(kind) as caught:
        load_mnist(progress)
    line = str(caught.value)
    assert len(line) <= MAX_MESSAGE_CHARS and "\n" not in line
    assert not is_mnist_cached(data_folder())
    assert [path for path in data_folder().rglob("*") if path.is_file() or path.name.startswith(".tmp")] == []
    return line


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_without_network_it_is_refused_at_once_with_the_three_ways_out(
    monkeypatch: pytest.MonkeyPatch, stopwatch: Callable[[], float], home: Path
) -> None:
    openml_address()  # so that the import of scikit-learn is not measured
    port = closed_port()
    redirect_openml(monkeypatch, f"http://127.0.0.1:{port}")
    began_s = stopwatch()
    line = refusal()
    assert stopwatch() - began_s < 2.5
    assert f"127.0.0.1:{port} does not answer" in line
    assert "digits" in line and "idx:DIR" in line and str(mnist_folder(data_folder())) in line
    assert not home.exists()


def test_a_wrong_md5_is_refused(monkeypatch: pytest.MonkeyPatch, small: Arff) -> None:
    with openml(monkeypatch, OpenmlServer(small, md5="0" * 32)):
        assert "md5 is not the one that OpenML names" in refusal()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_transfer_that_is_cut_off_is_refused(monkeypatch: pytest.MonkeyPatch, small: Arff, share: float) -> None:
    with openml(monkeypatch, OpenmlServer(small, num_sent=int(share * len(small.packed)))):
        line = refusal()
    assert "transfer was cut off" in line or (share == 0 and "md5" in line)


def test_a_transfer_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch, small: Arff) -> None:
    monkeypatch.setattr(openml_download, "STALL_TIMEOUT_S", 0.2)
    never = threading.Event()
    with openml(monkeypatch, OpenmlServer(small, half_sent=never)):
        line = refusal()
        never.set()
    assert "OpenML sent nothing for" in line
    assert socket.getdefaulttimeout() is None


def test_bytes_are_told_while_they_arrive(monkeypatch: pytest.MonkeyPatch, small: Arff) -> None:
    """The second half is sent only once the first has been told."""
    half_told, told = threading.Event(), []

    def listen(*state: object) -> None:
        told.append(state)
        if state[1]:
            half_told.set()

    with openml(monkeypatch, OpenmlServer(small, half_sent=half_told)):
        refusal(progress=listen)
    half = len(small.packed) // 2
    assert any(what == downloading("mnist") and half - 70_000 < done <= half for what, done, _ in told)


def test_an_answer_of_500_is_refused(monkeypatch: pytest.MonkeyPatch, small: Arff) -> None:
    with openml(monkeypatch, OpenmlServer(small, status=500)):
        assert "OpenML answered with HTTP 500" in refusal()


def test_a_data_set_that_openml_does_not_know_is_refused(monkeypatch: pytest.MonkeyPatch, small: Arff) -> None:
    server = OpenmlServer(small)
    monkeypatch.setattr(server, "json_answer", lambda path: None)
    with openml(monkeypatch, server):
        assert "was not understood (OpenMLError" in refusal()


@pytest.mark.parametrize("answer", [{}, {"data": []}, {"data": {"dataset": []}}, {"data": {"dataset": [{"did": {}}]}}])
def test_an_answer_of_another_form_is_refused(monkeypatch: pytest.MonkeyPatch, small: Arff, answer: dict) -> None:
    server = OpenmlServer(small)
    monkeypatch.setattr(server, "json_answer", lambda path: answer)
    with openml(monkeypatch, server):
        assert "was not understood" in refusal()


def test_another_number_of_rows_is_refused(monkeypatch: pytest.MonkeyPatch, small: Arff) -> None:
    with openml(monkeypatch, OpenmlServer(small)):
        assert "shape (400, 784), not 70,000 images of 784 numbers" in refusal()


def with_first_row(arff: Arff, edit: Callable[[list[bytes]], None]) -> Arff:
    """`arff` with the cells of its first row edited, its md5 right."""
    head, _, rows = gzip.decompress(arff.packed).partition(b"@DATA\n")
    first, _, rest = rows.partition(b"\n")
    cells = first.split(b",")
    edit(cells)
    text = head + b"@DATA\n" + b",".join(cells) + b"\n" + rest
    return replace(arff, packed=gzip.compress(text, compresslevel=1), md5=hashlib.md5(text).hexdigest())


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (0, b"256", "a pixel is not a whole number from 0 to 255"),
        (0, b"-1", "a pixel is not a whole number from 0 to 255"),
        (783, b"0.5", "a pixel is not a whole number from 0 to 255"),
        (5, b"?", "a pixel is not a whole number from 0 to 255"),
        (5, b"1e999", "a pixel is not a whole number from 0 to 255"),
        (5, b"black", "was not understood (ValueError"),
        (784, b"10", "a label is not one of 0 to 9"),
        (784, b"?", "a label is not one of 0 to 9"),
        (784, b"3.0", "a label is not one of 0 to 9"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused(
    monkeypatch: pytest.MonkeyPatch, small: Arff, column: int, value: bytes, expected: str
) -> None:
    monkeypatch.setattr(openml_mnist, "NUM_TRAIN", 300)
    monkeypatch.setattr(openml_mnist, "NUM_TEST", 100)
    damaged = with_first_row(small, lambda cells: cells.__setitem__(column, value))
    with openml(monkeypatch, OpenmlServer(damaged)):
        assert expected in refusal()


def test_a_full_disk_is_a_resource_error(monkeypatch: pytest.MonkeyPatch, small: Arff) -> None:
    from sklearn.datasets import _openml

    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with openml(monkeypatch, OpenmlServer(small)):
        monkeypatch.setattr(_openml.shutil, "copyfileobj", refuse)
        line = refusal(ResourceError)
    assert "No space left on device" in line and str(data_folder()) in line


def test_a_data_folder_that_cannot_be_is_a_resource_error(monkeypatch: pytest.MonkeyPatch, small: Arff, home: Path) -> None:
    home.write_bytes(b"a file where the folder should be")
    with openml(monkeypatch, OpenmlServer(small)):
        assert str(data_folder()) in refusal(ResourceError)


def test_what_a_killed_download_left_is_swept_by_the_next(monkeypatch: pytest.MonkeyPatch, small: Arff) -> None:
    left = data_folder() / ".tmp-mnist-download-999999999-1" / "openml"
    left.mkdir(parents=True)
    (left / "mnist.gz").write_bytes(b"half")
    with openml(monkeypatch, OpenmlServer(small)):
        refusal()
    assert not left.parent.exists()


def test_an_interrupt_in_the_middle_leaves_nothing(monkeypatch: pytest.MonkeyPatch, small: Arff) -> None:
    from sklearn.datasets import _openml

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    with openml(monkeypatch, OpenmlServer(small)):
        monkeypatch.setattr(_openml.shutil, "copyfileobj", interrupt)
        with pytest.raises(KeyboardInterrupt):
            load_mnist()
    assert list(data_folder().iterdir()) == []
    assert not any(thread.name == "download-watch" for thread in threading.enumerate())


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ("www.openml.org", 443)),
        ({"https_proxy": "http://proxy.example:3128"}, ("proxy.example", 3128)),
        ({"https_proxy": "proxy.example:8080"}, ("proxy.example", 8080)),
        ({"https_proxy": "http://proxy.example:3128", "no_proxy": "openml.org"}, ("www.openml.org", 443)),
    ],
)
def test_the_address_that_must_answer_is_the_one_that_a_download_connects_to(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: tuple[str, int]
) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert openml_address() == expected
