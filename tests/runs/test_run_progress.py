from __future__ import annotations

import pytest

from tests.runs.fake_run import epoch_ended, started, steps
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_progress import format_duration, measure_progress


def history_of(*events: dict[str, object]) -> RunHistory:
    history = RunHistory()
    for event in events:
        history.apply(event)
    return history


def test_before_the_start_nothing_is_known() -> None:
    progress = measure_progress(RunHistory(), 5.0)
    assert progress.share == 0.0 and progress.seconds_left is None


def test_in_the_first_epoch_the_steps_so_far_tell_the_rest() -> None:
    progress = measure_progress(history_of(started(), steps(1, [1.0] * 5)), 2.0)  # 5 of 50 steps in 2 s
    assert progress.share == pytest.approx(0.1)
    assert progress.seconds_left == pytest.approx(18.0)
    assert measure_progress(history_of(started()), 2.0).seconds_left is None


def test_later_the_median_epoch_tells_it_and_one_slow_epoch_does_not_matter() -> None:
    seconds = (2.0, 60.0, 2.0)
    history = history_of(started(), *(epoch_ended(n, epoch_s=s) for n, s in enumerate(seconds, start=1)))
    assert measure_progress(history).seconds_left == pytest.approx(4.0)
    assert measure_progress(history, seconds_since_epoch=1.0).seconds_left == pytest.approx(3.0)
    assert measure_progress(history).share == pytest.approx(0.6)


def test_an_overdue_epoch_and_a_finished_run_have_no_negative_time() -> None:
    history = history_of(started(), *(epoch_ended(n) for n in range(1, 6)))
    assert measure_progress(history).seconds_left == 0.0
    assert measure_progress(history, seconds_since_epoch=1000.0).seconds_left == 0.0
    assert measure_progress(history).share == 1.0


def test_a_log_without_durations_gives_no_estimate_out_of_nothing() -> None:
    history = history_of(started(), epoch_ended(1, epoch_s=None))
    assert measure_progress(history).seconds_left is None


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (5.6, "0:06"), (59.7, "1:00"), (754, "12:34"), (3723, "1:02:03"), (-3, "0:00")]
)
def test_durations_are_short_and_never_negative(seconds: float, shown: str) -> None:
    assert format_duration(seconds) == shown
