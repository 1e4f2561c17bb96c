"""What is said while a run starts."""

from __future__ import annotations

import pytest

from tui_trainer.commands.start_view import StartView
from tui_trainer.runs.launcher import Progress


def test_each_thing_that_is_waited_for_is_one_line_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with StartView("data source mnist") as view:
        for done in range(3):
            view.show(Progress("downloading mnist (bytes)", done, 3))
        view.show(Progress("parsing mnist", 0, None))
        view.succeed()
    lines = capsys.readouterr().err.splitlines()
    assert [line.rstrip(" …") for line in lines] == ["data source mnist", "downloading mnist (bytes)", "parsing mnist"]


def test_a_refusal_without_progress_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), StartView("data source mnist"):
        raise RuntimeError("refused")
    assert capsys.readouterr().err == ""
