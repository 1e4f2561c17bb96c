"""A run that is started while another one trains: it waits, begins at once, or is not started; and what a waiting one shows."""

from __future__ import annotations

import time
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.runs_factory import RunWriter, write_run
from tests.ui.app_pilot import DeadProcess, form_of, notices_of, opened_app
from tests.ui.pilot_waiting import screen_lines, wait_for
from tests.ui.test_train_screen import SMALL, WIDE, shown_keys, watching
from tui_trainer.runs.control import pending
from tui_trainer.runs.launcher import StartedRun
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.ui.queue_dialog import QueueDialog
from tui_trainer.ui.train_screen import TrainScreen


class Starts:
    """Remembers how runs were started, and starts none."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self.queued: list[bool] = []

    def __call__(self, *_: Any, queue: bool, **__: Any) -> StartedRun:
        self.queued.append(queue)
        return StartedRun(self._run, DeadProcess())  # type: ignore[arg-type]


@pytest.fixture
def training() -> RunWriter:
    """A run that trains."""
    return write_run("live-0001", epochs_done=1, steps_per_epoch=4)


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> Starts:
    """What the app starts."""
    started = Starts(write_run("book-0002", epochs_done=1, steps_per_epoch=4, status="done", day="20261101T000000Z").directory)
    monkeypatch.setattr("tui_trainer.ui.run_starter.start_run", started)
    return started


async def _ask(pilot: Pilot[Any]) -> None:
    """Start what the form holds, up to the question."""
    await wait_for(pilot, lambda: isinstance(pilot.app.screen, TrainScreen))
    await pilot.press("1")
    await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))
    await pilot.press("f5")
    await wait_for(pilot, lambda: isinstance(pilot.app.screen, QueueDialog))


@pytest.mark.parametrize(("key", "queue"), [("w", True), ("enter", True), ("n", False)])
async def test_a_start_beside_a_run_that_trains_asks_and_does_what_was_chosen(
    training: RunWriter, starts: Starts, key: str, queue: bool
) -> None:
    async with opened_app() as pilot:
        await _ask(pilot)
        assert "live-0001 is training" in "\n".join(screen_lines(pilot))
        await pilot.press(key)
        await wait_for(pilot, lambda: starts.queued)
        assert starts.queued == [queue]
    training.leave()


async def test_escape_starts_nothing_and_the_next_start_asks_again(training: RunWriter, starts: Starts) -> None:
    async with opened_app() as pilot:
        await _ask(pilot)
        await pilot.press("escape")
        await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))
        await pilot.press("f5")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, QueueDialog))
        assert starts.queued == [] and notices_of(pilot) == []
    training.leave()


async def test_where_nothing_trains_nobody_is_asked(starts: Starts) -> None:
    write_run("dead-0001", epochs_done=1, steps_per_epoch=4, status="crashed")
    async with opened_app() as pilot:
        await pilot.press("f5")
        await wait_for(pilot, lambda: starts.queued)
        assert starts.queued == [False]


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_waiting_run_says_behind_which_and_space_begins_it(training: RunWriter, size: tuple[int, int]) -> None:
    waiting = write_run("book-0003", behind=training.directory)
    async with watching(waiting.directory, size) as (pilot, screen):
        await wait_for(pilot, lambda: screen.status is RunStatus.QUEUED)
        await wait_for(pilot, lambda: "○ book-0003  waits behind live-0001" in screen_lines(pilot)[1])
        assert "Start now" in shown_keys(screen) and "Pause" not in shown_keys(screen) and "Save" not in shown_keys(screen)
        await pilot.press("space")
        await wait_for(pilot, lambda: pending(waiting.directory))
        assert [request.kind for request in pending(waiting.directory)] == ["start"]
    waiting.leave()
    training.leave()


def test_looking_for_a_run_that_trains_is_quick_among_thousands(training: RunWriter) -> None:
    from tui_trainer.ui.live_runs import newest_training_run

    folder = training.directory.path.parent
    for number in range(2000):
        other = folder / f"20261120T000000Z-old-{number:04x}"
        other.mkdir()
        (other / "run.json").write_text("{}")
    began = time.perf_counter()
    assert newest_training_run() == training.directory
    assert time.perf_counter() - began < 1
    training.leave()
    assert newest_training_run() is None
