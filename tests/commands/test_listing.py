"""`runs` and `show`, for people and for programs."""

from __future__ import annotations

import json

from tests.commands.command_process import CommandLine
from tests.runs.fake_run import make_run, started
from tests.runs_factory import write_run
from tui_trainer.runs.manifest import WEIGHTS


def test_no_runs_are_an_empty_array_and_a_hint(command_line: CommandLine) -> None:
    assert command_line("runs", "--json") == 0
    assert json.loads(command_line.out) == []
    assert command_line("runs") == 0
    assert "mlp-tui train" in command_line.out


def test_runs_are_listed_newest_first_with_the_fields_of_the_contract(command_line: CommandLine) -> None:
    write_run("book-aaaa", epochs_done=2, status="done", day="20261101T000000Z")
    write_run("book-bbbb", epochs_done=1, status="crashed", day="20261103T000000Z")
    live = write_run("book-cccc", epochs_done=3, day="20261102T000000Z")
    assert command_line("runs", "--json") == 0
    listed = json.loads(command_line.out)
    assert [entry["name"] for entry in listed] == ["book-bbbb", "book-cccc", "book-aaaa"]
    assert [entry["status"] for entry in listed] == ["crashed", "running", "done"]
    fields = {"run", "name", "status", "epoch", "epochs", "best_test_acc", "created", "device", "num_checkpoints"}
    assert all(set(entry) == fields | {"num_parameters", "label", "note", "tags"} for entry in listed)
    assert (listed[1]["epoch"], listed[1]["epochs"], listed[1]["num_checkpoints"]) == (3, 20, 3)

    assert command_line("runs") == 0
    heading, *rows = command_line.out.splitlines()
    assert heading.split()[:3] == ["run", "status", "epoch"]
    assert [row.split()[0] for row in rows] == ["book-bbbb", "book-cccc", "book-aaaa"]
    assert len({row.index("cpu") for row in rows}) == 1
    live.leave()


def test_show_tells_configuration_best_last_and_checkpoints(command_line: CommandLine) -> None:
    run = write_run("book-3f2a", epochs_done=10, status="stopped").directory
    assert command_line("show", "3f2a") == 0
    shown = command_line.out
    assert shown.startswith("book-3f2a  stopped: request\n")
    for words in ("128-64, relu, class, 109,386 parameters", "SGD, lr 0.5", "cpu, 2 threads, seed 0", "epoch       10 of 20"):
        assert words in shown
    assert "checkpoints 10, " in shown and "the last 8:" in shown
    assert run.checkpoints()[0].id not in shown
    assert run.checkpoints()[-1].id in shown
    assert str(run.path) in shown


def test_show_json_is_one_document_with_all_checkpoints(command_line: CommandLine) -> None:
    run = write_run("book-3f2a", epochs_done=10, status="done").directory
    assert command_line("show", "last", "--json") == 0
    document = json.loads(command_line.out)
    assert document["status"] == "done"
    assert document["config"]["model"]["hidden"] == [128, 64]
    assert document["best"]["test_acc"] == max(epoch.test_acc for epoch in run.history().epochs if epoch.test_acc)
    assert [checkpoint["epoch"] for checkpoint in document["checkpoints"]] == list(range(1, 11))
    assert document["ended"]["exit_code"] == 0


def test_show_counts_damage_and_hides_nothing(command_line: CommandLine) -> None:
    run = write_run("book-3f2a", epochs_done=2, status="done").directory
    with run.events_path.open("a") as log:
        log.write("not json\n{\n")
    (run.checkpoints_folder / run.checkpoints()[0].id / WEIGHTS).write_bytes(b"short")
    run.config_path.write_text("epochs = = 3")
    assert command_line("show", "last") == 0
    assert "2 damaged lines" in command_line.out
    assert "truncated: 5 of 4,096 bytes" in command_line.out
    assert "run.toml is damaged" in command_line.out
    assert command_line("show", "last", "--json") == 0
    document = json.loads(command_line.out)
    assert document["damaged_lines"] == 2
    assert len(document["damaged_checkpoints"]) == 1
    assert document["config"] is None


def test_a_run_of_a_newer_version_is_refused(command_line: CommandLine) -> None:
    make_run(events=[started()], info={"schema": 99})
    assert command_line("show", "last") == 4
    assert "update mlp-tui" in command_line.complaint
    assert command_line("follow", "last") == 4
