"""Files that scripts wrote without us: their own accuracy, to the last digit, and what is said of them.

The scripts are processes that import nothing of this program; each trains a little, saves, and prints the accuracy that it
computed on the digits' test part.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from tui_trainer.engine.server_methods import METHODS
from tui_trainer.runs.errors import CheckpointError

START = """
import sys, torch
from torch import nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
torch.manual_seed(3); torch.set_num_threads(1)
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
X_train, X_test = (torch.tensor(a / 16, dtype=torch.float32) for a in (X_train, X_test))
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)
path = sys.argv[1]
class Book(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(64, 40), nn.Linear(40, 20), nn.Linear(20, 10)
    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))
def fit(model, epochs=4):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model.train()
    for _ in range(epochs):
        for start in range(0, len(X_train), 64):
            optimizer.zero_grad()
            F.cross_entropy(model(X_train[start:start + 64]), y_train[start:start + 64]).backward()
            optimizer.step()
def report(model):
    model.eval()
    with torch.no_grad():
        print((model(X_test).argmax(1) == y_test).sum().item() / len(y_test))
"""
SEQUENTIAL = "model = nn.Sequential(nn.Linear(64, 32), nn.{act}(), nn.Linear(32, 10)); fit(model)\n"
NORMED = (
    "model = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 16), "
    "nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 10)); fit(model)\n"
)
LATE = "model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.BatchNorm1d(32), nn.Linear(32, 10, bias=False)); fit(model)\n"
NAMED = """
class Normed(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm1d(32), nn.LayerNorm(32)
        self.head, self.first, self.second = nn.Linear(32, 10), nn.Linear(64, 32), nn.Linear(32, 32)
    def forward(self, x):
        return self.head(F.relu(self.bn2(self.second(F.relu(self.bn1(self.first(x)))))))
"""
PREFIXED = """
class Wrapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.{name} = Book()
    def forward(self, x):
        return self.{name}(x)
model = Wrapped(); fit(model)
"""
SAFE = "from safetensors.torch import save_file; save_file(model.state_dict(), path); report(model)\n"
SAVE = "torch.save(model.state_dict(), path); report(model)\n"
BOOK = "model = Book(); fit(model)\n"
LIGHTNING_LIKE = (
    BOOK + "torch.save({'epoch': 3, 'global_step': 92, 'pytorch-lightning_version': '2.5.0', 'loops': {}, 'callbacks': {},"
    " 'optimizer_states': [torch.optim.Adam(model.parameters()).state_dict()], 'lr_schedulers': [],"
    " 'state_dict': {'model.' + key: value for key, value in model.state_dict().items()}}, path); report(model)\n"
)
SCRIPTS: dict[str, tuple[str, dict[str, Any]]] = {
    "book.pt": (BOOK + SAVE, {}),
    "whole_dict.pth": (BOOK + "torch.save({'epoch': 4, 'model_state_dict': model.state_dict()}, path); report(model)\n", {}),
    "own_name.pt": (BOOK + "torch.save({'when': 'now', 'best_weights': model.state_dict()}, path); report(model)\n", {}),
    "sequential.pt": (SEQUENTIAL.format(act="ReLU") + SAVE, {}),
    "tanh.bin": (SEQUENTIAL.format(act="Tanh") + SAVE, {"activation": "tanh"}),
    "batch_norm.pt": (NORMED + SAVE, {}),
    "late_norm.pt": (LATE + SAVE, {}),
    "safe.safetensors": (BOOK + SAFE, {}),
    "normed.safetensors": (NORMED + SAFE, {}),
    "model_prefix.pt": (PREFIXED.format(name="model") + SAVE, {}),
    "net_prefix.pt": (PREFIXED.format(name="net") + SAVE, {}),
    "data_parallel.pt": (
        BOOK + "torch.save({'module._orig_mod.' + k: v for k, v in model.state_dict().items()}, path); report(model)\n", {}),
    "lightning_like.ckpt": (LIGHTNING_LIKE, {}),
    "double.pt": (BOOK + "model.double(); X_test = X_test.double(); torch.save(model.state_dict(), path); report(model)\n", {}),
    "named.pt": ("model = Normed(); fit(model)\n" + SAVE, {}),
    "parameters.pt": (BOOK + "torch.save(dict(model.named_parameters()), path); report(model)\n", {}),
}  # fmt: skip
LIGHTNING = """
import warnings; warnings.filterwarnings("ignore")
import logging; logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
import lightning as L
class Lit(L.LightningModule):
    def __init__(self, width=32):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))
    def forward(self, x):
        return self.net(x)
    def training_step(self, batch, _):
        return F.cross_entropy(self(batch[0]), batch[1])
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.01)
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X_train, y_train), batch_size=64)
model = Lit()
trainer = L.Trainer(max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
                    enable_model_summary=False)
trainer.fit(model, loader)
trainer.save_checkpoint(path)
report(model)
"""
SKORCH = """
from skorch import NeuralNetClassifier
class Module(nn.Module):
    def __init__(self):
        super().__init__()
        self.sequential = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    def forward(self, x):
        return torch.softmax(self.sequential(x), dim=-1)
net = NeuralNetClassifier(Module, max_epochs=4, lr=0.1, batch_size=64, verbose=0, train_split=None)
net.fit(X_train, y_train)
net.save_params(f_params=path)
print(float((net.predict(X_test) == y_test.numpy()).sum()) / len(y_test))
"""


def run_script(text: str, path: Path) -> float:
    """The accuracy that the script printed in the end."""
    script = path.parent / "script.py"
    script.write_text(START + text)
    done = subprocess.run(
        [sys.executable, "-P", str(script), str(path)], capture_output=True, text=True, timeout=180, cwd=path.parent
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return float(json.loads(done.stdout.splitlines()[-1]))


def ask(method: str, **params: Any) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(json.dumps(METHODS[method](params, lambda *_: None), allow_nan=False))
    return said


def write_all(folder: Path) -> dict[str, float]:
    """{file: accuracy} of all scripts, in one process after another import of torch would take its time each."""
    body = "\n".join(
        f"def script_{number}(path):\n"
        + "    global X_test\n    kept = X_test\n    torch.manual_seed(3)\n"
        + "\n".join(f"    {line}" for line in text.splitlines())
        + "\n    X_test = kept\n"
        for number, (text, _) in enumerate(SCRIPTS.values())
    )
    calls = "\n".join(f"script_{number}({str(folder / name)!r})" for number, name in enumerate(SCRIPTS))
    script = folder / "scripts.py"
    script.write_text(f"{START}\n{NAMED}\n{body}\n{calls}\n")
    done = subprocess.run([sys.executable, "-P", str(script), "-"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip(SCRIPTS, map(float, done.stdout.split()), strict=True))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, float]]:
    folder = tmp_path_factory.mktemp("foreign")
    return folder, write_all(folder)


USUAL = ("book.pt", "sequential.pt", "batch_norm.pt", "lightning_like.ckpt", "safe.safetensors", "tanh.bin")
"""Files of which one a kind is enough for each run of the tests."""


@pytest.mark.process
@pytest.mark.parametrize("name", [name if name in USUAL else pytest.param(name, marks=pytest.mark.slow) for name in SCRIPTS])
def test_a_foreign_file_has_its_scripts_own_accuracy(written: tuple[Path, dict[str, float]], name: str) -> None:
    folder, accuracies = written
    said = ask("evaluate", file=str(folder / name), data="digits", **SCRIPTS[name][1])
    assert said["accuracy"] == accuracies[name]
    assert accuracies[name] > 0.5


def _installed(*names: str) -> bool:
    return all(importlib.util.find_spec(name) for name in names)


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.skipif(not _installed("lightning"), reason="lightning is not installed")
def test_a_checkpoint_of_lightnings_trainer_has_its_accuracy(tmp_path: Path) -> None:
    path = tmp_path / "lit.ckpt"
    accuracy = run_script(LIGHTNING, path)
    assert ask("evaluate", file=str(path), data="digits")["accuracy"] == accuracy
    assert ask("inspect", file=str(path))["format"] == "Lightning checkpoint"


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.skipif(not _installed("skorch"), reason="skorch is not installed")
@pytest.mark.parametrize("name", ["params.pt"])
def test_parameters_saved_by_skorch_have_its_accuracy(tmp_path: Path, name: str) -> None:
    accuracy = run_script(SKORCH, tmp_path / name)
    assert ask("evaluate", file=str(tmp_path / name), data="digits")["accuracy"] == accuracy


def test_each_statement_says_how_sure_it_is(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10))
    save_file(network.state_dict(), tmp_path / "net.safetensors")
    said = ask("inspect", file=str(tmp_path / "net.safetensors"))
    sure = {row["about"]: (row["value"], row["certainty"]) for row in said["statements"]}
    assert sure["layers"] == ("64-32-10", "known")
    assert sure["normalisation"] == ("batch norm", "inferred")
    assert sure["place of normalisation"] == ("before the activation", "inferred")
    assert sure["activation"] == ("?", "unknown")
    assert said["architecture"] == {
        "hidden": [32],
        "num_inputs": 64,
        "num_classes": 10,
        "norm": "batch_norm",
        "activation": None,
    }
    assert said["num_parameters"] == sum(parameter.numel() for parameter in network.parameters())
    assert said["problem"] is None


def test_what_is_assumed_is_said(tmp_path: Path) -> None:
    save_file(nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).state_dict(), tmp_path / "a.safetensors")
    assert ask("evaluate", file=str(tmp_path / "a.safetensors"), data="digits")["assumptions"] == [
        "activation relu: weights do not tell it",
        "inputs divided by 16",
    ]
    said = ask("evaluate", file=str(tmp_path / "a.safetensors"), data="digits", activation="tanh")
    assert said["assumptions"] == ["inputs divided by 16"]
    assert said["cached"] is False


def test_layers_are_ordered_by_their_widths_where_names_do_not_tell(tmp_path: Path) -> None:
    torch.manual_seed(0)
    layers = {"output": nn.Linear(16, 10), "input": nn.Linear(64, 32), "middle": nn.Linear(32, 16)}
    state = {f"{name}.{key}": value for name, layer in layers.items() for key, value in layer.state_dict().items()}
    save_file(state, tmp_path / "a.safetensors")
    said = ask("inspect", file=str(tmp_path / "a.safetensors"))
    assert {row["about"]: row["value"] for row in said["statements"]}["order"] == "input middle output"


CONVOLUTION = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 10)).state_dict()
OTHERS: dict[str, tuple[dict[str, torch.Tensor], str]] = {
    "convolution": (CONVOLUTION, r"no multilayer perceptron: 0 \(bias 4, weight 4x1x3x3\)"),
    "gap": (
        {"a.weight": torch.zeros(5, 64), "b.weight": torch.zeros(10, 6)},
        "do not follow one another: a 64 to 5; b 6 to 10",
    ),
    "bias": ({"a.weight": torch.zeros(5, 64), "a.bias": torch.zeros(4)}, "a weight of 5x64 and a bias of 4"),
    "norm": ({"a.weight": torch.zeros(5, 64), "b.weight": torch.zeros(7), "b.bias": torch.zeros(7)}, "normalises 7 units"),
    "many": ({f"conv{i}.weight": torch.zeros(2, 2, 2) for i in range(9)}, "and 4 more"),
    "nothing": ({}, "it is empty"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_networks_are_refused_with_what_does_not_fit(tmp_path: Path, case: str) -> None:
    tensors, words = OTHERS[case]
    save_file(tensors, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match=words) as refused:
        METHODS["evaluate"]({"file": str(tmp_path / "a.safetensors"), "data": "digits"}, lambda *_: None)
    assert len(refused.value.message) <= 300
    assert ask("inspect", file=str(tmp_path / "a.safetensors"))["problem"] == refused.value.message
