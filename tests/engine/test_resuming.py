"""Resume is bit-exact from any save, and each item of the resume state is needed for that."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.engine.training import begin, digits_config, ended, resume, train
from tui_trainer.engine.attempt import Attempt
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.train_job import _train
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import CheckpointError, DataError, RunBusyError, UsageError
from tui_trainer.runs.manifest import RESUME, WEIGHTS
from tui_trainer.runs.publisher import delete
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_lock import RunLock

LEVERS: dict[str, dict[str, Any]] = {
    "sgd with momentum": {"optimizer__momentum": 0.9, "optimizer__lr": 0.05},
    "adamw, cosine, dropout, batch norm": {
        "optimizer__name": "adamw",
        "schedule__name": "cosine",
        "model__dropout": 0.2,
        "model__batch_norm": True,
    },
}


class StopAt(StopSignals):
    """A TERM that has arrived when the loop asks for the n-th time."""

    def __init__(self, num_polls: int) -> None:
        self._polls_left = num_polls
        super().__init__()

    @property
    def received(self) -> signal.Signals | None:
        self._polls_left -= 1
        return signal.SIGTERM if self._polls_left <= 0 else None

    @received.setter
    def received(self, value: signal.Signals | None) -> None:
        pass


def stopped_run(config: RunConfig, num_polls: int) -> RunDirectory:
    """A run that TERM stopped at about step `num_polls`; the loop asks once a step and once an epoch."""
    attempt, lock = begin(config)
    assert _train(attempt, StopAt(num_polls)) == 143
    lock.release()
    return RunDirectory(attempt.run.path)


@pytest.mark.parametrize("changes", LEVERS.values(), ids=LEVERS.keys())
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(1, id="first step", marks=pytest.mark.slow),
        pytest.param(10, id="mid-epoch"),
        pytest.param(23, id="end of epoch"),
        pytest.param(30, id="second epoch", marks=pytest.mark.slow),
    ],
)
def test_a_stopped_run_goes_on_to_the_weights_of_an_uninterrupted_one(changes: dict[str, Any], step: int) -> None:
    config = digits_config(**changes)
    whole = train(config)
    run = stopped_run(config, step)
    assert ended(run)["status"] == "stopped"
    saved_at = run.checkpoints()[-1].step
    assert saved_at in (step, step - 1)

    resume(run)

    assert ended(run)["weights_sha256"] == ended(whole)["weights_sha256"]
    history, reference = run.history(), whole.history()
    assert history.losses == reference.losses
    assert [(e.epoch, e.train_loss, e.test_acc) for e in history.epochs] == [
        (e.epoch, e.train_loss, e.test_acc) for e in reference.epochs
    ]
    assert history.started is not None
    assert history.started["resumed_from"]["step"] == saved_at
    assert history.started["exact"] is True


def _forget_moments(attempt: Attempt) -> None:
    attempt.loaded.state.optimizer.state.clear()


def _forget_generator(attempt: Attempt) -> None:
    torch.manual_seed(12345)


def _forget_order(attempt: Attempt) -> None:
    attempt.loaded.state.order = None


def _forget_position(attempt: Attempt) -> None:
    attempt.loaded.state.position.examples_used = 0


def _forget_schedule(attempt: Attempt) -> None:
    scheduler = attempt.loaded.state.scheduler
    assert scheduler is not None
    scheduler.last_epoch = 0
    for group in attempt.loaded.state.optimizer.param_groups:
        group["lr"] = 0.001


def _forget_running_statistics(attempt: Attempt) -> None:
    for name, buffer in attempt.loaded.state.network.named_buffers():
        if name.endswith("running_mean"):
            buffer.zero_()


@pytest.mark.parametrize(
    "forget",
    [_forget_moments, _forget_generator, _forget_order, _forget_position, _forget_schedule, _forget_running_statistics],
)
def test_each_item_of_the_resume_state_is_needed(forget: Callable[[Attempt], None]) -> None:
    config = digits_config(**LEVERS["adamw, cosine, dropout, batch norm"])
    whole = train(config)
    run = stopped_run(config, 30)

    resume(run, before=forget)

    assert ended(run)["weights_sha256"] != ended(whole)["weights_sha256"]


def test_the_train_loss_of_an_epoch_counts_the_steps_before_a_stop() -> None:
    config = digits_config()
    whole, run = train(config), stopped_run(config, 30)

    def forget_loss(attempt: Attempt) -> None:
        attempt.loaded.state.position.loss_sum = 0.0

    resume(run, before=forget_loss)

    assert run.history().epochs[1].train_loss != whole.history().epochs[1].train_loss


def test_resume_skips_a_damaged_save_says_so_and_still_ends_with_the_same_weights() -> None:
    config = digits_config()
    whole, run = train(config), stopped_run(config, 50)
    newest = run.checkpoints()[-1]
    path = run.checkpoints_folder / newest.id / WEIGHTS
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    resume(run)

    history = run.history()
    assert ended(run)["weights_sha256"] == ended(whole)["weights_sha256"]
    assert history.started is not None and history.started["resumed_from"]["step"] == 46
    assert any("sha256" in warning["message"] for warning in history.warnings)


def test_a_run_killed_before_its_first_save_begins_anew() -> None:
    config = digits_config()
    whole, run = train(config), stopped_run(config, 5)
    for manifest in run.checkpoints():
        delete(run.checkpoints_folder / manifest.id)

    resume(run)

    assert ended(run)["weights_sha256"] == ended(whole)["weights_sha256"]
    assert len(run.history().losses) == 69


def test_resume_refuses_a_done_run_and_leaves_it_as_it_was() -> None:
    run = train(digits_config(training__epochs=1))
    before = run.events_path.read_bytes()

    with pytest.raises(UsageError, match="is done"):
        resume(run)

    assert run.events_path.read_bytes() == before


def test_resume_refuses_a_run_whose_lock_is_held() -> None:
    run = stopped_run(digits_config(), 5)
    holder = RunLock(run.lock_path)
    holder.acquire(1)
    try:
        with pytest.raises(RunBusyError, match="held by process"):
            resume(run)
    finally:
        holder.release()


def test_resume_refuses_other_data(monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped_run(digits_config(), 5)
    monkeypatch.setattr("tui_trainer.engine.dataset.Dataset.fingerprint", lambda self: "0" * 64)

    with pytest.raises(DataError, match="is not the data"):
        resume(run)


def test_resume_refuses_weights_that_are_not_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped_run(digits_config(), 5)
    monkeypatch.setattr("tui_trainer.engine.resuming.has_finite_weights", lambda state_dict: False)

    with pytest.raises(CheckpointError, match="not finite since step 5"):
        resume(run)


def test_a_changed_version_is_recorded_as_not_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped_run(digits_config(), 5)
    monkeypatch.setattr("tui_trainer.engine.resuming.versions", lambda: {"torch": "9.9", "numpy": "x"})

    resume(run)

    started = run.history().started
    assert started is not None
    assert any("torch changed" in reason for reason in started["exact"])


def test_a_save_without_resume_state_is_not_resumed_from() -> None:
    run = stopped_run(digits_config(), 30)
    delete(run.checkpoints_folder / run.checkpoints()[-1].id / RESUME)

    resume(run)

    started = run.history().started
    assert started is not None and started["resumed_from"]["step"] == 23
