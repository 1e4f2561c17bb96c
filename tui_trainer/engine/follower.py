"""Follower: a rank above 0. It loads the job that rank 0 gives, then does what rank 0's words say until the last one.

It writes nothing into the run directory, takes no signals while it trains (rank 0 is told to stop, and it stops the others) and
leaves when rank 0 does.
"""

from __future__ import annotations

import json
import signal
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import torch

from tui_trainer.engine.answers import LauncherAnswers
from tui_trainer.engine.distributed_step import SlicedStep
from tui_trainer.engine.epoch_order import EpochOrder, restore_epoch_order
from tui_trainer.engine.failures import classify
from tui_trainer.engine.loaded_run import LoadedRun, load_run
from tui_trainer.engine.process_group import Message, ProcessGroup, Word, is_connection_loss, leave_process
from tui_trainer.engine.rank_processes import EXIT_LOST, leave_with_parent
from tui_trainer.engine.rank_slices import slice_of
from tui_trainer.engine.rank_store import RankStore, join_store, join_torchrun_store
from tui_trainer.engine.sharded_evaluation import ShardedEvaluation
from tui_trainer.engine.stop_signals import EXIT_CODES
from tui_trainer.engine.world import World, world_of_nproc
from tui_trainer.runs.config import validate_config
from tui_trainer.runs.processes import own_identity


def follow_parent(rank: int, world_size: int, port: int) -> NoReturn:
    """Be `rank` of a run whose rank 0 is the parent of this process, to its end."""
    leave_with_parent()
    leave_process(_follow(world_of_nproc(world_size, rank), lambda: join_store(port)))


def follow_torchrun(world: World) -> NoReturn:
    """Be the rank that torchrun made of this process, to its end."""
    leave_process(_follow(world, join_torchrun_store))


def _follow(world: World, join: Callable[[], RankStore]) -> int:
    for number in EXIT_CODES:
        signal.signal(number, signal.SIG_DFL)
    store: RankStore | None = None
    try:
        store = join()
        loaded = _load(world, store)
        if loaded is not None and store.read("go"):
            # From here on rank 0 decides: it saves and says the last word, whoever else is asked to stop.
            for number in EXIT_CODES:
                signal.signal(number, signal.SIG_IGN)
            Follower(ProcessGroup(store, world, loaded.device), world, loaded).serve()
            store.write(f"left/{world.rank}", True)
    except Exception as error:
        traceback.print_exception(error)
        if store is None or is_connection_loss(error):
            return EXIT_LOST
        failure = classify(error)
        store.write(f"failed/{world.rank}", {"exit_code": failure.exit_code, "message": failure.message})
        return failure.exit_code
    return 0


def _load(world: World, store: RankStore) -> LoadedRun | None:
    """Load rank 0's job and report; None where there is none, or where it was refused here."""
    job = store.read("job")
    if job is None:
        return None
    report: dict[str, Any] = {"identity": own_identity()}
    try:
        loaded = load_run(validate_config(job["config"]), int(job["threads"]), _Silence(), world)
    except Exception as error:
        traceback.print_exception(error)
        failure = classify(error)
        store.write(f"loaded/{world.rank}", {**report, "exit_code": failure.exit_code, "message": failure.message})
        return None
    store.write(f"loaded/{world.rank}", {**report, "data_fingerprint": loaded.data_fingerprint})
    return loaded


class _Silence(LauncherAnswers):
    """Rank 0 alone answers."""

    def _say(self, answer: dict[str, Any]) -> None:
        pass


class Follower:
    """What a rank does once the group is open."""

    def __init__(self, group: ProcessGroup, world: World, loaded: LoadedRun) -> None:
        self._group, self._world, self._loaded = group, world, loaded
        self._order: EpochOrder | None = None
        self._step: SlicedStep | None = None
        sets = (loaded.train_set, loaded.test_set)
        self._evaluation = ShardedEvaluation(group, world, sets, loaded.device)

    def serve(self) -> None:
        """Obey rank 0 until its last word."""
        while (message := self._group.receive()).word is not Word.END:
            self._obey(message)

    def _obey(self, message: Message) -> None:
        match message.word:
            case Word.BEGIN:
                self._begin()
            case Word.ORDER:
                state = torch.empty_like(torch.Generator().get_state())
                self._group.copy_from_first(state)
                self._order = restore_epoch_order(self._loaded.num_train, state)
            case Word.STEP:
                self._make_step(message)
            case Word.EVALUATE:
                index, batch_size = (int(value) for value in message.values[:2])
                self._evaluation.take_part(self._loaded.state.network, index, batch_size)

    def _begin(self) -> None:
        group, loaded = self._group, self._loaded
        weights, resume, scalars = (group.receive_bytes() for _ in range(3))
        loaded.state.restore(weights, resume, json.loads(scalars), loaded.num_train, "the state of rank 0")
        self._step = SlicedStep(group, self._world, loaded.state, loaded.config)

    def _make_step(self, message: Message) -> None:
        start, size, step = (int(value) for value in message.values[:3])
        state = self._loaded.state
        assert self._order is not None and self._step is not None
        for group in state.optimizer.param_groups:
            group["lr"] = message.values[3]
        state.network.train()
        own = slice_of(size, self._world.rank, self._world.size)
        index = self._order.permutation[start + own.start : start + own.stop]
        X_S, y_S = self._loaded.train_set.take(index.to(self._loaded.device))
        self._step.run(X_S, y_S, size, step)
