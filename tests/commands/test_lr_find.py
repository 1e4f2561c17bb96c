"""`lr-find`: a curve, suggestions and the line that takes one, without a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.command_process import CommandLine
from tui_trainer.commands.lr_curve import format_curve
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.engine_server import EngineServer
from tui_trainer.runs.errors import UsageError

POINTS = [[10.0 ** (step / 10 - 7), 2.3 - 0.02 * step if step < 60 else 1.1 + (step - 60) ** 2] for step in range(70)]


@pytest.mark.process
def test_a_rate_is_found_and_said_as_the_words_that_take_it(command_line: CommandLine, home: Path) -> None:
    arguments = ("lr-find", "--data", "digits", "--preset", "adam", "--steps", "40")
    assert command_line(*arguments) == 0
    *_, last = command_line.out.splitlines()
    assert last.startswith("take it: --set optimizer.lr=")
    assert resolve_config(preset="adam", sets=[last.partition("--set ")[2]]).optimizer.lr > 0
    assert "of 40 steps on" in command_line.out and "valley" in command_line.out
    assert "\x1b" not in command_line.out and not (home / "runs").exists()

    assert command_line(*arguments, "--json") == 0
    found = json.loads(command_line.out)
    assert f"--set {found['key']}={found['suggested']:g}" == last.partition("take it: ")[2]
    assert found["num_steps"] == 40 and found["data_source"] == "digits"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--steps", "5"), "steps: 5"),
        (("--from", "0"), "from: 0"),
        (("--to", "abc"), "to: abc"),
        (("--from", "1", "--to", "0.5"), "to: 0.5"),
        (("--set", "optimizer.lrr=1"), "optimizer.lrr"),
        (("--preset", "nobook"), "nobook"),
    ],
)
def test_a_wrong_word_is_one_line(command_line: CommandLine, words: tuple[str, ...], named: str) -> None:
    assert command_line("lr-find", "--data", "digits", *words) == 2
    assert named in command_line.complaint


@pytest.mark.process
def test_the_real_engine_ends_a_cancelled_search_and_answers_on() -> None:
    from tui_trainer.runs.config import dump_config

    server = EngineServer()
    config = dump_config(resolve_config(flags={"data.source": "digits"}))
    try:
        with pytest.raises(UsageError, match="cancelled"):
            server.request("lr_find", {"config": config, "num_steps": 2000, "last_lr": 1e-6}, lambda progress: server.cancel())
        assert server.request("devices", {})["devices"]
    finally:
        server.close()


def test_the_curve_fits_a_narrow_terminal_and_marks_the_rate() -> None:
    lines = format_curve(POINTS, 1e-3, is_unicode=True)
    assert len(lines) == 12 and max(map(len, lines)) <= 70
    column = {line.index("│") for line in lines if "│" in line}
    assert len(column) == 1 and "•" in lines[9] and "1e-5" in lines[-1]
    assert all(line.isascii() for line in format_curve(POINTS, 1e-3, is_unicode=False))
    assert format_curve(POINTS[:1], None, is_unicode=True) == []
    assert format_curve([[1e-7, 2.0], [1e-6, 2.0]], 5.0, is_unicode=True)
