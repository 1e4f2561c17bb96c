"""What tests of commands get: a command line of their own, and a real run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.commands.command_process import CommandLine
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.launcher import start_run
from tui_trainer.runs.run_directory import RunDirectory


@pytest.fixture
def command_line(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Runs commands in this process."""
    return CommandLine(capsys)


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one real run: the book's network on the digits, three epochs. Not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLP_TUI_HOME", str(tmp_path_factory.mktemp("trained")))
        config = resolve_config(flags={"data.source": "digits", "training.epochs": 3, "training.threads": 1})
        started = start_run(config)
        assert started.process.wait(60) == 0
    return started.directory.path


@pytest.fixture
def trained_run(trained_folder: Path, home: Path) -> RunDirectory:
    """A copy of the real run, in this test's own home."""
    shutil.copytree(trained_folder, home / "runs" / trained_folder.name)
    return RunDirectory(home / "runs" / trained_folder.name)
