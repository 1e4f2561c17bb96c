"""World: which of the processes of one run this is, and what that decides: its device and its share of the cores.

Rank 0 leads and alone writes; the other ranks compute what it tells them. A run of one process is a world of size 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from tui_trainer.engine.devices import choose_device
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import ResourceError, UsageError

MAX_PROCESSES = 1024


@dataclass(frozen=True, slots=True)
class World:
    """`rank` of `size` processes, `local_rank` of the `local_size` on this machine."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1
    is_torchrun: bool = False
    """Whether torchrun started the processes and watches them; else rank 0 did and does."""

    @property
    def is_one_machine(self) -> bool:
        """Whether all processes are on this machine, so that nothing need listen beyond loopback."""
        return self.local_size == self.size


ALONE = World()
"""The world of a run of one process."""


def world_of_nproc(num_processes: int, rank: int = 0) -> World:
    """The world of `--nproc`: all processes on this machine. UsageError where the number is none."""
    if not 1 <= num_processes <= MAX_PROCESSES:
        raise UsageError(f"{num_processes} processes cannot be had; --nproc takes 1 to {MAX_PROCESSES}")
    return World(rank, num_processes, rank, num_processes)


def world_of_torchrun(environment: Mapping[str, str]) -> World | None:
    """The world that torchrun describes in the environment; None where it did not start this process."""
    if "TORCHELASTIC_RUN_ID" not in environment:
        return None
    try:
        rank, size = int(environment["RANK"]), int(environment["WORLD_SIZE"])
        local_rank, local_size = int(environment["LOCAL_RANK"]), int(environment["LOCAL_WORLD_SIZE"])
    except (KeyError, ValueError):
        return None
    return World(rank, size, local_rank, local_size, is_torchrun=True)


def choose_rank_device(written: str, world: World) -> torch.device:
    """The device of this rank: as `choose_device` for one process, else the CPU or this machine's GPU of its local rank.

    UsageError for a device that several processes cannot share, ResourceError where there are too few GPUs.
    """
    if world.size == 1:
        return choose_device(written)
    if written == "mps" or ":" in written:
        raise UsageError(f"{written} is one device, and {world.size} processes need one each; write --device cuda, cpu or auto")
    num_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if written == "cpu" or (written == "auto" and num_gpus == 0):
        return torch.device("cpu")
    if num_gpus < world.local_size:
        raise ResourceError(
            f"{world.local_size} processes need a GPU each and this machine has {num_gpus}; take fewer, or --device cpu"
        )
    return torch.device("cuda", world.local_rank)


def share_threads(config: RunConfig, threads: int, world: World, cores: int) -> int:
    """Threads of each rank: as written, else `threads` but together no more than the machine's `cores`."""
    if config.training.threads != "auto":
        return threads
    return max(1, min(threads, cores // world.local_size))
