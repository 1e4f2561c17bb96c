"""The command of settings.toml that follows a run's end, run by the trainer itself so that no screen need be open.

It is a process of its own without a shell, told of the run by its environment; it has HOOK_S seconds. That it failed is a
warning in the run's log, and nothing else comes of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess

from tui_trainer.runs.errors import ConfigError
from tui_trainer.runs.event_log import EventLog
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.settings import read_settings

HOOK_S = 10.0


def run_end_hook(run: RunDirectory) -> None:
    """Run the command for the run that has just ended, if there is one; by the holder of its lock."""
    history = run.history(with_steps=False)
    try:
        words = read_settings().on_end
    except ConfigError as error:
        _warn(run, history.attempt, error.message)
        return
    if words:
        problem = _run(words, {**os.environ, **_facts(run)})
        if problem:
            _warn(run, history.attempt, f"the command on_end of settings.toml {problem}")


def _run(words: tuple[str, ...], environment: dict[str, str]) -> str:
    """What went wrong; empty: nothing."""
    try:
        # What it prints goes where the trainer's own words go.
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, env=environment, start_new_session=True)
    except (OSError, ValueError) as error:
        return f"cannot be started ({getattr(error, 'strerror', None) or error}); write a program that is there"
    try:
        exit_code = process.wait(HOOK_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return f"did not end within {HOOK_S:g} s and was killed; let it start what takes longer"
    return f"ended with code {exit_code}; trainer.log has what it said" if exit_code else ""


def _facts(run: RunDirectory) -> dict[str, str]:
    history = run.history(with_steps=False)
    ended, best = history.ended or {}, history.best
    facts = {
        "RUN": run.run,
        "NAME": run.shown_name,
        "PATH": str(run.path),
        "STATUS": str(ended.get("status", "")),
        "EXIT_CODE": str(ended.get("exit_code", "")),
        "REASON": str(ended.get("reason", "")),
        "BEST_EPOCH": str(best.epoch) if best else "",
        "BEST_TEST_ACC": f"{best.test_acc:.4f}" if best and best.test_acc is not None else "",
    }
    return {f"MLP_TUI_RUN_{name}": value.replace("\0", "") for name, value in facts.items()}


def _warn(run: RunDirectory, attempt: int, message: str) -> None:
    log = EventLog(run.events_path, attempt)
    log.append("warning", code="hook_failed", message=message)
    log.sync()
    log.close()
