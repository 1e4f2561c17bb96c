"""The Train screen under a pilot: empty, live, ended, failed, gone; wide and small; and its keys."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.message import Message
from textual.pilot import Pilot

from tests.runs_factory import RunWriter, write_run
from tests.ui.pilot_waiting import screen_lines, wait_for
from tests.ui.plot_app import find, num_braille
from tui_trainer.runs.control import pending
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.ui.accuracy_plot import AccuracyPlot
from tui_trainer.ui.epoch_table import EpochTable
from tui_trainer.ui.key_bar import KeyBar
from tui_trainer.ui.run_requests import EditRequested, ForkRequested, OpenRequested, RerunRequested, ResumeRequested
from tui_trainer.ui.theme import LIGHT_THEME
from tui_trainer.ui.themed_app import ThemedApp
from tui_trainer.ui.train_screen import TrainScreen

WIDE, SMALL = (120, 40), (80, 24)


class TrainApp(ThemedApp):
    """The screen alone; keeps what it asks the app for."""

    def __init__(self, run: RunDirectory | None) -> None:
        super().__init__()
        self.first_run = run
        self.asked: list[Message] = []

    async def on_mount(self) -> None:
        await self.push_screen(TrainScreen(self.first_run))

    def on_rerun_requested(self, message: RerunRequested) -> None:
        self.asked.append(message)

    def on_fork_requested(self, message: ForkRequested) -> None:
        self.asked.append(message)

    def on_edit_requested(self, message: EditRequested) -> None:
        self.asked.append(message)

    def on_resume_requested(self, message: ResumeRequested) -> None:
        self.asked.append(message)

    def on_open_requested(self, message: OpenRequested) -> None:
        self.asked.append(message)


@asynccontextmanager
async def watching(run: RunDirectory | None, size: tuple[int, int] = WIDE) -> AsyncIterator[tuple[Pilot[int], TrainScreen]]:
    """The screen at `run`, its log read and drawn."""
    app = TrainApp(run)
    async with app.run_test(size=size) as pilot:
        screen = app.screen
        assert isinstance(screen, TrainScreen)
        if run is not None:
            await wait_for(pilot, lambda: screen.history is not None)
            await wait_for(pilot, lambda: "being read" not in screen_lines(pilot)[1])
        yield pilot, screen


def text_of(pilot: Pilot[int]) -> str:
    """The whole terminal."""
    return "\n".join(screen_lines(pilot))


def shown_keys(screen: TrainScreen) -> list[str]:
    """Labels in the key bar."""
    return [key.label for key in screen.query_one(KeyBar).shown_keys()]


async def test_without_a_run_each_pane_says_what_will_be_there_and_one_names_the_key() -> None:
    async with watching(None) as (pilot, screen):
        await wait_for(pilot, lambda: "no run yet" in text_of(pilot))
        text = text_of(pilot)
        for words in (
            "the loss of every step is drawn here",
            "1 goes to Configure, r starts a run there",
            "train and test accuracy, once an epoch",
            "one row an epoch, the best with a ★",
            "processor, memory and speed of the trainer",
            "what the curves say",
        ):
            assert words in text
        assert shown_keys(screen) == []


async def test_a_log_that_grows_draws_and_the_table_grows() -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=100)
    async with watching(writer.directory) as (pilot, screen):
        table = screen.query_one(EpochTable)
        assert table.num_rows == 2 and "epoch  2 of 20" in screen_lines(pilot)[1]
        before = sum(num_braille(line[:60]) for line in screen_lines(pilot))
        for _ in range(4):
            writer.add_epoch()
        await wait_for(pilot, lambda: table.num_rows == 6)
        await wait_for(pilot, lambda: "epoch  6 of 20" in screen_lines(pilot)[1])
        assert sum(num_braille(line[:60]) for line in screen_lines(pilot)) > before
    writer.leave()


async def test_reattaching_shows_the_whole_curve_and_the_best_star() -> None:
    writer = write_run(epochs_done=12, steps_per_epoch=100, status="done")
    async with watching(writer.directory) as (pilot, screen):
        best = screen.history.best if screen.history else None
        assert best is not None and len(screen.history.losses) == 1200
        plot = screen.query_one(AccuracyPlot)
        await wait_for(pilot, lambda: find(plot, "★"))
        [star_row] = [line for line in screen.query_one(EpochTable).shown_lines if "★" in line]
        assert star_row.split()[0] == str(best.epoch)
        assert screen_lines(pilot)[1].startswith(" ✓ book-3f2a  done")
        assert f"★ {best.test_acc:.4f} epoch {best.epoch}" in screen_lines(pilot)[1]


def write_failed_run() -> RunWriter:
    """A run whose loss became NaN in its second epoch."""
    writer = write_run(epochs_done=1, steps_per_epoch=100)
    writer.add_steps(20)
    writer.add_nan_step()
    writer.end("failed", exit_code=5, reason="the loss became nan at step 121 (5.213 before it); try a lower learning rate")
    return writer


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_failed_run_says_so_in_the_top_line_and_offers_what_helps(size: tuple[int, int]) -> None:
    async with watching(write_failed_run().directory, size) as (pilot, screen):
        line = screen_lines(pilot)[1]
        assert line.startswith(" x book-3f2a  failed: the loss became nan at step 121")
        keys = shown_keys(screen)
        assert "Rerun" in keys and "Edit" in keys and "Stop" not in keys and "Resume" not in keys
        assert "x" in "".join(row[9:58] for row in screen_lines(pilot) if "└" in row[:12])
        assert "lower learning rate" in text_of(pilot) or size == SMALL


async def test_nothing_is_cut_at_80_columns_and_the_words_move_into_the_border() -> None:
    writer = write_run(epochs_done=9, steps_per_epoch=100)
    for accuracy in (0.9795, 0.9780, 0.9781):
        writer.add_epoch(test_acc=accuracy)
    async with watching(writer.directory, SMALL) as (pilot, screen):
        lines = screen_lines(pilot)
        assert all(len(line) <= 80 for line in lines) and len(lines) == 24
        assert lines[1].rstrip().endswith("★ 0.9795 (10)") and "12/20" in lines[1]
        await wait_for(
            pilot, lambda: "! test flat for 2 epochs, train still rises · e opens the configuration" in text_of(pilot)
        )
        table = screen.query_one(EpochTable)
        assert len(table.shown_lines) == 1 + 6
        for word in ("# ", "train loss", "train acc", "test acc", "lr", "saved", "epoch 20", "1.00"):
            assert word in text_of(pilot)
        assert "…" not in text_of(pilot)
        assert not screen.query_one("#words-pane").display
    writer.leave()


async def test_m_swaps_the_machine_in_at_80_columns_and_is_no_key_at_120() -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=100)
    async with watching(writer.directory, SMALL) as (pilot, screen):
        await pilot.press("m")
        await wait_for(pilot, lambda: "16 kB in 2 checkpoints" in text_of(pilot))
        await pilot.press("m")
        await wait_for(pilot, lambda: "test acc" in text_of(pilot))
        assert "Machine" in shown_keys(screen)
        await pilot.resize_terminal(*WIDE)
        await wait_for(pilot, lambda: "Machine" not in shown_keys(screen))
    writer.leave()


async def test_no_color_starts_with_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    writer = write_run(epochs_done=3, steps_per_epoch=100, status="done")
    async with watching(writer.directory) as (pilot, _):
        assert sum(num_braille(line) for line in screen_lines(pilot)) > 10


async def test_a_trainer_that_dies_is_shown_and_c_resumes() -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=100)
    async with watching(writer.directory) as (pilot, screen):
        assert "Stop" in shown_keys(screen) and "Resume" not in shown_keys(screen)
        writer.leave()
        await wait_for(pilot, lambda: "crashed: the trainer died after step 200" in screen_lines(pilot)[1])
        await wait_for(pilot, lambda: "Resume" in shown_keys(screen) and "Stop" not in shown_keys(screen))
        await pilot.press("C")
        [asked] = pilot.app.asked  # type: ignore[attr-defined]
        assert isinstance(asked, ResumeRequested) and asked.run == writer.directory


async def test_a_removed_run_keeps_its_picture_and_says_that_it_is_gone() -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=100, status="done")
    async with watching(writer.directory) as (pilot, screen):
        shutil.rmtree(writer.directory.path)
        await wait_for(pilot, lambda: "its folder is gone" in screen_lines(pilot)[1])
        assert screen.query_one(EpochTable).num_rows == 2 and screen.status is None


@pytest.mark.parametrize(("key", "kind"), [("s", "stop"), ("S", "save"), ("space", "pause")])
async def test_a_key_asks_the_trainer_through_a_request_of_its_attempt(key: str, kind: str) -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=100)
    async with watching(writer.directory) as (pilot, _):
        await pilot.press(key)
        await wait_for(pilot, lambda: pending(writer.directory))
        [request] = pending(writer.directory)
        assert (request.kind, request.attempt) == (kind, 1)
        assert request.args == ({"save": True} if kind == "stop" else {})
    writer.leave()


async def test_a_paused_run_says_so_and_space_lets_it_go_on() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=100)
    async with watching(writer.directory) as (pilot, screen):
        writer.log.append("paused", step=100)
        await wait_for(pilot, lambda: screen.status is RunStatus.PAUSED and "paused" in screen_lines(pilot)[1])
        assert "Go on" in shown_keys(screen) and "Pause" not in shown_keys(screen)
        await pilot.press("space")
        await wait_for(pilot, lambda: pending(writer.directory))
        assert [request.kind for request in pending(writer.directory)] == ["continue"]
    writer.leave()


async def test_keys_of_a_finished_run_ask_the_app_and_no_trainer() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=100, status="done")
    async with watching(writer.directory) as (pilot, _):
        await pilot.press("s", "space", "C", "r", "R", "e")
        asked = pilot.app.asked  # type: ignore[attr-defined]
        await wait_for(pilot, lambda: len(asked) == 3)
        assert [type(message) for message in asked] == [RerunRequested, RerunRequested, EditRequested]
        assert [message.has_new_seed for message in asked[:2]] == [False, True]
        assert not pending(writer.directory)


async def test_opened_without_a_run_it_shows_the_newest_on_disk() -> None:
    write_run("old-1111", epochs_done=1, steps_per_epoch=100, day="20261101T000000Z", status="done")
    write_run("new-2222", epochs_done=1, steps_per_epoch=100, day="20261102T000000Z", status="done")
    async with watching(None) as (pilot, screen):
        await wait_for(pilot, lambda: screen.history is not None)
        assert screen.run is not None and screen.run.shown_name == "new-2222"
        assert [type(message) for message in pilot.app.asked] == [OpenRequested]  # type: ignore[attr-defined]


async def test_another_run_takes_the_place_of_the_first() -> None:
    first = write_run("one-1111", epochs_done=5, steps_per_epoch=100, status="done")
    second = write_run("two-2222", epochs_done=2, steps_per_epoch=100, status="done", seed=1)
    async with watching(first.directory) as (pilot, screen):
        screen.show_run(second.directory)
        await wait_for(pilot, lambda: "two-2222" in screen_lines(pilot)[1] and screen.query_one(EpochTable).num_rows == 2)
        assert screen.history is not None and len(screen.history.losses) == 200


async def test_damaged_lines_and_warnings_stand_in_words_without_their_escapes() -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=100)
    writer.log.append("warning", code="checkpoint_failed", message="disk [red]full\x1b[31m")
    os.write(writer.log._descriptor, b"no json\n")
    async with watching(writer.directory) as (pilot, _):
        await wait_for(pilot, lambda: "1 damaged line of the log skipped" in text_of(pilot))
        assert "disk [red]full" in text_of(pilot) and "\x1b" not in text_of(pilot)
    writer.leave()


async def test_a_run_of_hostile_names_is_drawn_harmlessly() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=100, status="done")
    events = writer.directory.events_path
    lines = [json.loads(line) for line in events.read_text().splitlines()]
    lines[0] |= {"device": "[blink]", "device_name": "\x1b]0;x\x07[/]"}
    events.write_text("".join(json.dumps(line) + "\n" for line in lines))
    async with watching(writer.directory) as (pilot, _):
        assert "[blink]" in text_of(pilot) and "\x1b" not in text_of(pilot) and "\x07" not in text_of(pilot)


async def test_the_light_theme_draws_the_same_words() -> None:
    writer = write_run(epochs_done=3, steps_per_epoch=100, status="done")
    async with watching(writer.directory) as (pilot, _):
        dark = text_of(pilot)
        pilot.app.theme = LIGHT_THEME
        await pilot.pause()
        await pilot.pause()
        light = text_of(pilot)
        assert [line[:58] for line in light.splitlines()[2:20]] == [line[:58] for line in dark.splitlines()[2:20]]


async def test_nothing_is_drawn_while_nothing_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = write_run(epochs_done=3, steps_per_epoch=100, status="done")
    async with watching(writer.directory) as (pilot, screen):
        await pilot.pause(0.3)
        written: list[object] = []
        monkeypatch.setattr(screen._compositor, "render_partial_update", lambda: written.append(1))
        monkeypatch.setattr(pilot.app, "_display", lambda *_: written.append(2))
        assert screen._follower is not None
        for _ in range(3):
            await screen._follower.read_turn()
            await screen._read_machine()
            await pilot.pause(0.05)
        assert written == []


@pytest.mark.parametrize("size", [(60, 16), (61, 17), (100, 30), (200, 60), (40, 12)])
async def test_any_size_is_drawn_without_a_crash(size: tuple[int, int]) -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=100, status="done")
    async with watching(None, size) as (pilot, screen):
        screen.show_run(writer.directory)
        await wait_for(pilot, lambda: screen.history is not None)
        await pilot.resize_terminal(*WIDE)
        await wait_for(pilot, lambda: "epochs" in text_of(pilot))
