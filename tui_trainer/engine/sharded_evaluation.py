"""Evaluation of a whole set by all ranks: each takes a contiguous run of its batches, none is padded, none counted twice.

Sums of single batches are brought together and added in the order of the set, so on the CPU the metrics have the bits of an
evaluation by one process.
"""

from __future__ import annotations

import torch
from torch import nn

from tui_trainer.engine.evaluation import SetMetrics, measure_batch
from tui_trainer.engine.example_set import ExampleSet
from tui_trainer.engine.process_group import ProcessGroup, Word
from tui_trainer.engine.rank_slices import slice_of
from tui_trainer.engine.world import World


class ShardedEvaluation:
    """Evaluates for rank 0, and lets the other ranks take part; `sets` are train and test, the same on all ranks."""

    def __init__(self, group: ProcessGroup, world: World, sets: tuple[ExampleSet, ExampleSet], device: torch.device) -> None:
        self._group, self._world, self._sets, self._device = group, world, sets, device

    def __call__(self, network: nn.Module, examples: ExampleSet, batch_size: int) -> SetMetrics:
        """As `evaluate_set`, for rank 0; `examples` is one of the sets, and `network` has the weights of all ranks."""
        index = 0 if examples is self._sets[0] else 1
        self._group.send(Word.EVALUATE, index, batch_size)
        return self.take_part(network, index, batch_size)

    def take_part(self, network: nn.Module, index: int, batch_size: int) -> SetMetrics:
        """This rank's share of the set `index`; the metrics are the whole set's on rank 0 and undefined on others."""
        # Each rank has normalised other slices; what is saved and judged is rank 0's.
        for buffer in network.buffers():
            self._group.copy_from_first(buffer)
        examples = self._sets[index]
        num_batches = -(-len(examples) // batch_size)
        losses, num_correct = torch.zeros(num_batches, dtype=torch.float64), torch.zeros(num_batches, dtype=torch.int64)
        own = slice_of(num_batches, self._world.rank, self._world.size)
        network.eval()
        with torch.no_grad():
            for batch in range(own.start, own.stop):
                rows = torch.arange(batch * batch_size, min((batch + 1) * batch_size, len(examples)))
                X_B, y_B = examples.take(rows.to(self._device))
                losses[batch], num_correct[batch] = measure_batch(network(X_B), y_B)
        for sums in (losses, num_correct):
            self._group.add_up_at_first(sums)
        return SetMetrics(int(num_correct.sum().item()) / len(examples), sum(losses.tolist()) / len(examples), len(examples))
