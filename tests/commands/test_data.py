"""`data list` and `data fetch`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.command_process import CommandLine
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
