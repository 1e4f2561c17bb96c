from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from tui_trainer.runs.paths import data_folder, ensure_folder, evaluations_folder, machine_file, runs_folder
from tui_trainer.runs.paths import home as home_folder


def test_everything_lies_in_the_home_and_nothing_is_created(home: Path) -> None:
    assert home_folder() == home
    found = [runs_folder(), data_folder(), evaluations_folder(), machine_file()]
    assert [path.relative_to(home).as_posix() for path in found] == ["runs", "data", "evaluations", "machine.json"]
    assert not home.exists()


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLP_TUI_HOME", "here")
    assert home_folder() == tmp_path / "here"


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_the_platforms_folder_is_taken(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is None:
        monkeypatch.delenv("MLP_TUI_HOME")
    else:
        monkeypatch.setenv("MLP_TUI_HOME", value)
    assert home_folder() == Path(platformdirs.user_data_dir("mlp-tui", appauthor=False))


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_folders_are_the_users_own_under_every_umask(home: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        assert ensure_folder(home / "runs" / "a") == home / "runs" / "a"
    finally:
        os.umask(before)
    assert [oct(path.stat().st_mode & 0o777) for path in (home, home / "runs", home / "runs" / "a")] == ["0o700"] * 3
    ensure_folder(home / "runs" / "a")  # there already


def test_the_home_may_be_a_link(tmp_path: Path, home: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    home.symlink_to(tmp_path / "elsewhere")
    ensure_folder(runs_folder())
    assert (tmp_path / "elsewhere" / "runs").is_dir()
