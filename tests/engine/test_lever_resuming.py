"""Resume is exact for every optimiser and schedule, and each lever's state is needed for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.test_resuming import StopAt, stopped_run
from tests.engine.training import begin, digits_config, ended, resume, train
from tui_trainer.engine import time_budget
from tui_trainer.engine.attempt import Attempt
from tui_trainer.engine.schedule import Schedule
from tui_trainer.engine.tensor_files import load_tensors
from tui_trainer.engine.train_job import _train
from tui_trainer.engine.weight_average import EMA
from tui_trainer.runs.config import OPTIMIZERS, SCHEDULES
from tui_trainer.runs.manifest import read_verified
from tui_trainer.runs.run_directory import RunDirectory

pytestmark = pytest.mark.slow

MID_EPOCH = 9
"""Polls, one a step and one an epoch: epochs have six steps, so this is a step of the second one."""


def config_of(**changes: Any) -> Any:
    short = {"model__hidden": [16, 12], "model__dropout": 0.1, "data__batch_size": 256, "training__epochs": 3}
    return digits_config(**{**short, **changes})


def assert_resumes(**changes: Any) -> tuple[RunDirectory, RunDirectory]:
    config = config_of(**changes)
    whole, run = train(config), stopped_run(config, MID_EPOCH)
    assert run.checkpoints()[-1].position > 0
    resume(run)
    assert ended(run)["weights_sha256"] == ended(whole)["weights_sha256"]
    assert [(e.epoch, e.train_loss, e.lr, e.val_loss, e.ema_test_acc) for e in run.history().epochs] == [
        (e.epoch, e.train_loss, e.lr, e.val_loss, e.ema_test_acc) for e in whole.history().epochs
    ]
    return run, whole


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_optimiser_goes_on_in_mid_epoch_to_the_weights_of_an_uninterrupted_run(optimizer: str) -> None:
    assert_resumes(optimizer__name=optimizer, schedule__name="one_cycle")


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", ["adagrad", "muon"])
def test_each_schedule_goes_on_in_mid_epoch_to_the_weights_of_an_uninterrupted_run(optimizer: str, schedule: str) -> None:
    assert_resumes(optimizer__name=optimizer, schedule__name=schedule)


STATEFUL: dict[str, dict[str, Any]] = {
    "plateau": {"schedule__name": "plateau", "schedule__threshold": 0.9, "schedule__patience": 1, "training__epochs": 5},
    "mean": {"training__ema_decay": 0.98, "model__batch_norm": True},
    "stopper": {
        "training__early_stopping": "train_loss",
        "training__min_delta": 5.0,
        "training__patience": 3,
        "training__epochs": 9,
    },
    "cycle": {"schedule__name": "one_cycle"},
    "warm-up": {"schedule__name": "warmup_cosine"},
    "validation": {"data__validation_share": 0.2, "training__early_stopping": "val_loss"},
}


@pytest.mark.parametrize("name", STATEFUL)
def test_a_lever_with_state_goes_on_as_if_nothing_had_happened(name: str) -> None:
    run, whole = assert_resumes(**STATEFUL[name])
    assert ended(run)["reason"] == ended(whole)["reason"]


def _forget_plateau(attempt: Attempt) -> None:
    attempt.loaded.state.scheduler._reset()  # type: ignore[union-attr]


def _forget_mean(attempt: Attempt) -> None:
    average = attempt.loaded.state.average
    assert average is not None
    average.load(average.state_dict(), 0)


def _forget_stopper(attempt: Attempt) -> None:
    stopper = attempt.loaded.state.stopper
    assert stopper is not None
    stopper.best, stopper.num_bad = None, 0


def _forget_schedule(attempt: Attempt) -> None:
    schedule, config = attempt.loaded.state.scheduler, attempt.loaded.config
    assert schedule is not None
    for part in (schedule, *getattr(schedule, "_schedulers", ())):
        part.last_epoch = 0
    for group in attempt.loaded.state.optimizer.param_groups:
        group["lr"] = config.optimizer.lr


@pytest.mark.parametrize(
    ("name", "forget"),
    [
        ("plateau", _forget_plateau),
        ("mean", _forget_mean),
        ("stopper", _forget_stopper),
        ("cycle", _forget_schedule),
        ("warm-up", _forget_schedule),
    ],
)
def test_each_levers_state_is_needed(name: str, forget: Callable[[Attempt], None]) -> None:
    config = config_of(**STATEFUL[name])
    whole, run = train(config), stopped_run(config, 16)

    resume(run, before=forget)

    assert _outcome(run) != _outcome(whole)


def _outcome(run: RunDirectory) -> Any:
    last = run.checkpoints()[-1]
    mean = None
    if EMA in last.files:
        mean = {
            k: v.tolist() for k, v in load_tensors(read_verified(run.checkpoints_folder / last.id, last, EMA), "it").items()
        }
    return ended(run)["weights_sha256"], ended(run)["reason"], mean


def test_the_mean_weights_lie_beside_the_weights_under_the_same_keys_and_resume_exactly() -> None:
    run, whole = assert_resumes(**STATEFUL["mean"])
    assert _outcome(run) == _outcome(whole)
    manifest = run.checkpoints()[-1]
    mean = load_tensors(read_verified(run.checkpoints_folder / manifest.id, manifest, EMA), "it")
    weights = load_tensors(read_verified(run.checkpoints_folder / manifest.id, manifest, "weights.safetensors"), "it")
    assert mean.keys() == weights.keys()
    assert run.history().epochs[-1].ema_test_acc is not None


class Clock:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 1.0
        return self.now


def test_a_time_budget_ends_the_run_with_a_save_and_counts_over_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_budget, "time", Clock())
    config = config_of(training__time_budget_s=12.0, training__epochs=50)
    run = train(config)
    assert ended(run)["status"] == "done" and "time budget of 12 s" in ended(run)["reason"]
    steps = run.history().step
    assert 0 < steps < 20 and run.checkpoints()[-1].step == steps

    stopped = stopped_run(config, 5)
    resume(stopped)
    used_before = stopped.checkpoints()[0].scalars["position"]["trained_s"]
    assert used_before > 0

    def forget_time(attempt: Attempt) -> None:
        attempt.loaded.state.position.trained_s = 0.0

    forgetful = stopped_run(config, 5)
    resume(forgetful, before=forget_time)
    assert forgetful.history().step > stopped.history().step


def test_epochs_between_saves_are_recorded_and_the_last_one_is_saved() -> None:
    run = train(config_of(training__epochs=5, training__save_every_epochs=2))
    assert [m.epoch for m in run.checkpoints()] == [2, 4, 5] and len(run.history().epochs) == 5


def test_saves_in_mid_epoch_come_every_so_many_steps() -> None:
    run = train(config_of(training__save_every_steps=4, training__save_every_epochs=3))
    assert [(m.step, m.epoch_complete) for m in run.checkpoints()] == [(4, False), (8, False), (16, False), (18, True)]


def test_a_stop_between_saves_keeps_the_epoch_that_had_ended() -> None:
    attempt, lock = begin(config_of(training__save_every_epochs=3))
    assert _train(attempt, StopAt(7)) == 143
    lock.release()
    (manifest,) = RunDirectory(attempt.run.path).checkpoints()
    assert manifest.epoch == 1 and manifest.epoch_complete and manifest.metrics["test_acc"] > 0


def test_best_is_chosen_on_what_is_held_out_and_never_on_the_test_set() -> None:
    run = train(config_of(data__validation_share=0.3, training__epochs=6, optimizer__lr=0.1))
    history, best = run.history(), ended(run)["best"]
    assert history.started is not None and (history.started["num_train"], history.started["num_val"]) == (1005, 432)
    assert (best["split"], best["metric"]) == ("val", "val_acc")
    assert history.best is not None and history.best_split == "val"
    assert best["epoch"] == history.best.epoch and best["value"] == max(e.val_acc for e in history.epochs)  # type: ignore[type-var]


@pytest.mark.parametrize("share", [0.0, 0.2], ids=["without a validation split", "with one"])
def test_plateau_reads_the_validation_loss_or_the_train_loss_and_never_the_test_set(
    share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[float | None] = []
    monkeypatch.setattr(Schedule, "epoch_ended", lambda self, loss=None: read.append(loss))
    run = train(config_of(schedule__name="plateau", data__validation_share=share))
    assert read == [epoch.val_loss if share else epoch.train_loss for epoch in run.history().epochs]
