from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runs.fake_run import ended, epoch_ended, make_checkpoint, make_manifest, make_run, started, steps
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import CheckpointError, ConfigError
from tui_trainer.runs.run_directory import RunDirectory, RunStatus, best_checkpoint
from tui_trainer.runs.run_lock import RunLock


@pytest.fixture
def run() -> RunDirectory:
    return make_run(events=[started()])


@pytest.fixture
def held_lock(run: RunDirectory) -> Iterator[RunLock]:
    lock = RunLock(run.lock_path)
    lock.acquire(attempt=1)
    yield lock
    lock.release()


def status_of(run: RunDirectory) -> RunStatus:
    return run.status(run.history())


def test_a_run_knows_its_names_and_its_configuration(run: RunDirectory) -> None:
    assert run.run == "20261123T231201Z-book-3f2a" and run.shown_name == "book-3f2a"
    assert run.config == RunConfig()
    assert run.info["created"] == "2026-11-23T23:12:01.123Z"
    assert RunDirectory(run.path.with_name(".new-20261123T231201Z-a-b-3f2a")).shown_name == "a-b-3f2a"


def test_a_name_with_escape_bytes_is_shown_without_them() -> None:
    assert RunDirectory(Path("/x/evil\x1b]0;owned\x07")).shown_name.isprintable()
    assert "\x1b" not in RunDirectory(Path("/x/20261123T231201Z-\x1b[31m-3f2a")).shown_name


def test_a_trainer_that_died_without_a_word_has_crashed(run: RunDirectory) -> None:
    assert status_of(run) is RunStatus.CRASHED


def test_a_live_trainer_runs_pauses_and_goes_on(held_lock: RunLock, run: RunDirectory) -> None:
    history = run.history()
    assert run.status(history) is RunStatus.RUNNING
    history.apply({"event": "paused", "attempt": 1})
    assert run.status(history) is RunStatus.PAUSED
    history.apply({"event": "continued", "attempt": 1})
    assert run.status(history) is RunStatus.RUNNING


def test_a_run_whose_turn_has_not_come_is_queued(held_lock: RunLock, run: RunDirectory) -> None:
    run.events_path.unlink()
    assert status_of(run) is RunStatus.QUEUED


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("done", RunStatus.DONE),
        ("stopped", RunStatus.STOPPED),
        ("failed", RunStatus.FAILED),
        ("running", RunStatus.UNKNOWN),
        ("\x1b", RunStatus.UNKNOWN),
    ],
)
def test_an_ended_run_says_how_it_ended_while_its_trainer_still_exits(written: str, expected: RunStatus) -> None:
    run = make_run(events=[started(), ended(written)])
    assert status_of(run) is expected
    assert not expected.is_live


def test_a_trainer_on_another_machine_is_not_guessed_about(run: RunDirectory) -> None:
    run.lock_path.write_text('{"pid": 1, "start_time": "1", "boot_id": "x", "host": "another machine"}\n')
    assert status_of(run) is RunStatus.UNKNOWN


def test_history_without_steps_knows_all_but_the_losses() -> None:
    run = make_run(events=[started(), steps(1, [0.5]), epoch_ended(1), ended()])
    with run.events_path.open("ab") as file:
        file.write(b"rubbish\n")
    full, fast = run.history(), run.history(with_steps=False)
    assert len(full.losses) == 1 and len(fast.losses) == 0
    assert full.epochs == fast.epochs and fast.ended is not None
    assert full.damaged_lines == fast.damaged_lines == 1


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, None, "folder", "fifo"], ids=lambda content: repr(content)[:24]
)
def test_a_damaged_run_json_is_refused_without_waiting(run: RunDirectory, content: Any) -> None:
    run.info_path.unlink()
    if content == "folder":
        run.info_path.mkdir()
    elif content == "fifo":
        os.mkfifo(run.info_path)
    elif content is not None:
        run.info_path.write_bytes(content)
    with pytest.raises(CheckpointError, match="missing or damaged"):
        _ = run.info


def test_a_newer_run_json_is_refused_with_its_schema() -> None:
    with pytest.raises(CheckpointError, match="schema 2, this version reads up to 1"):
        _ = make_run(info={"schema": 2}).info


def test_a_damaged_run_toml_is_refused(run: RunDirectory) -> None:
    run.config_path.write_text("name = 5\nseed = -1\n")
    with pytest.raises(ConfigError) as caught:
        _ = run.config
    assert [error.key for error in caught.value.errors] == ["name", "seed"]


def test_checkpoints_come_oldest_first_and_damaged_ones_are_named(run: RunDirectory) -> None:
    assert run.checkpoints() == [] and run.damaged_checkpoints() == []
    for step, attempt in ((30, 1), (10, 1), (20, 2), (20, 1)):
        make_checkpoint(run, step, attempt)
    damaged = make_checkpoint(run, 40)
    (damaged / "manifest.json").write_bytes(b"{}")
    (run.checkpoints_folder / ".tmp-s000000050-a1-1-1").mkdir()
    (run.checkpoints_folder / "foreign").mkdir()
    assert [(manifest.step, manifest.attempt) for manifest in run.checkpoints()] == [(10, 1), (20, 1), (20, 2), (30, 1)]
    assert len(run.damaged_checkpoints()) == 1 and "s000000040-a1" in run.damaged_checkpoints()[0]


def test_best_is_the_highest_recorded_accuracy_and_ties_go_to_the_earlier_epoch() -> None:
    scores = {10: 0.9, 20: 0.95, 30: 0.95, 35: 0.99}  # 35 is in mid-epoch
    manifests = [make_manifest({}, step, metrics={"test_acc": score}) for step, score in scores.items()]
    without = make_manifest({}, 40)
    for order in (manifests, manifests[::-1]):
        best = best_checkpoint([without, *order])
        assert best is not None and best.step == 20
    assert best_checkpoint([without]) is None
