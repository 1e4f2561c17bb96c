"""The pace of the pictures follows what they cost: pictures a second, processor, bytes, and what the terminal takes."""

from __future__ import annotations

import pytest

from tui_trainer.runs.ui_settings import DEFAULT_UI, UiSettings
from tui_trainer.ui import pace as pace_module
from tui_trainer.ui.pace import CORE_PERIOD_S, DEBT_PERIOD_S, LINE_SHARE, MAX_CORE_SHARE, Pace


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The pace's own."""
    clock = Clock()
    monkeypatch.setattr(pace_module.time, "monotonic", clock.monotonic)
    return clock


def draw(pace: Pace, clock: Clock, *, picture_bytes: int, seconds: float, sent: int = 0) -> tuple[int, int]:
    """Pictures of so many bytes as fast as the pace lets them come, for so long: (pictures, bytes)."""
    until, num_pictures, begun = clock.now + seconds, 0, sent
    while clock.now < until:
        clock.now += pace.period_s(sent)
        sent += picture_bytes
        num_pictures += 1
    return num_pictures, sent - begun


@pytest.mark.parametrize("fps", [0.2, 1.0, 4.0, 30.0])
def test_small_pictures_come_as_often_as_was_asked(clock: Clock, fps: float) -> None:
    num_pictures, _ = draw(Pace(UiSettings(fps=fps)), clock, picture_bytes=100, seconds=20)
    assert num_pictures == pytest.approx(20 * fps, abs=1.01)


@pytest.mark.parametrize(
    ("budget", "picture_bytes"),
    [(budget, size) for budget in (1000.0, 3000.0, 15_000.0) for size in (1500, 4200, 9000) if size <= DEBT_PERIOD_S * budget],
)
def test_bytes_keep_to_the_budget_over_a_while(clock: Clock, budget: float, picture_bytes: int) -> None:
    _, num_bytes = draw(Pace(UiSettings(bytes_per_s=budget)), clock, picture_bytes=picture_bytes, seconds=100)
    assert num_bytes / 100 <= budget * 1.05 + 2 * picture_bytes / 100
    assert num_bytes / 100 >= min(budget, 4 * picture_bytes) * 0.9 - picture_bytes / 100


def test_what_keys_send_is_paid_by_the_pictures_that_follow_but_never_for_longer_than_some_seconds(clock: Clock) -> None:
    pace = Pace(UiSettings(bytes_per_s=3000.0))
    assert pace.period_s(50_000) == 0.25, "what was sent before is no debt"
    assert pace.period_s(56_000) == pytest.approx(2.0)
    clock.now = 1.0
    assert pace.period_s(56_000) == pytest.approx(1.0)
    assert pace.period_s(10_000_000) == DEBT_PERIOD_S


@pytest.mark.parametrize(
    ("picture_s", "period_s"),
    [(0.001, 0.25), (0.032, 0.032 / MAX_CORE_SHARE), (5.0, CORE_PERIOD_S)],
    ids=["cheap", "dear", "very dear"],
)
def test_pictures_come_as_often_as_their_share_of_a_core_allows(clock: Clock, picture_s: float, period_s: float) -> None:
    pace = Pace(DEFAULT_UI)
    pace.learn_core(picture_s)
    assert pace.period_s(None) == pytest.approx(period_s)


def test_a_terminal_that_takes_less_than_the_budget_lowers_it_until_it_takes_all_at_once_again(clock: Clock) -> None:
    pace = Pace(DEFAULT_UI)
    for _ in range(8):
        pace.learn_line(2000.0)
    assert pace.bytes_per_s == pytest.approx(2000 * LINE_SHARE)
    pace.learn_line(0.0)
    assert pace.bytes_per_s >= pace_module.MIN_BYTES_PER_S
    pace.learn_line(None)
    assert pace.bytes_per_s == DEFAULT_UI.bytes_per_s


def test_the_pace_is_told_only_while_bytes_slow_it_and_some_readings_longer(clock: Clock) -> None:
    pace = Pace(UiSettings(bytes_per_s=3000.0))
    pace.period_s(0)
    pace.learn_rates(4.0, 1000.0)
    assert pace.words == ""
    pace.period_s(6000)
    pace.learn_rates(0.5, 3000.0)
    slow_words = pace.words
    assert slow_words.endswith("fps") and "kB/s" in slow_words
    clock.now = 60.0
    pace.period_s(6000)
    pace.learn_rates(12.0, 100.0)
    assert pace.words and len(pace.words) == len(slow_words)
    for _ in range(pace_module.TOLD_READINGS):
        pace.learn_rates(4.0, 100.0)
    assert pace.words == ""
