from __future__ import annotations

import pytest

from tests.engine.training import digits_config
from tui_trainer.engine.rank_slices import check_batch, check_set, slice_of
from tui_trainer.runs.errors import ConfigError


@pytest.mark.parametrize("num_items", [0, 1, 2, 3, 7, 64, 1437])
@pytest.mark.parametrize("world_size", [1, 2, 3, 8])
def test_slices_take_everything_once_in_order_and_the_lowest_ranks_take_the_remainder(num_items: int, world_size: int) -> None:
    items = list(range(num_items))
    slices = [items[slice_of(num_items, rank, world_size)] for rank in range(world_size)]
    assert [item for part in slices for item in part] == items
    sizes = [len(part) for part in slices]
    assert sizes == sorted(sizes, reverse=True) and max(sizes) - min(sizes) <= 1


def test_more_processes_than_examples_of_a_batch_or_a_set_are_refused() -> None:
    check_batch(digits_config(data__batch_size=4), 4)
    with pytest.raises(ConfigError, match=r"data\.batch_size: 3 examples are too few for 4 processes"):
        check_batch(digits_config(data__batch_size=3), 4)
    check_set(digits_config(), 4, 4)
    with pytest.raises(ConfigError, match=r"data\.source: 3 training examples are too few for 4 processes"):
        check_set(digits_config(), 3, 4)


def test_batch_norm_needs_two_examples_for_each_process_in_each_batch() -> None:
    config = digits_config(model__batch_norm=True, data__batch_size=64)
    check_set(config, 64 + 4, 2)
    check_set(config, 40, 2)
    with pytest.raises(ConfigError, match="a batch of 3 examples"):
        check_set(config, 64 + 3, 2)
    check_set(digits_config(data__batch_size=64), 64 + 3, 2)
    check_set(digits_config(model__batch_norm=True, model__hidden=[]), 64 + 3, 2)
