"""`runs` and `show`, for people and for programs."""

from __future__ import annotations

import json
import re

import pytest

from tests.commands.command_process import CommandLine
from tests.runs.fake_run import make_run, started
from tests.runs_factory import write_run
from tui_trainer.runs.config import OPTIMIZERS
from tui_trainer.runs.config_layers import resolve_config
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


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_run_of_every_optimiser_can_be_shown(command_line: CommandLine, name: str) -> None:
    config = resolve_config(flags={"data.source": "digits", "optimizer.name": name})
    write_run(config=config, epochs_done=1, status="done")
    assert command_line("show", "last") == 0
    assert OPTIMIZERS[name].torch_class in command_line.out


def test_a_crashed_run_says_at_which_step(command_line: CommandLine) -> None:
    writer = write_run(epochs_done=1)
    writer.add_steps(7)
    writer.leave()
    assert command_line("show", "last") == 0
    assert "crashed at step 945" in command_line.out.splitlines()[0]


def test_a_run_is_shown_in_words_with_its_family_and_its_changes(command_line: CommandLine) -> None:
    parent = write_run("book-aaaa", epochs_done=2, status="done").directory
    record = {"run": parent.run, "checkpoint": "s000000938-a1", "step": 938, "changes": {"optimizer.lr": 0.1}, "kind": "fork"}
    writer = write_run("book-bbbb", day="20261124T231201Z", epochs_done=2, info={"parent": record})
    writer.log.append("control_applied", request="x", kind="set", key="optimizer.lr", old=0.1, new=0.05, step=1876)
    writer.end()

    assert command_line("show", "last") == 0

    assert "changed     optimizer.lr 0.1 -> 0.05 after step 1,876" in command_line.out
    assert "best at epoch" in command_line.out
    assert re.search(r"└─ book-bbbb  done  best 0\.\d{4}  fork at step 938  optimizer.lr=0.1  <- this one", command_line.out)
    assert command_line("show", "last", "--json") == 0
    card = json.loads(command_line.out)
    assert card["family"]["children"][0]["run"].endswith("book-bbbb")
    assert card["changes"] == [{"step": 1876, "key": "optimizer.lr", "old": 0.1, "new": 0.05}]
