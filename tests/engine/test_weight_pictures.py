"""The server's `weights`: figures of each tensor against numpy's, units as pixels, and the sheet read by another program."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn

from tests.engine.training import digits_config, train
from tui_trainer.engine.server_methods import METHODS
from tui_trainer.engine.weight_sheet import ADDS, GAP, TAKES, draw_sheet
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.manifest import WEIGHTS
from tui_trainer.runs.run_directory import RunDirectory


def ask(**params: Any) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(json.dumps(METHODS["weights"](params, lambda *_: None), allow_nan=False))
    return said


@pytest.fixture
def run() -> RunDirectory:
    return train(digits_config(training__epochs=1))


def subject(run: RunDirectory) -> dict[str, str]:
    return {"run": str(run.path), "checkpoint": run.checkpoints()[-1].id}


def weights_of(run: RunDirectory) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoints_folder / run.checkpoints()[-1].id / WEIGHTS)


def test_each_tensor_has_its_figures(run: RunDirectory) -> None:
    layers = {row["layer"]: row for row in ask(**subject(run))["layers"]}
    weights = weights_of(run)
    assert set(layers) == set(weights)
    for name, tensor in weights.items():
        row, values = layers[name], tensor.double().numpy()
        assert row["shape"] == list(tensor.shape)
        assert row["norm"] == pytest.approx(np.sqrt((values**2).sum()))
        assert (row["mean"], row["std"]) == pytest.approx((values.mean(), values.std()))
        assert (row["smallest"], row["largest"]) == (values.min(), values.max())


def test_units_are_pictures_around_grey_the_strongest_first(run: RunDirectory) -> None:
    said, weight = ask(**subject(run), limit=4), weights_of(run)["fc1.weight"]
    assert (said["num_units"], said["image_shape"], len(said["units"])) == (128, [8, 8], 4)
    norms = torch.linalg.vector_norm(weight, dim=1)
    assert said["units"][0]["unit"] == int(norms.argmax())
    for unit in said["units"]:
        row = weight[unit["unit"]]
        assert unit["largest"] == pytest.approx(row.abs().max().item())
        assert unit["norm"] == pytest.approx(norms[unit["unit"]].item())
        assert unit["pixels"][int(row.abs().argmax())] in (0, 255)


def test_a_sheet_of_units_is_a_png_that_others_read(run: RunDirectory, tmp_path: Path) -> None:
    path = tmp_path / "weights.png"
    said = ask(**subject(run), limit=6, path=str(path))
    assert (said["path"], said["bytes"]) == (str(path), path.stat().st_size)
    with Image.open(path) as image:
        image.load()
        # Three across and two down, each 8 pixels enlarged by 11.
        assert image.size == (GAP + 3 * (88 + GAP), GAP + 2 * (88 + GAP))
    with pytest.raises(UsageError, match="--overwrite"):
        ask(**subject(run), path=str(path))
    with pytest.raises(UsageError, match=r"ends in \.png"):
        ask(**subject(run), path=str(tmp_path / "weights.jpg"))


def test_a_sheet_shows_signs_in_colours_and_nothing_in_white() -> None:
    with Image.open(io.BytesIO(draw_sheet([[255, 0, 128, 128]], (2, 2)))) as image:
        colours = [image.getpixel((GAP + 20 + 42 * x, GAP + 20 + 42 * y)) for y in range(2) for x in range(2)]
    # Minus the largest is one step further from 128 than the largest is.
    assert colours == [ADDS, TAKES, (255, 255, 255), (255, 255, 255)]


def test_a_network_with_too_many_inputs_has_figures_and_a_note(tmp_path: Path) -> None:
    torch.save(nn.Sequential(nn.Linear(4900, 3), nn.ReLU(), nn.Linear(3, 2)).state_dict(), tmp_path / "wide.pt")
    said = ask(file=str(tmp_path / "wide.pt"))
    assert said["image_shape"] is None
    assert "4,900 inputs" in said["note"]
    assert [unit["pixels"] for unit in said["units"]] == [[], [], []]
    assert said["layers"][0]["shape"] == [3, 4900]
    with pytest.raises(UsageError, match="4,900 inputs"):
        ask(file=str(tmp_path / "wide.pt"), path=str(tmp_path / "wide.png"))
    assert not (tmp_path / "wide.png").exists()


def test_a_network_that_reads_tables_has_no_sheet(tmp_path: Path) -> None:
    run = train(digits_config(data__source="sklearn:iris", training__epochs=1))
    assert (ask(**subject(run))["image_shape"], ask(**subject(run))["note"]) == (None, None)
    with pytest.raises(UsageError, match="no image"):
        ask(**subject(run), path=str(tmp_path / "iris.png"))
