"""`code`: the script of a configuration, a file, a preset or a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.command_process import CommandLine
from tests.runs_factory import write_run
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.script_printer import print_script


def test_a_run_prints_its_own_configuration_on_its_recorded_threads(command_line: CommandLine) -> None:
    config = resolve_config(preset="momentum", flags={"data.source": "digits", "seed": 7})
    write_run("momentum-3f2a", config=config, epochs_done=1, status="done")
    assert command_line("code", "last") == 0
    assert command_line.out == print_script(config, threads=2)
    assert command_line.err == ""


def test_threads_come_from_run_json_where_the_log_has_none(command_line: CommandLine) -> None:
    run = write_run(info={"threads": 5}, status="done").directory
    run.events_path.write_text("")
    assert command_line("code", "last") == 0
    assert "torch.set_num_threads(5)" in command_line.out


def test_changes_to_a_run_are_layered_over_it(command_line: CommandLine) -> None:
    write_run(status="done")
    assert command_line("code", "last", "--set", "optimizer.name=adam") == 0
    assert "torch.optim.Adam(model.parameters(), lr=0.001)" in command_line.out


def test_a_preset_with_verify_prints_a_script_that_compiles(command_line: CommandLine) -> None:
    assert command_line("code", "--preset", "quick", "--set", "training.threads=1", "--verify") == 0
    compile(command_line.out, "script", "exec")
    assert "weights_sha256" in command_line.out
    assert "torch.set_num_threads(1)" in command_line.out


def test_a_file_is_taken_with_its_paths(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('seed = 11\n[data]\nsource = "idx:here"\n')
    assert command_line("code", str(tmp_path / "my.toml")) == 0
    assert "torch.manual_seed(11)" in command_line.out
    assert str(tmp_path / "here") in command_line.out


def test_an_unset_source_is_decided_and_said(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_trainer.runs.data_source.answers_within", lambda: False)
    assert command_line("code", "--preset", "book") == 0
    assert "load_digits" in command_line.out
    assert command_line.err.startswith("data source digits: mnist is not cached")


def test_a_run_and_a_preset_at_once_are_refused(command_line: CommandLine) -> None:
    write_run(status="done")
    assert command_line("code", "last", "--preset", "book") == 2
    assert "either RUN or --preset" in command_line.complaint


def test_a_damaged_run_json_is_no_bug(command_line: CommandLine) -> None:
    run = write_run(status="done").directory
    run.events_path.write_text("")
    run.info_path.write_text(json.dumps({"schema": 99}))
    assert command_line("code", "last") == 4


def test_a_script_is_saved_in_place_of_what_was_there(command_line: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text("old")
    assert command_line("code", "--preset", "quick", "-o", str(path)) == 0
    assert command_line.out == "" and str(path) in command_line.err
    assert command_line("code", "--preset", "quick") == 0
    assert path.read_text() == command_line.out
    compile(path.read_text(), "script.py", "exec")


@pytest.mark.parametrize("place", [".", "absent/script.py"])
def test_a_script_is_not_saved_where_no_file_can_be(
    command_line: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command_line("code", "--preset", "quick", "-o", place) == 2
    assert "-o" in command_line.complaint and not (tmp_path / "absent").exists()
