"""Training in the test's own process: the real job without its handshake, and the printed script beside it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tui_trainer.engine.answers import LauncherAnswers
from tui_trainer.engine.attempt import Attempt, begin_new, begin_resumed
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.train_job import _train
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.launcher import prepare_run
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_lock import RunLock
from tui_trainer.runs.run_trail import PLAIN_TRAIL, RunTrail
from tui_trainer.runs.script_printer import print_script

THREADS = 1


class SilentAnswers(LauncherAnswers):
    """Answers that nobody hears, so that the test's own output stays its own."""

    def _say(self, answer: dict[str, Any]) -> None:
        pass


def digits_config(**changes: Any) -> RunConfig:
    """The book's network on the embedded digits for three epochs; `changes` are KEY__PART=value."""
    flags = {"data.source": "digits", "training.epochs": 3, "training.threads": THREADS}
    flags |= {key.replace("__", "."): value for key, value in changes.items()}
    return resolve_config(flags=flags)


def begin(config: RunConfig) -> tuple[Attempt, RunLock]:
    """A new run that was accepted and has not made a step yet, and its lock."""
    run = RunDirectory(prepare_run(config))
    lock = RunLock(run.lock_path)
    with contextlib.chdir(Path.cwd()):
        return begin_new(run, lock, SilentAnswers()), lock


def train(config: RunConfig, signals: StopSignals | None = None) -> RunDirectory:
    """A whole run in this process."""
    attempt, lock = begin(config)
    _train(attempt, signals or StopSignals())
    lock.release()
    return attempt.run


def resume(run: RunDirectory, signals: StopSignals | None = None, before: Callable[[Attempt], None] | None = None) -> Attempt:
    """Another attempt of `run`, to its end; `before` is called between its start and its first step."""
    run = RunDirectory(run.path)
    lock = RunLock(run.lock_path)
    with contextlib.chdir(Path.cwd()):
        attempt = begin_resumed(run, lock, SilentAnswers())
    if before is not None:
        before(attempt)
    _train(attempt, signals or StopSignals())
    lock.release()
    return attempt


def ended(run: RunDirectory) -> dict[str, Any]:
    """The run's last `run_ended`."""
    record = run.history().ended
    assert record is not None
    return record


def script_weights(config: RunConfig, trail: RunTrail = PLAIN_TRAIL) -> tuple[str, str]:
    """(weights_sha256, everything printed) of the script that `config` and `trail` stand for, run in this process."""
    printed = io.StringIO()
    script = print_script(config, threads=THREADS, verify=True, trail=trail)
    with contextlib.redirect_stdout(printed):
        exec(compile(script, "printed script", "exec"), {"__name__": "printed_script"})
    torch.set_num_threads(THREADS)
    return printed.getvalue().rstrip().rpartition("weights_sha256 ")[2], printed.getvalue()
