"""checkpoints, label, rm and restore."""

from __future__ import annotations

import json

from tests.commands.command_process import CommandLine
from tests.runs_factory import write_run
from tui_trainer.runs.labels import read_labels


def test_all_saves_are_listed_with_their_metrics(command_line: CommandLine) -> None:
    for name in ("book-0001", "book-0002"):
        write_run(name, epochs_done=3, status="done")
    assert command_line("checkpoints", "--json") == 0
    rows = json.loads(command_line.out)
    assert len(rows) == 6
    assert sum(row["is_best"] for row in rows) == 2
    assert {"test_acc", "train_loss"} <= set(rows[0]["metrics"])
    assert command_line("checkpoints", "book-0001") == 0
    lines = command_line.out.splitlines()
    assert len(lines) == 4
    assert sum("best" in line for line in lines) == 1


def test_no_checkpoints_are_said_in_words(command_line: CommandLine) -> None:
    assert command_line("checkpoints") == 0
    assert command_line.out == "no checkpoints yet\n"
    assert command_line("checkpoints", "--json") == 0
    assert json.loads(command_line.out) == []


def test_a_run_is_named_and_found_by_its_name(command_line: CommandLine) -> None:
    run = write_run(epochs_done=2, status="done").directory
    assert command_line("label", "last", "--name", "the wide one", "--tag", "a", "--tag", "b", "--note", "try again") == 0
    assert command_line("label", "the wide one", "--untag", "a", "--keep", "best", "--json") == 0
    said = json.loads(command_line.out)
    assert (said["label"], said["tags"], said["note"], len(said["keep"])) == ("the wide one", ["b"], "try again", 1)
    assert read_labels(run.path).keep == tuple(said["keep"])
    assert command_line("label", "last", "--unkeep", said["keep"][0]) == 0
    assert read_labels(run.path).keep == ()
    assert command_line("label", "last", "--keep", "99") == 2


def test_rm_is_undone_by_restore(command_line: CommandLine) -> None:
    write_run(epochs_done=1, status="done")
    assert command_line("rm", "book-3f2a") == 0
    assert command_line("show", "book-3f2a") == 2
    assert command_line("restore", "--json") == 0
    assert [row["name"] for row in json.loads(command_line.out)] == ["book-3f2a"]
    assert command_line("restore", "book") == 0
    assert command_line("show", "book-3f2a") == 0
    assert command_line("restore") == 0
    assert command_line.out == "the trash is empty\n"


def test_rm_of_a_live_run_is_refused_with_7(command_line: CommandLine) -> None:
    writer = write_run(epochs_done=1)
    assert command_line("rm", "last") == 7
    assert "mlp-tui stop book-3f2a" in command_line.complaint
    writer.end()
