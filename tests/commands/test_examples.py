"""`examples`: the rows behind an evaluation, as a table, as JSON, and as pictures on a real pseudo-terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.commands.command_process import CommandLine
from tests.commands.terminal_process import run_on_terminal
from tui_trainer.commands.examples import format_examples
from tui_trainer.commands.half_blocks import UPPER_HALF
from tui_trainer.runs.run_directory import RunDirectory


@pytest.mark.process
def test_a_cell_of_the_matrix_is_shown_as_json(command_line: CommandLine, trained_run: RunDirectory) -> None:
    assert command_line("evaluate", "last:1", "--json") == 0
    pair = json.loads(command_line.out)["confused_pairs"][0]
    cell = ("--true", str(pair["true"]), "--predicted", str(pair["predicted"]))
    assert command_line("examples", "last:1", *cell, "--count", "100", "--json") == 0
    said = json.loads(command_line.out)
    assert said["total"] == len(said["examples"]) == pair["count"]
    assert {(row["true"], row["predicted"]) for row in said["examples"]} == {(pair["true"], pair["predicted"])}
    assert command_line("examples", "last:1", "--true", "eleven") == 2
    assert "true eleven is no class; they are 0, 1, 2" in command_line.complaint


@pytest.mark.process
def test_people_get_a_row_for_each_and_a_pipe_no_picture(command_line: CommandLine, trained_run: RunDirectory) -> None:
    assert command_line("examples", "last:1", "--count", "3", "--offset", "1", "--order", "smallest", "--split", "train") == 0
    lines = command_line.out.splitlines()
    assert re.match(rf"{trained_run.shown_name}:\S+ on digits, train: 2 to 4 of [\d,]+ examples$", lines[0])
    assert [line.split()[0] for line in lines[2:]] == ["row", *(line.split()[0] for line in lines[3:])]
    losses = [float(line.split()[3]) for line in lines[3:]]
    assert losses == sorted(losses)
    assert len(losses) == 3
    assert "\x1b" not in command_line.out
    assert UPPER_HALF not in command_line.out


@pytest.mark.process
def test_a_terminal_gets_pictures_in_colours(trained_run: RunDirectory) -> None:
    shown = run_on_terminal("examples", "last:1", "--count", "4")
    # Digits of 8 x 8 grow to 24 columns, so that three of the four stand in the first band of 80.
    (caption,) = (line for line in shown.splitlines() if line.count(" as ") == 3)
    assert caption.count("#") == 3
    assert shown.count(UPPER_HALF) == 4 * 24 * 12
    assert "\x1b[38;2;" in shown


@pytest.mark.process
def test_what_was_assumed_of_a_foreign_file_is_said(command_line: CommandLine, tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.save(nn.Sequential(nn.Linear(64, 10)).state_dict(), tmp_path / "theirs.pt")
    assert command_line("examples", str(tmp_path / "theirs.pt"), "--data", "digits", "--count", "1") == 0
    assert command_line.out.startswith("theirs.pt on digits, test: 1 to 1 of ")
    assert "assumed: inputs divided by 16" in command_line.err
    assert command_line("examples", str(tmp_path / "theirs.pt")) == 2
    assert "--data" in command_line.complaint


@pytest.mark.parametrize("count", ["0", "101", "-1"])
def test_a_count_out_of_range_is_refused(command_line: CommandLine, trained_run: RunDirectory, count: str) -> None:
    assert command_line("examples", "last", "--count", count) == 2
    assert "1 to 100" in command_line.complaint


COMMON = {"checkpoint": "book-1:s1-a1", "data": "csv:/x", "split": "test", "offset": 0, "image_shape": None}


def test_a_row_of_a_table_stands_with_its_values() -> None:
    example = {"index": 7, "true": 0, "predicted": 1, "loss": 2.5, "probabilities": [0.1, 0.9], "values": ["5.1", ""]}
    columns = {"class_names": ["ham", "spam"], "columns": ["length", "sender"]}
    lines = format_examples({**COMMON, **columns, "total": 12, "examples": [example]})
    assert lines[0] == "book-1:s1-a1 on csv:/x, test: 1 to 1 of 12 examples"
    assert re.split(" {2,}", lines[3].strip()) == [
        "#7",
        "ham",
        "spam",
        "2.5000",
        "spam 0.9000, ham 0.1000",
        "length 5.1, sender -",
    ]


def test_a_regression_says_how_far_off_it_was() -> None:
    example = {"index": 7, "true": 10.0, "predicted": 7.5, "loss": 6.25, "probabilities": None, "values": ["1"]}
    lines = format_examples({**COMMON, "class_names": [], "columns": ["x1"], "total": 1, "examples": [example]})
    assert lines[3].split() == ["#7", "10", "7.5", "-2.5", "6.2500", "x1", "1"]
    assert format_examples({**COMMON, "class_names": ["a"], "columns": None, "total": 0, "examples": []}) == [
        "book-1:s1-a1 on csv:/x, test: none of 0 examples"
    ]
