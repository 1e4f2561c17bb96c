"""What the engine's server can be asked: each method takes params and a progress callback and gives a JSON object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tui_trainer.engine.checkpoint_comparison import compare_checkpoints
from tui_trainer.engine.checkpoint_evaluation import evaluate_checkpoint
from tui_trainer.engine.checkpoint_export import export_checkpoint
from tui_trainer.engine.data_description import describe_data
from tui_trainer.engine.data_loading import fetch_dataset
from tui_trainer.engine.devices import describe_devices
from tui_trainer.engine.evaluation_report import write_report
from tui_trainer.engine.example_gallery import show_examples
from tui_trainer.engine.file_inspection import inspect_file
from tui_trainer.engine.loaded_run import versions
from tui_trainer.engine.lr_finder import find_learning_rate
from tui_trainer.engine.prediction import predict
from tui_trainer.engine.schedule_curve import simulate_schedule
from tui_trainer.engine.weight_pictures import show_weights
from tui_trainer.runs.config import validate_config
from tui_trainer.runs.data_source import check_source
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.lr_search import check_search

OnProgress = Callable[[str, int, int | None], None]


def devices(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """{} -> {devices: [{device, name}], versions: {name: version}}."""
    return {"devices": describe_devices(), "versions": versions()}


def fetch_data(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """{source} -> {source, num_train, num_test, num_inputs, num_classes, data_fingerprint}; a download is made anew."""
    try:
        source = check_source(str(params["source"]))
    except ValueError as error:
        raise UsageError(f'"{params["source"]}" {error}') from None
    dataset = fetch_dataset(source, on_progress)
    return {
        "source": source,
        "num_train": dataset.num_train,
        "num_test": dataset.num_test,
        "num_inputs": dataset.num_inputs,
        "num_classes": dataset.num_classes,
        "data_fingerprint": dataset.fingerprint(),
    }


def schedule_curve(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """{config: tables, steps_per_epoch} -> {points: [[epoch, lr]], epochs_shown, cadence, assumed: text or null}."""
    steps_per_epoch = params.get("steps_per_epoch")
    if not isinstance(steps_per_epoch, int) or isinstance(steps_per_epoch, bool) or steps_per_epoch < 1:
        raise UsageError(f"{str(steps_per_epoch)[:40]} steps an epoch are none; give a whole number from 1 on")
    return simulate_schedule(validate_config(params["config"]), steps_per_epoch)


def lr_find(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """{config: tables, num_steps, first_lr, last_lr} -> the curve and its suggestions (`lr_finder`); touches no run."""
    asked = {name: params[name] for name in ("num_steps", "first_lr", "last_lr") if name in params}
    config = validate_config(params["config"])
    if config.data.source is None:
        raise UsageError("lr_find needs a source")
    return find_learning_rate(config, check_search(**asked), on_progress)


def describe(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """The keys of a configuration's table `data` -> what its source holds (`data_description`); downloads nothing."""
    data = validate_config({"data": params}).data
    if data.source is None:
        raise UsageError("describe_data needs a source")
    return describe_data(data, on_progress)


METHODS: dict[str, Callable[[dict[str, Any], OnProgress], dict[str, Any]]] = {
    "devices": devices,
    "fetch_data": fetch_data,
    "describe_data": describe,
    "evaluate": evaluate_checkpoint,
    "lr_find": lr_find,
    "examples": show_examples,
    "compare": compare_checkpoints,
    "weights": show_weights,
    "inspect": inspect_file,
    "predict": predict,
    "export": export_checkpoint,
    "report": write_report,
    "schedule_curve": schedule_curve,
}
