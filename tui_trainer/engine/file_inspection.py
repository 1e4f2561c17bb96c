"""The server's `inspect`: what a file of weights is, and what of its network is known, inferred or unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tui_trainer.engine.foreign_file import file_state, read_foreign
from tui_trainer.engine.inferred_network import count_weights, describe_inferred, infer_architecture
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.network import has_finite_weights
from tui_trainer.engine.weights_digest import SAFETENSORS_DTYPES, weights_sha256
from tui_trainer.runs.activations import Activation
from tui_trainer.runs.errors import CheckpointError, UsageError
from tui_trainer.runs.safe_text import safe_text

MAX_TENSORS_SHOWN = 200


def inspect_file(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """{file} -> {file, format, bytes, sha256, weights_sha256, num_parameters, num_tensors, tensors [{key, dtype, shape}],
    notes, statements [{about, value, certainty, why}], architecture or null, problem or null, activations}.
    """
    if params.get("file") is None:
        raise UsageError("inspect needs a file")
    path = Path(str(params["file"]))
    state = file_state(path)
    on_progress("opening the file", 0, None)
    file = read_foreign(path, state)
    said: dict[str, Any] = {"statements": [], "architecture": None, "problem": None}
    try:
        architecture = infer_architecture(file.tensors, safe_text(path.name, 80))
        said["statements"] = [statement.to_json() for statement in architecture.statements]
        said["architecture"] = describe_inferred(architecture)
        said["problem"] = None if has_finite_weights(file.tensors) else "its weights are not finite"
    except CheckpointError as error:
        said["problem"] = error.message
    return {
        "file": safe_text(path, 4000),
        "format": file.format,
        "bytes": file.num_bytes,
        "sha256": file.sha256,
        "weights_sha256": weights_sha256(file.tensors) if _has_known_dtypes(file.tensors) else None,
        "num_parameters": count_weights(file.tensors),
        "num_tensors": len(file.tensors),
        "tensors": [
            {"key": safe_text(key, 200), "dtype": SAFETENSORS_DTYPES.get(t.dtype, str(t.dtype)), "shape": list(t.shape)}
            for key, t in list(file.tensors.items())[:MAX_TENSORS_SHOWN]
        ],
        "notes": list(file.notes),
        **said,
        "activations": [activation.value for activation in Activation],
    }


def _has_known_dtypes(tensors: dict[str, Any]) -> bool:
    return all(tensor.dtype in SAFETENSORS_DTYPES for tensor in tensors.values())
