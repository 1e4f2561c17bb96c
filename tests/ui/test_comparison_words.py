"""The words of a comparison at given widths and heights: nothing is lost without being counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tui_trainer.ui.comparison import Comparison, LayerDistance
from tui_trainer.ui.comparison_words import format_differences, format_verdict
from tui_trainer.ui.subject import foreign_subject
from tui_trainer.ui.theme import DARK

COMPARISON = Comparison(
    data="mnist",
    split="test",
    num_examples=10_000,
    accuracies=(0.97, 0.98),
    losses=(0.1, 0.2),
    both_right=9_000,
    counts={"fixed": 1, "broken": 2, "both_wrong": 3},
    verdict="B is better, p = 0.003",
    layers=tuple(LayerDistance(f"fc{number}.weight", 1.0, 0.5) for number in range(1, 7)),
    layers_note="",
    config=tuple((f"key{number}", "a", "b") for number in range(1, 7)),
)


def lines_of(height: int, **changes: Any) -> list[str]:
    return format_differences(replace(COMPARISON, **changes), 48, height, DARK).plain.split("\n")


def test_a_long_verdict_is_wrapped() -> None:
    subjects = (foreign_subject(Path("a.pt"), None, "mnist"), foreign_subject(Path("b.pt"), None, "mnist"))
    verdict = "tied, p = 0.21: as large a difference as this one can be chance alone"
    lines = format_verdict(replace(COMPARISON, verdict=verdict), subjects, 48, DARK).plain.split("\n")
    assert f"{lines[2].strip()} {lines[3].strip()}" == verdict
    assert "9,000 of 10,000 test" in lines[-1]


def test_all_are_shown_where_they_fit() -> None:
    lines = lines_of(15)
    assert [line.split()[0] for line in lines[1:7]] == [f"key{number}" for number in range(1, 7)]
    assert [line.split()[0] for line in lines[9:]] == [f"fc{number}.weight" for number in range(1, 7)]
    assert len(lines) == 15


@pytest.mark.parametrize("height", range(7, 15))
def test_what_does_not_fit_is_counted(height: int) -> None:
    lines = lines_of(height)
    assert len(lines) <= height
    for prefix in ("key", "fc"):
        shown = [line for line in lines if line.strip().startswith(prefix)]
        part = lines[: lines.index("")] if prefix == "key" else lines[lines.index("") :]
        counted = [int(line.split()[1]) for line in part if line.strip().startswith("and ")]
        assert len(shown) + sum(counted) == 6


def test_a_setting_of_two_lines_counts_once() -> None:
    config = tuple((f"key{number}", "a" * 20, "b" * 20) for number in range(1, 7))
    lines = lines_of(14, config=config)
    assert "  and 4 more" in lines
    assert sum("→" in line for line in lines) == 2


def test_values_too_long_for_one_line_have_one_each() -> None:
    lines = lines_of(20, config=(("data.source", "a" * 30, "b" * 30),))
    assert [line.strip() for line in lines[1:4]] == ["data.source", "a" * 30 + " →", "b" * 30]


def test_what_is_not_known_is_said() -> None:
    assert "not known" in lines_of(10, config=None)[1]
    assert lines_of(10, config=())[1].strip() == "none"
    assert "other layers" in "\n".join(lines_of(10, layers=(), layers_note="the networks have other layers"))
