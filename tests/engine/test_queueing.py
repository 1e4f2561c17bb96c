"""Queued runs: they wait with their lock held, begin in order, can be stopped or begun at once, and outlive each other."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.commands.command_process import run_process
from tests.waiting import wait_until
from tui_trainer.runs import control
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_index import find_run, run_directories
from tui_trainer.runs.run_lock import read_holder
from tui_trainer.runs.run_queue import find_blocker, queued_runs

pytestmark = pytest.mark.process
DIGITS = ("train", "--data", "digits", "--set", "training.threads=1", "--detach")
Start = Callable[..., RunDirectory]


def status_of(run: RunDirectory) -> RunStatus:
    """What it does now."""
    return run.status(run.history(with_steps=False))


def ask(run: RunDirectory, kind: str) -> None:
    """Publish a request for the run's present attempt."""
    control.request(run, kind, run.history(with_steps=False).attempt, save=False)


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts detached runs; those that still live at the end are killed."""

    def start_one(name: str, *arguments: str, epochs: int = 20_000) -> RunDirectory:
        done = run_process(*DIGITS, "--name", name, "--epochs", str(epochs), *arguments)
        assert done.returncode == 0, done.stderr
        return find_run(done.stdout.strip())

    yield start_one
    for run in run_directories():
        if status_of(run).is_live:
            os.kill(int(read_holder(run.lock_path)["pid"]), signal.SIGKILL)
    wait_until(lambda: not any(status_of(run).is_live for run in run_directories()), within_s=20)


@pytest.mark.slow
def test_a_queue_begins_in_order_and_goes_on_when_its_head_dies(start: Start) -> None:
    first = start("first")
    second = start("second", "--queue")
    third = start("third", "--queue", epochs=1)
    fourth = start("fourth", "--queue", epochs=1)
    assert [status_of(run).value for run in (first, second, third, fourth)] == ["running", "queued", "queued", "queued"]
    assert [run.run for run in queued_runs()] == [second.run, third.run, fourth.run]
    assert find_blocker(third) == first
    assert (second.history().queued or {})["behind"] == first.run
    assert second.history().started is None

    os.kill(int(read_holder(second.lock_path)["pid"]), signal.SIGKILL)
    wait_until(lambda: status_of(second) is RunStatus.CRASHED)
    assert status_of(third) is RunStatus.QUEUED
    ask(first, "stop")

    wait_until(lambda: status_of(fourth) is RunStatus.DONE, within_s=40)
    assert status_of(third) is RunStatus.DONE
    began, ended = (fourth.history().started or {})["time"], (third.history().ended or {})["time"]
    assert began >= ended


@pytest.mark.slow
def test_a_queued_run_is_cancelled_by_stop_and_begins_at_once_by_choice(start: Start) -> None:
    first = start("first")
    cancelled, chosen = start("cancelled", "--queue"), start("chosen", "--queue")

    stopped = run_process("stop", cancelled.shown_name)
    assert stopped.returncode == 0
    assert status_of(cancelled) is RunStatus.STOPPED
    assert "while it waited" in (cancelled.history().ended or {})["reason"]
    assert run_process("pause", chosen.shown_name).returncode == 2
    begun = run_process("start", chosen.shown_name)
    assert begun.returncode == 0 and "begins now" in begun.stdout
    wait_until(lambda: status_of(chosen) is RunStatus.RUNNING, within_s=30)
    assert status_of(first) is RunStatus.RUNNING
    assert run_process("start", chosen.shown_name).returncode == 2


@pytest.mark.slow
def test_a_queued_run_with_wrong_data_is_refused_at_once(start: Start) -> None:
    start("first")
    refused = run_process("train", "--data", "csv:/nowhere.csv", "--queue", "--detach")
    assert refused.returncode == 3
    assert len(run_directories()) == 1


def test_with_nothing_to_wait_for_a_queued_run_begins(start: Start) -> None:
    run = start("only", "--queue", epochs=1)
    wait_until(lambda: status_of(run) is RunStatus.DONE, within_s=30)
    assert (run.history().queued or {})["behind"] is None


def test_a_signal_ends_the_wait_with_its_code_on_record(start: Start) -> None:
    start("first")
    run = start("second", "--queue")
    os.kill(int(read_holder(run.lock_path)["pid"]), signal.SIGTERM)
    wait_until(lambda: status_of(run) is RunStatus.STOPPED, within_s=10)
    assert (run.history().ended or {})["exit_code"] == 143
