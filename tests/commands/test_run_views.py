"""The words in which a run is shown: exact lines, exact JSON, and nothing else on standard output."""

from __future__ import annotations

import json

import pytest

from tests.commands.command_process import CommandLine
from tests.runs.fake_run import ended, epoch_ended, make_run, started, steps
from tests.runs_factory import write_run
from tui_trainer.commands.run_views import LineView, beginning_line, ending_line, epoch_line
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.run_history import EpochRecord

RECORD = EpochRecord(3, 2814, 1, 0.08, 0.98052, 0.09, 0.9708, 0.000994, 0.8, 75_000.0)


def test_an_epoch_is_a_line_in_the_books_words() -> None:
    assert epoch_line(RECORD, has_schedule=False) == "Epoch 3: train acc 0.9805, test acc 0.9708"


def test_a_schedule_adds_the_learning_rate() -> None:
    assert epoch_line(RECORD, has_schedule=True) == "Epoch 3: train acc 0.9805, test acc 0.9708, lr 0.000994"


def test_a_metric_that_is_not_known_is_a_dash() -> None:
    nothing = EpochRecord(1, 10, 1, None, None, None, None, None, None, None)
    assert epoch_line(nothing, has_schedule=True) == "Epoch 1: train acc -, test acc -, lr -"


def test_a_pipe_gets_the_epochs_alone_and_words_go_to_standard_error(command_line: CommandLine) -> None:
    write_run("book-3f2a", epochs_done=2, status="done")
    assert command_line("follow", "last") == 0
    lines = command_line.out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["Epoch 1", "Epoch 2"]
    assert all(line.count(" acc 0.") == 2 and "lr" not in line for line in lines)
    assert command_line.err.splitlines()[0] == "book-3f2a: cpu, 2 threads"
    assert command_line.err.splitlines()[1].startswith("book-3f2a done; best test acc 0.9")


def test_a_schedule_of_the_run_shows_in_its_lines(command_line: CommandLine) -> None:
    config = resolve_config(preset="polished", flags={"data.source": "mnist"})
    write_run("polished-1111", config=config, epochs_done=1, status="done")
    assert command_line("follow", "polished") == 0
    assert command_line.out.rstrip().endswith(", lr 0.001000")


def test_json_is_the_log_itself_byte_for_byte(command_line: CommandLine) -> None:
    run = write_run(epochs_done=2, status="done").directory
    assert command_line("follow", "last", "--json") == 0
    assert command_line.out == run.events_path.read_text()
    assert [json.loads(line)["event"] for line in command_line.out.splitlines()][-1] == "run_ended"


def test_epochs_that_a_later_attempt_superseded_are_not_printed(command_line: CommandLine) -> None:
    first = [started(), epoch_ended(1, 0.8), epoch_ended(2, 0.9), epoch_ended(3, 0.91)]
    make_run(events=[*first, started(2, 20), epoch_ended(3, 0.95, attempt=2), ended("done", 2)])
    assert command_line("follow", "last") == 0
    assert [line[-6:] for line in command_line.out.splitlines()] == ["0.8000", "0.9000", "0.9500"]
    assert "goes on from" in command_line.err


def test_a_late_line_of_a_dead_attempt_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(events=[started(), started(2, 10), epoch_ended(2, 0.95, attempt=2)])
    history = run.history()
    view = LineView(run)
    view.show(history_event := {**epoch_ended(2, 0.5), "seq": 9}, history)
    assert capsys.readouterr().out == ""
    view.show({**history_event, "attempt": 2}, history)
    assert "test acc 0.9500" in capsys.readouterr().out


def test_hostile_words_of_a_log_reach_no_terminal(command_line: CommandLine) -> None:
    warning = {"event": "warning", "code": "x", "message": "\x1b]0;pwned\x07 [red]"}
    make_run(events=[started(device="\x1b[31mcpu"), warning, {**ended("failed"), "exit_code": 5, "reason": "\x1b[2J"}])
    assert command_line("follow", "last") == 5
    assert "\x1b" not in command_line.out + command_line.err


def test_the_first_line_says_where_a_resume_goes_on_and_why_it_is_not_exact() -> None:
    run = make_run("book-3f2a", events=[started(2, 20, threads=1, exact=["torch changed: 2.12 -> 2.13"])])
    line = beginning_line(run, run.history())
    assert line == "book-3f2a: cpu, 1 thread; goes on from s000000020-a1 at step 20; not exact: torch changed: 2.12 -> 2.13"


def test_the_last_line_says_how_it_ended_how_good_it_was_and_how_to_go_on() -> None:
    events = [started(), steps(1, [0.5]), epoch_ended(1, 0.93), {**ended("stopped"), "reason": "SIGTERM"}]
    run = make_run("book-3f2a", events=events)
    line = ending_line(run, run.history())
    assert line == "book-3f2a stopped: SIGTERM; best test acc 0.9300 at epoch 1; `mlp-tui resume book-3f2a` goes on"
