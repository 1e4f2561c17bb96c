from __future__ import annotations

import json
import time

import pytest

from tests.commands.command_process import CommandLine
from tests.runs_factory import write_run


def test_a_finished_run_is_shown_again(command_line: CommandLine) -> None:
    write_run(epochs_done=3, status="done")
    assert command_line("replay", "last", "--speed", "1000000") == 0
    assert [line.partition(":")[0] for line in command_line.out.splitlines()] == ["Epoch 1", "Epoch 2", "Epoch 3"]
    assert "done; best test acc" in command_line.err
    assert command_line("replay", "last", "--speed", "1e9", "--json") == 0
    assert [json.loads(line)["event"] for line in command_line.out.splitlines()][::100] == ["run_started"]


def test_it_takes_as_long_as_the_speed_says(command_line: CommandLine) -> None:
    writer = write_run(epochs_done=1)
    writer.log._started_at -= 30
    writer.end()
    began = time.monotonic()
    assert command_line("replay", "last", "--speed", "60") == 0
    assert 0.4 < time.monotonic() - began < 5


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast"])
def test_a_speed_that_is_none_is_refused(command_line: CommandLine, speed: str) -> None:
    write_run(epochs_done=1, status="done")
    assert command_line("replay", "last", "--speed", speed) == 2
    assert "speed" in command_line.complaint
