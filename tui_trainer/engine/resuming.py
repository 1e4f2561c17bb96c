"""Going on after a stop, a kill or a crash: the last verified save of a run, or its beginning where there is none."""

from __future__ import annotations

from dataclasses import dataclass

from tui_trainer.engine.live_changes import LiveChanges
from tui_trainer.engine.loaded_run import LoadedRun, versions
from tui_trainer.engine.network import has_finite_weights
from tui_trainer.engine.weight_average import EMA
from tui_trainer.runs.errors import CheckpointError, DataError, RunBusyError, UsageError
from tui_trainer.runs.live_keys import read_changes
from tui_trainer.runs.manifest import RESUME, WEIGHTS, Manifest, read_verified
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_history import RunHistory


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """The save that an attempt goes on from; `skipped` has a line for each newer one that could not be used."""

    manifest: Manifest | None
    skipped: tuple[str, ...]
    inexact: tuple[str, ...] = ()
    """Why the bits may differ from an uninterrupted run's; empty: they do not."""


def refuse_unless_resumable(run: RunDirectory, history: RunHistory) -> None:
    """UsageError for a run that is done, RunBusyError for one that trains; the caller holds the lock or asks first."""
    if history.ended is not None and history.ended.get("status") == "done":
        raise UsageError(f"{run.shown_name} is done; `mlp-tui train` with more epochs starts a new run")
    if history.ended is None and history.started is None and not run.events_path.exists():
        raise RunBusyError(f"{run.shown_name} has not begun yet; wait for its start")


def restore_last_save(run: RunDirectory, history: RunHistory, loaded: LoadedRun) -> ResumePoint:
    """Bring `loaded` to the run's last verified save, damaged ones skipped; without any it stays at the beginning.

    DataError where the data is not what the run trained on, CheckpointError where weights are not finite.
    """
    skipped: list[str] = list(run.damaged_checkpoints())
    candidates = [m for m in run.checkpoints() if RESUME in m.files and not history.is_superseded(m.attempt, m.step)]
    for manifest in reversed(candidates):
        if manifest.data_fingerprint != loaded.data_fingerprint:
            raise DataError(
                f"{loaded.config.data.source} is not the data that {run.shown_name} trained on; bring it back, or start anew"
            )
        folder = run.checkpoints_folder / manifest.id
        where = f"checkpoint {run.shown_name}/{manifest.id}"
        try:
            weights, resume = read_verified(folder, manifest, WEIGHTS), read_verified(folder, manifest, RESUME)
            average = read_verified(folder, manifest, EMA) if loaded.state.average is not None else None
        except CheckpointError as error:
            skipped.append(error.message)
            continue
        loaded.state.restore(weights, resume, manifest.scalars, loaded.num_train, where, average)
        if not has_finite_weights(loaded.state.network.state_dict()):
            raise CheckpointError(
                f"{where}: weights are not finite since step {manifest.step:,}; start anew with a lower learning rate"
            )
        # What was not exact once stays so: the save has the bits of the attempt that made it.
        inexact = dict.fromkeys((*history.inexact.get(manifest.attempt, ()), *_inexact(manifest, loaded)))
        return ResumePoint(manifest, tuple(skipped), tuple(inexact))
    return ResumePoint(None, tuple(skipped))


def restore_changes(live: LiveChanges, history: RunHistory, point: ResumePoint) -> None:
    """Let `live` have every change of the run up to its save, those too that came right after it."""
    if point.manifest is None:
        return
    saved = read_changes(point.manifest.scalars.get("changes"))
    known = {(change.step, change.key, change.new) for change in saved}
    since = [change for change in history.changes if change.step == point.manifest.step]
    live.restore(saved, [change for change in since if (change.step, change.key, change.new) not in known])


def _inexact(manifest: Manifest, loaded: LoadedRun) -> tuple[str, ...]:
    """Each fact that decides the bits and is not as it was at the save."""
    now = {**versions(), "threads": str(loaded.threads), "world_size": str(loaded.world.size), "device": str(loaded.device)}
    before = {
        **manifest.versions,
        "threads": str(manifest.threads),
        "world_size": str(manifest.world_size),
        "device": manifest.device,
    }
    return tuple(
        f"{name} changed: {before.get(name, '?')} -> {now[name]}"
        for name in ("torch", "numpy", "threads", "world_size", "device")
        if now[name] != before.get(name)
    )
