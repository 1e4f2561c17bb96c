"""A run that has ended is played again: its messages, its pace, and the keys of the Train screen."""

from __future__ import annotations

import asyncio
import itertools
import json
import time

import pytest
from textual.message import Message

from tests.runs_factory import write_run
from tests.ui.pilot_waiting import screen_lines, wait_for
from tests.ui.test_run_follower import soon
from tests.ui.test_train_screen import SMALL, WIDE, shown_keys, watching
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.ui.run_follower import EpochEnded, RunAttached, RunEnded
from tui_trainer.ui.run_replayer import MAX_SPEED, MIN_SPEED, ReplayEnded, RunReplayer, choose_speed


def write_timed_run(seconds_an_event: float, epochs: int = 3) -> RunDirectory:
    """A run that is done, whose events came at this pace by the trainer's clock."""
    run = write_run(epochs_done=epochs, steps_per_epoch=40, status="done").directory
    events = [json.loads(line) for line in run.events_path.read_bytes().splitlines()]
    for index, event in enumerate(events):
        event["elapsed_s"] = index * seconds_an_event
    run.events_path.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    return run


async def test_a_replay_tells_of_the_epochs_one_by_one_and_of_no_end_of_the_run() -> None:
    run, messages = write_timed_run(0.0), list[Message]()
    replayer = RunReplayer(run, messages.append, lambda: 0.25, RunStatus.DONE)
    await replayer.follow()
    kinds = [type(message) for message in messages]
    assert kinds[0] is RunAttached and kinds[-1] is ReplayEnded and RunEnded not in kinds
    assert [message.epoch.epoch for message in messages if isinstance(message, EpochEnded)] == [1, 2, 3]
    assert len(replayer.history.losses) == 120


async def test_its_pace_is_the_trainers_clock_times_the_speed_and_can_be_changed() -> None:
    run, messages = write_timed_run(2.0), list[Message]()
    replayer = RunReplayer(run, messages.append, lambda: 0.02, RunStatus.DONE)
    # Some 14 events, 2 s apart.
    task = asyncio.create_task(replayer.follow())
    await soon(lambda: replayer.history.started)
    began = asyncio.get_running_loop().time()
    replayer.change_speed(8)
    assert replayer.speed == 8
    await soon(lambda: replayer.history.epochs)
    # The first epoch ends three events later.
    assert asyncio.get_running_loop().time() - began >= 0.5 and len(replayer.history.epochs) < 3
    replayer.change_speed(1000)
    assert replayer.speed == MAX_SPEED
    await asyncio.wait_for(task, 5)
    replayer.change_speed(1e-9)
    assert replayer.speed == MIN_SPEED


async def test_what_comes_in_one_period_is_told_at_once_so_that_pictures_keep_their_pace() -> None:
    run, told_at = write_timed_run(0.02), list[float]()
    replayer = RunReplayer(run, lambda _: told_at.append(time.monotonic()), lambda: 0.1, RunStatus.DONE)
    await asyncio.wait_for(replayer.follow(), 10)
    turns = [at for before, at in itertools.pairwise([0.0, *told_at]) if at - before > 0.005]
    # Some 14 events in 0.28 s: the attachment, three or four turns, the end.
    assert 3 <= len(turns) <= 6


async def test_a_pause_of_an_hour_is_not_waited_for() -> None:
    run = write_timed_run(0.0)
    events = [json.loads(line) for line in run.events_path.read_bytes().splitlines()]
    for event in events[3:]:
        event["elapsed_s"] = 3600.0
    run.events_path.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    replayer = RunReplayer(run, lambda _: None, lambda: 0.02, RunStatus.DONE)
    await asyncio.wait_for(replayer.follow(), 10)
    assert len(replayer.history.epochs) == 3


@pytest.mark.parametrize(("run_s", "speed"), [(0.0, 1), (14.0, 1), (50.0, 2), (3600.0, 128), (1e9, 4096)])
def test_a_long_run_is_played_in_some_twenty_seconds(run_s: float, speed: float) -> None:
    assert choose_speed(run_s) == speed


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_p_plays_the_run_and_p_again_shows_all_of_it(size: tuple[int, int]) -> None:
    run = write_timed_run(5.0)
    async with watching(run, size) as (pilot, screen):
        assert "End replay" not in shown_keys(screen)
        await pilot.press("P")
        await wait_for(pilot, lambda: "replay ×4" in screen_lines(pilot)[1])
        assert "End replay" in shown_keys(screen) and "Stop" not in shown_keys(screen) and "Pause" not in shown_keys(screen)
        await pilot.press("greater_than_sign")
        await wait_for(pilot, lambda: "replay ×8" in screen_lines(pilot)[1])
        await wait_for(pilot, lambda: screen.history is not None and screen.history.losses)
        assert screen.history is not None and len(screen.history.epochs) < 3
        await pilot.press("P")
        await wait_for(pilot, lambda: "done" in screen_lines(pilot)[1] and screen.replayer is None)
        assert screen.history is not None and len(screen.history.epochs) == 3


async def test_at_its_end_a_replay_gives_way_to_the_run_as_it_is() -> None:
    run = write_timed_run(0.0)
    async with watching(run) as (pilot, screen):
        await pilot.press("P")
        await wait_for(pilot, lambda: screen.replayer is None and screen.history is not None)
        await wait_for(pilot, lambda: "done" in screen_lines(pilot)[1])
        assert screen.history is not None and len(screen.history.epochs) == 3


async def test_a_run_that_trains_is_not_played() -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=40)
    async with watching(writer.directory) as (pilot, screen):
        await pilot.press("P")
        await pilot.pause()
        assert screen.replayer is None
    writer.leave()
