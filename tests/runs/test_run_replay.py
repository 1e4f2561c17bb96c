from __future__ import annotations

from typing import Any

import pytest

from tui_trainer.runs.run_replay import MAX_WAIT_S, paced_events


def _event(elapsed_s: Any, attempt: int = 1) -> dict[str, Any]:
    return {"event": "steps", "attempt": attempt, "elapsed_s": elapsed_s}


def waits(*events: dict[str, Any], speed: float = 20) -> list[float]:
    return [wait for wait, _ in paced_events(events, speed)]


def test_events_come_at_the_pace_of_the_trainers_clock() -> None:
    assert waits(_event(0.0), _event(2.0), _event(2.5)) == pytest.approx([0, 0.1, 0.025])


def test_another_attempt_begins_at_once_and_has_a_clock_of_its_own() -> None:
    assert waits(_event(100.0), _event(0.1, 2), _event(4.1, 2)) == pytest.approx([0, 0, 0.2])


@pytest.mark.parametrize("elapsed", [None, "soon", True, float("nan"), -5])
def test_a_time_that_is_none_and_one_that_runs_back_wait_for_nothing(elapsed: Any) -> None:
    assert waits(_event(3.0), _event(elapsed))[1] == 0


def test_a_clock_that_jumped_is_not_believed() -> None:
    assert waits(_event(1.0), _event(1e12)) == [0, MAX_WAIT_S / 20]
