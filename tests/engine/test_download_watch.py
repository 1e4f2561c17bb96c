"""What is told about a download from the files that grow in scikit-learn's folder."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tui_trainer.engine.download_watch import DownloadWatch, downloading, parsing

Told = list[tuple[str, int, int | None]]


def write(path: Path, num_bytes: int) -> None:
    """A file of that size, its folders made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(num_bytes))


def test_the_beginning_is_told_at_once(tmp_path: Path) -> None:
    told: Told = []
    with DownloadWatch(tmp_path, 1000, lambda *state: told.append(state)):
        assert told == [(downloading("mnist"), 0, 1000)]
    assert told == [(downloading("mnist"), 0, 1000)]


def test_bytes_are_told_while_they_grow_and_then_that_it_is_parsed(tmp_path: Path, wait_until: Callable[..., None]) -> None:
    told: Told = []
    partial, whole = tmp_path / "openml" / "v1" / "tmpabc" / "mnist.arff.gz", tmp_path / "openml" / "v1" / "mnist.arff.gz"
    with DownloadWatch(tmp_path, 200_000, lambda *state: told.append(state)):
        write(tmp_path / "openml" / "api" / "554.gz", 300)
        for num_bytes, expected in (
            (100_000, (downloading("mnist"), 100_000, 200_000)),
            (300_000, (downloading("mnist"), 300_000, 300_000)),
        ):
            write(partial, num_bytes)
            wait_until(lambda expected=expected: told[-1] == expected)
        partial.rename(whole)
        wait_until(lambda: told[-1] == (parsing("mnist"), 0, None))


def test_a_state_that_lasts_is_told_once(
    tmp_path: Path, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: Told = []
    looks: list[object] = []
    look = DownloadWatch._look
    monkeypatch.setattr(DownloadWatch, "_look", lambda watch: looks.append(state := look(watch)) or state)
    write(tmp_path / "mnist.arff.gz", 100_000)
    with DownloadWatch(tmp_path, 200_000, lambda *state: told.append(state)):
        wait_until(lambda: len(looks) > 2)
    assert told == [(downloading("mnist"), 0, 200_000), (parsing("mnist"), 0, None)]


def test_nothing_is_told_any_more_once_the_context_is_closed(tmp_path: Path, wait_until: Callable[..., None]) -> None:
    """A slow listener is waited for, so that the next words are not mixed with its own."""
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def listen(what: str, *rest: object) -> None:
        if what == parsing("mnist"):
            begun.set()
            may_end.wait(10)
            ended.set()

    write(tmp_path / "mnist.arff.gz", 100_000)
    with DownloadWatch(tmp_path, 200_000, listen):
        wait_until(begun.is_set)
        threading.Timer(0.1, may_end.set).start()
    assert ended.is_set()


def test_what_progress_raises_is_raised_at_the_end(tmp_path: Path, wait_until: Callable[..., None]) -> None:
    told: Told = []

    def fail_later(*state: object) -> None:
        told.append(state)  # type: ignore[arg-type]
        if len(told) > 1:
            raise BrokenPipeError("nobody listens")

    with pytest.raises(BrokenPipeError), DownloadWatch(tmp_path, 1000, fail_later):
        write(tmp_path / "mnist.arff.gz", 100_000)
        wait_until(lambda: len(told) > 1)


def test_the_error_of_the_download_goes_before_that_of_progress(tmp_path: Path, wait_until: Callable[..., None]) -> None:
    told: Told = []

    def fail_later(*state: object) -> None:
        told.append(state)  # type: ignore[arg-type]
        if len(told) > 1:
            raise BrokenPipeError("nobody listens")

    with pytest.raises(ValueError, match="md5"), DownloadWatch(tmp_path, 1000, fail_later):
        write(tmp_path / "mnist.arff.gz", 100_000)
        wait_until(lambda: len(told) > 1)
        raise ValueError("md5")
