"""evaluate, examples, compare and weights of a real run, asked as the server's methods are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.engine.training import digits_config, train
from tui_trainer.engine import kept_evaluations
from tui_trainer.engine.data_loading import load_dataset
from tui_trainer.engine.server_methods import METHODS
from tui_trainer.runs.errors import CheckpointError, DataError, UsageError
from tui_trainer.runs.manifest import WEIGHTS
from tui_trainer.runs.run_directory import RunDirectory


def ask(method: str, **params: Any) -> dict[str, Any]:
    """The method's answer, as it would come over the wire."""
    said: dict[str, Any] = json.loads(json.dumps(METHODS[method](params, lambda *_: None), allow_nan=False))
    return said


@pytest.fixture
def run() -> RunDirectory:
    return train(digits_config(data__validation_share=0.2))


def subject(run: RunDirectory, index: int = -1) -> dict[str, str]:
    return {"run": str(run.path), "checkpoint": run.checkpoints()[index].id}


def wrong_rows(of: dict[str, str]) -> set[int]:
    """Page after page."""
    pages = [ask("examples", **of, offset=offset, limit=100)["examples"] for offset in range(0, 400, 100)]
    return {example["index"] for page in pages for example in page}


def test_every_split_repeats_what_the_epoch_recorded(run: RunDirectory) -> None:
    metrics = run.checkpoints()[-1].metrics
    for split, name in (("test", "test"), ("train", "train"), ("validation", "val")):
        said = ask("evaluate", **subject(run), split=split)
        assert (said["accuracy"], said["split"]) == (metrics[f"{name}_acc"], split)
        if split != "train":  # whose recorded loss is that of the epoch's steps
            assert said["loss"] == metrics[f"{name}_loss"]


def test_an_evaluation_is_kept_and_marked(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask("evaluate", **subject(run))

    def fail(*_: object) -> None:
        raise AssertionError("a kept evaluation needs no data")

    monkeypatch.setattr("tui_trainer.engine.checkpoint_evaluation.load_evaluated", fail)
    again = ask("evaluate", **subject(run))
    assert (first.pop("cached"), again.pop("cached")) == (False, True)
    assert first == again
    (path,) = run.evaluations_folder.iterdir()
    assert path.name == f"{first['weights_sha256'][:16]}-{first['data_fingerprint'][:16]}-test.json"


@pytest.mark.parametrize("damage", [b"", b"[]", b"{", b'{"format": 1}', b"\xff" * 50])
def test_a_damaged_or_older_kept_evaluation_is_made_anew(run: RunDirectory, damage: bytes) -> None:
    ask("evaluate", **subject(run))
    (path,) = run.evaluations_folder.iterdir()
    path.write_bytes(damage)
    assert ask("evaluate", **subject(run))["cached"] is False
    assert ask("evaluate", **subject(run))["cached"] is True


def test_a_kept_evaluation_goes_with_the_files_of_its_data(tmp_path: Path) -> None:
    dataset = load_dataset("digits", 0)
    folder = tmp_path / "set"
    folder.mkdir()
    for name in ("train_X", "train_y", "test_X", "test_y"):
        np.save(folder / f"{name}.npy", getattr(dataset, name))
    run = train(digits_config(data__source=f"npy:{folder}", training__epochs=1))
    first = ask("evaluate", **subject(run))
    assert ask("evaluate", **subject(run))["cached"] is True
    np.save(folder / "test_y.npy", dataset.test_y[::-1])
    with pytest.raises(DataError, match="is not the data"):
        ask("evaluate", **subject(run))
    other = ask("evaluate", **subject(run), data=f"npy:{folder}")
    assert other["cached"] is False
    assert other["data_fingerprint"] != first["data_fingerprint"]


def test_a_run_that_cannot_be_written_is_evaluated_all_the_same(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(kept_evaluations, "publish_file", refuse)
    assert ask("evaluate", **subject(run))["cached"] is False
    assert not list(run.path.glob("evaluations/*"))


def test_wrong_examples_come_by_loss_with_what_the_network_saw(run: RunDirectory) -> None:
    scores = ask("evaluate", **subject(run, 0))
    said = ask("examples", **subject(run, 0), limit=100)
    assert said["total"] == scores["num_examples"] - scores["num_right"]
    losses = [example["loss"] for example in said["examples"]]
    assert losses == sorted(losses, reverse=True)
    dataset = load_dataset("digits", 0)
    for example in said["examples"][:5]:
        row = example["index"]
        assert example["true"] == dataset.test_y[row] != example["predicted"]
        assert int(np.argmax(example["probabilities"])) == example["predicted"]
        assert sum(example["probabilities"]) == pytest.approx(1, abs=1e-5)
        assert -np.log(example["probabilities"][example["true"]]) == pytest.approx(example["loss"], rel=1e-3)
        assert example["pixels"] == np.rint(dataset.test_X[row] / 16 * 255).tolist()
    assert said["image_shape"] == [8, 8]


def test_pages_and_cells_hold_the_same_examples_as_the_matrix(run: RunDirectory) -> None:
    scores = ask("evaluate", **subject(run, 0))
    pair = scores["confused_pairs"][0]
    cell = ask("examples", **subject(run, 0), true=pair["true"], predicted=pair["predicted"])
    assert cell["total"] == pair["count"] == len(cell["examples"])
    whole = [example["index"] for example in ask("examples", **subject(run, 0), limit=7)["examples"]]
    pages = [
        example["index"]
        for offset in (0, 3, 6)
        for example in ask("examples", **subject(run, 0), offset=offset, limit=3)["examples"]
    ]
    assert pages[:7] == whole
    right = ask("examples", **subject(run, 0), which="right", limit=5)
    assert right["total"] == scores["num_right"]
    assert [example["loss"] for example in right["examples"]] == sorted(example["loss"] for example in right["examples"])
    assert ask("examples", **subject(run, 0), true=3)["total"] == sum(scores["confusion"][3]) - scores["confusion"][3][3]


def test_the_order_of_losses_can_be_chosen(run: RunDirectory) -> None:
    for which in ("wrong", "right", "all"):
        losses = {}
        for order in ("largest", "smallest"):
            pages = [
                ask("examples", **subject(run, 0), which=which, order=order, offset=at, limit=100) for at in range(0, 400, 100)
            ]
            losses[order] = [example["loss"] for page in pages for example in page["examples"]]
        assert losses["largest"] == sorted(losses["smallest"], reverse=True)
        assert losses["smallest"] == sorted(losses["smallest"])
        assert losses["smallest"][0] < losses["smallest"][-1]


def test_a_class_is_named_by_its_index_or_by_its_name() -> None:
    run = train(digits_config(data__source="sklearn:iris", training__epochs=1))
    names = ask("examples", **subject(run))["class_names"]
    for index, name in enumerate(names):
        by_name = ask("examples", **subject(run), which="all", true=name)
        assert by_name["total"] == 10
        assert by_name == ask("examples", **subject(run), which="all", true=index)
    with pytest.raises(UsageError, match=f"rose is no class; they are {', '.join(names)}"):
        ask("examples", **subject(run), predicted="rose")


def test_what_a_foreign_file_does_not_say_is_told_with_its_examples(run: RunDirectory) -> None:
    assert ask("examples", **subject(run))["assumptions"] == []
    said = ask("examples", **_foreign(run), data="digits")["assumptions"]
    assert said == ask("evaluate", **_foreign(run), data="digits")["assumptions"]
    assert "inputs divided by 16" in said


def test_a_table_shows_its_rows_by_column() -> None:
    run = train(digits_config(data__source="sklearn:iris", training__epochs=2))
    said = ask("examples", **subject(run), which="all", limit=3)
    assert said["image_shape"] is None
    assert len(said["columns"]) == 4
    assert all(len(example["values"]) == 4 and example["pixels"] is None for example in said["examples"])


def test_a_regression_shows_its_largest_errors_in_its_own_unit() -> None:
    run = train(digits_config(data__source="sklearn:diabetes", training__epochs=2))
    said = ask("evaluate", **subject(run))
    assert said["mae"] == pytest.approx(run.checkpoints()[-1].metrics["test_mae"])
    shown = ask("examples", **subject(run), limit=100)
    errors = [abs(example["true"] - example["predicted"]) for example in shown["examples"]]
    assert errors == sorted(errors, reverse=True)
    assert sum(errors) / len(errors) == pytest.approx(said["mae"], rel=1e-6)
    with pytest.raises(UsageError, match="no classes"):
        ask("examples", **subject(run), which="wrong")


def test_two_checkpoints_are_told_apart_row_by_row(run: RunDirectory) -> None:
    a, b = subject(run, 0), subject(run, -1)
    said = ask("compare", a=a, b=b)
    wrong = [wrong_rows(side) for side in (a, b)]
    assert {e["index"] for e in said["fixed"]["examples"]} <= wrong[0] - wrong[1]
    assert said["fixed"]["count"] == len(wrong[0] - wrong[1])
    assert said["broken"]["count"] == len(wrong[1] - wrong[0])
    assert said["both_wrong"]["count"] == len(wrong[0] & wrong[1])
    assert said["both_right"] == said["num_examples"] - len(wrong[0] | wrong[1])
    weights = [load_file(run.checkpoints_folder / side["checkpoint"] / WEIGHTS) for side in (a, b)]
    for layer in said["layers"]:
        distance = torch.linalg.vector_norm(weights[0][layer["layer"]].double() - weights[1][layer["layer"]].double()).item()
        assert layer["distance"] == pytest.approx(distance)
    assert said["config"] == []
    assert ask("compare", a=a, b=b, which="broken")["fixed"] == {"count": said["fixed"]["count"], "examples": []}


def test_a_checkpoint_is_tied_with_itself(run: RunDirectory) -> None:
    assert ask("compare", a=subject(run), b=subject(run))["mcnemar"]["verdict"] == "same"


def test_runs_of_other_shape_are_compared_without_their_weights(run: RunDirectory) -> None:
    other = train(digits_config(data__validation_share=0.2, model__hidden=[16], optimizer__lr=0.1))
    said = ask("compare", a=subject(run), b=subject(other))
    assert said["layers"] == []
    assert "other layers" in said["layers_note"]
    assert {row["key"]: (row["a"], row["b"]) for row in said["config"]}["optimizer.lr"] == ("0.5", "0.1")


def test_words_that_mean_nothing_are_refused(run: RunDirectory) -> None:
    for method, params in (
        ("evaluate", {"split": "dev"}),
        ("examples", {"which": "nice"}),
        ("examples", {"limit": 101}),
        ("examples", {"true": "three"}),
        ("examples", {"true": True}),
        ("examples", {"order": "upwards"}),
        ("weights", {"limit": -1}),
    ):
        with pytest.raises(UsageError):
            ask(method, **subject(run), **params)
    with pytest.raises(UsageError, match="name a checkpoint"):
        ask("evaluate")
    with pytest.raises(CheckpointError, match=r"64 there, 4 in the data; classes 10 there, 3 in the data"):
        METHODS["evaluate"]({**_foreign(run), "data": "sklearn:iris"}, lambda *_: None)


def _foreign(run: RunDirectory) -> dict[str, str]:
    path = run.path.parent.parent / "copy.safetensors"
    path.write_bytes((run.checkpoints_folder / run.checkpoints()[-1].id / WEIGHTS).read_bytes())
    return {"file": str(path)}


def test_validation_needs_something_held_out() -> None:
    run = train(digits_config(training__epochs=1))
    with pytest.raises(UsageError, match="nothing was held out"):
        ask("evaluate", **subject(run), split="validation")
