"""Evaluating a saved state_dict: verified bytes, the network that its manifest describes, the run's own data."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from tui_trainer.engine.data_loading import load_configured
from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.devices import choose_device
from tui_trainer.engine.evaluation import ConfusionCounter, evaluate_set, per_class_metrics
from tui_trainer.engine.example_set import ExampleSet, load_sets
from tui_trainer.engine.loaded_run import is_streamed
from tui_trainer.engine.network import build_network, has_finite_weights
from tui_trainer.engine.saved_preprocessing import apply_saved, saved_target
from tui_trainer.engine.table_sources import FRAME_SCHEMES
from tui_trainer.engine.tensor_files import load_tensors
from tui_trainer.engine.training_state import load_weights
from tui_trainer.runs.config import DataConfig, ModelConfig
from tui_trainer.runs.data_source import check_source
from tui_trainer.runs.errors import CheckpointError, DataError, UsageError
from tui_trainer.runs.manifest import WEIGHTS, Manifest, read_manifest, read_verified
from tui_trainer.runs.paths import ensure_folder
from tui_trainer.runs.publisher import publish_file
from tui_trainer.runs.run_directory import RunDirectory

OnProgress = Callable[[str, int, int | None], None]


@lru_cache(maxsize=2)
def _loaded(
    data: DataConfig, device: torch.device, changed: float, preprocessing: str, where: str
) -> tuple[Dataset, str, tuple[ExampleSet, ExampleSet]]:
    """(data set, fingerprint, tensors) of a source seen through a manifest's preprocessing, in JSON.

    Kept, because a browser evaluates many checkpoints on one set.
    """
    loaded = load_configured(data, _ignore)
    dataset = apply_saved(loaded, json.loads(preprocessing), where)
    return dataset, loaded.fingerprint(), load_sets(dataset, device, is_streamed=is_streamed(data.residence, dataset))


def _ignore(what: str, done: int, total: int | None) -> None:
    pass


def evaluate_checkpoint(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """{run: path, checkpoint: id, data: source or null, split: test or train} -> the evaluation.

    {checkpoint, data, split, num_examples, accuracy, loss, confusion (rows true, columns predicted), per_class [{class,
    precision, recall, f1, support}], weights_sha256}; a regression has r2 and mae instead of accuracy, confusion and per_class.
    Without data the run's own is taken and must still be the same.
    """
    run, split = RunDirectory(Path(params["run"])), str(params.get("split", "test"))
    if split not in ("test", "train"):
        raise UsageError(f'"{split[:40]}" is no split of a run; take test or train')
    manifest = read_manifest(run.checkpoints_folder / str(params["checkpoint"]))
    source = _source(params.get("data"), run)
    device = choose_device(run.config.device)
    on_progress("loading data", 0, None)
    preprocessing = json.dumps(manifest.preprocessing, sort_keys=True)
    dataset, fingerprint, sets = _loaded(
        _data(source, run, manifest), device, _changed_at(source), preprocessing, f"the network of {run.shown_name}"
    )
    if params.get("data") is None and fingerprint != manifest.data_fingerprint:
        raise DataError(f"{source} is not the data that {run.shown_name} trained on; name the data to evaluate on with --data")
    torch.set_num_threads(manifest.threads)
    network = _build(manifest, dataset, f"checkpoint {run.shown_name}/{manifest.id}", run).to(device)
    result = _evaluate(network, sets[0] if split == "train" else sets[1], dataset, run.config.data.eval_batch_size, on_progress)
    result = {
        "checkpoint": f"{run.shown_name}:{manifest.id}",
        "data": source,
        "split": split,
        **result,
        "weights_sha256": manifest.weights_sha256,
    }
    _keep(run, manifest, fingerprint, split, result)
    return result


def _source(written: object, run: RunDirectory) -> str:
    if written is None:
        return str(run.config.data.source)
    try:
        return check_source(str(written))
    except ValueError as error:
        raise UsageError(f'--data "{str(written)[:60]}" {error}') from None


def _data(source: str, run: RunDirectory, manifest: Manifest) -> DataConfig:
    """The run's own way of reading its data, for `source`; a table's target is the one that was trained."""
    data = run.config.data
    if source == data.source:
        return data
    is_frame = source.partition(":")[0] in FRAME_SCHEMES
    target = saved_target(manifest.preprocessing) if is_frame else None
    return data.model_copy(update={"source": source, "target": target, "ignore": None})


def _changed_at(source: str) -> float:
    """When the files of a path source last changed, so that what is kept of it is never stale."""
    _, colon, path = source.partition(":")
    if not colon:
        return 0.0
    with contextlib.suppress(OSError):
        files = Path(path).iterdir() if Path(path).is_dir() else (Path(path),)
        return max((file.stat().st_mtime for file in files), default=0.0)
    return 0.0


def _build(manifest: Manifest, dataset: Dataset, where: str, run: RunDirectory) -> nn.Module:
    """The manifest's network with its verified weights."""
    described = dict(manifest.model)
    num_inputs, num_classes = described.pop("num_inputs", None), described.pop("num_classes", None)
    try:
        model = ModelConfig.model_validate_json(json.dumps(described))
    except ValidationError:
        raise CheckpointError(f"{where}: its manifest describes no network that this version knows; update mlp-tui") from None
    if (num_inputs, num_classes) != (dataset.num_inputs, dataset.num_classes):
        raise CheckpointError(
            f"{where} takes {num_inputs} inputs to {num_classes} classes, {dataset.name} has {dataset.num_inputs} and "
            f"{dataset.num_classes}; evaluate it on data of its own shape"
        )
    weights = load_tensors(read_verified(run.checkpoints_folder / manifest.id, manifest, WEIGHTS), where)
    if not has_finite_weights(weights):
        raise CheckpointError(f"{where}: its weights are not finite; take an earlier checkpoint")
    network = build_network(model, dataset.num_inputs, dataset.num_classes)
    load_weights(network, weights, where)
    return network


def _evaluate(
    network: nn.Module, part: ExampleSet, dataset: Dataset, batch_size: int, on_progress: OnProgress
) -> dict[str, Any]:
    counter, num_done = None if dataset.is_regression else ConfusionCounter(dataset.num_classes), 0

    def on_batch(logits_BC: Tensor, y_B: Tensor) -> None:
        nonlocal num_done
        if counter is not None:
            counter.count(logits_BC, y_B)
        num_done += len(y_B)
        on_progress("examples", num_done, len(part))

    metrics = evaluate_set(network, part, batch_size, on_batch)
    if counter is None:
        scores = {"r2": metrics.r2, "mae": (metrics.mae or 0.0) * dataset.target_scale}
        finite = {name: score if score is not None and math.isfinite(score) else None for name, score in scores.items()}
        return {"num_examples": metrics.num_examples, **finite, "loss": metrics.loss}
    return {
        "num_examples": metrics.num_examples,
        "accuracy": metrics.accuracy,
        "loss": metrics.loss,
        "confusion": counter.matrix,
        "per_class": per_class_metrics(counter.matrix, dataset.class_names),
    }


def _keep(run: RunDirectory, manifest: Manifest, fingerprint: str, split: str, result: dict[str, Any]) -> None:
    """Write the result beside the run; a run that cannot be written is evaluated all the same."""
    name = f"{manifest.weights_sha256[:16]}-{fingerprint[:16]}-{split}.json"
    with contextlib.suppress(OSError):
        publish_file(ensure_folder(run.evaluations_folder) / name, json.dumps(result, allow_nan=False).encode())
