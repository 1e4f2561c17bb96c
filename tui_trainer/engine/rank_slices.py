"""Who takes which part: contiguous slices of a batch or a set, the remainder to the lowest ranks.

Pure arithmetic, and the refusals that follow from it.
"""

from __future__ import annotations

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import ConfigError, FieldError


def slice_of(num_items: int, rank: int, world_size: int) -> slice:
    """The part of `num_items` that `rank` takes; the sizes differ by one at most, and a part may be empty."""
    size, rest = divmod(num_items, world_size)
    start = rank * size + min(rank, rest)
    return slice(start, start + size + (rank < rest))


def check_batch(config: RunConfig, world_size: int) -> None:
    """ConfigError where `world_size` processes cannot share a batch of the configuration."""
    size = config.data.batch_size
    if size < world_size:
        message = f"{size} examples are too few for {world_size} processes; take a larger batch or fewer processes"
        raise ConfigError([FieldError("data.batch_size", message)])


def check_set(config: RunConfig, num_train: int, world_size: int) -> None:
    """ConfigError where `world_size` processes cannot share `num_train` examples, or batch norm would meet a slice of one."""
    if num_train < world_size:
        message = f"{num_train:,} training examples are too few for {world_size} processes; take fewer processes"
        raise ConfigError([FieldError("data.source", message)])
    size = min(config.data.batch_size, num_train)
    last = num_train % size or size
    smallest = min(size, last) // world_size
    if world_size > 1 and config.model.batch_norm and config.model.hidden and smallest < 2:
        message = (
            f"{config.data.batch_size} leaves a batch of {min(size, last):,} examples, fewer than two for each of {world_size} "
            f"processes, which batch norm cannot use; take another batch or fewer processes"
        )
        raise ConfigError([FieldError("data.batch_size", message)])
