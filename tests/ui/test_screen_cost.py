"""ScreenCost: what is measured between two readings, and that the pace learns it."""

from __future__ import annotations

import pytest

from tui_trainer.runs.ui_settings import DEFAULT_UI
from tui_trainer.ui import screen_cost
from tui_trainer.ui.pace import MAX_CORE_SHARE
from tui_trainer.ui.screen_cost import ScreenCost


class Output:
    """Counts as the real one does; a test says what."""

    num_bytes = num_taken = 0
    busy_s = 0.0


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Wall and processor time, turned by the test."""
    now = {"wall": 100.0, "cpu": 0.0}
    monkeypatch.setattr(screen_cost.time, "monotonic", lambda: now["wall"])
    monkeypatch.setattr(screen_cost.time, "process_time", lambda: now["cpu"])
    return now


def build(output: Output | None) -> ScreenCost:
    return ScreenCost(DEFAULT_UI, output)  # type: ignore[arg-type]


def test_rates_are_of_the_time_since_the_last_reading(clocks: dict[str, float]) -> None:
    output = Output()
    cost = build(output)
    for _ in range(8):
        cost.count_picture()
    clocks["wall"], clocks["cpu"], output.num_bytes = 102.0, 0.1, 12_000
    read = cost.read()
    assert (read.pictures_per_s, read.bytes_per_s, read.cpu_share) == (4.0, 6000.0, pytest.approx(0.05))
    clocks["wall"] = 103.0
    assert cost.read().bytes_per_s == 0.0


def test_without_a_picture_nothing_is_known_of_the_processor_that_one_takes(clocks: dict[str, float]) -> None:
    cost = build(None)
    assert cost.period_s == 1 / DEFAULT_UI.fps
    for _ in range(10):
        cost.count_picture()
    clocks["wall"], clocks["cpu"] = 101.0, 0.32
    assert cost.read().bytes_per_s is None
    assert cost.period_s == pytest.approx(0.032 / MAX_CORE_SHARE)
    clocks["wall"] = 102.0
    cost.read()
    assert cost.period_s == pytest.approx(0.032 / MAX_CORE_SHARE)


def test_a_terminal_that_is_busy_for_long_with_little_slows_the_pictures(clocks: dict[str, float]) -> None:
    output = Output()
    cost = build(output)
    assert cost.period_s == 1 / DEFAULT_UI.fps
    cost.count_picture()
    clocks["wall"], output.num_bytes, output.num_taken, output.busy_s = 101.0, 4000, 2000, 1.0
    cost.read()
    assert cost.period_s == pytest.approx(4000 / (2000 * 0.8))
