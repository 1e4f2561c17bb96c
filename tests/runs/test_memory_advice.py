from __future__ import annotations

import pytest

from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.memory_advice import advise_on_memory, largest_batch
from tui_trainer.runs.memory_budget import training_bytes


@pytest.mark.parametrize("batch", [64, 4096])
def test_the_largest_batch_fits_and_the_next_one_does_not(batch: int) -> None:
    sizes = {"data.batch_size": batch, "data.eval_batch_size": batch}
    config = resolve_config(flags=sizes)
    memory = training_bytes(config, 784, 10)

    assert largest_batch(config, 784, 10, memory) == batch
    assert largest_batch(config, 784, 10, memory - 1) == batch // 2


def test_the_line_names_what_would_fit() -> None:
    config = resolve_config(flags={"data.batch_size": 100_000})
    memory = training_bytes(resolve_config(flags={"data.batch_size": 2048, "data.eval_batch_size": 2048}), 784, 10)

    line = advise_on_memory(config, 784, 10, memory)

    assert "batch 100,000" in line and "data.batch_size=2048" in line
    assert len(line) <= 300


def test_a_network_that_no_batch_makes_fit_is_told_to_shrink() -> None:
    line = advise_on_memory(resolve_config(flags={"model.hidden": [100_000]}), 784, 10, 10**6)

    assert "no batch fits" in line


def test_memory_that_others_use_is_said_to_be_that() -> None:
    assert "others use" in advise_on_memory(resolve_config(), 784, 10, 10**12)
