"""BatchMeasure: the loss and hits of a batch by a flat list of calls, for an evaluation that goes beside the training.

The calls are those that the network's own modules make, without the Python between them, which holds the interpreter's lock
while the steps beside it wait. Held to `measure_batch` bit for bit when it is made, and not used where it differs.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from tui_trainer.engine.evaluation import measure_batch
from tui_trainer.engine.step_graph import capture_measure

Measure = Callable[[Tensor, Tensor], tuple[float, int]]
"""(X (B, D), y (B,)) -> (sum of the losses, number of correct ones)."""


def plain_measure(network: nn.Module) -> Measure:
    """By the modules of `network`, which is in evaluation mode."""

    def measure(X_B: Tensor, y_B: Tensor) -> tuple[float, int]:
        with torch.no_grad():
            return measure_batch(network(X_B), y_B)

    return measure


def build_measure(network: nn.Module, X_B: Tensor, y_B: Tensor) -> Measure:
    """By captured calls for batches of this size, else by modules; puts `network` into evaluation mode.

    Follows the weights of `network` as they are changed in place. Other threads must not call modules meanwhile.
    """
    plain = plain_measure(network.eval())
    try:
        function = capture_measure(network, X_B, y_B)
    except Exception:
        # Whatever torch cannot trace is measured by the modules themselves.
        return plain
    num_examples = len(y_B)

    def measure(X_B: Tensor, y_B: Tensor) -> tuple[float, int]:
        if len(y_B) != num_examples:
            return plain(X_B, y_B)
        with torch.inference_mode():
            loss_sum, (num_correct,) = function(X_B, y_B)
            return loss_sum.item(), int(num_correct.item())

    return measure if measure(X_B, y_B) == plain(X_B, y_B) else plain
