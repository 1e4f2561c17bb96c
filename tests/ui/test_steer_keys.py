"""Keys that change a training or lead off from it: the form of live keys, an epoch more, no save, forks, what words suggest."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.runs_factory import write_run
from tests.ui.pilot_waiting import screen_lines, wait_for
from tests.ui.test_train_screen import SMALL, WIDE, shown_keys, text_of, watching
from tui_trainer.runs.control import pending
from tui_trainer.ui.lines_dialog import LinesDialog
from tui_trainer.ui.run_requests import EditRequested, ForkRequested
from tui_trainer.ui.stop_dialog import StopDialog


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_t_asks_the_trainer_for_what_was_changed_in_the_form_and_for_nothing_else(size: tuple[int, int]) -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=100)
    async with watching(writer.directory, size) as (pilot, _):
        await pilot.press("t")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, LinesDialog))
        for caption in ("learning rate", "weight decay", "epochs in all", "patience", "clipping"):
            assert caption in text_of(pilot)
        line = pilot.app.screen.query_one("#line-0", Input)
        await wait_for(pilot, lambda: line.has_focus)
        line.value = "0.125"
        await pilot.press("enter")
        await wait_for(pilot, lambda: pending(writer.directory))
        [request] = pending(writer.directory)
        assert (request.kind, request.args) == ("set", {"key": "optimizer.lr", "value": 0.125})
    writer.leave()


async def test_what_cannot_be_set_stays_in_the_form_with_the_reason() -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=100)
    async with watching(writer.directory) as (pilot, _):
        await pilot.press("t")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, LinesDialog))
        pilot.app.screen.query_one("#line-2", Input).value = "1"
        await pilot.press("enter")
        await wait_for(pilot, lambda: "training.epochs" in text_of(pilot))
        assert isinstance(pilot.app.screen, LinesDialog) and not pending(writer.directory)
        await pilot.press("escape")
        await wait_for(pilot, lambda: not isinstance(pilot.app.screen, LinesDialog))
        assert not pending(writer.directory)
    writer.leave()


async def test_one_epoch_more_asks_for_one_more_than_is_planned_now() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=100)
    planned = writer.directory.config.training.epochs
    writer.log.append("control_applied", request="x", kind="set", key="training.epochs", old=planned, new=planned + 4, step=100)
    async with watching(writer.directory) as (pilot, _):
        await pilot.press("E")
        await wait_for(pilot, lambda: pending(writer.directory))
        [request] = pending(writer.directory)
        assert request.args == {"key": "training.epochs", "value": planned + 5}
    writer.leave()


async def test_stopping_without_a_save_asks_again_and_says_what_is_lost() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=100)
    writer.add_steps(30)
    async with watching(writer.directory) as (pilot, _):
        await pilot.press("X")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, StopDialog))
        await wait_for(pilot, lambda: "30 steps since the last save are lost" in text_of(pilot))
        assert "The save of step 100 stays" in text_of(pilot)
        await pilot.press("escape")
        await wait_for(pilot, lambda: not isinstance(pilot.app.screen, StopDialog))
        assert not pending(writer.directory)

        await pilot.press("X")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, StopDialog))
        await pilot.press("X")
        await wait_for(pilot, lambda: pending(writer.directory))
        [request] = pending(writer.directory)
        assert (request.kind, request.args) == ("stop", {"save": False})
    writer.leave()


async def test_f_asks_the_app_for_a_fork_from_the_epoch_under_the_cursor() -> None:
    writer = write_run(epochs_done=3, steps_per_epoch=100, status="done")
    async with watching(writer.directory) as (pilot, _):
        await pilot.press("down", "f")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, LinesDialog))
        assert pilot.app.screen.query_one("#line-0", Input).value == "2"
        pilot.app.screen.query_one("#line-1", Input).value = "optimizer.lr=0.1; training.epochs=9"
        await pilot.press("enter")
        asked = pilot.app.asked  # type: ignore[attr-defined]
        await wait_for(pilot, lambda: asked)
        assert isinstance(asked[0], ForkRequested)
        assert (asked[0].which, asked[0].changes) == ("2", {"optimizer.lr": 0.1, "training.epochs": 9})


async def test_a_change_that_is_no_assignment_keeps_the_fork_in_its_form() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=100, status="done")
    async with watching(writer.directory) as (pilot, _):
        await pilot.press("f")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, LinesDialog))
        pilot.app.screen.query_one("#line-1", Input).value = "lower the rate"
        await pilot.press("enter")
        await wait_for(pilot, lambda: "!" in "\n".join(screen_lines(pilot)))
        assert isinstance(pilot.app.screen, LinesDialog)
        assert not pilot.app.asked  # type: ignore[attr-defined]


async def test_keys_of_a_live_run_are_not_there_for_a_finished_one() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=100, status="done")
    async with watching(writer.directory) as (pilot, screen):
        assert "Set lr" not in shown_keys(screen)
        await pilot.press("t", "E", "X")
        await pilot.pause()
        assert pilot.app.screen is screen and not pending(writer.directory)


async def test_what_the_words_suggest_is_put_into_the_form_by_a_key() -> None:
    writer = write_run(epochs_done=0, steps_per_epoch=100)
    for epoch in range(1, 8):
        writer.add_epoch(test_acc=0.9 if epoch == 1 else 0.8)
    writer.end()
    async with watching(writer.directory) as (pilot, _):
        await wait_for(pilot, lambda: "puts it into the form" in text_of(pilot))
        await pilot.press("T")
        asked = pilot.app.asked  # type: ignore[attr-defined]
        await wait_for(pilot, lambda: asked)
        assert isinstance(asked[0], EditRequested) and asked[0].changes
