"""The server's `weights`: what each unit of the first layer looks for, as a small picture."""

from __future__ import annotations

from typing import Any

import torch

from tui_trainer.engine.example_gallery import whole
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.opened_network import open_network
from tui_trainer.runs.errors import CheckpointError

MAX_UNITS = 256
MAX_INPUTS = 4096


def show_weights(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """A checkpoint as of `evaluate`, {limit} -> {checkpoint, num_units, image_shape, units [{unit, pixels, largest}]}.

    A pixel is 128 where a weight is 0, 255 at the unit's largest magnitude `largest`, 0 at minus that. The unit with the
    largest norm comes first.
    """
    opened = open_network(params, on_progress)
    linear = next((layer for layer in opened.network.modules() if isinstance(layer, torch.nn.Linear)), None)
    if linear is None or linear.in_features > MAX_INPUTS:
        raise CheckpointError(f"{opened.name}: its first layer has too many inputs for pictures (at most {MAX_INPUTS:,})")
    weight = linear.weight.detach().double().cpu()
    limit = whole(params, "limit", 64, MAX_UNITS)
    order = torch.argsort(-torch.linalg.vector_norm(weight, dim=1), stable=True)[:limit].tolist()
    largest = weight.abs().amax(dim=1)
    scaled = weight / largest.clamp(min=1e-300)[:, None]
    pixels = (128 + scaled * 127.5).clamp(0, 255).to(torch.int64)
    shape = opened.image_shape
    return {
        "checkpoint": opened.name,
        "num_units": len(weight),
        "image_shape": list(shape) if shape else None,
        "units": [{"unit": unit, "pixels": pixels[unit].tolist(), "largest": float(largest[unit])} for unit in order],
    }
