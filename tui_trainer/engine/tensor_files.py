"""Tensors to bytes and back, in safetensors: a format that cannot run code. Never pickle."""

from __future__ import annotations

from collections.abc import Mapping

import safetensors
import safetensors.torch
from torch import Tensor

from tui_trainer.engine.safetensors_header import check_header
from tui_trainer.runs.errors import CheckpointError
from tui_trainer.runs.safe_text import safe_text


def dump_tensors(tensors: Mapping[str, Tensor]) -> bytes:
    """One safetensors file; tensors are copied to the CPU (a synchronisation on a GPU)."""
    return safetensors.torch.save({key: tensor.detach().cpu().contiguous().clone() for key, tensor in tensors.items()})


def load_tensors(data: bytes, where: str) -> dict[str, Tensor]:
    """The tensors of a safetensors file, on the CPU; CheckpointError naming `where` for anything else."""
    try:
        check_header(data)
        return safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{where} is no safetensors file ({safe_text(error, 80)}); take another checkpoint") from None
