from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.runs.descriptors import count_descriptors
from tests.runs.fake_run import make_run
from tui_trainer.runs.control import pending, request
from tui_trainer.runs.run_directory import RunDirectory


@pytest.fixture
def run() -> RunDirectory:
    return make_run()


def test_a_request_arrives_as_it_was_made(run: RunDirectory) -> None:
    name = request(run, "set", 2, key="optimizer.lr", value=0.1)
    (found,) = pending(run)
    assert (found.request, found.kind, found.attempt) == (name, "set", 2)
    assert found.args == {"key": "optimizer.lr", "value": 0.1}
    record = json.loads(found.path.read_bytes())
    assert record["schema"] == 1 and record["by"]["pid"] == os.getpid()
    assert found.path.stat().st_mode & 0o777 == 0o600


def test_requests_are_taken_in_the_order_in_which_they_were_made(run: RunDirectory) -> None:
    names = [request(run, kind, 1) for kind in ("pause", "continue", "save", "stop")]
    assert [found.request for found in pending(run)] == names
    assert [found.kind for found in pending(run)] == ["pause", "continue", "save", "stop"]


def test_an_answered_request_is_gone(run: RunDirectory) -> None:
    request(run, "stop", 1, save=True)
    (found,) = pending(run)
    found.remove()
    found.remove()  # gone already is no error
    assert pending(run) == []


def test_a_run_that_was_asked_nothing_has_no_requests(run: RunDirectory) -> None:
    assert pending(run) == [] and not run.control_folder.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"{}",
        b'{"kind":"stop"}',
        b'{"kind":"stop","attempt":1e999}',
        b'{"kind":"stop","attempt":null}',
        b'{"kind":"stop","attempt":1,"args":[1]}',
        b"[" * 60_000,
        b" " * 1_000_000,
        "folder",
        "fifo",
        "link",
    ],
    ids=lambda content: repr(content)[:24],
)
def test_a_damaged_request_can_be_answered_and_removed(run: RunDirectory, content: Any) -> None:
    run.control_folder.mkdir()
    path = run.control_folder / "20261123T231201000000Z-00000000.json"
    if content == "folder":
        path.mkdir()
    elif content == "fifo":
        os.mkfifo(path)
    elif content == "link":
        path.symlink_to(run.info_path)
    else:
        path.write_bytes(content)
    before = count_descriptors()
    (found,) = pending(run)
    assert found.kind is None and found.request == path.stem
    assert count_descriptors() == before
    found.remove()
    assert pending(run) == [] and run.info_path.exists()


def test_files_that_are_not_requests_are_left_alone(run: RunDirectory) -> None:
    run.control_folder.mkdir()
    for name in (".tmp-x.json-1-1", "notes.txt", ".hidden.json"):
        (run.control_folder / name).write_text("x")
    assert pending(run) == []


def test_values_that_json_cannot_hold_are_refused_before_anything_is_written(run: RunDirectory) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        request(run, "set", 1, key="optimizer.lr", value=float("nan"))
    assert pending(run) == [] and list(run.path.glob("control/*")) == []
