"""Ranks: what rank 0 knows of the other processes of its run, from their start to their end.

It starts them (under torchrun they are there already), gives them the job, waits until all have loaded it, opens the process
group and leads them; and when the run fails it finds out which of them was the cause. For a run of one process every call
does nothing. Used by the train job alone; the other side is `follower`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from tui_trainer.engine.distributed_step import LeadingStep, SlicedStep
from tui_trainer.engine.epoch_closer import Evaluate
from tui_trainer.engine.evaluation import evaluate_set
from tui_trainer.engine.loaded_run import LoadedRun
from tui_trainer.engine.process_group import ProcessGroup, Word, is_connection_loss, leave_process
from tui_trainer.engine.rank_processes import EXIT_LOST, RankProcesses, explain_exit
from tui_trainer.engine.rank_slices import check_batch, check_set
from tui_trainer.engine.rank_store import WAIT_S, RankStore, host_store, join_torchrun_store
from tui_trainer.engine.sharded_evaluation import ShardedEvaluation
from tui_trainer.engine.tensor_files import dump_tensors
from tui_trainer.engine.world import ALONE, World, choose_rank_device, share_threads, world_of_nproc, world_of_torchrun
from tui_trainer.runs.config import RunConfig, dump_config
from tui_trainer.runs.data_source import is_kept
from tui_trainer.runs.errors import DataError, MlpTuiError, ResourceError, error_of
from tui_trainer.runs.paths import data_folder
from tui_trainer.runs.processes import is_alive, own_identity
from tui_trainer.runs.threads import num_cores

_POLL_S = 0.05
_BLAME_S = 2.0
"""How long the cause of a lost connection is looked for."""
_LEAVE_S = 3.0
_WAIT_WORD_S = 1.0
_STUCK_S = 5.0
"""How long after a rank's death the training thread may take to notice it by itself."""


class Ranks:
    """The other ranks, seen from rank 0."""

    def __init__(self) -> None:
        self.world = ALONE
        self._store: RankStore | None = None
        self._processes: RankProcesses | None = None
        self._group: ProcessGroup | None = None
        self._evaluation: ShardedEvaluation | None = None
        self._is_told = False
        self._is_broken = False
        self._waited_at = 0.0
        self._is_over = Event()

    def find_world(self, num_processes: int) -> World:
        """The world of this run: torchrun's where there is one, else `num_processes` on this machine; UsageError for none."""
        self.world = world_of_torchrun(os.environ) or world_of_nproc(num_processes)
        return self.world

    def start(self, config: RunConfig, threads: int) -> None:
        """Start the other ranks and let them load while this one does, on `threads` threads each.

        ConfigError, UsageError or ResourceError where `config` cannot be shared by so many.
        """
        if self.world.size == 1:
            return
        if self.world.is_torchrun:
            # They wait there already, also for a refusal.
            self._store = join_torchrun_store()
        check_batch(config, self.world.size)
        device = choose_rank_device(config.device, self.world)
        if self._store is None:
            self._store = host_store()
            self._processes = RankProcesses(self.world.size, self._store.port)
        self._job = {"config": dump_config(config.model_copy(update={"device": device.type})), "threads": threads}
        # What must be downloaded is downloaded once: the others wait until it is there.
        if is_kept(str(config.data.source), data_folder()):
            self._give_job()

    def share_threads(self, config: RunConfig, threads: int) -> int:
        """Threads of each rank, of the `threads` that one process would take."""
        return share_threads(config, threads, self.world, num_cores()) if self.world.size > 1 else threads

    def settle(self, loaded: LoadedRun) -> None:
        """Wait until every rank has loaded the data that rank 0 has, and open the group; raises what one of them met."""
        if self._store is None:
            return
        check_set(loaded.config, loaded.num_train, self.world.size)
        self._give_job()
        self._await_loaded(loaded.data_fingerprint)
        self._store.write("go", True)
        self._group = ProcessGroup(self._store, self.world, loaded.device)

    def lead(self, loaded: LoadedRun) -> LoadedRun:
        """`loaded` with a step that all ranks make together, after every rank was brought to its state."""
        group = self._group
        if group is None:
            return loaded
        group.send(Word.BEGIN)
        snapshot = loaded.state.snapshot()
        for data in (dump_tensors(snapshot.weights), dump_tensors(snapshot.resume), json.dumps(snapshot.scalars).encode()):
            group.send_bytes(data)
        sliced = SlicedStep(group, self.world, loaded.state, loaded.config)
        self._evaluation = ShardedEvaluation(group, self.world, (loaded.train_set, loaded.test_set), loaded.device)
        return dataclasses.replace(loaded, step=LeadingStep(sliced, group, self.world, loaded.state))

    @property
    def evaluate(self) -> Evaluate:
        """How an epoch's sets are evaluated: by all ranks, once they are led."""
        return self._evaluation or evaluate_set

    def keep_waiting(self) -> None:
        """Let the others know, once a second, that a paused run lives."""
        if self._group is not None and time.monotonic() - self._waited_at > _WAIT_WORD_S:
            self._waited_at = time.monotonic()
            self._group.send(Word.WAIT)

    def watch(self, on_stuck: Callable[[MlpTuiError], None]) -> None:
        """Call `on_stuck` from a thread when a rank has died and this process did not notice, as a GPU's wait may not."""
        if self._processes is not None:
            Thread(target=self._watch, args=(self._processes, on_stuck), name="rank-watch", daemon=True).start()

    def explain(self, error: Exception) -> Exception:
        """The failure of another rank where that is what `error` comes from, else `error`."""
        self._is_over.set()
        # Errors for people are raised between the collective calls, all others perhaps in the middle of one.
        self._is_broken = not isinstance(error, MlpTuiError)
        if self._store is None or not is_connection_loss(error):
            return error
        deadline = time.monotonic() + _BLAME_S
        while True:
            cause = self._find_cause()
            if cause is not None:
                return cause
            if time.monotonic() > deadline:
                lost = "another process of this run does not answer any more; the trainer's log has the last words"
                return ResourceError(f"{lost} ({str(error)[-80:]})")
            time.sleep(_POLL_S)

    def dismiss(self) -> None:
        """Let the others end: by a word where they listen, else by the end of this process's pipe or connection."""
        self._is_over.set()
        # They may be gone already, which is what is wanted.
        with contextlib.suppress(RuntimeError):
            self._say_goodbye()
        if self._processes is not None:
            self._processes.end() if self._is_broken else self._processes.wait()

    def _say_goodbye(self) -> None:
        if self._group is not None and not self._is_broken:
            self._group.send(Word.END)
            self._await_leaving()
        elif self._group is None and self._store is not None:
            if not self._is_told:
                self._store.write("job", None)
            self._store.write("go", False)

    def _await_leaving(self) -> None:
        """Until all have heard the last word, but not long: this process's end would cut them off."""
        assert self._store is not None
        deadline = time.monotonic() + _LEAVE_S
        for rank in range(1, self.world.size):
            while not self._store.has(f"left/{rank}") and time.monotonic() < deadline:
                time.sleep(_POLL_S)

    def leave(self, exit_code: int) -> int:
        """The exit code of a process that was in no group; one that was ends here."""
        return leave_process(exit_code) if self._group is not None else exit_code

    def _give_job(self) -> None:
        if self._store is not None and not self._is_told:
            self._is_told = True
            self._store.write("job", self._job)

    def _await_loaded(self, fingerprint: str) -> None:
        assert self._store is not None
        deadline = time.monotonic() + WAIT_S
        for rank in range(1, self.world.size):
            key = f"loaded/{rank}"
            while not self._store.has(key):
                codes = self._processes.exit_codes() if self._processes else {}
                if codes and not self._store.has(key):
                    raise explain_exit(*next(iter(codes.items())))
                if time.monotonic() > deadline:
                    raise ResourceError(f"rank {rank} did not come within {WAIT_S:.0f} s; start all processes of the run")
                time.sleep(_POLL_S)
            _check_loaded(rank, self._store.read(key), fingerprint)

    def _find_cause(self) -> MlpTuiError | None:
        assert self._store is not None
        codes = self._processes.exit_codes() if self._processes else {}
        for rank in range(1, self.world.size):
            if codes.get(rank, 0) < 0:
                return explain_exit(rank, codes[rank])
            if self._store.has(f"failed/{rank}"):
                failure = self._store.read(f"failed/{rank}")
                return error_of(int(failure["exit_code"]), f"rank {rank}: {failure['message']}")
            if codes.get(rank, EXIT_LOST) != EXIT_LOST:
                return explain_exit(rank, codes[rank])
            if self._processes is None and self._is_dead_here(rank):
                return MlpTuiError(f"rank {rank} died; torchrun's own lines say how")
        return None

    def _is_dead_here(self, rank: int) -> bool:
        """Whether a rank that torchrun started was a process of this machine and is none any more."""
        assert self._store is not None
        identity = self._store.read(f"loaded/{rank}")["identity"]
        return identity["host"] == own_identity()["host"] and not is_alive(int(identity["pid"]), identity["start_time"])

    def _watch(self, processes: RankProcesses, on_stuck: Callable[[MlpTuiError], None]) -> None:
        while not self._is_over.wait(0.5):
            codes = processes.exit_codes()
            if codes and not self._is_over.wait(_STUCK_S):
                on_stuck(explain_exit(*next(iter(codes.items()))))
                return


def _check_loaded(rank: int, report: dict[str, Any], fingerprint: str) -> None:
    if "exit_code" in report:
        raise error_of(int(report["exit_code"]), f"rank {rank} on {report['identity']['host']}: {report['message']}")
    if report["data_fingerprint"] != fingerprint:
        raise DataError(f"rank {rank} on {report['identity']['host']} loaded other data than rank 0; give all machines one set")


def inexact_reasons(config: RunConfig, world: World) -> list[str]:
    """Why a run of several processes may not end with the printed script's bits; empty for one process."""
    if world.size == 1:
        return []
    reasons = [f"{world.size} processes: gradients are summed in another order"]
    if config.model.dropout > 0:
        reasons.append(f"dropout: each of {world.size} processes draws masks of its own")
    if config.model.batch_norm and config.model.hidden:
        reasons.append(f"batch norm: each of {world.size} processes normalises over its own slice of a batch")
    return reasons
