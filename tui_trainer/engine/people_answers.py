"""What a trainer that torchrun started says, in place of a launcher's JSON lines: plain words for people."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from tui_trainer.engine.answers import LauncherAnswers, send_output_to
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text

_MAX_CHARS = 400


class PeopleAnswers(LauncherAnswers):
    """Speaks to the standard error that torchrun gave this process, before and after it went to trainer.log."""

    def __init__(self) -> None:
        self._descriptor = os.dup(2)
        self._what = ""

    def progress(self, what: str, done: int, total: int | None) -> None:
        """One line for each thing that is waited for."""
        if what != self._what:
            self._what = what
            self._tell(f"{what} ...")

    def accept(self, run: str, log_path: Path) -> None:
        """Say that the run has begun, and where it can be watched."""
        self._tell(f"{run} has begun; `mlp-tui follow {run}` watches it, its log is {log_path}")
        send_output_to(log_path)

    def refuse(self, error: MlpTuiError) -> None:
        """Say why there will be no run."""
        self._tell(f"mlp-tui: {error.message}")

    def end(self, text: str) -> None:
        """Say how it ended."""
        self._tell(text)

    def _tell(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._descriptor, f"{safe_text(text, _MAX_CHARS)}\n".encode())
