"""`train` for real on the digits: its lines, its signals, and what becomes of the run when somebody dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands.command_process import CommandLine, run_process, start_process
from tests.waiting import wait_until
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.run_lock import read_holder

pytestmark = pytest.mark.process

DIGITS = ("train", "--data", "digits", "--set", "training.threads=1")
EPOCH_LINE = r"Epoch {epoch}: train acc 0\.\d{{4}}, test acc 0\.\d{{4}}{rest}"


def status_of(run: RunDirectory) -> RunStatus:
    """What the run does now."""
    return run.status(run.history(with_steps=False))


def step_of(run: RunDirectory) -> int:
    """The step at the end of the run's last epoch, which is cheaper to read than the last step of all."""
    return run.history(with_steps=False).step


@contextmanager
def training(*arguments: str, **options: object) -> Iterator[tuple[subprocess.Popen[bytes], RunDirectory]]:
    """A foreground `train` of very many epochs that has made steps, and its run; both are ended afterwards."""
    process = start_process(*DIGITS, "--epochs", "100000", *arguments, **options)  # type: ignore[arg-type]
    try:
        wait_until(lambda: run_directories() and step_of(run_directories()[0]) > 20, within_s=30)
        yield process, run_directories()[0]
    finally:
        process.kill()
        process.communicate()
        for run in run_directories():
            end_trainer(run)


def end_trainer(run: RunDirectory) -> None:
    """Kill the trainer that holds the run's lock, if it lives."""
    if status_of(run).is_live:
        os.kill(read_holder(run.lock_path)["pid"], signal.SIGKILL)
        wait_until(lambda: not status_of(run).is_live)


def test_a_pipe_gets_one_line_an_epoch_and_the_source_is_said_first(command_line: CommandLine) -> None:
    assert command_line(*DIGITS, "--preset", "polished", "--epochs", "3") == 0
    lines = command_line.out.splitlines()
    assert len(lines) == 3
    for epoch, line in enumerate(lines, start=1):
        assert re.fullmatch(EPOCH_LINE.format(epoch=epoch, rest=r", lr 0\.\d{6}"), line)
    assert command_line.err.splitlines()[0] == "data source digits, as written"
    (run,) = run_directories()
    assert run.shown_name in command_line.err
    assert status_of(run) is RunStatus.DONE


def test_every_flag_reaches_the_run_and_json_is_its_log_and_nothing_else(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("seed = 3\n[model]\nhidden = [8]\n[training]\nepochs = 9\n")
    flags = ["--epochs", "2", "--device", "cpu", "--seed", "5", "--name", "mine", "--set", "optimizer.lr=0.25", "--json"]
    assert command_line(*DIGITS, str(tmp_path / "my.toml"), *flags, "--preset", "momentum") == 0
    (run,) = run_directories()
    assert command_line.out == run.events_path.read_text()
    config = run.config
    assert run.shown_name.startswith("mine-")
    assert (config.seed, config.device, config.training.epochs, config.model.hidden) == (5, "cpu", 2, (8,))
    assert (config.optimizer.lr, config.data.source, config.training.threads) == (0.25, "digits", 1)
    assert config.optimizer.torch_arguments()["momentum"] == 0.9


def test_an_unset_source_without_a_network_is_digits_and_a_constant_rate_is_not_repeated(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_trainer.runs.data_source.answers_within", lambda: False)
    assert command_line("train", "--epochs", "1") == 0
    assert command_line.err.splitlines()[0] == "data source digits: mnist is not cached and OpenML did not answer within 2 s"
    assert run_directories()[0].config.data.source == "digits"
    assert re.fullmatch(EPOCH_LINE.format(epoch=1, rest="\n"), command_line.out)


def test_detached_it_prints_the_name_and_the_run_goes_on() -> None:
    printed = run_process(*DIGITS, "--epochs", "2", "--detach")
    assert printed.returncode == 0
    (run,) = run_directories()
    assert printed.stdout == f"{run.shown_name}\n"
    wait_until(lambda: status_of(run) is RunStatus.DONE, within_s=30)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["--device", "cuda:99"], 6, ["cuda:99", "cpu"]),
        (["--data", "idx:/nowhere/at/all"], 3, ["/nowhere/at/all"]),
    ],
)
def test_a_refusal_is_one_line_and_leaves_no_run(
    command_line: CommandLine, home: Path, arguments: list[str], exit_code: int, words: list[str]
) -> None:
    source = [] if "--data" in arguments else ["--data", "digits"]
    assert command_line("train", *source, *arguments) == exit_code
    for word in words:
        assert word in command_line.complaint
    assert list((home / "runs").iterdir()) == []


def assert_stopped_by(run: RunDirectory, number: signal.Signals) -> None:
    """The run has recorded the signal, and its last step is saved."""
    ended = run.history().ended
    assert ended is not None
    assert (ended["status"], ended["exit_code"], ended["reason"]) == ("stopped", 128 + number, number.name)
    assert run.checkpoints()[-1].step == run.history().step


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_passed_on_and_the_run_saves_before_both_end(number: signal.Signals) -> None:
    with training() as (process, run):
        process.send_signal(number)
        assert process.wait(10) == 128 + number
        assert_stopped_by(run, number)


def test_under_nohup_a_hangup_stops_nobody_and_term_still_does() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with training() as (process, run):
            step = step_of(run)
            process.send_signal(signal.SIGHUP)
            wait_until(lambda: step_of(run) > step + 100, within_s=20)
            process.terminate()
            assert process.wait(10) == 143
            assert_stopped_by(run, signal.SIGTERM)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_death_of_the_foreground_leaves_the_trainer_running(command_line: CommandLine) -> None:
    with training() as (process, run):
        process.kill()
        process.wait(5)
        step = step_of(run)
        wait_until(lambda: step_of(run) > step + 100, within_s=20)
        assert command_line("stop", run.shown_name) == 0
        assert f"{run.shown_name} stopped" in command_line.out
        assert status_of(run) is RunStatus.STOPPED


def test_a_reader_that_goes_away_leaves_the_trainer_running() -> None:
    with training() as (process, run):
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(timeout=20)
        assert process.returncode == 141
        assert err.decode().splitlines()[-1] == f"{run.shown_name} goes on; `mlp-tui follow {run.shown_name}` watches it"
        assert status_of(run) is RunStatus.RUNNING


def test_a_signal_before_the_trainer_has_accepted_leaves_nothing(home: Path, wait_until: Callable[..., None]) -> None:
    process = start_process(*DIGITS)
    try:
        wait_until(lambda: list((home / "runs").glob(".new-*/trainer.log")), within_s=20)
        process.terminate()
        out, _ = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, out) == (143, b"")
    assert list((home / "runs").iterdir()) == []
