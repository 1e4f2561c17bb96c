"""Curves of several runs over each other, under a pilot: from Train, from marks in the list, live, with little room."""

from __future__ import annotations

import math
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.runs_factory import RunWriter, write_run
from tests.ui.app_pilot import SMALL, WIDE, opened_app
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.ui.choice_dialog import FindDialog
from tui_trainer.ui.overlaid_run import MAX_RUNS
from tui_trainer.ui.overlay_loss_plot import OverlayLossPlot
from tui_trainer.ui.overlay_screen import OverlayScreen
from tui_trainer.ui.plot_marks import Band, Glyphs, Line
from tui_trainer.ui.run_table import RunTable
from tui_trainer.ui.train_screen import TrainScreen


def overlay_of(pilot: Pilot[Any]) -> OverlayScreen:
    """The screen, which must be the one that is shown."""
    screen = pilot.app.screen
    assert isinstance(screen, OverlayScreen)
    return screen


def text_of(pilot: Pilot[Any]) -> str:
    return "\n".join(screen_lines(pilot))


def marks_of(pilot: Pilot[Any], kind: type) -> list[Any]:
    """What the loss chart draws."""
    return [mark for mark in overlay_of(pilot).query_one(OverlayLossPlot)._marks if isinstance(mark, kind)]


async def _open(pilot: Pilot[Any], num_runs: int) -> None:
    await wait_for(pilot, lambda: isinstance(pilot.app.screen, OverlayScreen))
    await wait_for(pilot, lambda: len(overlay_of(pilot).runs) == num_runs)


async def _on_train(pilot: Pilot[Any]) -> None:
    await wait_for(pilot, lambda: isinstance(pilot.app.screen, TrainScreen) and pilot.app.screen.history is not None)


def _pair(**second: Any) -> tuple[RunWriter, RunWriter]:
    first = write_run("book-aaaa", epochs_done=3, steps_per_epoch=60, status="done")
    config = resolve_config(preset="book", sets=["data.source=mnist", "optimizer.lr=0.125"])
    return first, write_run("book-bbbb", config=config, epochs_done=2, steps_per_epoch=60, seed=1, **second)


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_o_on_train_asks_for_another_run_and_shows_what_differs(size: tuple[int, int]) -> None:
    first, second = _pair(status="done")
    async with opened_app(size=size, run=first.directory) as pilot:
        await _on_train(pilot)
        await pilot.press("o")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, FindDialog))
        assert "optimizer.lr 0.125" in text_of(pilot)
        await pilot.press("enter")
        await _open(pilot, 2)
        text = text_of(pilot)
        assert "A ● book-aaaa" in text and "B ▲ book-bbbb" in text
        [row] = [line for line in text.splitlines() if "optimizer.lr" in line]
        assert row.split()[1:4] == ["optimizer.lr", "0.5", "0.125"]
        assert "1 setting differs" in text
        assert all(len(line) == size[0] for line in screen_lines(pilot))
        await pilot.press("escape")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, TrainScreen))
    assert second.directory.path.is_dir()


async def test_v_in_the_list_lays_the_marked_runs_over_the_one_under_the_cursor() -> None:
    for name in "abc":
        write_run(f"book-{name * 4}", epochs_done=2, steps_per_epoch=20, status="done", day=f"2026110{ord(name) - 96}T000000Z")
    async with opened_app() as pilot:
        await pilot.press("3")
        await wait_for(pilot, lambda: any(table.row is not None for table in pilot.app.screen.query(RunTable)))
        table = pilot.app.screen.query_one(RunTable)
        await wait_for(pilot, lambda: table.has_focus)
        await pilot.press("left", "space", "space", "v")
        await _open(pilot, 3)
        assert [run.compared.name for run in overlay_of(pilot).runs] == ["book-aaaa", "book-cccc", "book-bbbb"]
        assert [run.is_pinned for run in overlay_of(pilot).runs] == [True, False, False]


async def test_the_pinned_run_is_drawn_last_and_thick_and_arrows_pin_another() -> None:
    first, second = _pair(status="done")
    async with opened_app() as pilot:
        await pilot.app.push_screen(OverlayScreen([first.directory, second.directory]))
        await _open(pilot, 2)
        await wait_for(pilot, lambda: marks_of(pilot, Line))
        assert [(line.token, line.is_thick) for line in marks_of(pilot, Line)] == [("test", False), ("train", True)]
        await pilot.press("right")
        await wait_for(pilot, lambda: [line.token for line in marks_of(pilot, Line)] == ["train", "test"])
        assert [line.is_thick for line in marks_of(pilot, Line)] == [False, True]


async def test_letters_never_hide_each_other_where_curves_end_at_one_place() -> None:
    runs = [write_run(f"book-{name * 4}", epochs_done=3, steps_per_epoch=60, status="done").directory for name in "abcd"]
    async with opened_app() as pilot:
        await pilot.app.push_screen(OverlayScreen(runs))
        await _open(pilot, 4)
        await wait_for(pilot, lambda: len({mark.glyph for mark in marks_of(pilot, Glyphs)} & set("ABCD")) == 4)
        chart = "\n".join(line[: WIDE[0] // 2 - 1] for line in screen_lines(pilot)[2:18])
        assert [letter for letter in "ABCD" if letter in chart] == list("ABCD")


async def test_without_smoothing_a_spike_of_one_step_is_drawn() -> None:
    writer = write_run("book-aaaa")
    writer.log.append("steps", first_step=1, losses=[1.0] * 5000 + [50.0] + [1.0] * 4999, lr=0.5)
    writer.end()
    other = write_run("book-bbbb", epochs_done=2, status="done")
    async with opened_app() as pilot:
        await pilot.app.push_screen(OverlayScreen([writer.directory, other.directory]))
        await _open(pilot, 2)
        await pilot.press("0")
        await wait_for(pilot, lambda: any(band.strokes for band in marks_of(pilot, Band)))
        heights = [high for band in marks_of(pilot, Band) for _, _, high in band.strokes if band.token == "train"]
        assert max(heights) == pytest.approx(math.log10(50.0), abs=0.2)


async def test_a_run_that_trains_grows_under_the_other() -> None:
    first, second = _pair()
    async with opened_app() as pilot:
        await pilot.app.push_screen(OverlayScreen([first.directory, second.directory]))
        await _open(pilot, 2)
        await wait_for(pilot, lambda: "2 of 20" in text_of(pilot))
        second.add_epoch()
        await wait_for(pilot, lambda: "3 of 20" in text_of(pilot).split("status")[1].split("best")[0].replace("3 of 20", "", 1))
    second.leave()


async def test_d_takes_the_pinned_run_away_and_the_last_one_closes_the_screen() -> None:
    first, second = _pair(status="done")
    async with opened_app() as pilot:
        await pilot.app.push_screen(OverlayScreen([first.directory, second.directory]))
        await _open(pilot, 2)
        await pilot.press("d")
        await wait_for(pilot, lambda: [run.compared.name for run in overlay_of(pilot).runs] == ["book-bbbb"])
        await pilot.press("d")
        await wait_for(pilot, lambda: not isinstance(pilot.app.screen, OverlayScreen))
    assert first.directory.path.is_dir() and second.directory.path.is_dir()


async def test_enter_opens_the_pinned_run_on_train() -> None:
    first, second = _pair(status="done")
    async with opened_app() as pilot:
        await pilot.app.push_screen(OverlayScreen([first.directory, second.directory]))
        await _open(pilot, 2)
        await pilot.press("right", "enter")
        await _on_train(pilot)
        assert pilot.app.screen.run == second.directory  # type: ignore[attr-defined]


async def test_no_more_than_six_runs_are_laid_over_each_other_and_a_damaged_one_does_no_harm() -> None:
    runs = [write_run(f"book-aaa{place}", epochs_done=1, steps_per_epoch=8, status="done").directory for place in range(8)]
    runs[1].events_path.write_bytes(b"\xff{not json\n" * 20)
    runs[2].config_path.write_text("optimizer = [")
    async with opened_app() as pilot:
        await pilot.app.push_screen(OverlayScreen(runs))
        await _open(pilot, MAX_RUNS)
        assert "i Add" not in text_of(pilot)
        assert "final test acc" in text_of(pilot)
