"""A run's folder in every state that a disk, another program or another version can leave: each shows something true, soon."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.runs_factory import RunWriter, write_run
from tests.ui.pilot_waiting import screen_lines, wait_for
from tests.ui.test_train_screen import TrainApp, shown_keys, text_of, watching
from tests.waiting import waited_s
from tui_trainer.runs.event_log import format_time
from tui_trainer.runs.paths import ensure_folder, runs_folder
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.ui.epoch_table import EpochTable
from tui_trainer.ui.loss_plot import LossPlot
from tui_trainer.ui.train_screen import TrainScreen

SOON_S = 2.0
NO_RUN = "its run.json is missing or damaged, as in a folder that is no run of mlp-tui"


@asynccontextmanager
async def opened_soon(run: RunDirectory, *words: str) -> AsyncIterator[tuple[Pilot[int], TrainScreen]]:
    """The screen, on which `words` stood within SOON_S of its opening."""
    app = TrainApp(run)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.screen
        assert isinstance(screen, TrainScreen)
        began_at, waited_before_s = time.monotonic(), waited_s(os.getpid())
        await wait_for(pilot, lambda: all(word in text_of(pilot) for word in words))
        assert time.monotonic() - began_at - (waited_s(os.getpid()) - waited_before_s) < SOON_S
        yield pilot, screen


def write_ended_run() -> RunWriter:
    """Three epochs, done."""
    return write_run(epochs_done=3, steps_per_epoch=100, status="done")


def truncate(path: Path) -> None:
    path.write_bytes(b"")


def scramble(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("damage", [truncate, scramble, Path.unlink, make_folder, make_pipe])
async def test_without_its_run_json_a_run_is_shown_and_that_is_said(damage: Callable[[Path], None]) -> None:
    run = write_ended_run().directory
    damage(run.info_path)
    async with opened_soon(run, "done", NO_RUN) as (_, screen):
        assert screen.query_one(EpochTable).num_rows == 3


@pytest.mark.parametrize("damage", [truncate, scramble, Path.unlink, make_folder, make_pipe])
async def test_without_its_configuration_a_run_is_shown_and_cannot_be_made_again(damage: Callable[[Path], None]) -> None:
    run = write_ended_run().directory
    damage(run.config_path)
    is_told = damage is not truncate  # an empty file is the configuration of all defaults
    async with opened_soon(run, "done", *["its run.toml cannot be read"] * is_told) as (_, screen):
        assert screen.query_one(EpochTable).num_rows == 3 and ("Rerun" in shown_keys(screen)) is not is_told


@pytest.mark.parametrize("damage", [truncate, scramble, Path.unlink, make_folder, make_pipe])
async def test_without_its_log_nothing_is_said_that_only_a_log_could_tell(damage: Callable[[Path], None]) -> None:
    run = write_ended_run().directory
    damage(run.events_path)
    async with opened_soon(run, "crashed: its log does not say that it began") as (pilot, _):
        text = text_of(pilot)
        assert "The first epoch is running" not in text and "died" not in text
        assert ("damaged line" in text) == (damage is scramble)


@pytest.mark.parametrize("damage", [truncate, scramble, Path.unlink])
async def test_without_its_lock_a_run_that_has_not_ended_has_no_trainer(damage: Callable[[Path], None]) -> None:
    writer = write_run(epochs_done=3, steps_per_epoch=100, status="crashed")
    damage(writer.directory.lock_path)
    async with opened_soon(writer.directory, "crashed: the trainer died after step 300") as (_, screen):
        assert screen.status is RunStatus.CRASHED


async def test_a_log_with_damage_in_its_middle_shows_what_is_whole() -> None:
    writer = write_ended_run()
    events = writer.directory.events_path
    lines = events.read_bytes().splitlines(keepends=True)
    middle = len(lines) // 2
    damage = [
        b"\0" * 5000 + b"\n",
        b"\n",
        b'{"event":"steps"',
        b"\xff\xfe\n",
        b"[1,2]\n",
        b'{"seq": 1e999}\n',
        b"[" * 9999 + b"\n",
    ]
    events.write_bytes(b"".join([*lines[:middle], *damage, *lines[middle:]]))
    async with opened_soon(writer.directory, "done", "6 damaged lines of the log skipped") as (_, screen):
        assert screen.query_one(EpochTable).num_rows == 3
        assert screen.history is not None and len(screen.history.losses) == 300


async def test_a_run_that_is_gone_before_it_is_opened_is_called_gone() -> None:
    run = write_ended_run().directory
    shutil.rmtree(run.path)
    async with opened_soon(run, "book-3f2a", "its folder is gone") as (_, screen):
        assert screen.status is None and "Rerun" not in shown_keys(screen)


@pytest.mark.parametrize("content", ['{"name": "left-pad", "version": "1.0.0"}', "[]", '{"schema": "x"}'])
async def test_a_folder_of_another_program_is_called_no_run(content: str) -> None:
    folder = ensure_folder(runs_folder() / "somebody-elses")
    (folder / "run.json").write_text(content)
    async with opened_soon(RunDirectory(folder), "somebody-elses", NO_RUN) as (pilot, screen):
        assert screen.status is None and screen.history is None
        assert "crashed" not in text_of(pilot) and "is running" not in text_of(pilot)
        assert {"Rerun", "Resume", "Stop", "Edit"} & set(shown_keys(screen)) == set()


@pytest.mark.parametrize("place", ["run.json", "events.jsonl"])
async def test_a_run_of_a_newer_version_is_refused_with_what_to_do(place: str) -> None:
    run = write_ended_run().directory
    text = (run.path / place).read_text()
    (run.path / place).write_text(text.replace('"schema": 1', '"schema": 7').replace('"schema":1', '"schema":7'))
    async with opened_soon(run, "has schema 7, this version reads up to 1; update mlp-tui") as (pilot, screen):
        assert screen.status is None and screen.history is None and screen.query_one(EpochTable).num_rows == 0
        assert "0.97" not in text_of(pilot) and "its log is being read" not in text_of(pilot)
        other = write_run("other-1111", epochs_done=1, steps_per_epoch=100, status="done").directory
        screen.show_run(other)
        await wait_for(pilot, lambda: "other-1111" in screen_lines(pilot)[1] and screen.status is RunStatus.DONE)


async def test_a_line_of_50_mb_is_one_damaged_line() -> None:
    writer = write_run(epochs_done=3, steps_per_epoch=100)
    with writer.directory.events_path.open("ab") as log:
        log.write(b'{"event":"steps","losses":[' + b"0.1," * 12_500_000 + b"0]}\n")
    writer.end()
    async with opened_soon(writer.directory, "done", "1 damaged line of the log skipped") as (_, screen):
        assert screen.query_one(EpochTable).num_rows == 3


JUMPS = {"a day back": timedelta(days=-1), "a year on": timedelta(days=365), "to 1970": datetime(1970, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS.keys())
async def test_a_clock_that_jumps_changes_no_figure(jump: timedelta | datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(lines: list[str]) -> list[str]:
        return [line[:58] for line in lines[2:]]

    writer = write_run(epochs_done=4, steps_per_epoch=100, saves=False)
    writer.log.append("run_ended", status="done", exit_code=0, reason="", best=None, weights_sha256="0" * 64)
    async with watching(writer.directory) as (pilot, _):
        steady = screen_lines(pilot)
    events = writer.directory.events_path
    lines = [json.loads(line) for line in events.read_text().splitlines()]
    for line in lines[len(lines) // 2 :]:
        now = datetime.now(UTC)
        line["time"] = format_time(jump if isinstance(jump, datetime) else now + jump)
    events.write_text("".join(json.dumps(line) + "\n" for line in lines))
    async with watching(writer.directory) as (pilot, _):
        jumped = screen_lines(pilot)
    writer.leave()
    assert jumped[1] == steady[1] and shown(jumped) == shown(steady)


async def test_a_trainers_clock_that_goes_back_gives_no_negative_time() -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=100, saves=False)
    for elapsed_s in (-3600.0, 5.0, -1e300, 10**400):
        first = writer.step + 1
        lines = {"event": "steps", "attempt": 1, "first_step": first, "losses": [0.5] * 10, "lr": 0.5, "elapsed_s": elapsed_s}
        with writer.directory.events_path.open("a") as log:
            log.write(json.dumps(lines) + "\n")
        writer.step += 10
    async with opened_soon(writer.directory, "epoch  2 of 20") as (pilot, screen):
        for _ in range(3):
            await pilot.press("a")
            await pilot.pause()
            assert "-" not in screen_lines(pilot)[1].replace("book-3f2a", "") and "time -" not in text_of(pilot)
        assert screen.history is not None and min(screen.history.clock.seconds) >= 0
    writer.leave()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("running", "The first epoch is running."),
        ("crashed", "The trainer died before its first step"),
        ("stopped", "Stopped in epoch 1 of 20."),
        ("done", "It ended before its first epoch had."),
    ],
)
async def test_a_run_without_an_epoch_says_so(status: str, words: str) -> None:
    writer = write_run(epochs_done=0, steps_per_epoch=100, status=status)
    async with opened_soon(writer.directory, words, "one row an epoch, the best with a ★") as (_, screen):
        assert screen.query_one(EpochTable).num_rows == 0
    if status == "running":
        writer.leave()


async def test_a_trainer_on_another_machine_is_not_guessed_about() -> None:
    writer = write_run(epochs_done=0, steps_per_epoch=100, status="crashed")
    holder = json.loads(writer.directory.lock_path.read_text())
    writer.directory.lock_path.write_text(json.dumps({**holder, "host": "another"}) + "\n")
    async with opened_soon(writer.directory, "Whether its trainer works cannot be told from here.") as (pilot, screen):
        assert screen.status is RunStatus.UNKNOWN and "is running" not in text_of(pilot)


GOOD: tuple[dict[str, Any], ...] = (
    {"event": "run_started", "attempt": 1, "schema": 1, "device": "cuda:0", "device_name": "x", "threads": 2, "epochs": 5,
     "steps_per_epoch": 10, "num_train": 640, "num_test": 64, "resumed_from": None, "elapsed_s": 0.0, "exact": True},
    {"event": "steps", "attempt": 1, "first_step": 1, "losses": [2.0, 1.0], "lr": 0.5, "elapsed_s": 1.0,
     "grad_norms": [[1, 2.0]]},
    {"event": "epoch_ended", "attempt": 1, "epoch": 1, "step": 10, "train_loss": 1.0, "train_acc": 0.9, "test_loss": 1.0,
     "test_acc": 0.8, "lr": 0.5, "epoch_s": 1.0, "examples_per_s": 640.0, "elapsed_s": 2.0},
    {"event": "checkpoint_saved", "attempt": 1, "checkpoint": "s000000010-a1", "step": 10, "epoch": 1, "bytes": 4096},
    {"event": "control_applied", "attempt": 1, "kind": "set", "key": "optimizer.lr", "old": 0.5, "new": 0.1, "step": 10},
    {"event": "health", "attempt": 1, "step": 10,
     "per_layer": [{"name": "fc1", "update_ratio_log10": -3.0, "dead_share": 0.1}]},
    {"event": "device", "attempt": 1, "load": 0.5, "memory_bytes": 10**9, "power_w": 100.0, "temperature_c": 50},
    {"event": "warning", "attempt": 1, "code": "x", "message": "y"},
    {"event": "run_ended", "attempt": 1, "status": "failed", "exit_code": 5, "reason": "the loss became nan"},
)  # fmt: skip
HOSTILE: tuple[Any, ...] = (10**400, -1, 0, 1e300, True, None, "\x1b[31m[/]", {}, [[1, 10**400]])


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(GOOD)), ids=[event["event"] for event in GOOD])
async def test_whatever_one_field_of_the_log_holds_the_screen_lives(place: int) -> None:
    run = write_ended_run().directory
    async with watching(run) as (pilot, screen):
        follower = screen._follower
        assert follower is not None
        await pilot.press("left")
        for name in GOOD[place]:
            for value in HOSTILE if name != "event" else ():
                follower.history = history = RunHistory()
                for index, event in enumerate(GOOD):
                    event = {**event, name: value} if index == place else event
                    history.apply(event)
                    follower._measure_age(event)
                follower.status = RunStatus.FAILED if GOOD[place]["event"] == "run_ended" else RunStatus.RUNNING
                screen._is_new = True
                screen._draw()
                await pilot.pause()
                assert pilot.app._exception is None, (name, value)
                assert "\x1b" not in text_of(pilot)
        assert screen.query_one(LossPlot).is_mounted
