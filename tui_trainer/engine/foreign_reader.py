"""Reads a file of torch.save in a process of its own, with limits; the only place in this program that calls torch.load.

Run by `foreign_file` as `python -m tui_trainer.engine.foreign_reader`: the open file is standard input, the answer on standard
output is one line of JSON, {format, sha256, notes, keys} or {error}, and after the former a safetensors file. Limits of memory
and processor time are set after the import of torch, relative to what it took. Tensors only (weights_only=True), dense ones
only; what the safe loader refuses stays refused. CPU only.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import signal
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tui_trainer.engine.tensor_files import dump_tensors
from tui_trainer.engine.weights_digest import SAFETENSORS_DTYPES
from tui_trainer.engine.zip_entries import check_entries, check_sums
from tui_trainer.runs.safe_text import safe_text

MAX_FILE_BYTES = 2 << 30
CPU_S = 4
WALL_S = 6
EXTRA_BYTES = 1 << 30
BYTES_PER_CPU_S = 100 << 20
"""A large file may take a second more for each of these."""
USUAL_NAMES = (
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params", "parameters",
)  # fmt: skip
"""Under what scripts keep a state_dict beside other things, the commonest first."""
MAX_TENSORS = 10_000


def main() -> int:
    """Read standard input, answer, 0."""
    num_bytes = os.fstat(0).st_size
    limit_process(num_bytes)
    # No more than the file is said to have: a read allocates all that it is asked for.
    data = sys.stdin.buffer.read(min(num_bytes, MAX_FILE_BYTES) + 1)
    try:
        found, tensors = read_tensors(data)
        content = dump_tensors(tensors)
    except ValueError as error:
        _say({"error": safe_text(error, 200)})
        return 0
    except MemoryError:
        _say({"error": "it needs more memory than such a file should"})
        return 0
    # safetensors does not keep the order of the keys, and the order tells how layers follow one another.
    _say({**found, "sha256": hashlib.sha256(data).hexdigest(), "keys": list(tensors)})
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
    return 0


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(answer, allow_nan=False).encode() + b"\n")


def limit_process(num_bytes: int) -> None:
    """No core file, CPU_S of processor time and EXTRA_BYTES of memory beyond what torch's import took, WALL_S of time."""
    extra_s = num_bytes // BYTES_PER_CPU_S
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = int(usage.ru_utime + usage.ru_stime) + CPU_S + extra_s
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    statm = Path("/proc/self/statm")
    if statm.exists():
        now_bytes = int(statm.read_text().split()[0]) * resource.getpagesize()
        most = now_bytes + EXTRA_BYTES + 4 * num_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    # Ends the process, whoever started it and whether it still lives or not.
    signal.alarm(WALL_S + extra_s)


def read_tensors(data: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """({format, notes}, state_dict) of a file's bytes; ValueError with what is wrong."""
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(f"it is larger than {MAX_FILE_BYTES:,} bytes")
    check_entries(io.BytesIO(data), len(data))
    check_sums(io.BytesIO(data))
    try:
        with warnings.catch_warnings(), torch.sparse.check_sparse_tensor_invariants(True):  # type: ignore[no-untyped-call]
            warnings.simplefilter("ignore")
            loaded = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:
        # Whatever a damaged or hostile file makes torch raise means the same: it stays closed.
        raise ValueError(_explain(error)) from None
    kind, notes, state_dict = find_state_dict(loaded)
    return {"format": kind, "notes": notes}, check_dense(state_dict, len(data))


def _explain(error: Exception) -> str:
    text = " ".join(str(error).split())
    if "global" in text.lower().replace("safe_globals", "") or "Unsupported class" in text:
        _, _, rest = text.partition("GLOBAL ")
        named = rest.split(" ")[0].strip("`'\"") if rest else ""
        what = f" ({named})" if named else ""
        return f"it holds objects other than tensors{what}, which could run code; save model.state_dict() alone"
    # torch's advice to load it unsafely is not passed on.
    told = text.partition("WeightsUnpickler error: ")[2].partition(" Check the documentation")[0] or text
    return f"torch cannot read it ({type(error).__name__}: {told[:80]})"


def find_state_dict(loaded: Any) -> tuple[str, list[str], Mapping[str, Any]]:
    """(kind of file, lines for people, state_dict) of what torch.load gave."""
    if not isinstance(loaded, Mapping):
        raise ValueError(f"it holds a {type(loaded).__name__}, and no state_dict")
    kind = "Lightning checkpoint" if "pytorch-lightning_version" in loaded else "torch file"
    if _is_state_dict(loaded):
        return kind, [], loaded
    named = [name for name in USUAL_NAMES if _is_state_dict(loaded.get(name))]
    others = [str(name) for name, value in loaded.items() if name not in USUAL_NAMES and _is_state_dict(value)]
    if not named and len(others) == 1:
        named = others
    if not named:
        keys = ", ".join(safe_text(key, 20) for key in list(loaded)[:5]) or "nothing"
        raise ValueError(f"it holds no state_dict, only {keys}; save model.state_dict()")
    notes = [f'weights found under "{safe_text(named[0], 40)}"']
    notes += [
        f'"{safe_text(name, 40)}" holds weights too and was left alone' for name in (*named[1:], *others) if name != named[0]
    ]
    return kind, notes, loaded[named[0]]


def _is_state_dict(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(isinstance(entry, Tensor) for entry in value.values())


def check_dense(state_dict: Mapping[Any, Any], num_bytes: int) -> dict[str, Tensor]:
    """Plain dense copies of the tensors; ValueError for any that is not what its shape says."""
    if len(state_dict) > MAX_TENSORS:
        raise ValueError(f"it holds {len(state_dict):,} tensors, at most {MAX_TENSORS:,} are read")
    total_bytes = 0
    for key, tensor in state_dict.items():
        shown = safe_text(key, 40)
        if not isinstance(key, str):
            raise ValueError(f"a tensor is kept under {shown}, which is no name")
        if tensor.layout is not torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
            raise ValueError(f"{shown} is no plain dense tensor")
        if tensor.dtype not in SAFETENSORS_DTYPES:
            raise ValueError(f"{shown} has dtype {tensor.dtype}, which no network here uses")
        tensor_bytes = tensor.numel() * tensor.element_size()
        if tensor_bytes > tensor.untyped_storage().nbytes():
            raise ValueError(f"{shown} claims {tensor_bytes:,} bytes and has {tensor.untyped_storage().nbytes():,}")
        total_bytes += tensor_bytes
    if total_bytes > num_bytes:
        raise ValueError(f"its tensors claim {total_bytes:,} bytes of a file of {num_bytes:,}")
    return {key: tensor.detach().contiguous() for key, tensor in state_dict.items()}


if __name__ == "__main__":
    sys.exit(main())
