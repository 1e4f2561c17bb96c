"""A train job: one attempt of a run, from its folder to an exit code; the edge where every failure is classified once.

It answers its launcher with one line, accepted or refused. Refused, a new run's folder goes; an old run is left as it was. A
run that is to wait for its turn is accepted once it was checked.
"""

from __future__ import annotations

import os
import traceback
from pathlib import Path

from tui_trainer.engine.answers import LauncherAnswers
from tui_trainer.engine.attempt import Attempt, begin_new, begin_resumed, give_final_name, load_new, open_attempt
from tui_trainer.engine.attempt_end import end_at_once, last_reason, record_end
from tui_trainer.engine.attempt_loop import run_loop
from tui_trainer.engine.devices import memory_bytes
from tui_trainer.engine.end_hook import run_end_hook
from tui_trainer.engine.failures import OutOfMemory, classify
from tui_trainer.engine.loaded_run import LoadedRun
from tui_trainer.engine.people_answers import PeopleAnswers
from tui_trainer.engine.queueing import Turn, UnheardAnswers, check_queued, enters_queue
from tui_trainer.engine.ranks import Ranks
from tui_trainer.engine.steering import Ending
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.world import world_of_torchrun
from tui_trainer.runs.errors import ResourceError
from tui_trainer.runs.launcher import is_prepared
from tui_trainer.runs.memory_advice import advise_on_memory
from tui_trainer.runs.publisher import delete
from tui_trainer.runs.run_directory import NEW_PREFIX, RunDirectory
from tui_trainer.runs.run_lock import RunLock


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
    ranks.watch(lambda error: end_at_once(attempt, answers, error))
    exit_code = _train(attempt, signals)
    _run_end_hook(attempt.run)
    answers.end(f"{attempt.run.run} ended with exit code {exit_code}: {last_reason(attempt.run)}")
    return ranks.leave(exit_code)


def _present_name(folder: Path) -> Path:
    """`folder`, or where the run lies since it began: a batch system starts a job that it cut off with the same words."""
    born = folder.with_name(folder.name.removeprefix(NEW_PREFIX))
    return born if not folder.exists() and born.exists() else folder


def _enter_queue(run: RunDirectory, lock: RunLock, answers: LauncherAnswers) -> RunDirectory:
    """Check a run that is to wait, take its lock and list it."""
    check_queued(run, answers)
    lock.acquire(1)
    return give_final_name(run)


def _begin_in_turn(run: RunDirectory, signals: StopSignals, ranks: Ranks) -> Attempt | Ending:
    """Wait until it is the run's turn, then load it; its end where it was asked to stop, or cannot begin any more."""
    turn = Turn(run, signals)
    ending = turn.wait()
    if ending is not None:
        return ending
    try:
        loaded, live = load_new(run, UnheardAnswers(), ranks)
        return open_attempt(run, loaded, live, 1, None, ranks)
    except Exception as error:
        traceback.print_exception(error)
        failure = classify(ranks.explain(error))
        return Turn(run, signals).end(Ending("failed", failure.exit_code, failure.message))


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
        record_end(attempt, ending)
    except Exception as error:
        traceback.print_exception(error)
        return ending.exit_code or classify(error).exit_code
    finally:
        attempt.ranks.dismiss()
    return ending.exit_code


def _advise_on_memory(loaded: LoadedRun) -> ResourceError:
    dataset = loaded.dataset
    return ResourceError(advise_on_memory(loaded.config, dataset.num_inputs, dataset.num_classes, memory_bytes(loaded.device)))


def _run_end_hook(run: RunDirectory) -> None:
    try:
        run_end_hook(run)
    except Exception as error:
        # The run is over and on record; a hook is not worth its exit code.
        traceback.print_exception(error)
