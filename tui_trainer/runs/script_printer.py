"""The short PyTorch script that a configuration stands for: text from RunConfig, drawn at every key of the form.

It is the reference: `torch.manual_seed(seed)`, then DataLoader's own loop. On the CPU (same machine, torch and threads) a run's
weights equal, bit for bit, those that this script ends with; `verify` appends the lines that print their sha256. Its comments
name the functions of the hand-written NumPy version that each part stands for. The parts have modules of their own,
`script_data` and so on.
"""

from __future__ import annotations

from tui_trainer.runs.activations import ACTIVATIONS
from tui_trainer.runs.config import RunConfig, Style
from tui_trainer.runs.run_trail import PLAIN_TRAIL, RunTrail
from tui_trainer.runs.script_model import model_part
from tui_trainer.runs.script_optimizer import optimizer_part
from tui_trainer.runs.script_sets import data_imports, data_part, input_shape, loaders_part
from tui_trainer.runs.script_trail import trail_part
from tui_trainer.runs.script_training import epochs_part, training_part


def print_script(config: RunConfig, *, threads: int, verify: bool = False, trail: RunTrail = PLAIN_TRAIL) -> str:
    """A whole Python script, runnable as it stands; an unset data source is written as mnist.

    With the `trail` of a run it ends where that run did and changes what was changed, at the same steps.
    """
    source = config.data.source or "mnist"
    parts = [
        _imports(source, config, verify, has_clock=trail.num_steps is None),
        _start(config, threads),
        data_part(source, config.data),
        loaders_part(config.data),
        model_part(config.model, *input_shape(source, config.data)),
        "\n\n".join(part for part in (optimizer_part(config), trail_part(config, trail)) if part) + "\n",
        training_part(config, trail),
        epochs_part(config, trail),
    ]
    if verify:
        parts.append(_VERIFY)
    return "\n\n".join(part.strip("\n") if index != 6 else part for index, part in enumerate(parts)) + "\n"


def _imports(source: str, config: RunConfig, verify: bool, *, has_clock: bool) -> str:
    standard, lines = data_imports(source, config.data)
    standard += ["hashlib"] if verify else []
    standard += ["time"] if config.training.time_budget_s and has_clock else []
    standard += ["os"] if config.training.deterministic else []
    first = [f"import {name}" for name in sorted(standard) if name != "pathlib"]
    first += ["from pathlib import Path"] if "pathlib" in standard else []
    has_functions = config.model.style is Style.CLASS and ACTIVATIONS[config.model.activation].function.startswith("F.")
    needs_functions = has_functions or (config.model.style is Style.CLASS and config.model.dropout > 0)
    modules = sorted(line for line in lines if line.startswith("import "))
    names = sorted(line for line in lines if not line.startswith("import "))
    return "\n".join(
        [
            *first,
            *([""] if first else []),
            *modules,
            "import torch",
            *(["import torch.nn.functional as F"] if needs_functions else []),
            *names,
            "from torch import nn",
            "from torch.utils.data import DataLoader, TensorDataset",
        ]
    )


def _start(config: RunConfig, threads: int) -> str:
    lines = [f"torch.set_num_threads({threads})", f"torch.manual_seed({config.seed})", _device(config.device)]
    if config.training.deterministic:
        lines = [
            'os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")',
            *lines,
            "torch.use_deterministic_algorithms(True)",
        ]
    return "\n".join(lines)


def _device(device: str) -> str:
    if device != "auto":
        return f'device = torch.device("{device}")'
    return 'device = torch.device("cuda" if torch.cuda.is_available() else "mps" if torch.mps.is_available() else "cpu")'


_VERIFY = """
digest = hashlib.sha256()
dtypes = {torch.float32: "F32", torch.int64: "I64"}
for key, tensor in sorted(model.state_dict().items()):
    shape = ",".join(str(size) for size in tensor.shape)
    digest.update(f"{key}\\0{dtypes[tensor.dtype]}\\0{shape}\\0".encode())
    digest.update(tensor.cpu().contiguous().numpy().tobytes())
print(f"weights_sha256 {digest.hexdigest()}")
"""
