from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui_trainer.runs import data_source
from tui_trainer.runs.data_source import (
    CACHED_ARRAYS,
    absolute_source,
    answers_within,
    check_source,
    is_mnist_cached,
    mnist_folder,
    resolve_source,
)


def fill_cache(data_home: Path) -> None:
    mnist_folder(data_home).mkdir(parents=True)
    for name in CACHED_ARRAYS:
        (mnist_folder(data_home) / f"{name}.npy").write_bytes(b"")


@pytest.mark.parametrize(
    "source",
    [
        "mnist",
        "digits",
        "idx:/data",
        "idx:relative",
        "idx:a:b",
        "idx:/with space",
        "csv:t.csv",
        "npz:/x",
        "toy:moons",
        "sklearn:wine",
    ],
)
def test_sources_that_exist_are_taken_as_they_are_written(source: str) -> None:
    assert check_source(source) == source


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("mnst", 'did you mean "mnist"?'),
        ("digit", 'did you mean "digits"?'),
        ("MNIST", "is no data source"),
        ("idx", "is no data source"),
        ("idx:", "needs a folder"),
        ("idx:a\0b", "zero byte"),
        ("csv:", "needs a file after the colon, as in csv:FILE"),
        ("csv", 'did you mean "csv:FILE"?'),
        ("sklearn:irs", 'did you mean "sklearn:iris"?'),
        ("toy:", 'did you mean "toy:moons"?'),
        ("", "known: mnist, digits, idx:DIR"),
        ("/data", "known: mnist, digits, idx:DIR"),
    ],
)
def test_other_words_are_refused_with_what_there_is(source: str, part: str) -> None:
    with pytest.raises(ValueError, match=re.escape(part)):
        check_source(source)


def test_paths_are_made_absolute_and_names_left_alone() -> None:
    base = Path("/base/folder")
    assert absolute_source("idx:x", base) == "idx:/base/folder/x"
    assert absolute_source("idx:../x/", base) == "idx:/base/x"
    assert absolute_source("idx:/x/./y", base) == "idx:/x/y"
    assert absolute_source("idx:a:b", base) == "idx:/base/folder/a:b"
    assert absolute_source("csv:t.csv", base) == "csv:/base/folder/t.csv"
    for source in ("mnist", "toy:moons", "idx:", "nonsense", "idx:a\0b"):
        assert absolute_source(source, base) == source


def test_mnist_counts_as_cached_only_with_all_its_arrays(tmp_path: Path) -> None:
    assert not is_mnist_cached(tmp_path)
    fill_cache(tmp_path)
    assert is_mnist_cached(tmp_path)
    (mnist_folder(tmp_path) / "test_y.npy").unlink()
    assert not is_mnist_cached(tmp_path)


def test_a_source_that_was_written_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_source, "answers_within", lambda: pytest.fail("the network was asked"))
    assert resolve_source("mnist", tmp_path).source == "mnist"
    assert resolve_source("idx:/x", tmp_path).source == "idx:/x"


def test_an_unset_source_is_mnist_where_it_is_cached_without_asking_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_source, "answers_within", lambda: pytest.fail("the network was asked"))
    fill_cache(tmp_path)
    resolved = resolve_source(None, tmp_path)
    assert resolved.source == "mnist" and "cached" in resolved.reason


@pytest.mark.parametrize(("answers", "source", "word"), [(True, "mnist", "15 MB"), (False, "digits", "2 s")])
def test_an_unset_source_depends_on_whether_openml_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: bool, source: str, word: str
) -> None:
    monkeypatch.setattr(data_source, "answers_within", lambda: answers)
    resolved = resolve_source(None, tmp_path)
    assert resolved.source == source and word in resolved.reason


def test_an_open_port_answers_and_a_closed_one_does_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        assert answers_within(address)
    assert not answers_within(address)


def test_a_name_look_up_that_hangs_is_given_up_after_two_seconds(
    monkeypatch: pytest.MonkeyPatch, stopwatch: Callable[[], float]
) -> None:
    let_go = threading.Event()

    def hang(*args: Any, **kwargs: Any) -> Any:
        let_go.wait(30)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    assert not answers_within(("www.openml.org", 443))
    assert 1.9 < stopwatch() < 2.5
    let_go.set()
