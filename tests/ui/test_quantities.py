"""Numbers, ages, names and bars as narrow columns show them."""

from __future__ import annotations

import pytest

from tui_trainer.ui.quantities import format_age, format_share, shorten_middle, sparkline


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "now"), (0, "now"), (59, "now"), (60, "1 m"), (3599, "59 m"), (3600, "1 h"), (86399, "23 h"), (3 * 86400, "3 d")],
)
def test_an_age_is_one_whole_unit(seconds: float, shown: str) -> None:
    assert format_age(seconds) == shown


def test_a_share_that_is_not_known_is_a_dash() -> None:
    assert format_share(None) == "–"
    assert format_share(0.97841) == "0.9784"


@pytest.mark.parametrize("width", range(20))
def test_a_shortened_name_never_takes_more_than_its_width(width: int) -> None:
    assert len(shorten_middle("regularised-cosine-0b77", width)) <= width


def test_a_shortened_name_keeps_the_end_by_which_runs_differ() -> None:
    assert shorten_middle("regularised-cosine-0b77", 16) == "regularise…-0b77"
    assert shorten_middle("book-3f2a", 9) == "book-3f2a"


def test_a_sparkline_shows_the_first_value_and_the_last() -> None:
    assert sparkline([0.0, 0.5, 1.0], 3, 0.0, 1.0) == "▁▅█"
    assert sparkline([0.0] * 99 + [1.0], 10, 0.0, 1.0) == "▁" * 9 + "█"
    assert sparkline([0.0] + [1.0] * 99, 10, 0.0, 1.0) == "▁" + "█" * 9
    assert sparkline([], 10, 0.0, 1.0) == ""
    assert sparkline([0.7], 10, 0.7, 0.7) == "█"
