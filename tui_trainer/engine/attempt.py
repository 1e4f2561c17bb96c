"""Attempt: one attempt of a run from its folder to `run_started`, which the train job then brings to its end.

A new run is loaded in `.new-<run>`, takes its lock, is renamed and writes `run_started`. A resume takes the lock first and
renames nothing. Whatever goes wrong before is raised, and changes nothing.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import Any

from tui_trainer.engine.answers import LauncherAnswers
from tui_trainer.engine.devices import device_name
from tui_trainer.engine.forking import fork_reasons, is_fork, restore_fork
from tui_trainer.engine.live_changes import LiveChanges
from tui_trainer.engine.loaded_run import LoadedRun, load_run, versions
from tui_trainer.engine.network import count_parameters
from tui_trainer.engine.ranks import Ranks, inexact_reasons
from tui_trainer.engine.resuming import ResumePoint, refuse_unless_resumable, restore_changes, restore_last_save
from tui_trainer.runs.errors import ResourceError
from tui_trainer.runs.event_log import EventLog
from tui_trainer.runs.memory_budget import format_bytes, weights_bytes
from tui_trainer.runs.publisher import sweep, sync_folder
from tui_trainer.runs.run_directory import SCHEMA, RunDirectory
from tui_trainer.runs.run_lock import RunLock

SAVES_WORTH_OF_ROOM = 8
"""Free disk asked for at the start, in saves of four floats a weight."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was accepted."""

    run: RunDirectory
    loaded: LoadedRun
    live: LiveChanges
    log: EventLog
    ranks: Ranks = field(default_factory=Ranks)
    """The other processes that train with this one; none without `find_world`."""


def begin_new(run: RunDirectory, lock: RunLock, answers: LauncherAnswers, ranks: Ranks | None = None) -> Attempt:
    """Load a new run, take its lock, give it its final name and record its start."""
    ranks = ranks or Ranks()
    loaded, live = load_new(run, answers, ranks)
    lock.acquire(1)
    run = give_final_name(run)
    return open_attempt(run, loaded, live, 1, None, ranks)


def load_new(run: RunDirectory, answers: LauncherAnswers, ranks: Ranks) -> tuple[LoadedRun, LiveChanges]:
    """A run at its first step, or of a fork at its parent's save."""
    threads = ranks.share_threads(run.config, int(run.info["threads"]))
    ranks.start(run.config, threads)
    loaded = load_run(run.config, threads, answers, ranks.world)
    _check_room(run, loaded)
    live = build_live(loaded)
    if is_fork(run):
        restore_fork(run, loaded, live)
    ranks.settle(loaded)
    return loaded, live


def begin_resumed(run: RunDirectory, lock: RunLock, answers: LauncherAnswers, ranks: Ranks | None = None) -> Attempt:
    """Take an old run's lock, bring it to its last verified save and record the new attempt."""
    ranks = ranks or Ranks()
    lock.acquire(run.history(with_steps=False).attempt + 1)
    history = run.history(with_steps=False)
    refuse_unless_resumable(run, history)
    threads = _threads_of_last(history.started or {}, ranks) or ranks.share_threads(run.config, int(run.info["threads"]))
    ranks.start(run.config, threads)
    loaded = load_run(run.config, threads, answers, ranks.world)
    _check_room(run, loaded)
    point, live = restore_last_save(run, history, loaded), build_live(loaded)
    if point.manifest is None and is_fork(run):
        restore_fork(run, loaded, live)
    restore_changes(live, history, point)
    ranks.settle(loaded)
    sweep(run.path)
    sweep(run.checkpoints_folder)
    return open_attempt(run, loaded, live, history.attempt + 1, point, ranks)


def build_live(loaded: LoadedRun) -> LiveChanges:
    """What changes `loaded` while it trains."""
    is_alone = loaded.world.size == 1
    return LiveChanges(loaded.config, loaded.state, loaded.step, loaded.first_batches, is_alone=is_alone, spare=loaded.spare)


def _threads_of_last(started: dict[str, Any], ranks: Ranks) -> int | None:
    """Threads of the last attempt, which an exact resume needs; None where it had another number of processes."""
    return int(started.get("threads", 0)) or None if started.get("world_size", 1) == ranks.world.size else None


def give_final_name(run: RunDirectory) -> RunDirectory:
    """Rename the folder of a new run, whose lock is held, to the one that is listed."""
    target = run.path.with_name(run.run)
    run.path.rename(target)
    sync_folder(target.parent)
    return RunDirectory(target)


def open_attempt(
    run: RunDirectory, loaded: LoadedRun, live: LiveChanges, number: int, point: ResumePoint | None, ranks: Ranks
) -> Attempt:
    """Record the start of attempt `number`; `point` is where a resume goes on."""
    os.chdir(run.path)
    log = EventLog(run.events_path, number)
    dataset = loaded.dataset
    log.append(
        "run_started",
        schema=SCHEMA,
        run=run.run,
        device=str(loaded.device),
        device_name=device_name(loaded.device),
        threads=loaded.threads,
        world_size=loaded.world.size,
        versions=versions(),
        seed=loaded.config.seed,
        data_fingerprint=loaded.data_fingerprint,
        num_parameters=count_parameters(loaded.state.network),
        num_train=loaded.num_train,
        num_val=len(loaded.val_set) if loaded.val_set is not None else 0,
        num_test=dataset.num_test,
        steps_per_epoch=loaded.steps_per_epoch,
        epochs=live.config.training.epochs,
        changes=[change.as_json() for change in loaded.state.changes],
        resumed_from=_resumed_from(point),
        exact=_exactness(run, loaded, point),
        step_mode=live.step.mode.value,
        parent=run.info.get("parent"),
    )
    for note in dataset.notes:
        log.append("warning", code="data_note", message=note)
    for line in point.skipped if point else ():
        log.append("warning", code="checkpoint_skipped", message=line)
    if dropped := live.step_dropped or loaded.step_dropped:
        log.append("warning", code="replay_dropped", message=f"{dropped}; every step is made by plain PyTorch")
    log.sync()
    return Attempt(run, loaded, live, log, ranks)


def _resumed_from(point: ResumePoint | None) -> dict[str, Any] | None:
    return {"checkpoint": point.manifest.id, "step": point.manifest.step} if point and point.manifest else None


def _exactness(run: RunDirectory, loaded: LoadedRun, point: ResumePoint | None) -> bool | list[str]:
    """True, or the reasons why the weights may not be the printed script's."""
    reasons = [*fork_reasons(run), *(point.inexact if point else ())]
    if loaded.device.type != "cpu":
        reasons.append(f"{loaded.device.type}: equal bits are promised on the CPU only")
    reasons += inexact_reasons(loaded.config, loaded.world)
    return list(dict.fromkeys(reasons)) or True


def _check_room(run: RunDirectory, loaded: LoadedRun) -> None:
    """ResourceError where the disk has no room for the first saves."""
    dataset = loaded.dataset
    needed = SAVES_WORTH_OF_ROOM * 4 * weights_bytes(loaded.config, dataset.num_inputs, dataset.num_classes)
    free = shutil.disk_usage(run.path).free
    if free < needed:
        raise ResourceError(f"{run.path.parent} has {format_bytes(free)} free, {format_bytes(needed)} needed; free some room")
