"""`data list` and `data fetch`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.command_process import CommandLine
from tui_trainer.commands.data_show import describe_lines, sparkline
from tui_trainer.runs.data_source import CACHED_ARRAYS


def test_sources_are_listed_with_what_is_kept(command_line: CommandLine, home: Path) -> None:
    assert command_line("data", "list", "--json") == 0
    listed = {entry["source"]: entry for entry in json.loads(command_line.out)}
    assert (listed["mnist"]["is_here"], listed["digits"]["is_here"], listed["idx:DIR"]["is_here"]) == (False, True, None)
    (home / "data" / "mnist").mkdir(parents=True)
    for name in CACHED_ARRAYS:
        (home / "data" / "mnist" / f"{name}.npy").write_bytes(bytes(1000))
    assert command_line("data", "list", "--json") == 0
    mnist = json.loads(command_line.out)[0]
    assert (mnist["is_here"], mnist["bytes"], mnist["path"]) == (True, 4000, str(home / "data" / "mnist"))
    assert command_line("data", "list") == 0
    assert command_line.out.splitlines()[1].split()[:3] == ["mnist", "4", "kB"]


@pytest.mark.process
def test_fetching_says_what_is_in_a_source(command_line: CommandLine) -> None:
    assert command_line("data", "fetch", "digits") == 0
    assert command_line.out == "digits: 1,437 to train and 360 to test on, 64 inputs, 10 classes\n"


@pytest.mark.process
@pytest.mark.parametrize(("source", "exit_code", "word"), [("mnst", 2, '"mnist"'), ("idx:nowhere", 3, "nowhere")])
def test_what_cannot_be_fetched_is_one_line(command_line: CommandLine, source: str, exit_code: int, word: str) -> None:
    assert command_line("data", "fetch", source) == exit_code
    assert word in command_line.complaint


@pytest.mark.process
def test_a_source_is_shown_by_its_classes_its_columns_and_its_images(command_line: CommandLine, tmp_path: Path) -> None:
    assert command_line("data", "show", "sklearn:wine") == 0
    lines = command_line.out.splitlines()
    assert lines[0] == "sklearn:wine: 142 to train and 36 to test on, 13 inputs, 3 classes"
    assert any(line.split()[:3] == ["class_1", "57", "14"] for line in lines)
    assert any(line.startswith("alcohol ") and "11.41, 14.83" in line for line in lines)
    path = tmp_path / "people.csv"
    path.write_text("age,town,y\n" + "".join(f"{row},{'ab'[row % 2]},{row % 2}\n" for row in range(40)))
    assert command_line("data", "show", f"csv:{path}", "--set", "data.target=town", "--json") == 0
    found = json.loads(command_line.out)
    assert (found["target"], found["column_names"]) == ("town", ["age", "y", "town"])


def test_what_is_away_is_shown_by_its_price() -> None:
    away = {"source": "fashion", "is_here": False, "download_bytes": 35_000_000}
    assert describe_lines(away, is_unicode=True)[0].endswith("35.0 MB: mlp-tui data fetch fashion")
    assert "whose size OpenML tells" in describe_lines({**away, "download_bytes": None}, is_unicode=True)[0]


def test_a_sparkline_has_a_character_a_bin_and_a_blank_for_none() -> None:
    assert sparkline([0, 1, 4, 8], is_unicode=True) == " ▁▄█"
    assert sparkline([0, 1, 4, 8], is_unicode=False).isascii()
    assert sparkline([], is_unicode=True) == ""


def test_images_are_shown_and_their_pixels_are_not_columns() -> None:
    image = {"label": "7", "pixels": [0, 255, 0, 255]}
    found = {
        "source": "x", "is_here": True, "num_train": 2, "num_test": 2, "num_inputs": 4, "task": "x", "num_classes": 2,
        "target": None, "target_histogram": None, "bytes": None, "path": None, "notes": [], "classes": [], "missing": 0,
        "columns": [{"name": "1"}], "num_columns": 4, "column_names": [], "image_shape": [2, 2], "samples": [image],
    }  # fmt: skip
    assert describe_lines(found, is_unicode=False)[1:] == ["", "7", " @"]
