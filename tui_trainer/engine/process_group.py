"""ProcessGroup: the collective calls of a run's ranks, and the words by which rank 0 leads the others.

torch.distributed with gloo on CPUs, and nccl for what lies on GPUs. Every rank makes the same calls in the same order: rank 0
sends a word, the others do what it says. Used by the training thread alone.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import NoReturn

import torch
import torch.distributed as dist
from torch import Tensor

from tui_trainer.engine.rank_store import WAIT_S, RankStore
from tui_trainer.engine.world import World

_NUM_VALUES = 4


class Word(IntEnum):
    """What rank 0 tells the others to do next."""

    WAIT = 0
    """Nothing: the run is paused, and rank 0 lives."""
    ORDER = 1
    """Take the order of a new epoch; its generator's state follows."""
    STEP = 2
    """Make a step: first example in the epoch's order, examples of the batch, steps done before, learning rate."""
    EVALUATE = 3
    """Evaluate a share of the set of this index (0 train, 1 test); buffers and sums follow."""
    END = 4
    """The run is over."""
    BEGIN = 5
    """Become what rank 0 is; weights, resume state and scalars follow."""


@dataclass(frozen=True, slots=True)
class Message:
    """A word with its numbers, zeros where it has none."""

    word: Word
    values: tuple[float, ...]


class ProcessGroup:
    """An open group; it ends with the process, by `leave_process`."""

    def __init__(self, store: RankStore, world: World, device: torch.device) -> None:
        """Meet all other ranks; waits for them up to WAIT_S."""
        if world.is_one_machine:
            _stay_on_loopback()
        if device.type == "cuda":
            torch.cuda.set_device(device)
        dist.init_process_group(
            "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo",
            store=store.for_group(),
            rank=world.rank,
            world_size=world.size,
            timeout=timedelta(seconds=WAIT_S),
        )

    def send(self, word: Word, *values: float) -> None:
        """Tell the other ranks; for rank 0."""
        padding = [0.0] * (_NUM_VALUES - len(values))
        dist.broadcast(torch.tensor([word, *values, *padding], dtype=torch.float64), 0)

    def receive(self) -> Message:
        """What rank 0 tells; waited for up to WAIT_S."""
        message = torch.empty(1 + _NUM_VALUES, dtype=torch.float64)
        dist.broadcast(message, 0)
        word, *values = message.tolist()
        return Message(Word(int(word)), tuple(values))

    def send_bytes(self, data: bytes) -> None:
        """Give the other ranks `data`, one byte at least; for rank 0."""
        self.copy_from_first(torch.tensor([len(data)]))
        self.copy_from_first(torch.frombuffer(bytearray(data), dtype=torch.uint8))

    def receive_bytes(self) -> bytes:
        """What rank 0 gives by `send_bytes`."""
        length = torch.empty(1, dtype=torch.int64)
        self.copy_from_first(length)
        data = torch.empty(int(length.item()), dtype=torch.uint8)
        self.copy_from_first(data)
        return data.numpy().tobytes()

    def copy_from_first(self, tensor: Tensor) -> None:
        """Make `tensor` what it is on rank 0."""
        dist.broadcast(tensor, 0)

    def add_up_at_first(self, tensor: Tensor) -> None:
        """Make `tensor` on rank 0 the sum over all ranks; what the others hold afterwards is undefined."""
        dist.reduce(tensor, 0)


def leave_process(exit_code: int) -> NoReturn:
    """End this process without the farewells of a group it may have been in, which can wait for a peer that is gone."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(exit_code)


def is_connection_loss(error: BaseException) -> bool:
    """Whether `error` says that another rank is gone or does not answer, rather than that this one failed."""
    if isinstance(error, dist.DistError | ConnectionError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and any(mark in text for mark in ("gloo", "NCCL", "Connection", "TCPStore"))


def _stay_on_loopback() -> None:
    """Bind the backends' sockets to the loopback interface, unless the user chose another one."""
    loopback = next((name for _, name in socket.if_nameindex() if name.startswith("lo")), None)
    if loopback:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
        os.environ.setdefault("NCCL_SOCKET_IFNAME", loopback)
