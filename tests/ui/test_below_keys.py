"""What stands below the charts: the log, the layers' health, the note line; under a pilot and as pure functions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runs_factory import RunWriter, write_run
from tests.ui.pilot_waiting import screen_lines, wait_for
from tests.ui.test_train_screen import SMALL, WIDE, shown_keys, text_of, watching
from tui_trainer.runs.layer_signs import LayerFacts, judge_layer
from tui_trainer.runs.log_tail import LogTail
from tui_trainer.ui.health_pane import format_layers
from tui_trainer.ui.log_pane import format_tail
from tui_trainer.ui.theme import DARK

LAYERS: list[dict[str, Any]] = [
    {"name": "fc1", "update_ratio_log10": -2.8, "dead_share": 0.12, "grad_norm": 0.31},
    {"name": "fc2", "update_ratio_log10": None, "dead_share": 0.62, "grad_norm": 0.12},
]


def write_logged_run(num_lines: int = 40) -> RunWriter:
    """A live run whose trainer has printed something and looked at its layers."""
    writer = write_run(epochs_done=3, steps_per_epoch=100)
    writer.log.append("health", step=300, per_layer=LAYERS)
    writer.directory.log_path.write_text("".join(f"line {index} \x1b[31mof it\n" for index in range(num_lines)))
    return writer


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_the_log_shows_its_last_lines_grows_and_gives_way_to_the_epochs(size: tuple[int, int]) -> None:
    writer = write_logged_run()
    async with watching(writer.directory, size) as (pilot, _):
        await pilot.press("L")
        await wait_for(pilot, lambda: "line 39 " in text_of(pilot))
        assert "\x1b" not in text_of(pilot) and "train loss" not in text_of(pilot) and "line 0 " not in text_of(pilot)
        assert all(len(line) <= size[0] for line in screen_lines(pilot))
        with writer.directory.log_path.open("a") as log:
            log.write("Traceback: a new line\n")
        await wait_for(pilot, lambda: "Traceback: a new line" in text_of(pilot))
        await pilot.press("L")
        await wait_for(pilot, lambda: "train loss" in text_of(pilot) and "Traceback" not in text_of(pilot))
    writer.leave()


async def test_a_run_without_a_log_says_so() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=100, status="done")
    async with watching(writer.directory) as (pilot, _):
        await pilot.press("L")
        await wait_for(pilot, lambda: "there is no log" in text_of(pilot))


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_the_layers_stand_in_place_of_the_epochs_and_follow_the_log(size: tuple[int, int]) -> None:
    writer = write_logged_run()
    async with watching(writer.directory, size) as (pilot, _):
        await pilot.press("H")
        await wait_for(pilot, lambda: "-2.80" in text_of(pilot) and "12 %" in text_of(pilot))
        assert "! fc2" in text_of(pilot) and "at step 300" in text_of(pilot) and "train loss" not in text_of(pilot)
        assert ("in words" in text_of(pilot)) == (size == WIDE)
        writer.log.append("health", step=400, per_layer=[{**LAYERS[0], "update_ratio_log10": -0.2}])
        writer.add_steps(10)
        await wait_for(pilot, lambda: "! fc1" in text_of(pilot) and "-0.20" in text_of(pilot))
        await pilot.press("L")
        await wait_for(pilot, lambda: "line 39 " in text_of(pilot) and "fc1" not in text_of(pilot))
    writer.leave()


async def test_charts_that_stand_alone_make_room_for_the_log() -> None:
    writer = write_logged_run()
    async with watching(writer.directory) as (pilot, _):
        await pilot.press("g", "L")
        await wait_for(pilot, lambda: "line 39 " in text_of(pilot) and "learning rate" not in text_of(pilot))
    writer.leave()


async def test_the_machine_takes_the_place_of_the_log_at_80_columns() -> None:
    writer = write_logged_run()
    async with watching(writer.directory, SMALL) as (pilot, _):
        await pilot.press("L")
        await wait_for(pilot, lambda: "line 39 " in text_of(pilot))
        await pilot.press("m")
        await wait_for(pilot, lambda: "examples/s" in text_of(pilot) and "line 39" not in text_of(pilot))
        await pilot.press("H")
        await wait_for(pilot, lambda: "fc2" in text_of(pilot) and "examples/s" not in text_of(pilot))
    writer.leave()


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_the_last_warning_has_a_row_of_its_own_and_gives_way_to_the_cursor(size: tuple[int, int]) -> None:
    writer = write_run(epochs_done=3, steps_per_epoch=100)
    async with watching(writer.directory, size) as (pilot, _):
        rows = text_of(pilot).count("\n")
        for message in ("the first", "disk [red]full\x1b[31m"):
            writer.log.append("warning", code="x", message=message)
        await wait_for(pilot, lambda: "! 2 warnings, the last: disk [red]full" in text_of(pilot))
        assert text_of(pilot).count("\n") == rows and "\x1b" not in text_of(pilot)
        await pilot.press("left")
        await wait_for(pilot, lambda: "raw " in text_of(pilot) and "disk [red]" not in text_of(pilot))
        await pilot.press("escape")
        await wait_for(pilot, lambda: "disk [red]full" in text_of(pilot))
    writer.leave()


async def test_log_and_layers_need_a_run() -> None:
    async with watching(None) as (pilot, screen):
        await pilot.press("L", "H")
        assert shown_keys(screen) == [] and "one row an epoch" in text_of(pilot)


def test_a_long_line_of_the_log_goes_on_in_the_next_row_and_the_newest_rows_are_kept() -> None:
    text = format_tail(LogTail(("old", "a" * 25, "new")), width=10, height=3, colours=DARK)
    assert text.plain.split("\n") == ["a" * 10, "a" * 5, "new"]
    assert format_tail(LogTail(("[red]x[/red]",)), 40, 5, DARK).plain == "[red]x[/red]"


@pytest.mark.parametrize("ratio", [-99.0, -6.0, -3.0, 0.0, 5.0, None])
def test_every_row_of_the_layers_has_the_width_of_its_head(ratio: float | None) -> None:
    rows = format_layers([judge_layer(LayerFacts("features.9", ratio, 1.0, 1234.5))], 9, DARK).plain.split("\n")
    assert len({len(row) for row in rows}) == 1 and len(rows[0]) <= 55


def test_of_more_layers_than_rows_those_that_are_odd_are_shown_and_the_rest_is_counted() -> None:
    facts = [LayerFacts(f"fc{index}", -3.0, 0.9 if index == 9 else 0.0, 1.0) for index in range(1, 13)]
    layers = [judge_layer(layer) for layer in facts]
    rows = format_layers(layers, 6, DARK).plain.split("\n")
    assert len(rows) == 6 and [row.split()[0] for row in rows[1:4]] == ["fc1", "fc2", "fc3"]
    assert rows[4].startswith("! fc9") and rows[5].strip().startswith("and 8 more")
    assert len(format_layers(layers, 13, DARK).plain.split("\n")) == 13


async def test_where_there_is_room_the_layers_stand_beside_the_epochs_and_have_no_key() -> None:
    writer = write_logged_run()
    async with watching(writer.directory, (200, 60)) as (pilot, screen):
        await wait_for(pilot, lambda: "-2.80" in text_of(pilot) and "train loss" in text_of(pilot))
        assert "Layers" not in shown_keys(screen) and "Machine" not in shown_keys(screen)
        assert all(len(line) <= 200 for line in screen_lines(pilot))
        await pilot.press("L")
        await wait_for(pilot, lambda: "line 39 " in text_of(pilot) and "-2.80" not in text_of(pilot))
        await pilot.press("L")
        await pilot.resize_terminal(*WIDE)
        await wait_for(pilot, lambda: "-2.80" not in text_of(pilot) and "train loss" in text_of(pilot))
        await pilot.press("H")
        await wait_for(pilot, lambda: "-2.80" in text_of(pilot) and "train loss" not in text_of(pilot))
    writer.leave()
