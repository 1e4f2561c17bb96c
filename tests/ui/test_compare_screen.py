"""The comparison of two checkpoints under a pilot: verdict, lists, differences, refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runs_factory import write_run
from tests.ui.checkpoints_app import SMALL, WIDE, opened
from tests.ui.fake_engine import FakeEngine, picture_of
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.errors import CheckpointError
from tui_trainer.ui.compare_screen import CompareScreen


def compare_answer(params: dict[str, Any]) -> dict[str, Any]:
    def part(name: str, count: int, predicted: tuple[int, int]) -> dict[str, Any]:
        stop = min(count, params["offset"] + params["limit"]) if params["which"] == name else 0
        readings = {"predicted_a": predicted[0], "predicted_b": predicted[1], "loss_a": 2.0, "loss_b": 0.5}
        rows = [
            {"index": index, "true": 4, **readings, "pixels": picture_of(index % 9), "values": None}
            for index in range(params["offset"], stop)
        ]
        return {"count": count, "examples": rows}

    return {
        "a": {"checkpoint": "a", "accuracy": 0.9781, "loss": 0.08, "num_right": 9781},
        "b": {"checkpoint": "b", "accuracy": 0.9836, "loss": 0.05, "num_right": 9836},
        "data": "mnist",
        "split": "test",
        "num_examples": 10_000,
        "columns": None,
        "image_shape": [28, 28],
        "class_names": [str(digit) for digit in range(10)],
        "fixed": part("fixed", 121, (9, 4)),
        "broken": part("broken", 66, (4, 9)),
        "both_wrong": part("both_wrong", 0, (9, 9)),
        "both_right": 9715,
        "mcnemar": {"p_value": 0.003, "verdict": "b", "words": "B is better, p = 0.003"},
        "layers": [{"layer": "fc1.weight", "distance": 12.3, "relative": 1.2, "shape": [128, 784]}],
        "config": [{"key": "optimizer.lr", "a": "0.5", "b": "[b]0.1\x1b"}],
    }


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_two_marked_checkpoints_are_compared_in_words_and_pictures(size: tuple[int, int]) -> None:
    write_run(epochs_done=3, status="done")
    engine = FakeEngine()
    engine.answers["compare"] = compare_answer
    async with opened(engine, size=size) as pilot:
        await pilot.press("down", "space", "space", "x")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
        await wait_for(pilot, lambda: "B is better, p = 0.003" in "\n".join(screen_lines(pilot)))
        asked = engine.params_of("compare")[-1]
        assert [asked[side]["checkpoint"] for side in "ab"] == ["s000002814-a1", "s000001876-a1"]
        text = "\n".join(screen_lines(pilot))
        assert "only B right" in text
        assert "of 121" in text
        assert "4 as 9 → 4" in text
        await pilot.press("down")
        await wait_for(pilot, lambda: "of 66" in "\n".join(screen_lines(pilot)))
        await pilot.press("right")
        await wait_for(pilot, lambda: engine.params_of("compare")[-1]["offset"] > 0)
        await pilot.press("down")
        await wait_for(pilot, lambda: "both wrong" in "\n".join(screen_lines(pilot)))
        if size == SMALL:
            await pilot.press("g")
        await wait_for(pilot, lambda: "fc1.weight" in "\n".join(screen_lines(pilot)))
        text = "\n".join(screen_lines(pilot))
        assert "optimizer.lr 0.5 → [b]0.1" in text
        assert "\x1b" not in text


async def test_a_refusal_is_one_line_and_escape_goes_back() -> None:
    write_run(epochs_done=2, status="done")
    engine = FakeEngine()

    def refuse(params: dict[str, Any]) -> dict[str, Any]:
        raise CheckpointError("B takes 64 inputs, A 784; compare two that read the same data")

    engine.answers["compare"] = refuse
    async with opened(engine) as pilot:
        await pilot.press("down", "space", "space", "x")
        await wait_for(pilot, lambda: "! B takes 64 inputs" in " ".join(screen_lines(pilot)))
        await pilot.press("escape")
        await wait_for(pilot, lambda: not isinstance(pilot.app.screen, CompareScreen))


TIED = "tied, p = 0.05: the difference can be chance"
"""The longest words that the engine has for McNemar's test."""


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_no_word_of_the_verdict_and_no_setting_is_cut(size: tuple[int, int]) -> None:
    write_run(epochs_done=3, status="done")
    engine = FakeEngine()
    source = "idx:/a/folder/with-a-long-name"[:30]
    changes = {"config": [{"key": "training.label_smoothing_of_mean", "a": source, "b": "digits"}]}
    verdict = {"mcnemar": {"p_value": 0.05, "verdict": "tied", "words": TIED}}
    engine.answers["compare"] = lambda params: {**compare_answer(params), **verdict, **changes}
    async with opened(engine, size=size) as pilot:
        await pilot.press("down", "space", "space", "x")
        await wait_for(pilot, lambda: TIED in "\n".join(screen_lines(pilot)))
        text = "\n".join(screen_lines(pilot))
        assert "9,715 of 10,000 test" in text
        if size == SMALL:
            await pilot.press("g")
        await wait_for(pilot, lambda: f"{source} → digits" in "\n".join(screen_lines(pilot)))
        assert "training.label_smoothing_of_mean" in "\n".join(screen_lines(pilot))
