"""What to do when a network did not fit: the largest batch that would, by the same arithmetic as the budget before a start."""

from __future__ import annotations

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.memory_budget import format_bytes, training_bytes


def advise_on_memory(config: RunConfig, num_inputs: int, num_classes: int, memory_bytes: int) -> str:
    """One line: what was needed of `memory_bytes`, and the largest power of two that fits as batch, or that none does."""
    needed = training_bytes(config, num_inputs, num_classes)
    batch = f"batch {config.data.batch_size:,}"
    fact = f"out of memory: about {format_bytes(needed)} needed at {batch} of {format_bytes(memory_bytes)}"
    size = largest_batch(config, num_inputs, num_classes, memory_bytes)
    if size == 0:
        return f"{fact}; no batch fits, take fewer or narrower layers"
    if size >= max(config.data.batch_size, config.data.eval_batch_size):
        return f"{fact}, which others use too; free some, or take --device cpu"
    return f"{fact}; --set data.batch_size={size} --set data.eval_batch_size={size} would fit"


def largest_batch(config: RunConfig, num_inputs: int, num_classes: int, memory_bytes: int) -> int:
    """The largest power of two, up to 2^20, with which training fits into `memory_bytes`; 0: not even one example."""
    for exponent in range(20, -1, -1):
        size = 1 << exponent
        data = config.data.model_copy(update={"batch_size": size, "eval_batch_size": size})
        if training_bytes(config.model_copy(update={"data": data}), num_inputs, num_classes) <= memory_bytes:
            return size
    return 0
