"""`diff`: runs beside each other, for people and for programs."""

from __future__ import annotations

import json

from tests.commands.command_process import CommandLine
from tests.runs_factory import write_run
from tui_trainer.runs.config_layers import resolve_config


def _two_runs() -> None:
    write_run("book-aaaa", epochs_done=2, status="done")
    other = resolve_config(preset="book", sets=["data.source=mnist", "optimizer.lr=0.1"])
    write_run("book-bbbb", config=other, epochs_done=1, status="stopped")


def test_two_runs_stand_beside_each_other_with_the_settings_that_differ(command_line: CommandLine) -> None:
    _two_runs()
    assert command_line("diff", "aaaa", "bbbb") == 0
    heading, *rows = [line.split() for line in command_line.out.splitlines()]
    assert heading == ["book-aaaa", "book-bbbb"]
    assert ["status", "done", "stopped"] in rows
    assert ["optimizer.lr", "0.5", "0.1"] in rows
    assert not [row for row in rows if row[0].startswith(("model.", "data."))]


def test_json_is_one_document_with_figures_and_differences(command_line: CommandLine) -> None:
    _two_runs()
    assert command_line("diff", "aaaa", "bbbb", "--json") == 0
    document = json.loads(command_line.out)
    assert [(run["name"], run["status"], run["epoch"]) for run in document["runs"]] == [
        ("book-aaaa", "done", 2),
        ("book-bbbb", "stopped", 1),
    ]
    assert document["runs"][0]["best"]["split"] == "test"
    assert document["differences"] == [{"key": "optimizer.lr", "values": ["0.5", "0.1"]}]


def test_equal_configurations_are_said_to_be_so(command_line: CommandLine) -> None:
    write_run("book-aaaa", epochs_done=1, status="done")
    write_run("book-bbbb", epochs_done=1, status="done")
    assert command_line("diff", "aaaa", "bbbb") == 0
    assert command_line.out.splitlines()[-1] == "their configurations are the same"


def test_one_run_alone_or_an_unknown_one_is_one_line(command_line: CommandLine) -> None:
    _two_runs()
    assert command_line("diff", "aaaa") == 2
    assert "two runs or more" in command_line.err
    assert command_line("diff", "aaaa", "nothing-here") == 2
    assert len(command_line.err.splitlines()) == 1


def test_a_damaged_configuration_still_shows_the_figures(command_line: CommandLine) -> None:
    _two_runs()
    broken = write_run("book-cccc", epochs_done=1, status="done").directory
    broken.config_path.write_text("optimizer = 3")
    assert command_line("diff", "aaaa", "cccc") == 0
    assert "final test acc" in command_line.out
