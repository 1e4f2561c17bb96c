from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.engine.training import digits_config
from tui_trainer.engine.bench.book_loop import BookLoop
from tui_trainer.engine.bench.contender import bench_data, plain_lr
from tui_trainer.engine.bench.numpy_loop import Layer, NumpyLoop, backward, evaluate, forward, init_params, update
from tui_trainer.engine.bench.rounds import time_turn
from tui_trainer.engine.digits import load_digits
from tui_trainer.runs.errors import UsageError

WIDTHS = [20, 16, 12, 5]


def torch_network(layers: list[Layer]) -> nn.Sequential:
    modules: list[nn.Module] = []
    for weights, biases in layers:
        linear = nn.Linear(*weights.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weights.T))
            linear.bias.copy_(torch.from_numpy(biases))
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


@pytest.fixture
def batch() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(1)
    return generator.random((32, WIDTHS[0]), dtype=np.float32), generator.integers(0, WIDTHS[-1], 32)


def test_the_gradients_by_hand_are_those_of_autograd(batch: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = batch
    layers = init_params(WIDTHS, np.random.default_rng(0))
    network = torch_network(layers)
    expected = F.cross_entropy(network(torch.from_numpy(X)), torch.from_numpy(y))
    expected.backward()

    loss, gradients = backward(layers, forward(layers, X), y)

    assert loss == pytest.approx(expected.item(), abs=1e-5)
    linears = [module for module in network if isinstance(module, nn.Linear)]
    for linear, (weights, biases) in zip(linears, gradients, strict=True):
        assert linear.weight.grad is not None and linear.bias.grad is not None
        assert np.abs(weights.T - linear.weight.grad.numpy()).max() < 1e-5
        assert np.abs(biases - linear.bias.grad.numpy()).max() < 1e-5


def test_a_step_by_hand_is_that_of_torchs_sgd(batch: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = batch
    layers = init_params(WIDTHS, np.random.default_rng(0))
    network = torch_network(layers)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.5)
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(network(torch.from_numpy(X)), torch.from_numpy(y)).backward()
        optimizer.step()
        update(layers, backward(layers, forward(layers, X), y)[1], 0.5)

    after = [parameter.detach().numpy() for parameter in network.parameters()]
    for mine, theirs in zip(itertools.chain.from_iterable(layers), after, strict=True):
        assert np.abs(mine.T - theirs).max() < 1e-5


def test_the_evaluation_by_hand_is_torchs_and_does_not_hang_on_the_batch_size(batch: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = batch
    layers = init_params(WIDTHS, np.random.default_rng(0))
    logits = torch_network(layers)(torch.from_numpy(X))
    expected = F.cross_entropy(logits, torch.from_numpy(y)).item()
    right = int((logits.argmax(dim=1).numpy() == y).sum())
    for size in (5, 32, 100):
        accuracy, loss = evaluate(layers, X, y, size)
        assert accuracy == right / 32 and loss == pytest.approx(expected, abs=1e-5)


def test_the_loop_by_hand_learns_as_much_as_the_dataloader_loop() -> None:
    data, config = bench_data(load_digits(0)), digits_config()
    loops = NumpyLoop(data, config, 1), BookLoop(data, config, 1)
    for loop in loops:
        time_turn(loop, 12)
    by_hand, book = (loop.scores() for loop in loops)
    assert by_hand.test_acc > 0.93 and book.test_acc > 0.93
    assert abs(by_hand.test_acc - book.test_acc) < 0.04


@pytest.mark.parametrize(
    "changes",
    [{"optimizer__name": "adam"}, {"optimizer__momentum": 0.9}, {"model__dropout": 0.1}, {"schedule__name": "cosine"}],
)
def test_a_configuration_that_only_some_contenders_can_train_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        plain_lr(digits_config(**changes))
