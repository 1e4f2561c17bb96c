"""What tests of commands get: a command line of their own."""

from __future__ import annotations

import pytest

from tests.commands.command_process import CommandLine


@pytest.fixture
def command_line(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Runs commands in this process."""
    return CommandLine(capsys)
