"""`rerun` and `fork` from a shell."""

from __future__ import annotations

import json

import pytest

from tests.commands.command_process import CommandLine
from tests.commands.test_train import DIGITS
from tests.runs_factory import write_run
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_index import run_directories


def _weights(run: RunDirectory) -> str:
    return str((run.history().ended or {})["weights_sha256"])


@pytest.mark.process
def test_a_rerun_and_an_unchanged_fork_have_the_weights_of_their_parent(command_line: CommandLine) -> None:
    assert command_line(*DIGITS, "--epochs", "4", "--seed", "5") == 0
    parent = run_directories()[0]

    assert command_line("rerun", "last") == 0
    again = run_directories()[0]
    assert command_line("fork", f"{parent.shown_name}:2") == 0
    fork = run_directories()[0]

    assert _weights(again) == _weights(fork) == _weights(parent)
    assert [run.info["parent"]["kind"] for run in (again, fork)] == ["rerun", "fork"]
    assert "fork of" in command_line.err and "kept: weights" in command_line.err
    assert [line.partition(":")[0] for line in command_line.out.splitlines()] == ["Epoch 3", "Epoch 4"]
    assert command_line("rerun", fork.shown_name, "--new-seed", "--set", "training.epochs=1") == 0
    changes = run_directories()[0].info["parent"]["changes"]
    assert changes.keys() == {"seed", "training.epochs"}
    assert command_line("show", "last", "--json") == 0
    assert json.loads(command_line.out)["parent"]["kind"] == "rerun"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("rerun", "last", "--seed", "3", "--new-seed"), 2, "two things"),
        (("rerun", "last", "--seed", "many"), 2, "seed"),
        (("rerun", "nothing"), 2, "no run is called"),
        (("rerun", "last", "--set", "optimizer.lr=-1"), 2, "optimizer.lr"),
        (("fork", "last:99"), 2, "has no checkpoint"),
        (("fork", "last:1", "--set", "model.hidden=[3]"), 2, "another network"),
        (("fork", "last", "--set", "seed=1"), 2, "after the last of its"),
    ],
)
def test_what_cannot_be_had_is_refused_before_anything_is_started(
    command_line: CommandLine, arguments: tuple[str, ...], code: int, words: str
) -> None:
    from tui_trainer.runs.config_layers import resolve_config

    config = resolve_config(flags={"data.source": "digits", "training.epochs": 2})
    write_run(config=config, epochs_done=2, status="done", steps_per_epoch=23)
    assert command_line(*arguments) == code
    assert words in command_line.complaint
    assert len(run_directories()) == 1
