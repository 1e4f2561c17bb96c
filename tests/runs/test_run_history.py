from __future__ import annotations

import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runs.fake_run import ended, epoch_ended, started, steps
from tui_trainer.runs.run_history import RunHistory


def folded(*events: dict[str, Any]) -> RunHistory:
    history = RunHistory()
    for event in events:
        history.apply({"attempt": 1, **event})
    return history


def test_a_log_folds_into_losses_epochs_and_an_end() -> None:
    history = folded(started(), steps(1, [0.9, 0.8]), steps(3, [0.7]), epoch_ended(1, 0.9), epoch_ended(2, 0.95), ended())
    assert list(history.losses) == [0.9, 0.8, 0.7]
    assert [epoch.epoch for epoch in history.epochs] == [1, 2]
    assert history.num_epochs == 5 and history.steps_per_epoch == 10 and history.step == 20
    assert history.ended is not None and history.ended["status"] == "done"
    assert history.best is not None and history.best.epoch == 2


def test_a_resume_supersedes_what_lay_beyond_its_step() -> None:
    first = [started(), steps(1, [1.0] * 25), epoch_ended(1, 0.8), epoch_ended(2, 0.99), ended("failed")]
    history = folded(*first, started(attempt=2, resumed_step=10), steps(11, [2.0], attempt=2))
    assert list(history.losses) == [1.0] * 10 + [2.0]
    assert [epoch.epoch for epoch in history.epochs] == [1]
    assert [epoch.epoch for epoch in history.superseded_epochs] == [2]
    assert history.ended is None and history.attempt == 2
    assert history.is_superseded(attempt=1, step=11) and not history.is_superseded(attempt=1, step=10)
    assert not history.is_superseded(attempt=2, step=50)


def test_an_attempt_from_the_beginning_supersedes_everything() -> None:
    history = folded(started(), steps(1, [1.0] * 10), epoch_ended(1), started(attempt=2))
    assert len(history.losses) == 0 and history.epochs == [] and history.step == 0


def test_of_two_records_the_higher_attempt_counts_whatever_their_order() -> None:
    late = [steps(11, [9.0], attempt=1), epoch_ended(2, 0.5, attempt=1), ended("failed", attempt=1)]
    history = folded(started(), started(attempt=2, resumed_step=10), steps(11, [2.0], 2), epoch_ended(2, 0.9, 2), *late)
    assert history.losses[10] == 2.0
    assert [epoch.test_acc for epoch in history.epochs] == [0.9]
    assert [epoch.test_acc for epoch in history.superseded_epochs] == [0.5]
    assert history.ended is None


def test_of_two_records_of_one_attempt_the_later_counts() -> None:
    history = folded(started(), steps(1, [1.0, 2.0, 3.0]), steps(2, [5.0]), epoch_ended(1, 0.5), epoch_ended(1, 0.6))
    assert list(history.losses) == [1.0, 5.0, 3.0]
    assert [epoch.test_acc for epoch in history.epochs] == [0.6]


def test_losses_that_are_null_or_missing_are_gaps() -> None:
    history = folded(started(), steps(1, [1.0, None]), steps(5, [2.0, math.inf]))
    assert len(history.losses) == 6
    assert [step for step, loss in enumerate(history.losses, start=1) if math.isnan(loss)] == [2, 3, 4, 6]


def test_metrics_that_are_not_finite_are_none_and_never_best() -> None:
    history = folded(started(), epoch_ended(1, 0.5), epoch_ended(2, None), epoch_ended(3, math.inf), epoch_ended(4, math.nan))
    assert [epoch.test_acc for epoch in history.epochs] == [0.5, None, None, None]
    assert history.best is not None and history.best.epoch == 1
    assert folded(epoch_ended(1, None)).best is None


def test_ties_of_best_go_to_the_earlier_epoch() -> None:
    history = folded(started(), epoch_ended(3, 0.9), epoch_ended(2, 0.9), epoch_ended(4, 0.9))
    assert history.best is not None and history.best.epoch == 2


def test_checkpoints_pauses_and_warnings_are_kept_up() -> None:
    saved = {"event": "checkpoint_saved", "checkpoint": "s000000010-a1"}
    history = folded(started(), saved, {"event": "paused", "step": 5}, {"event": "warning", "code": "x", "message": "y"})
    assert list(history.checkpoints) == ["s000000010-a1"] and history.is_paused and len(history.warnings) == 1
    history.apply({"event": "checkpoint_deleted", "checkpoint": "s000000010-a1", "attempt": 1})
    history.apply({"event": "continued", "attempt": 1})
    assert history.checkpoints == {} and not history.is_paused


@pytest.mark.parametrize(
    "event",
    [
        {"event": "steps"},
        {"event": "steps", "first_step": 0, "losses": [1.0]},
        {"event": "steps", "first_step": 10**12, "losses": [1.0]},
        {"event": "steps", "first_step": math.inf, "losses": [1.0]},
        {"event": "steps", "first_step": 1, "losses": ["0.5"]},
        {"event": "steps", "first_step": 1, "losses": [True]},
        {"event": "steps", "first_step": 1, "losses": [10**400]},
        {"event": "steps", "first_step": 1, "losses": 5},
        {"event": "epoch_ended", "epoch": None},
        {"event": "run_started", "attempt": "x"},
        {"event": "run_started", "attempt": 2, "resumed_from": {"step": []}},
        {"event": "checkpoint_saved"},
    ],
)
def test_garbage_is_counted_and_changes_nothing(event: dict[str, Any]) -> None:
    history = folded(started(), steps(1, [0.5]), epoch_ended(1), event)
    assert history.damaged_lines == 1
    assert list(history.losses) == [0.5] and len(history.epochs) == 1 and history.attempt == 1


def test_many_epochs_are_folded_in_a_time_that_grows_as_their_number() -> None:
    history = folded(started())
    began_at = time.process_time()
    for epoch in range(1, 30_001):
        history.apply({"attempt": 1, **epoch_ended(epoch)})
    assert len(history.epochs) == 30_000 and time.process_time() - began_at < 3.0


def test_unknown_events_are_ignored() -> None:
    history = folded(started(), {"event": "from the future", "x": 1})
    assert history.damaged_lines == 0 and history.num_events == 2


def test_a_negative_resume_step_keeps_no_loss() -> None:
    assert len(folded(started(), steps(1, [1.0, 2.0]), started(attempt=2, resumed_step=-1)).losses) == 0


ANYTHING = st.one_of(st.none(), st.booleans(), st.integers(-3, 40), st.floats(), st.text(max_size=3), st.lists(st.floats()))
FIELDS = (
    "attempt",
    "first_step",
    "losses",
    "epoch",
    "step",
    "test_acc",
    "epochs",
    "steps_per_epoch",
    "checkpoint",
    "resumed_from",
)
NAMES = ("run_started", "steps", "epoch_ended", "checkpoint_saved", "run_ended")
EVENTS = st.lists(st.tuples(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(FIELDS), ANYTHING)), max_size=12)


@settings(deadline=None, max_examples=150)
@given(EVENTS)
def test_no_log_however_strange_raises(events: list[tuple[str, dict[str, Any]]]) -> None:
    history = RunHistory()
    for name, fields in events:
        history.apply({"event": name, **fields})
    assert history.best is None or history.best.test_acc is not None
    assert history.num_epochs is None or isinstance(history.num_epochs, int)


def test_gradient_norms_of_superseded_steps_are_gone() -> None:
    history = RunHistory()
    history.apply({"event": "run_started", "attempt": 1, "epochs": 2, "steps_per_epoch": 10})
    norms = [[2, 0.5], [4, None], [6, 0.25]]
    history.apply({"event": "steps", "attempt": 1, "first_step": 1, "losses": [1.0] * 6, "lr": 0.1, "grad_norms": norms})
    assert list(history.grad_norm_steps) == [2, 4, 6] and math.isnan(history.grad_norms[1])
    history.apply({"event": "run_started", "attempt": 2, "resumed_from": {"checkpoint": "x", "step": 4}})
    assert list(history.grad_norm_steps) == [2, 4]


def test_a_change_that_a_resume_does_not_name_is_gone() -> None:
    history = RunHistory()
    history.apply({"event": "run_started", "attempt": 1, "epochs": 5, "steps_per_epoch": 10})
    applied = {"event": "control_applied", "kind": "set", "attempt": 1, "key": "training.epochs", "old": 5, "new": 9, "step": 7}
    history.apply(applied)
    assert history.num_epochs == 9
    history.apply({"event": "run_started", "attempt": 2, "epochs": 5, "resumed_from": {"checkpoint": "x", "step": 3}})
    assert (history.changes, history.num_epochs) == ([], 5)
    history.apply(applied)
    assert history.changes == []
