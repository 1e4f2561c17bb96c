"""The engine's answer: parsed, checked, and the arithmetic on it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ui.fake_engine import TEN_DIGITS, evaluation_answer
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.ui.calibration_pane import describe_calibration, format_calibration
from tui_trainer.ui.evaluation import Regression, parse_answer, parse_evaluation, wilson_interval
from tui_trainer.ui.regression_figures import format_regression
from tui_trainer.ui.theme import DARK


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_is_that_of_newcombes_table(hits: int, trials: int, low: float, high: float) -> None:
    assert wilson_interval(hits, trials) == pytest.approx((low, high), abs=5e-5)


def test_wilson_interval_stays_within_zero_and_one() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert wilson_interval(20, 20)[1] == 1.0
    assert wilson_interval(0, 5)[0] == 0.0


def test_an_answer_gives_its_counts_pairs_and_baseline() -> None:
    evaluation = parse_evaluation(evaluation_answer())
    assert sum(map(sum, evaluation.confusion)) == evaluation.num_examples == 10_000
    assert evaluation.num_wrong == 193
    assert evaluation.baseline == 0.1135
    worst = evaluation.confused_pairs[0]
    assert (worst.true, worst.predicted, worst.count) == (4, 9, 11)
    assert worst.share == pytest.approx(11 / sum(TEN_DIGITS[4]))
    assert evaluation.largest_share == max(pair.share for pair in evaluation.confused_pairs)


def test_confused_pairs_of_one_count_stand_in_the_order_of_the_classes() -> None:
    evaluation = parse_evaluation(evaluation_answer([[5, 2, 0], [2, 5, 2], [0, 3, 5]]))
    assert [(pair.true, pair.predicted) for pair in evaluation.confused_pairs] == [(2, 1), (0, 1), (1, 0), (1, 2)]


def _without(key: str) -> dict[str, Any]:
    return {name: value for name, value in evaluation_answer().items() if name != key}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        _without("confusion"),
        _without("accuracy"),
        {**evaluation_answer(), "confusion": [[1, 2]]},
        {**evaluation_answer(), "confusion": [*TEN_DIGITS[:9], [1, 2]]},
        {**evaluation_answer(), "confusion": [[-1] * 10] * 10},
        {**evaluation_answer(), "confusion": "none"},
        {**evaluation_answer(), "num_examples": True},
        {**evaluation_answer(), "per_class": []},
        {**evaluation_answer(), "per_class": [{"class": "0"}] * 10},
    ],
)
def test_an_answer_that_does_not_hang_together_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(MlpTuiError, match="evaluation"):
        parse_evaluation(answer)


def test_class_names_from_outside_lose_their_escape_bytes() -> None:
    evaluation = parse_evaluation(evaluation_answer([[3, 1], [0, 4]], ["\x1b[31mred", "[b]bold"]))
    assert "\x1b" not in evaluation.classes[0].name
    assert evaluation.classes[1].name == "[b]bold"


def test_a_regression_has_its_errors_beside_those_of_the_mean() -> None:
    result = {"r2": 0.34, "mae": 44.125, "loss": 0.61, "num_examples": 89, "data": "x", "split": "test", "rmse": 55.0}
    regression = parse_answer({**result, "baseline": {"mae": 66.0, "rmse": 77.0}})
    assert isinstance(regression, Regression)
    assert (regression.r2, regression.mae, regression.baseline_mae) == (0.34, 44.125, 66.0)
    text = format_regression(regression, 62, DARK).plain
    assert "R² 0.3400" in text
    assert "explains 34.0 %" in text
    assert max(map(len, text.split("\n"))) <= 62
    worse = parse_answer({**result, "r2": -0.1})
    assert isinstance(worse, Regression)
    assert "no better than always saying the mean" in format_regression(worse, 62, DARK).plain


def test_a_regression_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(MlpTuiError, match="evaluation"):
        parse_answer({"r2": 0.3, "mae": "much"})


def test_calibration_leaves_out_empty_ranges_and_says_what_it_means() -> None:
    empty = {"low": 0.0, "high": 0.5, "count": 0, "confidence": None, "accuracy": None}
    sure = {"low": 0.9, "high": 1.0, "count": 90, "confidence": 0.95, "accuracy": 0.8}
    calibration = parse_evaluation({**evaluation_answer(), "calibration": {"ece": 0.15, "bins": [empty, sure]}}).calibration
    assert calibration is not None
    assert len(calibration.bins) == 1
    assert describe_calibration(calibration).startswith("far too sure of itself")
    lines = format_calibration(calibration, 62, 16, DARK).plain.split("\n")
    assert "0.90–1.00" in lines[1]
    assert "│" in lines[1]
    assert max(map(len, lines)) <= 62
