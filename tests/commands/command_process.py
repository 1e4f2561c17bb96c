"""`mlp-tui` as a process of its own, and in the test's process with what it printed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import IO

import pytest

from tui_trainer.cli import main

COMMAND = [sys.executable, "-m", "tui_trainer"]
LIMIT_S = 60.0


def run_process(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The finished command, without a terminal; `env` is added to the test's own environment."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def start_process(*arguments: str, stdout: int | IO[bytes] = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """The command, running; whoever started it reaps it."""
    return subprocess.Popen([*COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE)


class CommandLine:
    """Commands in the test's own process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = ""
        """Standard output of the last command."""
        self.err = ""
        """Standard error of the last command."""

    def __call__(self, *arguments: str) -> int:
        """Run one command; its exit code. The umask that it sets is put back."""
        self._capsys.readouterr()
        umask = os.umask(0o077)
        try:
            exit_code = main(arguments)
        except SystemExit as ending:
            exit_code = ending.code if isinstance(ending.code, int) else 1
        finally:
            os.umask(umask)
        self.out, self.err = self._capsys.readouterr()
        return exit_code

    @property
    def complaint(self) -> str:
        """The one line on standard error, without the program's name; AssertionError where it is not one line."""
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("mlp-tui: ")
        return self.err.removeprefix("mlp-tui: ").rstrip("\n")
