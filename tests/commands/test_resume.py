"""`resume` and `stop`: a run goes on to the weights of one that was never interrupted, or is refused with a line."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.commands.command_process import CommandLine, run_process, start_process
from tests.commands.test_train import DIGITS, end_trainer, status_of, step_of, training
from tests.runs_factory import RunWriter, write_run
from tests.waiting import wait_until
from tui_trainer.runs import control
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.run_lock import read_holder


@pytest.fixture
def live_run() -> Iterator[RunWriter]:
    """A run that this process pretends to train."""
    writer = write_run("book-3f2a", epochs_done=1)
    yield writer
    if writer.directory.status(writer.directory.history()) in (RunStatus.RUNNING, RunStatus.PAUSED):
        writer.leave()


def weights_of(run: RunDirectory) -> str:
    """The weights_sha256 with which the run is done."""
    ended = run.history().ended
    assert ended is not None
    assert ended["status"] == "done"
    return str(ended["weights_sha256"])


@pytest.mark.slow
@pytest.mark.process
def test_a_killed_run_is_told_and_resumes_to_the_weights_of_an_uninterrupted_one(command_line: CommandLine) -> None:
    arguments = (*DIGITS, "--epochs", "60", "--preset", "regularised", "--seed", "3")
    assert command_line(*arguments) == 0
    whole = run_directories()[0]

    foreground = start_process(*arguments)
    wait_until(lambda: run_directories()[0] != whole and step_of(run_directories()[0]) > 300, within_s=30)
    killed = run_directories()[0]
    end_trainer(killed)
    _, err = foreground.communicate(timeout=10)
    assert foreground.returncode == 8
    assert f"mlp-tui resume {killed.shown_name}".encode() in err.splitlines()[-1]
    assert status_of(killed) is RunStatus.CRASHED
    assert command_line("follow", killed.shown_name) == 8

    assert command_line("resume", killed.shown_name, "--json") == 0
    events = [json.loads(line) for line in command_line.out.splitlines()]
    assert {event["attempt"] for event in events} == {2}
    assert (events[0]["event"], events[-1]["event"]) == ("run_started", "run_ended")
    assert weights_of(killed) == weights_of(whole)


@pytest.mark.slow
@pytest.mark.process
def test_a_resumed_run_shows_only_the_epochs_of_its_own_attempt(command_line: CommandLine) -> None:
    with training() as (process, run):
        wait_until(lambda: len(run.history(with_steps=False).epochs) >= 3, within_s=20)
        process.terminate()
        assert process.wait(10) == 143
        done = run.history().epochs[-1].epoch
    text = run.config_path.read_text()
    run.config_path.write_text(text.replace("epochs = 100000", f"epochs = {done + 2}"))
    assert command_line("resume", run.shown_name) == 0
    assert [line.partition(":")[0] for line in command_line.out.splitlines()] == [f"Epoch {done + 1}", f"Epoch {done + 2}"]
    assert "goes on from s" in command_line.err


@pytest.mark.process
def test_a_paused_run_goes_on_and_a_live_one_stops() -> None:
    with training() as (process, run):
        control.request(run, "pause", 1)
        wait_until(lambda: status_of(run) is RunStatus.PAUSED, within_s=10)
        resumed = run_process("resume", run.shown_name)
        assert (resumed.returncode, resumed.stdout) == (0, f"{run.shown_name} goes on\n")
        wait_until(lambda: status_of(run) is RunStatus.RUNNING)

        stopped = run_process("stop", run.shown_name)
        assert stopped.returncode == 0
        assert process.wait(10) == 0
        ended = run.history().ended
        assert ended is not None
        assert (ended["status"], ended["reason"], ended["exit_code"]) == ("stopped", "request", 0)
        assert run.checkpoints()[-1].step == run.history().step


@pytest.mark.parametrize("command", ["resume", "stop"])
def test_a_done_run_is_refused(command_line: CommandLine, command: str) -> None:
    write_run("book-3f2a", epochs_done=1, status="done")
    assert command_line(command, "last") == 2
    assert "book-3f2a is done" in command_line.complaint


def test_a_running_run_is_busy(command_line: CommandLine, live_run: RunWriter) -> None:
    assert command_line("resume", "last") == 7
    assert "mlp-tui follow book-3f2a" in command_line.complaint


def test_a_run_of_another_host_is_not_guessed_at(command_line: CommandLine) -> None:
    run = write_run("book-3f2a", epochs_done=1, status="crashed").directory
    record = {**read_holder(run.lock_path), "host": "gpu-box-7"}
    run.lock_path.write_text(json.dumps(record) + "\n")
    assert command_line("resume", "last") == 7
    assert "gpu-box-7" in command_line.complaint


def test_a_dead_run_cannot_be_stopped(command_line: CommandLine) -> None:
    write_run("book-3f2a", epochs_done=1, status="crashed")
    assert command_line("stop", "last") == 2
    assert "book-3f2a is crashed" in command_line.complaint


def test_a_trainer_that_does_not_answer_is_told(
    command_line: CommandLine, live_run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_trainer.commands.run_requests.ANSWER_S", 0.3)
    assert command_line("stop", "last") == 7
    assert "did not answer" in command_line.complaint


def test_a_refusal_of_the_trainer_is_passed_on(command_line: CommandLine, live_run: RunWriter) -> None:
    run = live_run.directory
    original = control.request

    def refuse(*args: object, **kwargs: object) -> str:
        request = original(*args, **kwargs)  # type: ignore[arg-type]
        live_run.log.append("control_refused", request=request, kind="stop", key=None, reason="it is for attempt 1")
        return request

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tui_trainer.runs.control.request", refuse)
        assert command_line("stop", run.shown_name) == 7
    assert "it is for attempt 1" in command_line.complaint
