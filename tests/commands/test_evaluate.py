"""`evaluate`: the recorded accuracy again, and what is refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from tests.commands.command_process import CommandLine
from tests.runs_factory import write_run
from tui_trainer.commands.evaluate import format_evaluation
from tui_trainer.commands.foreign_weights import looks_like_weights
from tui_trainer.runs.manifest import WEIGHTS
from tui_trainer.runs.run_directory import RunDirectory, best_checkpoint


@pytest.mark.process
def test_the_best_checkpoint_repeats_its_recorded_accuracy(command_line: CommandLine, trained_run: RunDirectory) -> None:
    best = best_checkpoint(trained_run.checkpoints())
    assert best is not None
    assert command_line("evaluate", "last", "--json") == 0
    result = json.loads(command_line.out)
    fields = {"checkpoint", "data", "split", "num_examples", "accuracy", "loss", "confusion", "per_class", "weights_sha256"}
    assert set(result) == fields
    assert result["checkpoint"] == f"{trained_run.shown_name}:{best.id}"
    assert (result["accuracy"], result["weights_sha256"]) == (best.metrics["test_acc"], best.weights_sha256)
    assert sum(map(sum, result["confusion"])) == result["num_examples"] == 360


@pytest.mark.process
def test_people_get_a_row_for_each_class(command_line: CommandLine, trained_run: RunDirectory) -> None:
    path = trained_run.checkpoints_folder / trained_run.checkpoints()[0].id / WEIGHTS
    assert command_line("evaluate", str(path), "--split", "train", "--data", "digits") == 0
    lines = command_line.out.splitlines()
    assert lines[0].endswith("of 1,437 right")
    assert lines[1].startswith(f"accuracy {trained_run.checkpoints()[0].metrics['train_acc']:.4f}, loss ")
    assert [line.split()[0] for line in lines[4:]] == [str(digit) for digit in range(10)]


@pytest.mark.process
def test_a_flipped_bit_is_refused(command_line: CommandLine, trained_run: RunDirectory) -> None:
    path = trained_run.checkpoints_folder / trained_run.checkpoints()[0].id / WEIGHTS
    data = bytearray(path.read_bytes())
    data[-5] ^= 4
    path.write_bytes(data)
    assert command_line("evaluate", "last:1") == 4
    assert "sha256" in command_line.complaint


@pytest.mark.parametrize("name", ["notes.txt", "notes.pt", "notes.safetensors"])
def test_a_file_that_is_no_checkpoint_is_refused_with_4(command_line: CommandLine, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("this is no network at all")
    assert command_line("evaluate", str(tmp_path / name)) == 4
    assert command_line("evaluate", str(tmp_path / name), "--data", "digits") == 4


@pytest.mark.parametrize("start", [b"PK\x03\x04rest of a zip", struct.pack("<Q", 64) + b'{"fc1.weight": '])
def test_foreign_weights_need_data_and_then_a_later_version(command_line: CommandLine, tmp_path: Path, start: bytes) -> None:
    (tmp_path / "theirs.pt").write_bytes(start)
    assert command_line("evaluate", str(tmp_path / "theirs.pt")) == 2
    assert "--data" in command_line.complaint
    assert command_line("evaluate", str(tmp_path / "theirs.pt"), "--data", "digits") == 4
    assert "only checkpoints of its own runs" in command_line.complaint


def test_only_weights_look_like_weights() -> None:
    assert looks_like_weights(b"PK\x03\x04\x14\0\0\0\x08")
    assert looks_like_weights(struct.pack("<Q", 1000) + b"{")
    for start in (b"", b"{", b"PNG......", struct.pack("<Q", 2**62) + b"{", struct.pack("<Q", 100) + b"x"):
        assert not looks_like_weights(start)


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
        "loss": 0.3,
        "confusion": [[7, 3], [0, 10]],
        "per_class": per_class,
    }
    lines = format_evaluation(result)
    assert lines[0] == "book-3f2a:s1-a1 on digits, test: 17 of 20 right"
    assert lines[-2].split()[-2:] == ["b", "(3)"]
    assert lines[-1].split()[-1] == "-"


def test_a_regression_is_shown_by_its_own_scores() -> None:
    said = {"checkpoint": "book-1:s1-a1", "data": "csv:/x", "split": "test", "num_examples": 1234}
    lines = format_evaluation({**said, "r2": 0.31639, "mae": 48.4459, "loss": 0.5718})
    assert lines == ["book-1:s1-a1 on csv:/x, test: 1,234 examples", "r2 0.3164, mean absolute error 48.4459, loss 0.5718"]
    assert "r2 not finite" in format_evaluation({**said, "r2": None, "mae": 1.0, "loss": 1.0})[1]
