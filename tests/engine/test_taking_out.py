"""predict, export and report: what leaves the program says what the network says."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load_file
from torch import nn

from tests.engine.training import digits_config, train
from tui_trainer.engine.data_loading import load_dataset
from tui_trainer.engine.opened_network import open_network
from tui_trainer.engine.server_methods import METHODS
from tui_trainer.runs.errors import DataError, ResourceError, UsageError
from tui_trainer.runs.manifest import WEIGHTS
from tui_trainer.runs.run_directory import RunDirectory


def ask(method: str, **params: Any) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(json.dumps(METHODS[method](params, lambda *_: None), allow_nan=False))
    return said


def subject(run: RunDirectory) -> dict[str, str]:
    return {"run": str(run.path), "checkpoint": run.checkpoints()[-1].id}


def quiet(*_: object) -> None:
    pass


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("MLP_TUI_HOME", str(tmp_path_factory.mktemp("trained")))
        return train(digits_config(model__style="sequential", model__dropout=0.2, model__batch_norm=True))


@pytest.fixture
def run(trained: RunDirectory, home: Path) -> RunDirectory:
    """A copy of its own of a run that was trained once."""
    folder = home / "runs" / trained.run
    shutil.copytree(trained.path, folder)
    return RunDirectory(folder)


@pytest.fixture
def logits(run: RunDirectory) -> torch.Tensor:
    X = torch.tensor(load_dataset("digits", 0).test_X / 16, dtype=torch.float32)
    with torch.no_grad():
        logits: torch.Tensor = open_network(subject(run), quiet).network(X)
    return logits


def test_drawn_pixels_give_the_networks_probabilities(run: RunDirectory, logits: torch.Tensor) -> None:
    dataset = load_dataset("digits", 0)
    for row in range(5):
        pixels = (dataset.test_X[row] / 16 * 255).tolist()
        said = ask("predict", **subject(run), pixels=pixels)
        assert said["rows"][0]["probabilities"] == pytest.approx(logits[row].softmax(0).tolist(), abs=1e-6)
        assert said["rows"][0]["class"] == str(logits[row].argmax().item())


def test_a_prediction_loads_no_data(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("data was loaded")

    monkeypatch.setattr("tui_trainer.engine.evaluated_part.load_configured", fail)
    assert ask("predict", **subject(run), pixels=[0] * 64)["num_rows"] == 1


@pytest.mark.parametrize("pixels", [[0] * 63, [0] * 63 + [256], [0] * 63 + [-1], [0] * 63 + ["x"], [[0]] * 64, "pixels", 7])
def test_pixels_that_are_none_are_refused(run: RunDirectory, pixels: Any) -> None:
    with pytest.raises(UsageError):
        METHODS["predict"]({**subject(run), "pixels": pixels}, quiet)


def test_arrays_give_the_same_as_the_data_set(run: RunDirectory, logits: torch.Tensor, tmp_path: Path) -> None:
    raw = load_dataset("digits", 0).test_X
    for name, array in (("raw", raw), ("square", raw.reshape(-1, 8, 8)), ("divided", (raw / 16).astype(np.float32))):
        np.save(tmp_path / f"{name}.npy", np.ascontiguousarray(array))
        said = ask("predict", **subject(run), path=str(tmp_path / f"{name}.npy"))
        assert said["num_rows"] == len(raw)
        assert [row["index"] for row in said["rows"]] == logits.argmax(1).tolist()


def test_a_picture_of_the_networks_size_is_taken_as_it_is(run: RunDirectory, logits: torch.Tensor, tmp_path: Path) -> None:
    raw = load_dataset("digits", 0).test_X[3]
    Image.fromarray((raw.reshape(8, 8) / 16 * 255).round().astype(np.uint8)).save(tmp_path / "digit.png")
    said = ask("predict", **subject(run), path=str(tmp_path / "digit.png"))
    assert said["rows"][0]["probabilities"] == pytest.approx(logits[3].softmax(0).tolist(), abs=1e-5)
    assert said["note"] is None


def test_a_larger_picture_is_centred_and_its_ground_made_dark(run: RunDirectory, tmp_path: Path) -> None:
    shifted = []
    for index, corner in enumerate((40, 150)):
        picture = Image.new("RGB", (300, 300), "white")
        ImageDraw.Draw(picture).ellipse((corner, corner, corner + 90, corner + 120), outline="black", width=14)
        picture.save(tmp_path / f"{index}.png")
        shifted.append(ask("predict", **subject(run), path=str(tmp_path / f"{index}.png")))
    assert shifted[0]["rows"] == shifted[1]["rows"]
    assert "made dark" in shifted[0]["note"] and "centred" in shifted[0]["note"]


def test_files_that_cannot_be_predicted_from_are_refused(run: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "no.png").write_bytes(b"\x89PNG\r\n\x1a\nrest")
    np.save(tmp_path / "odd.npy", np.zeros((3, 63)))
    np.save(tmp_path / "nan.npy", np.full((1, 64), np.nan))
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    (tmp_path / "words.csv").write_text("a,b\nx,y\n")
    for name in ("no.png", "odd.npy", "nan.npy", "objects.npy", "words.csv", "missing.png"):
        with pytest.raises(DataError) as refused:
            METHODS["predict"]({**subject(run), "path": str(tmp_path / name)}, quiet)
        assert len(refused.value.message) <= 300
    with pytest.raises(UsageError, match="no file to predict from"):
        METHODS["predict"]({**subject(run), "path": str(tmp_path / "no.txt")}, quiet)


@pytest.fixture
def iris_csv(tmp_path: Path) -> Path:
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True)
    with (tmp_path / "iris.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["a", "b", "c", "d", "colour", "kind"])
        rows.writerows(
            [*row, ("red", "blue")[int(index) % 2], ("x", "y", "z")[label]]
            for index, (row, label) in enumerate(zip(X, y, strict=True))
        )
    return tmp_path / "iris.csv"


def test_a_table_is_predicted_by_its_columns_and_so_by_the_exported_folder(iris_csv: Path, tmp_path: Path) -> None:
    run = train(digits_config(data__source=f"csv:{iris_csv}", data__target="kind", optimizer__lr=0.1, training__epochs=5))
    said = ask("predict", **subject(run), path=str(iris_csv))
    assert said["num_rows"] == 150 and set(said["class_names"]) == {"x", "y", "z"}
    folder = tmp_path / "out"
    exported = ask("export", **subject(run), format="folder", path=str(folder))
    assert "bit for bit" in exported["checked"]
    done = subprocess.run(
        [sys.executable, "-P", str(folder / "predict.py"), str(iris_csv)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == [row["class"] for row in said["rows"]]


def test_a_regressions_prediction_is_in_its_own_unit() -> None:
    run = train(digits_config(data__source="sklearn:diabetes", training__epochs=2))
    shown = ask("examples", **subject(run), limit=1)
    assert 20 < shown["examples"][0]["predicted"] < 400


@pytest.mark.parametrize("written", ["safetensors", "pt"])
def test_weights_are_exported_as_they_are(run: RunDirectory, tmp_path: Path, written: str) -> None:
    path = tmp_path / f"out.{written}"
    assert ask("export", **subject(run), format=written, path=str(path))["bytes"] == path.stat().st_size
    loaded = load_file(path) if written == "safetensors" else torch.load(path, weights_only=True)
    own = load_file(run.checkpoints_folder / run.checkpoints()[-1].id / WEIGHTS)
    assert loaded.keys() == own.keys()
    assert all(torch.equal(loaded[key], own[key]) for key in own)
    again = ask("evaluate", file=str(path), data="digits")
    assert again["accuracy"] == run.checkpoints()[-1].metrics["test_acc"]


@pytest.mark.parametrize("preset", [{"model__style": "class"}, {"model__batch_norm": True, "model__style": "sequential"}])
def test_onnx_gives_the_same_classes(tmp_path: Path, preset: dict[str, Any]) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    run = train(digits_config(training__epochs=1, **preset))
    said = ask("export", **subject(run), format="onnx", path=str(tmp_path / "net.onnx"))
    assert "onnxruntime differs" in said["checked"]
    X = (load_dataset("digits", 0).test_X / 16).astype(np.float32)
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    (given,) = session.run(None, {"x": X})
    own = open_network(subject(run), quiet).network(torch.from_numpy(X)).detach().numpy()
    assert (given.argmax(1) == own.argmax(1)).all()
    assert np.abs(given - own).max() < 1e-5 * max(1, np.abs(own).max())


@pytest.mark.slow
@pytest.mark.mnist
@pytest.mark.parametrize("preset", ["book", "regularised"])
def test_onnx_of_presets_gives_the_same_classes_on_all_of_mnist(mnist_folder: Path, tmp_path: Path, preset: str) -> None:
    from tui_trainer.runs.config_layers import resolve_config

    onnxruntime = pytest.importorskip("onnxruntime")
    source = f"idx:{mnist_folder}"
    run = train(resolve_config(preset=preset, flags={"data.source": source, "training.epochs": 1, "training.threads": 1}))
    ask("export", **subject(run), format="onnx", path=str(tmp_path / "net.onnx"))
    X = (load_dataset(source, 0).test_X / 255).astype(np.float32)
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    (given,) = session.run(None, {"x": X})
    with torch.no_grad():
        own = open_network(subject(run), quiet).network(torch.from_numpy(X)).numpy()
    assert len(X) == 10_000
    assert (given.argmax(1) == own.argmax(1)).all()


def test_onnx_without_its_extra_says_what_to_install(
    run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ResourceError, match=r"pip install 'mlp-tui\[onnx\]'"):
        METHODS["export"]({**subject(run), "format": "onnx", "path": str(tmp_path / "net.onnx")}, quiet)
    assert not list(tmp_path.glob("net*"))


def test_nothing_is_overwritten_unasked(run: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "mine.pt").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "diary.txt").write_text("mine")
    for params in (
        {"format": "pt", "path": "mine.pt"},
        {"format": "folder", "path": "folder"},
        {"format": "folder", "path": "folder", "overwrite": True},
        {"format": "pt", "path": "folder", "overwrite": True},
        {"format": "pt", "path": "missing/mine.pt"},
        {"format": "tar", "path": "mine.tar"},
    ):
        with pytest.raises(UsageError):
            METHODS["export"]({**subject(run), **params, "path": str(tmp_path / str(params["path"]))}, quiet)
    assert (tmp_path / "mine.pt").read_text() == (tmp_path / "folder" / "diary.txt").read_text() == "mine"
    assert ask("export", **subject(run), format="pt", path=str(tmp_path / "mine.pt"), overwrite=True)["bytes"] > 1000
    for _ in range(2):
        ask("export", **subject(run), format="folder", path=str(tmp_path / "new"), overwrite=True)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["predict.py", "preprocessing.json", "weights.pt"]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_a_report_holds_its_pictures_and_loads_nothing(run: RunDirectory, tmp_path: Path) -> None:
    said = ask("report", **subject(run), path=str(tmp_path / "r.html"))
    text = (tmp_path / "r.html").read_text()
    page = _Page()
    page.feed(text)
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    num_wrong = said["evaluation"]["num_examples"] - said["evaluation"]["num_right"]
    assert len(images) == min(40, num_wrong) + 1
    assert all(str(image["src"]).startswith("data:image/png;base64,") for image in images)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object"}
    assert f"{said['evaluation']['accuracy']:.4f}" in text
    ask("report", **subject(run), path=str(tmp_path / "r.md"))
    assert len(re.findall(r"!\[[^\n]*\]\(data:image/png", (tmp_path / "r.md").read_text())) == len(images)


def test_names_from_outside_are_escaped_in_reports(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    rows = [f"{index % 7},{index % 5},{(hostile, '[x](http://e)')[index % 2]}" for index in range(60)]
    (tmp_path / "t.csv").write_text("a<b>,b,kind\n" + "\n".join(rows) + "\n")
    run = train(digits_config(data__source=f"csv:{tmp_path / 't.csv'}", training__epochs=1, optimizer__lr=0.01))
    for name in ("r.html", "r.md"):
        ask("report", **subject(run), path=str(tmp_path / name))
        text = (tmp_path / name).read_text()
        assert "<script" not in text
        assert name == "r.html" or "](http" not in text
        assert "<b>" not in text


def test_a_foreign_network_is_exported_as_a_folder_too(tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.save(nn.Sequential(nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 10)).state_dict(), tmp_path / "n.pt")
    ask("export", file=str(tmp_path / "n.pt"), activation="tanh", format="folder", path=str(tmp_path / "out"))
    assert "nn.Tanh()" in (tmp_path / "out" / "predict.py").read_text()
