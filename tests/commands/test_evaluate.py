"""`evaluate`: the recorded accuracy again, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.commands.command_process import CommandLine
from tests.runs_factory import write_run
from tui_trainer.commands.evaluate import format_evaluation
from tui_trainer.runs.manifest import WEIGHTS
from tui_trainer.runs.run_directory import RunDirectory, best_checkpoint


@pytest.mark.process
def test_the_best_checkpoint_repeats_its_recorded_accuracy(command_line: CommandLine, trained_run: RunDirectory) -> None:
    best = best_checkpoint(trained_run.checkpoints())
    assert best is not None
    assert command_line("evaluate", "last", "--json") == 0
    result = json.loads(command_line.out)
    fields = {"checkpoint", "data", "split", "num_examples", "accuracy", "loss", "confusion", "per_class", "weights_sha256"}
    assert fields < set(result)
    assert result["cached"] is False
    assert result["checkpoint"] == f"{trained_run.shown_name}:{best.id}"
    assert (result["accuracy"], result["weights_sha256"]) == (best.metrics["test_acc"], best.weights_sha256)
    assert sum(map(sum, result["confusion"])) == result["num_examples"] == 360


@pytest.mark.process
def test_people_get_a_row_for_each_class(command_line: CommandLine, trained_run: RunDirectory) -> None:
    path = trained_run.checkpoints_folder / trained_run.checkpoints()[0].id / WEIGHTS
    assert command_line("evaluate", str(path), "--split", "train", "--data", "digits") == 0
    lines = command_line.out.splitlines()
    assert lines[0].endswith("of 1,437 right")
    assert lines[1].startswith(f"accuracy {trained_run.checkpoints()[0].metrics['train_acc']:.4f} (95 %: ")
    assert [line.split()[0] for line in lines[-10:]] == [str(digit) for digit in range(10)]


@pytest.mark.process
def test_a_flipped_bit_is_refused(command_line: CommandLine, trained_run: RunDirectory) -> None:
    path = trained_run.checkpoints_folder / trained_run.checkpoints()[0].id / WEIGHTS
    data = bytearray(path.read_bytes())
    data[-5] ^= 4
    path.write_bytes(data)
    assert command_line("evaluate", "last:1") == 4
    assert "sha256" in command_line.complaint


@pytest.mark.process
def test_a_file_that_is_no_checkpoint_is_refused_with_4(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("this is no network at all")
    assert command_line("evaluate", str(tmp_path / "notes.txt"), "--data", "digits") == 4
    assert "is text" in command_line.complaint


def test_weights_of_no_run_need_data(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "theirs.pt").write_bytes(b"PK\x03\x04rest of a zip")
    assert command_line("evaluate", str(tmp_path / "theirs.pt")) == 2
    assert "--data" in command_line.complaint


@pytest.mark.process
def test_weights_of_no_run_are_evaluated_and_what_was_assumed_is_said(command_line: CommandLine, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(64, 10))
    torch.save(network.state_dict(), tmp_path / "theirs.pt")
    assert command_line("evaluate", str(tmp_path / "theirs.pt"), "--data", "digits") == 0
    assert command_line.out.startswith("theirs.pt on digits, test: ")
    assert "assumed: inputs divided by 16" in command_line.err


def test_an_epoch_that_was_not_saved_is_refused(command_line: CommandLine) -> None:
    write_run("book-3f2a", epochs_done=2, status="done")
    assert command_line("evaluate", "last:99") == 2
    assert "epochs 1 to 2" in command_line.complaint


def test_the_commonest_mistake_is_named_with_its_count() -> None:
    per_class = [{"class": name, "precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 10} for name in "ab"]
    result = {
        "checkpoint": "book-3f2a:s1-a1",
        "data": "digits",
        "split": "test",
        "num_examples": 20,
        "accuracy": 0.85,
        "interval": [0.64, 0.948],
        "loss": 0.3,
        "confusion": [[7, 3], [0, 10]],
        "per_class": per_class,
        "macro_f1": 0.5,
        "top2": None,
        "calibration": {"ece": 0.0123},
        "baseline": {"class": "a", "accuracy": 0.5},
        "confused_pairs": [{"true": 0, "predicted": 1, "count": 3, "share": 0.3}],
    }
    lines = format_evaluation(result)
    assert lines[:5] == [
        "book-3f2a:s1-a1 on digits, test: 17 of 20 right",
        "accuracy 0.8500 (95 %: 0.6400 to 0.9480), loss 0.3000",
        "macro F1 0.5000, calibration error 0.0123",
        "always saying a would reach 0.5000",
        "most confused: a as b (3)",
    ]
    assert lines[-2].split()[-2:] == ["b", "(3)"]
    assert lines[-1].split()[-1] == "-"


def test_a_regression_is_shown_by_its_own_scores() -> None:
    said = {"checkpoint": "book-1:s1-a1", "data": "csv:/x", "split": "test", "num_examples": 1234}
    said |= {"rmse": 60.0, "baseline": {"mae": 65.5, "rmse": 77.0}}
    lines = format_evaluation({**said, "r2": 0.31639, "mae": 48.4459, "loss": 0.5718})
    assert lines == [
        "book-1:s1-a1 on csv:/x, test: 1,234 examples",
        "r2 0.3164, mean absolute error 48.4459, root mean squared error 60.0000, loss 0.5718",
        "always saying the mean would err by 65.5000",
    ]
    assert "r2 not finite" in format_evaluation({**said, "r2": None, "mae": 1.0, "loss": 1.0})[1]
