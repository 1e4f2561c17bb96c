"""A change while the training goes on: checked, saved before, applied at its step, and restored by a resume."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.steered_runs import AskAt, Sets, events, steered_run
from tests.engine.training import begin, digits_config, ended, resume, train
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.train_job import _train
from tui_trainer.runs import control
from tui_trainer.runs.live_keys import effective_config
from tui_trainer.runs.run_directory import RunDirectory


def test_a_change_is_saved_before_recorded_and_applied_at_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    run = steered_run(monkeypatch, digits_config(), {10: ("optimizer.lr", 0.1)})

    saved, applied = events(run, "checkpoint_saved", "control_applied")[:2]
    assert (saved["step"], saved["event"]) == (10, "checkpoint_saved")
    assert {key: applied[key] for key in ("kind", "key", "old", "new", "step")} == {
        "kind": "set", "key": "optimizer.lr", "old": 0.5, "new": 0.1, "step": 10,
    }  # fmt: skip
    plain = train(digits_config())
    losses, others = run.history().losses, plain.history().losses
    assert losses[:11] == others[:11]
    assert losses[11] != others[11]
    assert effective_config(run.config, run.history().changes).optimizer.lr == 0.1
    assert run.config.optimizer.lr == 0.5


CHANGES: dict[str, tuple[dict[str, Any], Sets]] = {
    "lr": ({}, {10: ("optimizer.lr", 0.1)}),
    "lr under cosine": ({"schedule__name": "cosine"}, {30: ("optimizer.lr", 0.1)}),
    "lr of adamw under one_cycle": (
        {"schedule__name": "one_cycle", "optimizer__name": "adamw"},
        {10: ("optimizer.lr", 0.01), 12: ("optimizer.lr", 0.002)},
    ),
    "lr after a warm-up": ({"schedule__name": "warmup_cosine"}, {12: ("optimizer.lr", 0.3)}),
    "decay of sgd": ({}, {10: ("optimizer.weight_decay", 0.01)}),
    "decay of adamw": ({"optimizer__name": "adamw"}, {10: ("optimizer.weight_decay", 0.5)}),
    "clipping": ({"optimizer__momentum": 0.9}, {10: ("training.clip_norm", 0.5), 40: ("training.clip_norm", 0.0)}),
    "at an epoch's end": ({"schedule__name": "exponential"}, {24: ("optimizer.lr", 0.2)}),
    "one epoch more": ({"schedule__name": "exponential"}, {60: ("training.epochs", 4)}),
}


@pytest.mark.parametrize(("changes", "sets"), CHANGES.values(), ids=CHANGES.keys())
def test_replay_and_eager_follow_a_change_to_the_same_bits(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], sets: Sets
) -> None:
    replayed = steered_run(monkeypatch, digits_config(**changes), sets)
    eager = steered_run(monkeypatch, digits_config(**changes, training__step_mode="eager"), sets)

    assert replayed.history().started["step_mode"] == "replay"  # type: ignore[index]
    assert not events(replayed, "warning")
    assert replayed.history().losses == eager.history().losses
    assert ended(replayed)["weights_sha256"] == ended(eager)["weights_sha256"]
    assert ended(replayed)["weights_sha256"] != ended(train(digits_config(**changes)))["weights_sha256"]


@pytest.mark.parametrize(("changes", "sets"), CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize(
    "later",
    [
        pytest.param(0, id="at once", marks=pytest.mark.slow),
        pytest.param(1, id="a step later"),
        pytest.param(7, id="some steps later", marks=pytest.mark.slow),
    ],
)
def test_a_resume_restores_what_was_changed(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], sets: Sets, later: int
) -> None:
    whole = steered_run(monkeypatch, digits_config(**changes), sets)
    # The poll after the one at which it was asked sees the request: the folder is looked at after the signals.
    run = steered_run(monkeypatch, digits_config(**changes), sets, stop_at=max(sets) + 1 + later)

    resume(run)

    assert run.history().losses == whole.history().losses
    assert ended(run)["weights_sha256"] == ended(whole)["weights_sha256"]
    started = run.history().started or {}
    assert [change["key"] for change in started["changes"]] == [key for key, _ in sets.values()]
    assert started["exact"] is True


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("optimizer.lr", -1, "optimizer.lr"),
        ("optimizer.lr", "fast", "optimizer.lr"),
        ("model.hidden", [3], "cannot be changed while a run trains"),
        ("optimizer.rl", 0.1, "did you mean"),
        ("training.epochs", 1, "have begun"),
        ("training.epochs", 2.5, "training.epochs"),
        ("training.clip_norm", None, "training.clip_norm"),
    ],
)
def test_a_wrong_change_is_refused_and_nothing_is_saved(
    monkeypatch: pytest.MonkeyPatch, key: str, value: Any, words: str
) -> None:
    run = steered_run(monkeypatch, digits_config(training__epochs=2), {30: (key, value)})

    (refusal,) = events(run, "control_refused")
    assert words in refusal["reason"]
    assert not events(run, "control_applied")
    assert all(manifest.epoch_complete for manifest in run.checkpoints())
    assert ended(run)["status"] == "done"


def test_more_epochs_keep_the_schedules_length_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run = steered_run(monkeypatch, digits_config(schedule__name="cosine"), {40: ("training.epochs", 4)})

    (applied,) = events(run, "control_applied")
    assert "keeps the length" in applied["note"]
    history = run.history()
    assert (history.num_epochs, len(history.epochs)) == (4, 4)
    rates = [epoch.lr for epoch in history.epochs]
    assert rates[2] == pytest.approx(0, abs=1e-9) and rates[3] == pytest.approx(0.125)


def test_one_cycle_cannot_be_made_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    run = steered_run(monkeypatch, digits_config(schedule__name="one_cycle"), {40: ("training.epochs", 4)})

    (refusal,) = events(run, "control_refused")
    assert "one_cycle" in refusal["reason"]


def test_less_patience_ends_the_run_at_the_end_of_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    config = digits_config(
        optimizer__lr=0.0,
        training__early_stopping="train_loss",
        training__patience=50,
        training__min_delta=0.1,
        training__epochs=9,
    )
    run = steered_run(monkeypatch, config, {80: ("training.patience", 2)})

    assert "early stopping" in ended(run)["reason"]
    assert len(run.history().epochs) == 4


def _attempt_of(run: RunDirectory) -> dict[str, Any]:
    return run.history().started or {}


def test_what_was_not_exact_stays_so_after_another_resume(monkeypatch: pytest.MonkeyPatch) -> None:
    run = steered_run(monkeypatch, digits_config(), {}, stop_at=10)
    with monkeypatch.context() as changed:
        changed.setattr("tui_trainer.engine.resuming.versions", lambda: {"torch": "9.9", "numpy": "x"})
        resume(run, AskAt(run, {}, stop_at=10, attempt=2))
    assert isinstance(_attempt_of(run)["exact"], list)

    resume(run)

    assert any("torch changed" in reason for reason in _attempt_of(run)["exact"])


def test_a_change_waits_through_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt, lock = begin(digits_config(training__epochs=2))
    for kind, args in (("pause", {}), ("set", {"key": "optimizer.lr", "value": 0.1}), ("continue", {})):
        control.request(attempt.run, kind, 1, **args)
    _train(attempt, StopSignals())
    lock.release()

    names = [event["event"] for event in events(attempt.run, "paused", "continued", "control_applied")]
    assert names == ["control_applied", "paused", "control_applied", "control_applied", "continued"]
    assert attempt.run.history().changes[0].step == 1
