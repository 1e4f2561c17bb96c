"""A train job: one attempt of a run, from its folder to `run_ended`; the edge where every failure is classified once.

A new run is loaded in `.new-<run>`, takes its lock, is renamed, writes `run_started` and answers. A resume takes the lock
first and renames nothing. Refused before that answer, a new run's folder goes; an old run is left as it was.
"""

from __future__ import annotations

import os
import shutil
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from tui_trainer.engine.answers import LauncherAnswers
from tui_trainer.engine.checkpoint_store import CheckpointStore
from tui_trainer.engine.device_gauge import DeviceGauge
from tui_trainer.engine.devices import device_name, memory_bytes
from tui_trainer.engine.end_hook import run_end_hook
from tui_trainer.engine.epoch_closer import EpochCloser
from tui_trainer.engine.failures import OutOfMemory, classify
from tui_trainer.engine.forking import fork_reasons, is_fork, restore_fork
from tui_trainer.engine.layer_health import NUM_EXAMPLES, LayerHealth
from tui_trainer.engine.live_changes import LiveChanges
from tui_trainer.engine.loaded_run import LoadedRun, load_run, versions
from tui_trainer.engine.network import count_parameters
from tui_trainer.engine.people_answers import PeopleAnswers
from tui_trainer.engine.queueing import Turn, UnheardAnswers, check_queued, enters_queue
from tui_trainer.engine.ranks import Ranks, inexact_reasons
from tui_trainer.engine.resuming import ResumePoint, refuse_unless_resumable, restore_changes, restore_last_save
from tui_trainer.engine.steering import Ending, Steering
from tui_trainer.engine.step_recorder import StepRecorder
from tui_trainer.engine.step_sampler import StepSampler
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.training_loop import TrainingLoop
from tui_trainer.engine.weights_digest import weights_sha256
from tui_trainer.engine.world import world_of_torchrun
from tui_trainer.runs.activations import Activation
from tui_trainer.runs.errors import MlpTuiError, ResourceError
from tui_trainer.runs.event_log import EventLog
from tui_trainer.runs.launcher import is_prepared
from tui_trainer.runs.memory_advice import advise_on_memory
from tui_trainer.runs.memory_budget import format_bytes, weights_bytes
from tui_trainer.runs.publisher import delete, sweep, sync_folder
from tui_trainer.runs.run_directory import NEW_PREFIX, SCHEMA, RunDirectory, best_checkpoint, best_metric
from tui_trainer.runs.run_lock import RunLock
from tui_trainer.runs.threads import num_cores

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


def run_train_job(folder: Path, num_processes: int | None = None) -> int:
    """Train the run at `folder` (a `.new-*` or an old one) to its end, as rank 0; the exit code of the process.

    On `num_processes`, None: on as many as run.json says; where torchrun started this process, on those that it started.
    """
    signals, ranks = StopSignals(), Ranks()
    signals.install()
    answers = PeopleAnswers() if world_of_torchrun(os.environ) else LauncherAnswers()
    run = RunDirectory(_present_name(folder))
    begin = begin_new if run.path.name.startswith(NEW_PREFIX) else begin_resumed
    lock = RunLock(run.lock_path)
    try:
        ranks.find_world(num_processes or int(run.info.get("nproc", 1)))
        attempt = None if enters_queue(run) else begin(run, lock, answers, ranks)
        run = attempt.run if attempt else _enter_queue(run, lock, answers)
    except Exception as error:
        refused_with = ranks.explain(error)
        ranks.dismiss()
        return ranks.leave(_refuse(run, answers, refused_with))
    answers.accept(run.run, run.log_path)
    if attempt is None:
        begun = _begin_in_turn(run, signals, ranks)
        if isinstance(begun, Ending):
            ranks.dismiss()
            return ranks.leave(begun.exit_code)
        attempt = begun
    ranks.watch(lambda error: _end_at_once(attempt, answers, error))
    exit_code = _train(attempt, signals)
    _run_end_hook(attempt.run)
    answers.end(f"{attempt.run.run} ended with exit code {exit_code}: {_last_reason(attempt.run)}")
    return ranks.leave(exit_code)


def _present_name(folder: Path) -> Path:
    """`folder`, or where the run lies since it began: a batch system starts a job that it cut off with the same words."""
    born = folder.with_name(folder.name.removeprefix(NEW_PREFIX))
    return born if not folder.exists() and born.exists() else folder


def begin_new(run: RunDirectory, lock: RunLock, answers: LauncherAnswers, ranks: Ranks | None = None) -> Attempt:
    """Load a new run, take its lock, give it its final name and record its start."""
    ranks = ranks or Ranks()
    loaded, live = _load_new(run, answers, ranks)
    lock.acquire(1)
    run = _give_final_name(run)
    return _open_attempt(run, loaded, live, 1, None, ranks)


def _load_new(run: RunDirectory, answers: LauncherAnswers, ranks: Ranks) -> tuple[LoadedRun, LiveChanges]:
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


def _enter_queue(run: RunDirectory, lock: RunLock, answers: LauncherAnswers) -> RunDirectory:
    """Check a run that is to wait, take its lock and list it."""
    check_queued(run, answers)
    lock.acquire(1)
    return _give_final_name(run)


def _begin_in_turn(run: RunDirectory, signals: StopSignals, ranks: Ranks) -> Attempt | Ending:
    """Wait until it is the run's turn, then load it; its end where it was asked to stop, or cannot begin any more."""
    turn = Turn(run, signals)
    ending = turn.wait()
    if ending is not None:
        return ending
    try:
        loaded, live = _load_new(run, UnheardAnswers(), ranks)
        return _open_attempt(run, loaded, live, 1, None, ranks)
    except Exception as error:
        traceback.print_exception(error)
        failure = classify(ranks.explain(error))
        return Turn(run, signals).end(Ending("failed", failure.exit_code, failure.message))


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
    return _open_attempt(run, loaded, live, history.attempt + 1, point, ranks)


def build_live(loaded: LoadedRun) -> LiveChanges:
    """What changes `loaded` while it trains."""
    return LiveChanges(loaded.config, loaded.state, loaded.step, loaded.first_batches, is_alone=loaded.world.size == 1)


def _threads_of_last(started: dict[str, Any], ranks: Ranks) -> int | None:
    """Threads of the last attempt, which an exact resume needs; None where it had another number of processes."""
    return int(started.get("threads", 0)) or None if started.get("world_size", 1) == ranks.world.size else None


def _give_final_name(run: RunDirectory) -> RunDirectory:
    target = run.path.with_name(run.run)
    run.path.rename(target)
    sync_folder(target.parent)
    return RunDirectory(target)


def _open_attempt(
    run: RunDirectory, loaded: LoadedRun, live: LiveChanges, number: int, point: ResumePoint | None, ranks: Ranks
) -> Attempt:
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


def _refuse(run: RunDirectory, answers: LauncherAnswers, error: Exception) -> int:
    refusal = classify(error)
    if refusal.exit_code == 1:
        traceback.print_exception(error)
    answers.refuse(refusal)
    if run.path.name.startswith(NEW_PREFIX) and not is_prepared(run.path):
        delete(run.path)
    return refusal.exit_code


def _train(attempt: Attempt, signals: StopSignals) -> int:
    """The loop and its end on record, whatever happens."""
    try:
        ending = run_loop(attempt, signals)
    except Exception as error:
        traceback.print_exception(error)
        failure = classify(attempt.ranks.explain(error))
        if isinstance(failure, OutOfMemory):
            failure = _advise_on_memory(attempt.loaded)
        ending = Ending("failed", failure.exit_code, failure.message)
    try:
        _record_end(attempt, ending)
    except Exception as error:
        traceback.print_exception(error)
        return ending.exit_code or classify(error).exit_code
    finally:
        attempt.ranks.dismiss()
    return ending.exit_code


def _advise_on_memory(loaded: LoadedRun) -> ResourceError:
    dataset = loaded.dataset
    return ResourceError(advise_on_memory(loaded.config, dataset.num_inputs, dataset.num_classes, memory_bytes(loaded.device)))


def _end_at_once(attempt: Attempt, answers: LauncherAnswers, error: MlpTuiError) -> None:
    """Record a failure that the training thread cannot, because it waits for a rank that is dead; never returns."""
    attempt.log.append(
        "run_ended",
        status="failed",
        exit_code=error.exit_code,
        reason=error.message,
        best=_best(attempt.run),
        weights_sha256=None,
    )
    attempt.log.sync()
    answers.end(f"{attempt.run.run} ended with exit code {error.exit_code}: {error.message}")
    os._exit(error.exit_code)


def _last_reason(run: RunDirectory) -> str:
    return str((run.history(with_steps=False).ended or {}).get("reason", "it could not record why"))


def run_loop(attempt: Attempt, signals: StopSignals) -> Ending:
    """Train an attempt to its end; how it ended. Raises what stopped it."""
    run, loaded, live, log = attempt.run, attempt.ranks.lead(attempt.loaded), attempt.live, attempt.log
    if loaded is not attempt.loaded:
        live.step = loaded.step
    store = CheckpointStore(run, log, loaded.manifest_facts())
    if is_fork(run) and not run.checkpoints():
        # Its own copy of where it begins: the parent may be deleted tomorrow.
        store.save(loaded.state.snapshot(), {})
    loop = TrainingLoop(
        loaded.state,
        live,
        loaded.batches(),
        num_train=loaded.num_train,
        config=loaded.config,
        recorder=StepRecorder(log, loaded.state, _build_sampler(attempt)),
        closer=_build_closer(attempt, store),
        store=store,
        steering=Steering(run, log, signals, live, attempt.ranks.keep_waiting),
    )
    return loop.run()


def _build_sampler(attempt: Attempt) -> StepSampler:
    loaded, live, state = attempt.loaded, attempt.live, attempt.loaded.state
    examples, _ = loaded.train_set.take(torch.arange(min(NUM_EXAMPLES, loaded.num_train)))
    health = LayerHealth(state.network, examples, is_relu=loaded.config.model.activation is Activation.RELU)
    return StepSampler(attempt.log, health, DeviceGauge(loaded.device), lambda: live.step, lambda: state.position.step)


def _build_closer(attempt: Attempt, store: CheckpointStore) -> EpochCloser:
    loaded, ranks = attempt.loaded, attempt.ranks
    # Several processes evaluate together, so none of them can train meanwhile.
    has_idle_core = loaded.device.type == "cpu" and ranks.world.size == 1 and num_cores() > loaded.threads
    return EpochCloser(
        loaded.state.network,
        loaded.train_set,
        loaded.test_set,
        loaded.config.data.eval_batch_size,
        attempt.log,
        store,
        val_set=loaded.val_set,
        save_every=loaded.config.training.save_every_epochs,
        beside_threads=loaded.threads if has_idle_core else None,
        evaluate=ranks.evaluate,
        target_scale=loaded.dataset.target_scale,
    )


def _record_end(attempt: Attempt, ending: Ending) -> None:
    attempt.log.append(
        "run_ended",
        status=ending.status,
        exit_code=ending.exit_code,
        reason=ending.reason,
        best=_best(attempt.run),
        weights_sha256=weights_sha256(attempt.loaded.state.network.state_dict()),
    )
    attempt.log.sync()
    attempt.log.close()


def _run_end_hook(run: RunDirectory) -> None:
    try:
        run_end_hook(run)
    except Exception as error:
        # The run is over and on record; a hook is not worth its exit code.
        traceback.print_exception(error)


def _best(run: RunDirectory) -> dict[str, Any] | None:
    history = run.history(with_steps=False)
    current = [m for m in run.checkpoints() if not history.is_superseded(m.attempt, m.step)]
    best = best_checkpoint(current)
    if best is None:
        return None
    metric = best_metric([best])
    return {
        "checkpoint": best.id,
        "epoch": best.epoch,
        "split": metric.partition("_")[0],
        "metric": metric,
        "value": best.metrics[metric],
    }
