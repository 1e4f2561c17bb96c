"""What tests of commands get: a command line of their own, and the process as it was afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.commands.command_process import CommandLine


@pytest.fixture
def command_line(capsys: pytest.CaptureFixture[str]) -> Iterator[CommandLine]:
    """Runs commands in this process; the umask that they set is put back."""
    before = os.umask(0o077)
    yield CommandLine(capsys)
    os.umask(before)
