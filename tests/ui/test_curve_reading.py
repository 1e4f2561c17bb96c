"""The line that the cursor reads."""

from __future__ import annotations

import pytest

from tests.runs.fake_run import started, steps
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.ui.curve_reading import format_reading, read_curves
from tui_trainer.ui.theme import DARK


def history_of(num_steps: int = 40) -> RunHistory:
    """Steps of a tenth of a second, with a spike at step 33 and a change after step 30."""
    history, losses = RunHistory(), [0.5] * num_steps
    losses[32] = 9.0
    history.apply({"attempt": 1, **started(), "elapsed_s": 0.0})
    event = {**steps(1, losses), "elapsed_s": num_steps / 10, "lr": 0.01, "grad_norms": [[25, 1.25], [38, 2.0]]}
    history.apply({"attempt": 1, **event})
    applied = {"event": "control_applied", "kind": "set", "step": 30, "key": "optimizer.lr", "old": 0.5, "new": 0.01}
    history.apply({"attempt": 1, **applied})
    return history


def test_all_that_is_known_of_a_step_is_read() -> None:
    reading = read_curves(history_of(), 35, smoothed=0.75, steps_a_column=1)
    assert format_reading(reading, 118, DARK).plain == (
        "step 35   raw 0.5000   smooth 0.7500   epoch 3.50   time 0:03.5   lr 0.01   norm 1.25"
    )


def test_a_spike_is_read_anywhere_in_its_column_and_a_change_too() -> None:
    reading = read_curves(history_of(), 35, smoothed=0.75, steps_a_column=6)
    words = format_reading(reading, 118, DARK).plain
    assert "raw 0.5000 (0.5000–9.0000)" in words and "• lr 0.5 → 0.01" in words


@pytest.mark.parametrize("width", [38, 58, 78, 118])
def test_it_is_never_wider_than_its_room_and_at_78_columns_has_all_five_figures(width: int) -> None:
    words = format_reading(read_curves(history_of(), 35, 0.75, steps_a_column=6), width, DARK).plain
    assert len(words) <= width and words.startswith("step 35")
    if width >= 78:
        assert all(word in words for word in ("raw", "smooth", "epoch", "0:03.5"))


def test_a_step_without_a_number_says_so() -> None:
    assert "raw no number" in format_reading(read_curves(history_of(), 900, float("nan"), 1), 118, DARK).plain
