"""The listing: what it reads, what it reads again, and that damage does not stop it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runs.fake_run import epoch_ended, make_checkpoint, make_run, started, write_events
from tests.runs_factory import write_run
from tui_trainer.runs.event_log import EventReader
from tui_trainer.runs.labels import update_labels
from tui_trainer.runs.manifest import MANIFEST, WEIGHTS
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.ui import followed_run
from tui_trainer.ui.run_entry import RunEntry
from tui_trainer.ui.run_listing import RunListing


def test_no_home_is_an_empty_listing(home: Path) -> None:
    assert RunListing().read() == ()
    assert not home.exists()


def test_runs_come_newest_first_with_their_checkpoints_newest_first() -> None:
    write_run("old-0001", epochs_done=1, status="done", day="20261120T000000Z")
    write_run("new-0002", epochs_done=3, status="done", day="20261121T000000Z")
    entries = RunListing().read()
    assert [entry.run.shown_name for entry in entries] == ["new-0002", "old-0001"]
    assert [checkpoint.label for checkpoint in entries[0].checkpoints] == ["epoch 3", "epoch 2", "epoch 1"]


def test_best_is_the_highest_test_accuracy_and_of_two_the_earlier() -> None:
    writer = write_run()
    for accuracy in (0.95, 0.97, 0.97, 0.96):
        writer.add_epoch(test_acc=accuracy)
    writer.end()
    entry = RunListing().read()[0]
    assert entry.best is not None
    assert (entry.best.epoch, entry.best.test_acc) == (2, 0.97)
    assert [checkpoint.is_best for checkpoint in entry.checkpoints] == [False, False, True, False]


def test_a_run_of_which_nothing_is_new_keeps_its_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    write_run("done-0001", epochs_done=2, status="done", day="20261120T000000Z")
    writer = write_run("live-0002", epochs_done=1, day="20261121T000000Z")
    listing = RunListing()
    live, done = listing.read()
    read_folders: list[str] = []
    read_manifest = followed_run.read_manifest
    monkeypatch.setattr(followed_run, "read_manifest", lambda folder: read_folders.append(folder.name) or read_manifest(folder))
    writer.add_epoch()
    newer_live, same_done = listing.read()
    writer.leave()
    assert same_done is done
    assert newer_live is not live
    assert newer_live.epoch == 2
    assert read_folders == [newer_live.checkpoints[0].id]


@pytest.mark.parametrize(("status", "expected"), [("done", RunStatus.DONE), ("stopped", RunStatus.STOPPED)])
def test_an_ended_run_is_not_live(status: str, expected: RunStatus) -> None:
    write_run(epochs_done=1, status=status)
    entry = RunListing().read()[0]
    assert entry.status is expected
    assert entry.is_resumable is (status == "stopped")


def test_the_death_of_a_trainer_is_seen_though_its_log_says_nothing_new() -> None:
    writer = write_run(epochs_done=1)
    listing = RunListing()
    assert listing.read()[0].status is RunStatus.RUNNING
    writer.leave()
    entry = listing.read()[0]
    assert entry.status is RunStatus.CRASHED
    assert entry.has_died
    assert entry.problem


def test_a_failed_run_says_why() -> None:
    writer = write_run(epochs_done=1)
    writer.add_nan_step()
    writer.end("failed", exit_code=5, reason="loss became NaN at \x1b[31mstep 939")
    entry = RunListing().read()[0]
    assert entry.status is RunStatus.FAILED
    assert entry.problem.startswith("loss became NaN")
    assert "\x1b" not in entry.problem


def test_a_damaged_checkpoint_is_listed_with_its_reason_and_is_never_best() -> None:
    writer = write_run(epochs_done=2, status="done")
    entry = RunListing().read()[0]
    assert entry.best is not None
    weights = entry.best.folder / WEIGHTS
    os.truncate(weights, 10)
    damaged = RunListing().read()[0]
    checkpoint = next(checkpoint for checkpoint in damaged.checkpoints if checkpoint.id == entry.best.id)
    assert "truncated: 10 of" in checkpoint.problem
    assert checkpoint.step == entry.best.step
    assert damaged.best is not None
    assert damaged.best.id != entry.best.id
    assert writer.epoch == 2


def test_a_deleted_checkpoint_leaves_the_listing() -> None:
    write_run(epochs_done=2, status="done")
    listing = RunListing()
    first = listing.read()[0].checkpoints[-1]
    for path in first.folder.iterdir():
        path.unlink()
    first.folder.rmdir()
    assert [checkpoint.label for checkpoint in listing.read()[0].checkpoints] == ["epoch 2"]


def test_checkpoints_that_a_later_attempt_left_behind_are_superseded_and_not_best() -> None:
    run = make_run(events=[started(), epoch_ended(1, 0.9), epoch_ended(2, 0.99), started(attempt=2, resumed_step=10)])
    make_checkpoint(run, 10, metrics={"test_acc": 0.9})
    make_checkpoint(run, 20, metrics={"test_acc": 0.99})
    entry = RunListing().read()[0]
    assert [(checkpoint.step, checkpoint.is_superseded) for checkpoint in entry.checkpoints] == [(20, True), (10, False)]
    assert entry.best is not None
    assert entry.best.step == 10


def test_a_save_within_an_epoch_is_called_by_its_step() -> None:
    run = make_run(events=[started()])
    make_checkpoint(run, 1234, epoch=1, epoch_complete=False)
    assert RunListing().read()[0].checkpoints[0].label == "step 1,234"


@pytest.mark.parametrize("name", ["run.toml", "run.json", "events.jsonl"])
def test_a_run_with_a_damaged_file_is_still_listed(name: str) -> None:
    writer = write_run(epochs_done=1, status="done")
    (writer.directory.path / name).write_bytes(b"\x00\xff{{{ not what it was\n")
    entry = RunListing().read()[0]
    assert len(entry.checkpoints) == 1
    assert entry.problem


def test_a_run_of_a_newer_schema_is_listed_as_unknown() -> None:
    writer = write_run(epochs_done=1, status="done")
    info = json.loads(writer.directory.info_path.read_text())
    writer.directory.info_path.write_text(json.dumps({**info, "schema": 99}))
    entry = RunListing().read()[0]
    assert entry.status is RunStatus.UNKNOWN
    assert "update mlp-tui" in entry.problem


def test_damaged_lines_of_a_log_are_counted() -> None:
    run = make_run(events=[started(), epoch_ended(1)])
    write_events(run.events_path, [started(), epoch_ended(1), {"event": "run_ended", "status": "done"}])
    with run.events_path.open("ab") as log:
        log.write(b"\x00\x00\x00\n{torn\n")
    assert RunListing().read()[0].problem == "2 damaged lines of its log skipped"


def test_a_manifest_that_is_a_pipe_does_not_hang_the_listing() -> None:
    writer = write_run(epochs_done=1, status="done")
    folder = writer.directory.checkpoints_folder / "s000000001-a1"
    folder.mkdir()
    os.mkfifo(folder / MANIFEST)
    entry = RunListing().read()[0]
    assert entry.checkpoints[-1].problem


def write_summarised_runs(num_runs: int) -> list[RunEntry]:
    """Runs that have ended, and their entries in full; the kept file knows their summaries."""
    for index in range(num_runs):
        write_run(f"book-{index:04x}", epochs_done=2, status="done", day=f"202611{index + 1:02d}T000000Z", seed=index)
    RunListing().read(in_full=())
    return list(RunListing().read())


def test_logs_of_summarised_runs_are_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    full = write_summarised_runs(3)
    opened: list[Path] = []
    read_chunk = EventReader._read_chunk
    monkeypatch.setattr(
        EventReader, "_read_chunk", lambda reader, size: opened.append(reader._path) or read_chunk(reader, size)
    )
    outlined = RunListing().read(in_full=())
    assert opened == []
    assert [replace(entry, details=None) for entry in full] == list(outlined)


def test_only_what_is_wanted_in_full_is_read_in_full_and_stays_so() -> None:
    full = write_summarised_runs(3)
    listing = RunListing()
    assert listing.read(1, in_full=()) == (replace(full[0], details=None),)
    assert listing.num_unread == 2
    entries = listing.read(in_full={full[1].key})
    assert [entry.details is not None for entry in entries] == [False, True, False]
    assert [entry.details is not None for entry in listing.read(in_full=())] == [False, True, False]


def test_a_run_that_goes_on_or_dies_is_read_in_full_at_once() -> None:
    write_run("died-0001", epochs_done=1, status="crashed", day="20261120T000000Z")
    writer = write_run("live-0002", epochs_done=1, day="20261121T000000Z")
    live, died = RunListing().read(in_full=())
    writer.leave()
    assert (live.status, died.status) == (RunStatus.RUNNING, RunStatus.CRASHED)
    assert live.details is not None and died.details is not None


def test_labels_of_a_run_that_is_known_by_its_summary_are_read_again() -> None:
    full = write_summarised_runs(1)
    listing = RunListing()
    (before,) = listing.read(in_full=())
    assert listing.read(in_full=(), everything=True)[0] is before
    update_labels(full[0].run.path, name="mine")
    assert listing.read(in_full=(), everything=True)[0].name == "mine"
