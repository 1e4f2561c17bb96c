"""Runs that `--prepare` writes for somebody else to start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands.command_process import CommandLine
from tui_trainer.runs.launcher import PREPARED_S, is_prepared, sweep_unborn
from tui_trainer.runs.paths import runs_folder
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_index import list_runs

PREPARE = ["-m", "tui_trainer", "train", "--data", "digits", "--epochs", "2", "--prepare", "--json"]


def prepare() -> Path:
    """A folder whose launcher is a process that has ended."""
    finished = subprocess.run([sys.executable, *PREPARE], capture_output=True, text=True, timeout=60, check=True)
    return Path(json.loads(finished.stdout)["run_dir"])


def test_a_prepared_run_outlives_its_launcher_and_no_listing_shows_it() -> None:
    folder = prepare()
    assert folder.parent == runs_folder() and folder.name.startswith(".new-")
    sweep_unborn(runs_folder())
    assert RunDirectory(folder).config.training.epochs == 2 and is_prepared(folder)
    assert list_runs() == []


def test_a_prepared_run_that_nobody_started_within_a_week_is_swept() -> None:
    folder = prepare()
    week_ago = time.time() - PREPARED_S - 1
    os.utime(folder / "run.json", (week_ago, week_ago))
    sweep_unborn(runs_folder())
    assert not folder.exists()


@pytest.mark.parametrize("info", ["{", "[]", '{"prepared": "yes"}', "{}"])
def test_only_a_folder_that_says_so_is_prepared(tmp_path: Path, info: str) -> None:
    assert not is_prepared(tmp_path)
    (tmp_path / "run.json").write_text(info)
    assert not is_prepared(tmp_path)


def test_prepare_prints_the_folder_alone_and_starts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run = CommandLine(capsys)
    assert run("train", "--data", "digits", "--prepare") == 0
    folder = Path(run.out.rstrip("\n"))
    assert sorted(path.name for path in folder.iterdir()) == ["run.json", "run.toml"]
    assert "torchrun" in run.err and str(folder) in run.err
    assert run("train", "--data", "digits", "--prepare", "--detach") == 2
    assert "--prepare" in run.complaint
    for number in ("0", "-1", "1025", "x"):
        assert run("train", "--data", "digits", f"--nproc={number}") == 2
        assert "--nproc" in run.complaint
