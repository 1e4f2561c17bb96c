"""A fork goes on from another run's save: to the parent's own bits where nothing is changed, else to those of its script."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from tests.engine.steered_runs import AskAt, Sets, steered_run
from tests.engine.training import SilentAnswers, digits_config, ended, resume, script_weights, train
from tui_trainer.engine.attempt import begin_new
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.train_job import _train
from tui_trainer.runs.errors import CheckpointError, ConfigError, MlpTuiError, UsageError
from tui_trainer.runs.launcher import prepare_run
from tui_trainer.runs.manifest import RESUME, WEIGHTS
from tui_trainer.runs.publisher import delete
from tui_trainer.runs.relaunch import Relaunch, prepare_fork
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_lock import RunLock
from tui_trainer.runs.run_trail import read_trail, root_config

STEPS_PER_EPOCH = 23
LEVERS: dict[str, dict[str, Any]] = {
    "book": {},
    "adamw, cosine, dropout, batch norm, mean weights": {
        "optimizer__name": "adamw",
        "schedule__name": "cosine",
        "model__dropout": 0.2,
        "model__batch_norm": True,
        "training__ema_decay": 0.9,
    },
    "one_cycle": {"schedule__name": "one_cycle", "optimizer__momentum": 0.5},
}


def run_fork(fork: Relaunch, signals: StopSignals | None = None) -> RunDirectory:
    """The fork, trained to its end in this process."""
    run = RunDirectory(prepare_run(fork.config, fork.parent, facts=fork.facts, threads=fork.threads))
    lock = RunLock(run.lock_path)
    with contextlib.chdir(Path.cwd()):
        attempt = begin_new(run, lock, SilentAnswers())
    _train(attempt, signals or StopSignals())
    lock.release()
    return RunDirectory(attempt.run.path)


@pytest.mark.parametrize("changes", LEVERS.values(), ids=LEVERS.keys())
def test_a_fork_at_epoch_5_with_nothing_changed_is_the_rest_of_its_parent(changes: dict[str, Any]) -> None:
    parent = train(digits_config(training__epochs=8, **changes))

    fork = run_fork(prepare_fork(parent, "5"))

    begun = 5 * STEPS_PER_EPOCH
    whole, rest = parent.history(), fork.history()
    assert [loss.hex() for loss in rest.losses[begun:]] == [loss.hex() for loss in whole.losses[begun:]]
    assert ended(fork)["weights_sha256"] == ended(parent)["weights_sha256"]
    assert [(e.epoch, e.train_loss, e.test_acc, e.lr) for e in rest.epochs] == [
        (e.epoch, e.train_loss, e.test_acc, e.lr) for e in whole.epochs[5:]
    ]
    assert rest.started is not None and rest.started["exact"] is True
    parent_record = fork.info["parent"]
    assert (parent_record["kind"], parent_record["run"], parent_record["step"]) == ("fork", parent.run, begun)
    assert parent_record["changes"] == {}


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "lr": ({}, {"optimizer.lr": 0.1}),
    "lr under cosine": ({"schedule__name": "cosine"}, {"optimizer.lr": 0.1}),
    "lr under one_cycle": ({"schedule__name": "one_cycle"}, {"optimizer.lr": 0.1}),
    "decay and clipping": ({"optimizer__name": "adamw"}, {"optimizer.weight_decay": 0.3, "training.clip_norm": 0.5}),
    "epochs": ({"schedule__name": "cosine"}, {"training.epochs": 5}),
}


@pytest.mark.parametrize(("levers", "changes"), CHANGES.values(), ids=CHANGES.keys())
def test_the_script_of_a_fork_has_its_bits(
    monkeypatch: pytest.MonkeyPatch, levers: dict[str, Any], changes: dict[str, Any]
) -> None:
    sets: Sets = {10: ("optimizer.lr", 0.3), 50: ("optimizer.lr", 0.7)}
    parent = steered_run(monkeypatch, digits_config(**levers), sets)

    fork = run_fork(prepare_fork(parent, "1", changes))

    assert script_weights(root_config(fork), read_trail(fork))[0] == ended(fork)["weights_sha256"]
    assert ended(fork)["weights_sha256"] != ended(parent)["weights_sha256"]
    assert [change.key for change in fork.history().changes] == ["optimizer.lr", *changes]


def test_a_fork_with_another_rate_under_a_schedule_scales_what_its_parent_began_with() -> None:
    parent = train(digits_config(schedule__name="cosine"))

    fork = run_fork(prepare_fork(parent, "1", {"optimizer.lr": 0.05}))

    assert fork.history().epochs[0].lr == pytest.approx((parent.history().epochs[1].lr or 0) / 10)
    assert script_weights(root_config(fork), read_trail(fork))[0] == ended(fork)["weights_sha256"]


def test_a_fork_of_a_fork_that_was_stopped_and_resumed_has_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = train(digits_config(training__epochs=4))
    middle = run_fork(prepare_fork(parent, "1", {"optimizer.lr": 0.2}))
    monkeypatch.setattr("tui_trainer.engine.steering.POLL_S", 0.0)
    fork = prepare_fork(middle, "2", {"optimizer.weight_decay": 0.01})
    monkeypatch.setattr("tests.engine.test_forking.StopSignals", lambda: _StopAt(10))

    last = run_fork(fork)
    assert ended(last)["status"] == "stopped"
    assert script_weights(root_config(last), read_trail(last))[0] == ended(last)["weights_sha256"]
    resume(last)

    assert script_weights(root_config(last), read_trail(last))[0] == ended(last)["weights_sha256"]


class _StopAt(AskAt):
    """A TERM at the n-th poll, whatever the run."""

    def __init__(self, stop_at: int) -> None:
        super().__init__(RunDirectory(Path("nowhere")), {}, stop_at)


def test_a_fork_needs_its_parent_no_more_once_it_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = train(digits_config())
    fork = run_fork(prepare_fork(parent, "1"), _StopAt(5))
    for manifest in fork.checkpoints()[1:]:
        delete(fork.checkpoints_folder / manifest.id)
    assert [manifest.step for manifest in fork.checkpoints()] == [STEPS_PER_EPOCH]
    weights = ended(parent)["weights_sha256"]
    delete(parent.path)

    resume(fork)

    assert ended(fork)["weights_sha256"] == weights
    assert fork.history().best is not None and fork.history().best.epoch > 1


def test_a_fork_in_mid_epoch_goes_on_there(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train(digits_config())
    parent = steered_run(monkeypatch, digits_config(), {}, stop_at=30)

    fork = run_fork(prepare_fork(parent))

    assert fork.info["parent"]["step"] % STEPS_PER_EPOCH
    assert ended(fork)["weights_sha256"] == ended(whole)["weights_sha256"]


def test_other_dropout_can_be_forked_and_says_that_no_script_has_its_bits() -> None:
    parent = train(digits_config(training__epochs=2))

    plan = prepare_fork(parent, "1", {"model.dropout": 0.5, "training.early_stopping": "train_loss"})
    fork = run_fork(plan)

    assert any("no printed script" in words for words in plan.words)
    assert any("counts anew" in words for words in plan.words)
    started = fork.history().started
    assert started is not None and any("model.dropout was changed at step 23" in reason for reason in started["exact"])
    assert ended(fork)["status"] == "done"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model.hidden": [64]}, "another network"),
        ({"optimizer.name": "adam"}, "another optimiser"),
        ({"schedule.name": "cosine"}, "rerun --set"),
        ({"data.batch_size": 32}, "rerun --set"),
        ({"seed": 3}, "rerun --seed"),
        ({"training.ema_decay": 0.9}, "lacks what it needs"),
        ({"optimizer.lr": -1}, "optimizer.lr"),
        ({"optimizer.rl": 1}, "optimizer.rl"),
        ({"training.epochs": "many"}, "training.epochs"),
    ],
)
def test_what_does_not_fit_the_saved_state_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    parent = train(digits_config(training__epochs=2))

    with pytest.raises(ConfigError) as refusal:
        prepare_fork(parent, "1", changes)

    assert words in refusal.value.message
    assert "\n" not in refusal.value.message and len(refusal.value.message) <= 300


def test_a_run_at_its_end_is_forked_with_more_epochs_only() -> None:
    parent = train(digits_config(training__epochs=2))
    with pytest.raises(UsageError, match=r"training\.epochs=12"):
        prepare_fork(parent)

    fork = run_fork(prepare_fork(parent, "last", {"training.epochs": 3}))

    assert ended(fork)["weights_sha256"] == ended(train(digits_config(training__epochs=3)))["weights_sha256"]


def test_a_save_without_state_or_with_damage_cannot_be_forked() -> None:
    parent = train(digits_config(training__epochs=3))
    first, second, _ = parent.checkpoints()
    delete(parent.checkpoints_folder / first.id / RESUME)
    with pytest.raises(CheckpointError, match="weights alone"):
        prepare_fork(parent, "1")
    path = parent.checkpoints_folder / second.id / WEIGHTS
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    fork = prepare_fork(parent, "2")

    with pytest.raises(MlpTuiError, match="sha256"):
        run_fork(fork)
