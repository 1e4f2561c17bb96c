"""`weights`: a row a tensor, the first layer's units as rows, as pictures on a pseudo-terminal, or in a PNG."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.commands.command_process import CommandLine
from tests.commands.terminal_process import run_on_terminal
from tui_trainer.commands.half_blocks import UPPER_HALF
from tui_trainer.runs.run_directory import RunDirectory


@pytest.mark.process
def test_people_get_figures_of_each_tensor_and_unit(command_line: CommandLine, trained_run: RunDirectory) -> None:
    assert command_line("weights", "last", "--json", "--count", "2") == 0
    said = json.loads(command_line.out)
    assert [row["layer"] for row in said["layers"]][:2] == ["fc1.weight", "fc1.bias"]
    assert command_line("weights", "last", "--count", "2") == 0
    lines = command_line.out.splitlines()
    assert lines[0].startswith(f"{trained_run.shown_name}:")
    assert lines[3].split()[:5] == ["fc1.weight", "128", "x", "64", f"{said['layers'][0]['norm']:.4g}"]
    assert lines[-2].split() == [
        f"#{said['units'][0]['unit']}",
        *(f"{said['units'][0][name]:.4g}" for name in ("norm", "largest")),
    ]
    assert "\x1b" not in command_line.out
    assert command_line("weights", "last", "--count", "257") == 2
    assert "1 to 256" in command_line.complaint


@pytest.mark.process
def test_the_units_are_written_as_a_picture(command_line: CommandLine, trained_run: RunDirectory, tmp_path: Path) -> None:
    path = tmp_path / "units.png"
    assert command_line("weights", "last", "--count", "9", "-o", str(path)) == 0
    assert command_line.out.splitlines()[-1].startswith(f"{path}: 9 of 128 units, ")
    with Image.open(path) as image:
        assert image.format == "PNG"
    assert command_line("weights", "last", "-o", str(path)) == 2
    assert "--overwrite" in command_line.complaint
    assert command_line("weights", "last", "-o", str(path), "--overwrite") == 0


@pytest.mark.process
def test_a_terminal_gets_the_units_as_pictures(trained_run: RunDirectory) -> None:
    shown = run_on_terminal("weights", "last", "--count", "6")
    assert "6 of 128 units" in shown
    # 8 x 8 stays as it is in 14 columns: four lines of eight half blocks a unit.
    assert shown.count(UPPER_HALF) == 6 * 4 * 8
