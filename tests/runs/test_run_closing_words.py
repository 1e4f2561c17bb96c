from __future__ import annotations

import pytest

from tests.runs_factory import write_run
from tui_trainer.runs.run_closing_words import closing_lines


@pytest.mark.parametrize(
    ("status", "first", "last"),
    [
        ("running", "running, and it goes on", "mlp-tui open"),
        ("done", "done", "mlp-tui code"),
        ("stopped", "stopped: request", "mlp-tui resume"),
        ("crashed", "crashed", "mlp-tui resume"),
    ],
)
def test_six_lines_say_how_it_went(status: str, first: str, last: str) -> None:
    writer = write_run(epochs_done=3, status=status)
    lines = closing_lines(writer.directory)
    if status == "running":
        writer.leave()
    assert len(lines) == 6
    assert lines[0].startswith(f"book-3f2a: {first}")
    assert lines[1].startswith("best    epoch ") and lines[2].startswith("last    epoch 3 of 20")
    assert last in lines[5]
    assert all(len(line) <= 200 for line in lines)


def test_before_the_first_epoch_there_are_six_lines_too() -> None:
    lines = closing_lines(write_run(status="crashed").directory)
    assert len(lines) == 6
    assert lines[1] == "best    no epoch has ended"
