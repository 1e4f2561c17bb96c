"""NumpyLoop: the book's network by hand in NumPy, as its reader writes it before PyTorch does it for them.

Forward, softmax with cross-entropy, backward by the chain rule, the SGD step and both evaluations, all in float32. Written to
be fast without being clever: sums in place, no loop over examples. B: batch, D: inputs, U: units of a layer, C: classes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.bench.contender import BenchData, Scores, as_arrays, plain_lr
from tui_trainer.runs.config import RunConfig

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Layer = tuple[Floats, Floats]
"""Weights (D, U) and biases (U,)."""


def init_params(widths: Sequence[int], generator: np.random.Generator) -> list[Layer]:
    """Layers between `widths`, drawn as nn.Linear does: uniform within 1/sqrt(D)."""
    layers = []
    for inputs, units in itertools.pairwise(widths):
        bound = inputs**-0.5
        weights = generator.uniform(-bound, bound, (inputs, units)).astype(np.float32)
        layers.append((weights, generator.uniform(-bound, bound, units).astype(np.float32)))
    return layers


def forward(layers: Sequence[Layer], X_BD: Floats) -> list[Floats]:
    """The inputs, each hidden layer's activations (B, U) after ReLU, and the logits (B, C)."""
    activations = [X_BD]
    for index, (weights, biases) in enumerate(layers):
        sums: Floats = activations[-1] @ weights
        sums += biases
        if index < len(layers) - 1:
            np.maximum(sums, 0, out=sums)
        activations.append(sums)
    return activations


def softmax(logits_BC: Floats) -> Floats:
    """Probabilities (B, C)."""
    shares: Floats = np.exp(logits_BC - logits_BC.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def backward(layers: Sequence[Layer], activations: Sequence[Floats], y_B: Labels) -> tuple[float, list[Layer]]:
    """Mean cross-entropy of the batch, and its gradient for each layer's weights and biases."""
    batch_size = len(y_B)
    rows = np.arange(batch_size)
    error = softmax(activations[-1])
    loss = -float(np.log(error[rows, y_B]).mean())
    error[rows, y_B] -= 1
    error /= batch_size
    gradients = []
    for index in range(len(layers) - 1, -1, -1):
        inputs = activations[index]
        gradients.append((inputs.T @ error, error.sum(axis=0)))
        if index:
            error = error @ layers[index][0].T
            error *= inputs > 0
    return loss, gradients[::-1]


def update(layers: Sequence[Layer], gradients: Sequence[Layer], lr: float) -> None:
    """One SGD step, in place."""
    for parameters, slopes in zip(layers, gradients, strict=True):
        for parameter, slope in zip(parameters, slopes, strict=True):
            slope *= lr
            parameter -= slope


def evaluate(layers: Sequence[Layer], X: Floats, y: Labels, batch_size: int) -> tuple[float, float]:
    """Accuracy and mean cross-entropy over X (N, D), y (N,), in batches."""
    num_correct, loss_sum = 0, 0.0
    for start in range(0, len(y), batch_size):
        logits_BC, y_B = forward(layers, X[start : start + batch_size])[-1], y[start : start + batch_size]
        num_correct += int((logits_BC.argmax(axis=1) == y_B).sum())
        highest = logits_BC.max(axis=1)
        log_sums = highest + np.log(np.exp(logits_BC - highest[:, None]).sum(axis=1))
        loss_sum += float((log_sums - logits_BC[np.arange(len(y_B)), y_B]).sum())
    return num_correct / len(y), loss_sum / len(y)


class NumpyLoop:
    """A contender; see the module."""

    kind = "numpy"
    device = "cpu"

    def __init__(self, data: BenchData, config: RunConfig, threads: int, layers: list[Layer] | None = None) -> None:
        """`layers`: the first weights, changed in place; None draws them from the configuration's seed."""
        self.threads = threads
        self._train, self._test = as_arrays(data.train), as_arrays(data.test)
        self._batch_size, self._eval_batch_size = config.data.batch_size, config.data.eval_batch_size
        self._lr = plain_lr(config)
        self._generator = np.random.default_rng(config.seed)
        widths = [data.dataset.num_inputs, *config.model.hidden, data.dataset.num_classes]
        self.layers = init_params(widths, self._generator) if layers is None else layers
        self._scores: Scores | None = None

    def train(self, num_epochs: int) -> None:
        """Shuffled batches, one step each, then both sets."""
        for _ in range(num_epochs):
            self._train_epoch()
            train_acc, _ = evaluate(self.layers, *self._train, self._eval_batch_size)
            test_acc, _ = evaluate(self.layers, *self._test, self._eval_batch_size)
            self._scores = Scores(train_acc, test_acc)

    def _train_epoch(self) -> None:
        X, y = self._train
        order = self._generator.permutation(len(y))
        for start in range(0, len(y), self._batch_size):
            index = order[start : start + self._batch_size]
            activations = forward(self.layers, X[index])
            _, gradients = backward(self.layers, activations, y[index])
            update(self.layers, gradients, self._lr)

    def scores(self) -> Scores:
        """Of the last epoch."""
        assert self._scores is not None, "no epoch was trained yet"
        return self._scores

    def weights_sha256(self) -> None:
        """No state_dict, no digest."""
        return
