"""A network to look at: a checkpoint of a run of ours, or any file that holds weights, opened for evaluation.

`open_network` is the one door for the server's methods: verified bytes and the manifest's own description for ours, the limited
reader of `foreign_file` and an architecture inferred from shapes for others. The last few are kept, because a person draws
digits or walks through pages with one network. Never writes.
"""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from tui_trainer.engine.devices import choose_device
from tui_trainer.engine.foreign_file import FileState, file_state, read_foreign
from tui_trainer.engine.inferred_network import build_inferred, infer_architecture
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.network import build_network, has_finite_weights
from tui_trainer.engine.tensor_files import load_tensors
from tui_trainer.engine.thread_count import keep_thread_count
from tui_trainer.engine.training_state import load_weights
from tui_trainer.engine.weights_digest import weights_sha256
from tui_trainer.runs.activations import Activation
from tui_trainer.runs.config import ModelConfig, RunConfig
from tui_trainer.runs.errors import CheckpointError, UsageError
from tui_trainer.runs.manifest import WEIGHTS, Manifest, read_manifest, read_verified
from tui_trainer.runs.paths import evaluations_folder
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.safe_text import safe_text

NUM_KEPT = 6


@dataclass(frozen=True, slots=True, eq=False)
class OpenedNetwork:
    """Weights in their network, on its device and in evaluation mode, and what is known of where they came from."""

    name: str
    """What it is called for people: `book-3f2a:s000000938-a1`, or the file's name."""
    network: nn.Module
    num_inputs: int
    num_classes: int
    weights: dict[str, Tensor]
    """The state_dict as it was saved, on the CPU, with the keys of its maker."""
    weights_sha256: str
    device: torch.device
    run: RunDirectory | None = None
    manifest: Manifest | None = None
    """Of one of ours; None: a foreign file."""
    assumptions: tuple[str, ...] = ()
    """Lines for people on what the file does not say and was assumed."""
    variant: str = ""
    """What else but the weights decides the outputs, for the name of a kept evaluation; empty for ours."""

    @property
    def config(self) -> RunConfig | None:
        """The configuration of its run."""
        return self.run.config if self.run else None

    @property
    def preprocessing(self) -> dict[str, Any] | None:
        """What its manifest says of the way from raw values to inputs; None: nothing is known."""
        return self.manifest.preprocessing if self.manifest else None

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """Names of its outputs where they are known; empty for a regression."""
        names = (self.preprocessing or {}).get("class_names")
        return tuple(safe_text(name, 100) for name in names) if isinstance(names, list) else None

    @property
    def image_shape(self) -> tuple[int, int] | None:
        """(rows, columns) of its inputs as a picture: as its manifest says; of a foreign file where the inputs are a square."""
        said = (self.preprocessing or {}).get("image_shape")
        if isinstance(said, list) and len(said) == 2:
            return int(said[0]), int(said[1])
        side = round(self.num_inputs**0.5)
        return (side, side) if self.manifest is None and side * side == self.num_inputs and side >= 4 else None

    @property
    def evaluations_folder(self) -> Path:
        """Where its evaluations are kept."""
        return self.run.evaluations_folder if self.run else evaluations_folder()


_kept: OrderedDict[tuple[Any, ...], OpenedNetwork] = OrderedDict()


def open_network(params: dict[str, Any], on_progress: OnProgress) -> OpenedNetwork:
    """{run, checkpoint} or {file, activation} -> the network; the same object while its files stay as they are.

    CheckpointError for what is no valid checkpoint, UsageError for words that name none.
    """
    if params.get("file") is not None:
        path, activation = Path(str(params["file"])), _activation(params.get("activation"))
        state = file_state(path)
        return _keep((state, activation), lambda: _open_foreign(path, state, activation, on_progress))
    if params.get("run") is None or params.get("checkpoint") is None:
        raise UsageError("name a checkpoint: a run and its checkpoint's id, or a file")
    run, identifier = RunDirectory(Path(str(params["run"]))), str(params["checkpoint"])
    manifest = read_manifest(run.checkpoints_folder / identifier)
    status = os.lstat(run.checkpoints_folder / identifier / WEIGHTS)
    key = (run.path, identifier, status.st_ino, status.st_size, status.st_mtime_ns, manifest.weights_sha256)
    return _keep(key, lambda: _open_saved(run, manifest))


def _keep(key: tuple[Any, ...], make: Any) -> OpenedNetwork:
    if key not in _kept:
        _kept[key] = make()
        while len(_kept) > NUM_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    opened = _kept[key]
    if opened.manifest is not None:
        # The thread count decides the last bits, and another checkpoint may have set its own.
        keep_thread_count(opened.manifest.threads)
    return opened


def _activation(written: object) -> Activation | None:
    if written is None:
        return None
    try:
        return Activation(str(written))
    except ValueError:
        names = ", ".join(Activation)
        raise UsageError(f'"{safe_text(written, 40)}" is no activation; take one of {names}') from None


def _open_saved(run: RunDirectory, manifest: Manifest) -> OpenedNetwork:
    """The manifest's network with its verified weights, on the run's own device."""
    where = f"checkpoint {run.shown_name}/{manifest.id}"
    described = dict(manifest.model)
    num_inputs, num_classes = described.pop("num_inputs", None), described.pop("num_classes", None)
    try:
        model = ModelConfig.model_validate_json(json.dumps(described))
        if not all(isinstance(number, int) and 1 <= number <= 10**9 for number in (num_inputs, num_classes)):
            raise ValueError
    except (ValidationError, ValueError):
        raise CheckpointError(f"{where}: its manifest describes no network that this version knows; update mlp-tui") from None
    weights = load_tensors(read_verified(run.checkpoints_folder / manifest.id, manifest, WEIGHTS), where)
    _check_finite(weights, where)
    network = build_network(model, int(num_inputs or 0), int(num_classes or 0))
    load_weights(network, weights, where)
    device = choose_device(run.config.device)
    return OpenedNetwork(
        name=f"{run.shown_name}:{manifest.id}",
        network=network.to(device).eval(),
        num_inputs=int(num_inputs or 0),
        num_classes=int(num_classes or 0),
        weights=weights,
        weights_sha256=manifest.weights_sha256,
        device=device,
        run=run,
        manifest=manifest,
    )


def _open_foreign(path: Path, state: FileState, activation: Activation | None, on_progress: OnProgress) -> OpenedNetwork:
    on_progress("opening the file", 0, None)
    file = read_foreign(path, state)
    where = safe_text(path.name, 80)
    architecture = infer_architecture(file.tensors, where)
    _check_finite(file.tensors, where)
    chosen = activation or Activation.RELU
    assumptions = list(architecture.assumptions)
    if architecture.hidden and activation is None:
        assumptions.insert(0, "activation relu: weights do not tell it")
    return OpenedNetwork(
        name=where,
        network=build_inferred(architecture, file.tensors, chosen).eval(),
        num_inputs=architecture.num_inputs,
        num_classes=architecture.num_classes,
        weights=file.tensors,
        weights_sha256=weights_sha256(file.tensors),
        device=torch.device("cpu"),
        assumptions=tuple(assumptions),
        variant=chosen.value,
    )


def _check_finite(weights: dict[str, Tensor], where: str) -> None:
    if not has_finite_weights(weights):
        wrong = next(key for key, tensor in weights.items() if tensor.is_floating_point() and not torch.isfinite(tensor).all())
        raise CheckpointError(
            f"{where}: its weights are not finite ({safe_text(wrong, 60)} holds NaN or infinity); take an earlier checkpoint"
        )
