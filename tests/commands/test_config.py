"""`config`: what it prints is what `train` takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.command_process import CommandLine
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.presets import PRESETS


@pytest.mark.parametrize("preset", PRESETS)
def test_the_printed_file_reads_back_as_the_same_configuration(command_line: CommandLine, tmp_path: Path, preset: str) -> None:
    assert command_line("config", "--preset", preset, "--set", "model.hidden=[32, 16]") == 0
    (tmp_path / "my.toml").write_text(command_line.out)
    expected = resolve_config(preset=preset, sets=["model.hidden=[32, 16]"])
    assert resolve_config(file=tmp_path / "my.toml") == expected


def test_each_key_is_followed_by_its_help(command_line: CommandLine) -> None:
    assert command_line("config") == 0
    assert "epochs = 20 # passes over the training set; from 1 to 1,000,000" in command_line.out


def test_the_schema_is_json_and_knows_every_table(command_line: CommandLine) -> None:
    assert command_line("config", "--schema") == 0
    assert {"data", "model", "optimizer", "schedule", "training"} <= set(json.loads(command_line.out)["properties"])
