from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.runs_factory import write_run
from tui_trainer.runs.errors import RunBusyError, UsageError
from tui_trainer.runs.run_index import list_runs, run_directories
from tui_trainer.runs.run_lock import read_holder
from tui_trainer.runs.trash import find_trashed, list_trash, move_to_trash, restore


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_deleted_run_comes_back_as_it_was(home: Path) -> None:
    run = write_run(epochs_done=2, status="done").directory
    before = contents(run.path)
    trashed = move_to_trash(run)
    assert run_directories() == []
    assert list_runs() == []
    assert trashed.path == home / "trash" / run.path.name
    assert [entry.name for entry in list_trash()] == ["book-3f2a"]
    assert restore(find_trashed("book")) == run
    assert contents(run.path) == before
    assert list_trash() == []


def test_a_run_that_trains_stays() -> None:
    writer = write_run(epochs_done=1)
    with pytest.raises(RunBusyError, match="is held by process"):
        move_to_trash(writer.directory)
    assert run_directories() == [writer.directory]
    writer.end()
    move_to_trash(writer.directory)


def test_a_run_of_another_host_stays() -> None:
    run = write_run(epochs_done=1, status="crashed").directory
    run.lock_path.write_text(json.dumps({**read_holder(run.lock_path), "host": "elsewhere"}))
    with pytest.raises(RunBusyError, match="elsewhere"):
        move_to_trash(run)


def test_a_name_that_was_taken_meanwhile_is_not_overwritten() -> None:
    run = write_run(epochs_done=1, status="done").directory
    trashed = move_to_trash(run)
    again = write_run(epochs_done=2, status="done").directory
    before = contents(again.path)
    with pytest.raises(UsageError, match="is there already"):
        restore(trashed)
    assert contents(again.path) == before
    with pytest.raises(UsageError, match="is there already"):
        move_to_trash(again)


def test_words_that_name_no_deleted_run_are_refused() -> None:
    with pytest.raises(UsageError, match="empty"):
        find_trashed("book")
    for name in ("book-0001", "book-0002"):
        move_to_trash(write_run(name, status="done").directory)
    with pytest.raises(UsageError, match="means 2 deleted runs"):
        find_trashed("book")
    assert find_trashed("last") == list_trash()[0]
