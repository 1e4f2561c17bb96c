"""ScreenCost: the pace of the pictures follows what they cost."""

from __future__ import annotations

import pytest

from tui_trainer.ui import screen_cost
from tui_trainer.ui.screen_cost import LEAST_PER_SECOND, MAX_CORE_SHARE, PER_SECOND, ScreenCost


@pytest.mark.parametrize(
    ("picture_s", "period_s"),
    [(0.001, 1 / PER_SECOND), (0.032, 0.032 / MAX_CORE_SHARE), (5.0, 1 / LEAST_PER_SECOND)],
    ids=["cheap", "dear", "very dear"],
)
def test_pictures_come_as_often_as_their_share_of_a_core_allows(
    monkeypatch: pytest.MonkeyPatch, picture_s: float, period_s: float
) -> None:
    spent_s = [0.0]
    monkeypatch.setattr(screen_cost.time, "process_time", lambda: spent_s[0])
    cost = ScreenCost()
    assert cost.period_s == 1 / PER_SECOND
    for _ in range(10):
        cost.count_picture()
    spent_s[0] = 10 * picture_s
    cost.read()
    assert cost.period_s == pytest.approx(period_s)

    cost.read()
    assert cost.period_s == pytest.approx(period_s), "without a picture nothing is known of their cost"
