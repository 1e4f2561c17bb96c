"""RunFollower: facts from a log that grows, is torn, is resumed, or is left alone by a dead trainer."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.message import Message

from tests.runs_factory import RunWriter, write_run
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.ui import run_follower
from tui_trainer.ui.run_follower import (
    AttemptStarted,
    EpochEnded,
    RunAttached,
    RunEnded,
    RunFollower,
    RunRemoved,
    StatusChanged,
    StepsRecorded,
)


async def soon(claim: Callable[[], object], within_s: float = 5.0) -> None:
    """Return as soon as `claim()` is true; AssertionError after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while not claim():
        assert time.monotonic() < deadline, f"still not true after {within_s} s"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def following(writer: RunWriter) -> AsyncIterator[tuple[RunFollower, list[Message]]]:
    """A follower at work, and what it has posted."""
    messages: list[Message] = []
    follower = RunFollower(writer.directory, messages.append)
    task = asyncio.create_task(follower.follow())
    try:
        await soon(lambda: follower.is_attached)
        yield follower, messages
    finally:
        task.cancel()


def kinds(messages: list[Message]) -> list[type[Message]]:
    """The messages' classes, in order."""
    return [type(message) for message in messages]


async def test_attaching_tells_once_when_the_whole_log_is_read() -> None:
    async with following(write_run(epochs_done=3, status="done")) as (follower, messages):
        assert kinds(messages) == [RunAttached]
        assert len(follower.history.losses) == 3 * 938 and len(follower.history.epochs) == 3
        assert follower.status is RunStatus.DONE


async def test_a_growing_log_is_told_as_facts() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=10)
    async with following(writer) as (follower, messages):
        writer.add_steps(10)
        writer.end_epoch()
        await soon(lambda: EpochEnded in kinds(messages))
        assert StepsRecorded in kinds(messages)
        [ended] = [message for message in messages if isinstance(message, EpochEnded)]
        assert ended.epoch.epoch == 2 and follower.history.epochs[-1] == ended.epoch
    writer.leave()


async def test_a_torn_last_line_waits_until_it_is_whole() -> None:
    writer = write_run(steps_per_epoch=10)
    line = json.dumps({"event": "steps", "attempt": 1, "first_step": 1, "losses": [1.5, 1.25], "lr": 0.5}).encode() + b"\n"
    async with following(writer) as (follower, messages):
        with writer.directory.events_path.open("ab", buffering=0) as log:
            log.write(line[:40])
            before = follower._reader.offset
            await asyncio.sleep(0)
            assert await follower.read_turn() is False
            assert follower._reader.offset == before and not follower.history.losses and not follower.damaged_lines
            log.write(line[40:])
        await soon(lambda: StepsRecorded in kinds(messages))
        assert list(follower.history.losses) == [1.5, 1.25] and not follower.damaged_lines
    writer.leave()


async def test_a_damaged_line_is_counted_and_the_rest_is_shown() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=10)
    with writer.directory.events_path.open("ab", buffering=0) as log:
        log.write(b"\x00\x00 no json\n")
    writer.add_epoch()
    async with following(writer) as (follower, _):
        assert len(follower.history.epochs) == 2 and follower.damaged_lines == 1
    writer.leave()


async def test_a_trainer_that_died_is_noticed_within_two_seconds() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=10)
    async with following(writer) as (follower, messages):
        assert follower.status is RunStatus.RUNNING
        writer.leave()
        began_at = time.monotonic()
        await soon(lambda: StatusChanged in kinds(messages))
        assert time.monotonic() - began_at < 2.0
        assert follower.status is RunStatus.CRASHED


async def test_a_run_that_ended_after_the_last_reading_is_not_called_crashed() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=10)
    messages: list[Message] = []
    follower = RunFollower(writer.directory, messages.append)
    await follower.read_turn()
    writer.end("stopped", reason="request")
    follower._looked_at = 0.0
    await follower._look_at_trainer()
    assert follower.status is RunStatus.STOPPED
    assert RunEnded in kinds(messages)


async def test_a_resumed_run_takes_back_what_lies_beyond_its_save() -> None:
    from tui_trainer.runs.event_log import EventLog

    writer = write_run(epochs_done=2, steps_per_epoch=10, status="crashed")
    async with following(writer) as (follower, messages):
        log = EventLog(writer.directory.events_path, attempt=2)
        log.append("run_started", epochs=20, steps_per_epoch=10, resumed_from={"checkpoint": "s000000010-a1", "step": 10})
        await soon(lambda: AttemptStarted in kinds(messages))
        assert len(follower.history.losses) == 10 and [epoch.epoch for epoch in follower.history.epochs] == [1]
        log.close()


async def test_a_removed_run_is_told_once_and_ends_the_following() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=10, status="done")
    async with following(writer) as (_, messages):
        shutil.rmtree(writer.directory.path)
        await soon(lambda: RunRemoved in kinds(messages))
        assert kinds(messages).count(RunRemoved) == 1


async def test_a_large_log_is_parsed_off_the_loop_and_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = write_run(epochs_done=2, status="done")
    monkeypatch.setattr(run_follower, "MAX_TURN_BYTES", 8_000)
    monkeypatch.setattr(run_follower, "OFF_LOOP_BYTES", 4_000)
    threaded: list[int] = []
    to_thread = asyncio.to_thread

    async def count(function: Callable[..., object], *arguments: int) -> object:
        threaded.append(arguments[0])
        return await to_thread(function, *arguments)

    monkeypatch.setattr(asyncio, "to_thread", count)
    async with following(writer) as (follower, messages):
        assert len(threaded) > 2 and set(threaded) == {8_000}
        assert len(follower.history.losses) == 2 * 938 and kinds(messages) == [RunAttached]


async def test_what_a_turn_brings_is_told_when_all_of_it_is_in_the_history() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=10)
    num_epochs: list[int] = []
    follower = RunFollower(writer.directory, lambda _: num_epochs.append(len(follower.history.epochs)))
    await follower.read_turn()
    for _ in range(run_follower.FOLD_BATCH):
        writer.add_epoch()
    num_epochs.clear()
    await follower.read_turn()
    assert len(num_epochs) > run_follower.FOLD_BATCH and set(num_epochs) == {1 + run_follower.FOLD_BATCH}
    writer.leave()


async def test_nothing_new_posts_nothing() -> None:
    writer = write_run(epochs_done=1, steps_per_epoch=10)
    async with following(writer) as (follower, messages):
        messages.clear()
        for _ in range(3):
            await follower.read_turn()
        assert messages == []
    writer.leave()


def test_waiting_messages_of_new_steps_are_one() -> None:
    follower = RunFollower(write_run(status="done").directory, lambda _: None)
    assert StepsRecorded(follower).can_replace(StepsRecorded(follower))
    assert not StepsRecorded(follower).can_replace(RunAttached(follower))
