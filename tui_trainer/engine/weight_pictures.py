"""The server's `weights`: a line of figures for each tensor, and what each unit of the first layer looks for, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tui_trainer.engine.checkpoint_export import check_target, write_target
from tui_trainer.engine.example_gallery import whole
from tui_trainer.engine.layer_order import reading_order
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.opened_network import OpenedNetwork, open_network
from tui_trainer.engine.weight_sheet import draw_sheet
from tui_trainer.runs.errors import CheckpointError, UsageError
from tui_trainer.runs.safe_text import safe_text

MAX_UNITS = 256
MAX_INPUTS = 4096
MAX_LAYERS = 200


def show_weights(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """A checkpoint as of `evaluate`, {limit, path: a .png to write or null, overwrite} -> {checkpoint, layers [{layer, shape,
    norm, mean, std, smallest, largest}], num_units, image_shape, units [{unit, pixels, largest, norm}], note, path, bytes}.

    A pixel is 128 where a weight is 0, 255 at the unit's largest magnitude `largest`, 0 at minus that. The unit with the
    largest norm comes first. `note` says why there are no pixels, which is no reason to withhold the figures.
    """
    path = _target(params)
    opened = open_network(params, on_progress)
    limit = whole(params, "limit", 64, MAX_UNITS)
    answer = {
        "checkpoint": opened.name,
        "layers": _layers(opened.weights),
        **_first_layer(opened, limit),
    }
    written = None if path is None else _write_sheet(path, answer)
    return {**answer, "path": None if path is None else str(path), "bytes": written}


def _layers(weights: dict[str, Tensor]) -> list[dict[str, Any]]:
    floats = {key: tensor for key, tensor in weights.items() if tensor.is_floating_point() and tensor.numel()}
    return [_describe(key, floats[key]) for key in sorted(floats, key=reading_order)[:MAX_LAYERS]]


def _describe(key: str, tensor: Tensor) -> dict[str, Any]:
    """Figures of one tensor in float64; the deviation is that of the whole population."""
    values = tensor.double()
    return {
        "layer": safe_text(key, 100),
        "shape": list(tensor.shape),
        "norm": float(torch.linalg.vector_norm(values)),
        "mean": float(values.mean()),
        "std": float(values.std(correction=0)),
        "smallest": float(values.min()),
        "largest": float(values.max()),
    }


def _first_layer(opened: OpenedNetwork, limit: int) -> dict[str, Any]:
    linear = next((layer for layer in opened.network.modules() if isinstance(layer, torch.nn.Linear)), None)
    if linear is None:
        raise CheckpointError(f"{opened.name} has no linear layer to show the weights of; give another checkpoint")
    weight = linear.weight.detach().double().cpu()
    norms, largest = torch.linalg.vector_norm(weight, dim=1), weight.abs().amax(dim=1)
    order = torch.argsort(-norms, stable=True)[:limit].tolist()
    has_pixels = linear.in_features <= MAX_INPUTS
    scaled = weight[order] / largest[order].clamp(min=1e-300)[:, None] if has_pixels else weight[:0]
    pixels = (128 + scaled * 127.5).clamp(0, 255).to(torch.int64).tolist()
    shape = opened.image_shape if has_pixels else None
    many = f"the first layer has {linear.in_features:,} inputs, too many for pictures (at most {MAX_INPUTS:,})"
    return {
        "num_units": len(weight),
        "image_shape": list(shape) if shape else None,
        "units": [
            {
                "unit": unit,
                "pixels": pixels[place] if has_pixels else [],
                "largest": float(largest[unit]),
                "norm": float(norms[unit]),
            }
            for place, unit in enumerate(order)
        ],
        "note": None if has_pixels else many,
    }


def _target(params: dict[str, Any]) -> Path | None:
    """Where a picture is to be written; UsageError where it cannot be."""
    if params.get("path") is None:
        return None
    path = Path(str(params["path"])).absolute()
    if path.suffix.lower() != ".png":
        raise UsageError("pictures of weights are written to a file that ends in .png")
    check_target(path, overwrite=bool(params.get("overwrite")))
    return path


def _write_sheet(path: Path, answer: dict[str, Any]) -> int:
    """The bytes that were written."""
    if answer["image_shape"] is None:
        reason = answer["note"] or "its inputs are no image"
        raise UsageError(f"{answer['checkpoint']}: {reason}; leave the picture out")
    data = draw_sheet([unit["pixels"] for unit in answer["units"]], answer["image_shape"])
    write_target(path, data)
    return len(data)
