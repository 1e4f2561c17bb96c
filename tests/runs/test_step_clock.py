"""StepClock: seconds and rates of steps, through attempts and damaged clocks."""

from __future__ import annotations

import math

from tests.runs.fake_run import started, steps
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.step_clock import StepClock


def test_steps_between_two_records_are_interpolated_both_ways() -> None:
    clock = StepClock()
    clock.begin_attempt(0, 1.0)
    clock.note(100, 3.0, 0.1)
    clock.note(200, 7.0, 0.1)
    assert clock.seconds_at(50) == 1.0 and clock.seconds_at(150) == 4.0 and clock.seconds_at(900) == 6.0
    assert clock.step_at(1.0) == 50 and clock.step_at(4.0) == 150 and clock.step_at(99.0) == 200


def test_a_resumed_attempt_goes_on_from_the_time_of_the_step_that_it_began_from() -> None:
    clock = StepClock()
    clock.begin_attempt(0, 0.0)
    clock.note(100, 10.0, 0.1)
    clock.note(200, 20.0, 0.1)
    clock.begin_attempt(100, 2.0)
    clock.note(150, 5.0, 0.01)
    assert list(clock.steps) == [100, 150] and clock.last_s == 13.0 and clock.lrs[-1] == 0.01


def test_a_clock_that_runs_backwards_or_is_missing_stands_still() -> None:
    clock = StepClock()
    clock.begin_attempt(0, 0.0)
    clock.note(10, 5.0, None)
    clock.note(20, 1.0, 0.1)
    clock.note(30, None, 0.1)
    assert list(clock.seconds) == [5.0, 5.0, 5.0] and math.isnan(clock.lrs[0])
    assert clock.step_at(5.0) == 30


def test_a_history_keeps_the_time_and_rate_of_its_steps() -> None:
    history = RunHistory()
    history.apply({"attempt": 1, **started(), "elapsed_s": 2.0})
    history.apply({"attempt": 1, **steps(1, [1.0] * 4), "elapsed_s": 6.0, "lr": 0.5})
    assert history.clock.seconds_at(2) == 2.0 and list(history.clock.lrs) == [0.5]
