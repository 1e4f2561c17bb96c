"""A network as ONNX: `x` (batch, D) float32, scaled, to `logits` (batch, C); checked with onnxruntime before it is handed out.

Needs onnx, onnxscript and onnxruntime, which are imported here alone (pip install 'mlp-tui[onnx]').
"""

from __future__ import annotations

import contextlib
import copy
import io
import warnings
from typing import Any

import numpy as np
import torch

from tui_trainer.engine.opened_network import OpenedNetwork
from tui_trainer.runs.errors import ResourceError
from tui_trainer.runs.safe_text import safe_text

TOLERANCE = 1e-5
"""Largest difference from torch, relative to logits larger than 1."""
NUM_CHECKED = 256


def onnx_bytes(opened: OpenedNetwork) -> tuple[bytes, str]:
    """(the file, how it was checked); ResourceError where the extra is not installed or the check fails."""
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401 (torch.onnx needs it)
    except ImportError as error:
        raise ResourceError(f"ONNX needs {safe_text(error.name, 40)}; pip install 'mlp-tui[onnx]'") from None
    network = copy.deepcopy(opened.network).cpu().eval()
    example = torch.zeros(2, opened.num_inputs)
    # The exporter talks to standard output, and warns of its own future.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (example,),
            input_names=["x"],
            output_names=["logits"],
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    for key, value in _metadata(opened).items():
        model.metadata_props.append(onnx.StringStringEntryProto(key=key, value=value))
    data: bytes = model.SerializeToString()
    largest = _difference(network, onnxruntime, data, opened.num_inputs)
    if largest > TOLERANCE:
        raise ResourceError(f"the ONNX file would differ from the network by {largest:.2g}; nothing was written")
    return data, f"onnxruntime differs from torch by {largest:.1e} at most on {NUM_CHECKED} random rows"


def _metadata(opened: OpenedNetwork) -> dict[str, str]:
    names = opened.class_names or ()
    divisor = (opened.preprocessing or {}).get("divisor")
    return {
        "checkpoint": opened.name,
        "weights_sha256": opened.weights_sha256,
        "class_names": ",".join(names),
        "input_scale": "unknown" if divisor is None else f"values divided by {divisor:g}",
    }


def _difference(network: torch.nn.Module, runtime: Any, data: bytes, num_inputs: int) -> float:
    """The largest difference, relative to logits above 1, on uniform inputs."""
    x = np.random.default_rng(0).random((NUM_CHECKED, num_inputs), dtype=np.float32)
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    (given,) = session.run(None, {"x": x})
    with torch.no_grad():
        own = network(torch.from_numpy(x)).numpy()
    return float((np.abs(given - own) / np.maximum(1, np.abs(own))).max())
