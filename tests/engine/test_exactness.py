"""The product's promise: a run's weights equal, bit for bit, those of the script that it stands for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from tests.engine.training import THREADS, digits_config, ended, script_weights, train
from tui_trainer.runs.config_layers import resolve_config

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "momentum and decay": {"optimizer__momentum": 0.9, "optimizer__lr": 0.05, "optimizer__weight_decay": 0.001},
    "dropout": {"model__dropout": 0.3},
    "batch norm": {"model__batch_norm": True},
    "batch norm and dropout in nn.Sequential": {
        "model__style": "sequential",
        "model__dropout": 0.2,
        "model__batch_norm": True,
        "optimizer__name": "adamw",
        "schedule__name": "cosine",
    },
    "adam, one layer": {"optimizer__name": "adam", "model__hidden": [32]},
    "adamw, no hidden layer": {"optimizer__name": "adamw", "model__hidden": []},
    "workers": {"data__num_workers": 2, "training__epochs": 2, "model__dropout": 0.1},
    "batch larger than the set": {"data__batch_size": 5000, "seed": 7},
}


@pytest.mark.parametrize("changes", CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
def test_a_run_ends_with_the_weights_and_lines_of_its_printed_script(changes: dict[str, Any]) -> None:
    config = digits_config(**changes)
    expected, printed = script_weights(config)

    run = train(config)

    assert ended(run)["status"] == "done"
    assert ended(run)["weights_sha256"] == expected
    lines = [line for line in printed.splitlines() if line.startswith("Epoch")]
    epochs = run.history().epochs
    assert len(lines) == len(epochs) == config.training.epochs
    for line, epoch in zip(lines, epochs, strict=True):
        assert line.startswith(f"Epoch {epoch.epoch}: train acc {epoch.train_acc:.4f}, test acc {epoch.test_acc:.4f}")


class BookMLP(nn.Module):
    """The book's class, written by hand and not by the printer."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(64, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


def test_a_run_ends_with_the_weights_of_the_books_own_loop() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(3)
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16, y, test_size=0.2, stratify=y, random_state=0)
    train_set = TensorDataset(torch.tensor(X_train).float(), torch.tensor(y_train).long())
    test_set = TensorDataset(torch.tensor(X_test).float(), torch.tensor(y_test).long())
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
    loaders = [DataLoader(train_set, batch_size=512), DataLoader(test_set, batch_size=512)]
    model = BookMLP()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(3):
        model.train()
        for X_batch, y_batch in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(X_batch), y_batch)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            for loader in loaders:
                for X_batch, _ in loader:
                    model(X_batch)

    run = train(digits_config(seed=3))

    assert list(run.history().losses) == losses
    assert ended(run)["weights_sha256"] == _digest(model)


def _digest(model: nn.Module) -> str:
    """weights_sha256 by its definition, written anew."""
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        shape = ",".join(map(str, tensor.shape))
        digest.update(key.encode() + b"\0F32\0" + shape.encode() + b"\0" + tensor.numpy().tobytes())
    return digest.hexdigest()


def test_another_seed_gives_other_weights() -> None:
    assert ended(train(digits_config(seed=1)))["weights_sha256"] != ended(train(digits_config(seed=2)))["weights_sha256"]


@pytest.mark.slow
@pytest.mark.mnist
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("preset", ["book", "polished", "regularised", "adam", "momentum"])
def test_each_preset_ends_with_the_weights_of_its_printed_script_on_mnist(mnist_folder: Path, preset: str, seed: int) -> None:
    flags = {"data.source": f"idx:{mnist_folder}", "training.epochs": 3, "training.threads": THREADS, "seed": seed}
    config = resolve_config(preset=preset, flags=flags)

    run = train(config)

    assert ended(run)["weights_sha256"] == script_weights(config)[0]
    started = run.history().started
    assert started is not None and started["step_mode"] == "replay"
