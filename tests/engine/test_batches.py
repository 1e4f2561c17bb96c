from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tui_trainer.engine import batches as batches_module
from tui_trainer.engine.batches import ALIGNMENT_BYTES, AheadBatches, DirectBatches
from tui_trainer.engine.epoch_order import EpochOrder, draw_epoch_order
from tui_trainer.engine.example_set import Batch, MemorySet

CPU = torch.device("cpu")


def _examples(num_inputs: int, count: int = 1_000) -> MemorySet:
    return MemorySet(torch.rand(count, num_inputs), torch.arange(count))


def _order(count: int = 1_000) -> EpochOrder:
    torch.manual_seed(3)
    return draw_epoch_order(count)


@pytest.mark.parametrize(("num_inputs", "batch_size"), [(16, 64), (13, 50), (7, 1), (784, 2_000)])
@pytest.mark.parametrize("start", [0, 100, 950])
def test_batches_taken_ahead_are_those_taken_one_by_one(num_inputs: int, batch_size: int, start: int) -> None:
    examples, order = _examples(num_inputs), _order()

    ahead = list(AheadBatches(examples, batch_size).iterate(order, start))
    direct = list(DirectBatches(examples, batch_size, CPU).iterate(order, start))

    assert len(ahead) == len(direct)
    assert all(torch.equal(X, X_2) and torch.equal(y, y_2) for (X, y), (X_2, y_2) in zip(ahead, direct, strict=True))


@pytest.mark.parametrize(("num_inputs", "batch_size"), [(16, 64), (13, 50), (1, 3)])
def test_each_batch_taken_ahead_begins_where_a_tensor_of_its_own_would(num_inputs: int, batch_size: int) -> None:
    batches = list(AheadBatches(_examples(num_inputs), batch_size).iterate(_order()))

    assert {X.data_ptr() % ALIGNMENT_BYTES for X, _ in batches} == {0}
    assert all(X.is_contiguous() for X, _ in batches)


def test_only_a_few_chunks_are_taken_before_they_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches_module, "CHUNK_BYTES", 16 * 4 * 10)
    taken: list[int] = []

    class Counted(MemorySet):
        def take(self, index: Tensor) -> Batch:
            taken.append(len(index))
            return super().take(index)

    examples = Counted(torch.rand(1_000, 16), torch.arange(1_000))
    iterator = AheadBatches(examples, 10).iterate(_order())
    taken.clear()
    next(iterator)
    del iterator

    assert set(taken) == {10} and len(taken) <= batches_module.CHUNKS_AHEAD + 1


def test_what_goes_wrong_while_a_batch_is_taken_ahead_is_raised_in_the_loop() -> None:
    class Broken(MemorySet):
        def take(self, index: Tensor) -> Batch:
            if len(index) > 1:
                raise OSError("the file is gone")
            return super().take(index)

    examples = Broken(torch.rand(1_000, 16), torch.arange(1_000))

    with pytest.raises(OSError, match="the file is gone"):
        list(AheadBatches(examples, 64).iterate(_order()))
