"""The trainer's answer to its launcher: JSON lines on standard output, until it has accepted or refused the job."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.publisher import FILE_MODE


class LauncherAnswers:
    """Speaks to the launcher over the standard output that this process was started with."""

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Say how far a long step before the start is."""
        self._say({"progress": {"what": what, "done": done, "total": total}})

    def accept(self, run: str, log_path: Path) -> None:
        """Say that the run has begun; from then on everything printed goes to its trainer.log, and nothing is read."""
        self._say({"accepted": run})
        send_output_to(log_path)

    def refuse(self, error: MlpTuiError) -> None:
        """Say why there will be no run."""
        self._say({"refused": error.exit_code, "message": error.message})

    def end(self, text: str) -> None:
        """Nobody listens any more when the run ends: the log has it."""

    def _say(self, answer: dict[str, Any]) -> None:
        # The launcher may be dead already; its fate is none of the trainer's business.
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def send_output_to(log_path: Path) -> None:
    """Point standard output and error at `log_path`, and standard input at nothing."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(nothing, 0)
    os.close(nothing)
    _append_to(log_path, 1, 2)


def send_errors_to(log_path: Path) -> None:
    """Point standard error at `log_path`."""
    _append_to(log_path, 2)


def _append_to(log_path: Path, *descriptors: int) -> None:
    log = os.open(log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    for descriptor in descriptors:
        os.dup2(log, descriptor)
    os.close(log)
