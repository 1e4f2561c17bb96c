"""The floor of an epoch: its matrix products alone, into buffers that are there already; no loop over them can be faster.

Forward, gradients of weights and of inputs for the training set, forward once more for both evaluations. Shape letters: B
batch, D inputs, U units of a layer.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence

import torch

from tui_trainer.engine.bench.contender import limited_threads

Products = Callable[[], None]


def products_floor_s(
    widths: Sequence[int], num_train: int, num_test: int, *, batch_size: int, eval_batch_size: int, threads: int
) -> float:
    """Seconds that the products of one epoch take on `threads` threads, evaluations of both sets included."""
    batch_size, eval_batch_size = min(batch_size, num_train), min(eval_batch_size, num_train + num_test)
    # The last, smaller batches are counted as the share of a whole one that they are.
    num_steps, num_evaluations = num_train / batch_size, (num_train + num_test) / eval_batch_size
    with limited_threads(threads), torch.no_grad():
        step_s = _seconds_of(_step_products(widths, batch_size), num_steps)
        return num_steps * step_s + num_evaluations * _seconds_of(_forward_products(widths, eval_batch_size), num_evaluations)


def _step_products(widths: Sequence[int], batch_size: int) -> Products:
    forward = _forward_products(widths, batch_size)
    backward = []
    for index, (inputs, units) in enumerate(itertools.pairwise(widths)):
        X_BD, W_UD, error_BU = torch.rand(batch_size, inputs), torch.rand(units, inputs), torch.rand(batch_size, units)
        backward.append((error_BU.t(), X_BD, torch.empty(units, inputs)))
        if index:
            backward.append((error_BU, W_UD, torch.empty(batch_size, inputs)))

    def step() -> None:
        forward()
        for one, other, out in backward:
            torch.mm(one, other, out=out)

    return step


def _forward_products(widths: Sequence[int], batch_size: int) -> Products:
    products = [
        (torch.rand(batch_size, inputs), torch.rand(units, inputs).t(), torch.empty(batch_size, units))
        for inputs, units in itertools.pairwise(widths)
    ]

    def forward() -> None:
        for one, other, out in products:
            torch.mm(one, other, out=out)

    return forward


def _seconds_of(products: Products, num_times: float, limit_s: float = 0.5) -> float:
    """Seconds of one call: the mean of as many as an epoch has, or as go into `limit_s`, after one that does not count."""
    products()
    begun, calls = time.perf_counter(), 0
    while calls < 1 or (calls < num_times and time.perf_counter() - begun < limit_s):
        products()
        calls += 1
    return (time.perf_counter() - begun) / calls
