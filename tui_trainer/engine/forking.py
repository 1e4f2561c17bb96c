"""The start of a fork: another run's save, checked and brought into a network that has just been built."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tui_trainer.engine.live_changes import LiveChanges
from tui_trainer.engine.loaded_run import LoadedRun
from tui_trainer.engine.network import has_finite_weights
from tui_trainer.engine.weight_average import EMA
from tui_trainer.runs.errors import CheckpointError, DataError
from tui_trainer.runs.live_keys import effective_config, read_changes
from tui_trainer.runs.manifest import RESUME, WEIGHTS, Manifest, read_manifest, read_verified
from tui_trainer.runs.paths import runs_folder
from tui_trainer.runs.run_directory import RunDirectory


def is_fork(run: RunDirectory) -> bool:
    """Whether `run` begins with another run's save."""
    try:
        parent = run.info.get("parent")
    except CheckpointError:  # the folder in which the bench trains has no run.json, and is nobody's fork
        return False
    return isinstance(parent, dict) and parent.get("kind") == "fork"


def fork_reasons(run: RunDirectory) -> list[str]:
    """Why no printed script has the bits of this fork; empty where one has, and for a run that is no fork."""
    return [str(reason) for reason in run.fork_facts.get("inexact", ())]


def restore_fork(run: RunDirectory, loaded: LoadedRun, live: LiveChanges) -> None:
    """Bring `loaded` to the save that run.json names, then make the fork's own changes.

    DataError where the data is another, CheckpointError where the save is gone, damaged or not finite.
    """
    parent = run.info["parent"]
    folder = runs_folder() / str(parent["run"]) / "checkpoints" / str(parent["checkpoint"])
    manifest = read_manifest(folder)
    where = f"checkpoint {RunDirectory(folder.parent.parent).shown_name}/{manifest.id}"
    if manifest.data_fingerprint != loaded.data_fingerprint:
        raise DataError(f"{loaded.config.data.source} is not the data that {where} was trained on; bring it back")
    weights, resume = (read_verified(folder, manifest, name) for name in (WEIGHTS, RESUME))
    average = read_verified(folder, manifest, EMA) if loaded.state.average is not None else None
    loaded.state.restore(weights, resume, _scalars(manifest, loaded), loaded.num_train, where, average)
    if not has_finite_weights(loaded.state.network.state_dict()):
        raise CheckpointError(f"{where}: weights are not finite; take an earlier one")
    sets = read_changes(run.fork_facts.get("sets"))
    # run.toml has the new values already, and a learning rate is scaled from the old one.
    live.config = effective_config(live.config, [replace(change, new=change.old) for change in sets])
    live.restore(list(loaded.state.changes), sets)


def _scalars(manifest: Manifest, loaded: LoadedRun) -> dict[str, Any]:
    """The save's scalars; early stopping begins anew where the fork watches something else."""
    stopper, saved = loaded.state.stopper, manifest.scalars.get("early_stopping")
    if stopper is None or not stopper.is_on:
        return manifest.scalars
    is_same = isinstance(saved, dict) and saved.get("metric", stopper.metric.value) == stopper.metric.value
    return manifest.scalars if is_same else {**manifest.scalars, "early_stopping": stopper.state_dict()}
