"""weights_sha256: one digest of a state_dict, whatever order or file it came in.

SHA-256 over its entries sorted by key: key in UTF-8, a zero byte, the dtype as safetensors names it, a zero byte, the shape as
decimal numbers joined by commas, a zero byte, the tensor's bytes (contiguous, little-endian).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor

SAFETENSORS_DTYPES = {
    torch.float32: "F32",
    torch.float64: "F64",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def weights_sha256(state_dict: Mapping[str, Tensor]) -> str:
    """The digest, in hexadecimal; copies what lies on another device to the CPU (a synchronisation)."""
    digest = hashlib.sha256()
    for key in sorted(state_dict):
        tensor = state_dict[key].detach().cpu().contiguous()
        shape = ",".join(str(size) for size in tensor.shape)
        digest.update(f"{key}\0{SAFETENSORS_DTYPES[tensor.dtype]}\0{shape}\0".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b"")
    return digest.hexdigest()
