from __future__ import annotations

import errno
import json
from typing import Any

import pytest
from safetensors.torch import load_file

from tests.engine.training import begin, digits_config, ended, train
from tui_trainer.engine.checkpoint_store import CheckpointStore
from tui_trainer.engine.weights_digest import weights_sha256
from tui_trainer.runs.manifest import RESUME, WEIGHTS
from tui_trainer.runs.run_directory import RunDirectory, best_checkpoint


def test_each_epoch_leaves_a_whole_checkpoint_that_safetensors_alone_can_load() -> None:
    run = train(digits_config())

    checkpoints = run.checkpoints()
    assert [manifest.id for manifest in checkpoints] == ["s000000023-a1", "s000000046-a1", "s000000069-a1"]
    assert [manifest.epoch for manifest in checkpoints] == [1, 2, 3]
    last = checkpoints[-1]
    assert weights_sha256(load_file(run.checkpoints_folder / last.id / WEIGHTS)) == last.weights_sha256
    assert ended(run)["weights_sha256"] == last.weights_sha256
    assert last.metrics["test_acc"] == run.history().epochs[-1].test_acc
    assert sorted(load_file(run.checkpoints_folder / last.id / WEIGHTS)) == [
        "fc1.bias",
        "fc1.weight",
        "fc2.bias",
        "fc2.weight",
        "fc3.bias",
        "fc3.weight",
    ]


def test_a_save_is_published_after_its_epoch_is_in_the_log() -> None:
    run = train(digits_config())

    events = [json.loads(line) for line in run.events_path.read_text().splitlines()]
    names = [(event["event"], event["epoch"]) for event in events if event["event"] in ("epoch_ended", "checkpoint_saved")]
    assert names == [(name, epoch) for epoch in (1, 2, 3) for name in ("epoch_ended", "checkpoint_saved")]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_a_full_disk_costs_a_save_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from tui_trainer.engine import checkpoint_store

    real, calls = checkpoint_store.publish_folder, []

    def publish(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*arguments)

    monkeypatch.setattr(checkpoint_store, "publish_folder", publish)
    run = train(digits_config())

    assert ended(run)["status"] == "done"
    assert [manifest.epoch for manifest in run.checkpoints()] == [1, 3]
    (warning,) = run.history().warnings
    assert warning["code"] == "checkpoint_failed" and warning["errno"] == errno.ENOSPC


def test_retention_keeps_best_newest_and_what_the_user_keeps() -> None:
    attempt, lock = begin(digits_config(training__epochs=6, training__keep_bytes=0, training__keep_last=2))
    (attempt.run.path / "labels.json").write_text(json.dumps({"keep": ["s000000023-a1"]}))
    from tui_trainer.engine.stop_signals import StopSignals
    from tui_trainer.engine.train_job import _train

    _train(attempt, StopSignals())
    lock.release()

    run = RunDirectory(attempt.run.path)
    best = max(run.history().epochs, key=lambda epoch: epoch.test_acc or 0)
    assert {manifest.epoch for manifest in run.checkpoints()} == {1, 5, 6, best.epoch}
    kept = best_checkpoint(run.checkpoints())
    assert kept is not None and kept.epoch == best.epoch
    assert set(run.history().checkpoints) == {manifest.id for manifest in run.checkpoints()}


def test_the_same_step_is_saved_once() -> None:
    attempt, lock = begin(digits_config())
    store = CheckpointStore(attempt.run, attempt.log, attempt.loaded.manifest_facts())

    assert store.save(attempt.loaded.state.snapshot(), {}) == store.save(attempt.loaded.state.snapshot(), {}) == "s000000000-a1"

    assert len(attempt.run.checkpoints()) == 1
    assert RESUME in attempt.run.checkpoints()[0].files
    lock.release()
