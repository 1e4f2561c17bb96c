"""What a spare does before its job comes: the first capture of a step, which makes torch import and set up its tracer (1 s).

A run's generators are seeded when its configuration is loaded, so that nothing done here can reach its bits.
"""

from __future__ import annotations

import torch

from tui_trainer.engine.network import build_network
from tui_trainer.engine.step_graph import capture
from tui_trainer.runs.config import ModelConfig


def warm_up() -> None:
    """Capture a step of a network of a few units."""
    capture(build_network(ModelConfig(hidden=(2,)), 2, 2), torch.zeros(2, 2), torch.zeros(2, dtype=torch.int64))
