"""`doctor`: what a report of a problem needs, also where the engine does not start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.command_process import CommandLine
from tui_trainer import __version__
from tui_trainer.runs.engine_server import EngineServer
from tui_trainer.runs.errors import MlpTuiError


@pytest.mark.process
def test_versions_devices_paths_data_and_terminal_are_told(command_line: CommandLine, home: Path) -> None:
    assert command_line("doctor", "--json") == 0
    report = json.loads(command_line.out)
    assert report["versions"]["mlp-tui"] == __version__
    assert report["versions"]["torch"] and report["versions"]["textual"]
    assert report["devices"][-1]["device"] == "cpu"
    assert report["paths"]["home"] == str(home)
    assert report["paths"]["num_runs"] == 0
    assert {entry["source"] for entry in report["data"]} >= {"mnist", "digits"}
    assert report["terminal"]["is_terminal"] is False


def test_an_engine_that_does_not_start_is_part_of_the_report(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: EngineServer, method: str, params: dict[str, Any]) -> dict[str, Any]:
        raise MlpTuiError("the engine ended in the middle of its answer")

    monkeypatch.setattr(EngineServer, "request", die)
    assert command_line("doctor") == 0
    assert "device     none can be told: the engine ended in the middle of its answer" in command_line.out
    for word in ("versions", "system", "home", "runs", "data", "terminal"):
        assert any(line.startswith(word) for line in command_line.out.splitlines())
