"""BookLoop: the literal PyTorch loop of the book - DataLoader, zero_grad, backward, step - the yardstick of the bench.

Line for line what `mlp-tui code` prints for a configuration, on the CPU; its weights are those of the run.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from tui_trainer.engine.bench.contender import BenchData, OwnGenerator, Scores, plain_lr
from tui_trainer.engine.network import build_network
from tui_trainer.engine.weights_digest import weights_sha256
from tui_trainer.runs.config import RunConfig


class BookLoop:
    """A contender; see the module."""

    kind = "book"
    device = "cpu"

    def __init__(self, data: BenchData, config: RunConfig, threads: int) -> None:
        self.threads = threads
        self._generator = OwnGenerator(config.seed)
        with self._generator:
            self._model = build_network(config.model, data.dataset.num_inputs, data.dataset.num_classes)
        train_set, test_set = TensorDataset(*data.train), TensorDataset(*data.test)
        self._train_loader = DataLoader(train_set, batch_size=config.data.batch_size, shuffle=True)
        self._train_eval_loader = DataLoader(train_set, batch_size=config.data.eval_batch_size)
        self._test_loader = DataLoader(test_set, batch_size=config.data.eval_batch_size)
        self._criterion = nn.CrossEntropyLoss()
        self._optimizer = torch.optim.SGD(self._model.parameters(), lr=plain_lr(config))
        self._scores: Scores | None = None

    def train(self, num_epochs: int) -> None:
        """The book's train and evaluate, one after the other."""
        with self._generator:
            for _ in range(num_epochs):
                self._train_epoch()
                train_acc, _ = self._evaluate(self._train_eval_loader)
                test_acc, _ = self._evaluate(self._test_loader)
                self._scores = Scores(train_acc, test_acc)

    def _train_epoch(self) -> None:
        self._model.train()
        for X_B, y_B in self._train_loader:
            self._optimizer.zero_grad()
            loss = self._criterion(self._model(X_B), y_B)
            loss.backward()
            self._optimizer.step()

    def _evaluate(self, loader: DataLoader[tuple[torch.Tensor, ...]]) -> tuple[float, float]:
        """(accuracy, mean loss) over a whole set."""
        num_correct, loss_sum, num_examples = 0, 0.0, 0
        self._model.eval()
        with torch.no_grad():
            for X_B, y_B in loader:
                logits_BC = self._model(X_B)
                loss_sum += F.cross_entropy(logits_BC, y_B, reduction="sum").item()
                num_correct += int((logits_BC.argmax(dim=1) == y_B).sum().item())
                num_examples += len(y_B)
        return num_correct / num_examples, loss_sum / num_examples

    def scores(self) -> Scores:
        """Of the last epoch."""
        assert self._scores is not None, "no epoch was trained yet"
        return self._scores

    def weights_sha256(self) -> str:
        """As a run's."""
        return weights_sha256(self._model.state_dict())
