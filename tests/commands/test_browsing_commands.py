"""compare, inspect, predict, export and report, as a person calls them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.commands.command_process import CommandLine
from tui_trainer.commands.compare import format_comparison
from tui_trainer.commands.predict import format_row
from tui_trainer.runs.run_directory import RunDirectory


@pytest.mark.process
def test_two_checkpoints_are_compared_in_words_and_json(command_line: CommandLine, trained_run: RunDirectory) -> None:
    assert command_line("compare", "last:1", "last:3", "--json") == 0
    said = json.loads(command_line.out)
    assert said["a"]["accuracy"] == trained_run.checkpoints()[0].metrics["test_acc"]
    assert said["fixed"]["count"] - said["broken"]["count"] == said["b"]["num_right"] - said["a"]["num_right"]
    text = "\n".join(format_comparison(said))
    assert f"B fixes {said['fixed']['count']}" in text
    assert said["mcnemar"]["words"] in text
    assert "fc1.weight" in text


@pytest.mark.process
def test_a_network_is_taken_out_and_asked(command_line: CommandLine, trained_run: RunDirectory, tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.zeros((2, 64)))
    assert command_line("predict", "last", str(tmp_path / "rows.npy")) == 0
    assert len(command_line.out.splitlines()) == 2
    assert command_line("predict", "last", str(tmp_path / "none.npy")) == 2
    assert "is not there" in command_line.complaint
    assert command_line("export", "last", "--format", "pt", "-o", str(tmp_path / "out.pt")) == 0
    assert command_line("export", "last", "--format", "pt", "-o", str(tmp_path / "out.pt")) == 2
    assert "--overwrite" in command_line.complaint
    assert command_line("report", "last", "-o", str(tmp_path / "r.html"), "--json") == 0
    assert json.loads(command_line.out)["bytes"] == (tmp_path / "r.html").stat().st_size


@pytest.mark.process
def test_a_file_is_inspected(command_line: CommandLine, tmp_path: Path) -> None:
    torch.save({"model": nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)).state_dict()}, tmp_path / "x.pth")
    assert command_line("inspect", str(tmp_path / "x.pth")) == 0
    assert 'weights found under "model"' in command_line.out
    assert [line.split()[0] for line in command_line.out.splitlines() if " 4-3-2 " in line] == ["known"]
    assert command_line("inspect", str(tmp_path / "none.pth")) == 2


def test_the_likeliest_classes_come_first() -> None:
    row = {"class": "b", "index": 1, "probabilities": [0.2, 0.7, 0.1]}
    assert format_row(row, ["a", "b", "c"]) == "b  b 0.7000, a 0.2000, c 0.1000"
    assert format_row({"value": 12.3456789}, None) == "12.3457"
