"""The one arithmetic of memory: what each part takes, and whether it fits."""

from __future__ import annotations

import pytest

from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.memory_needs import Fit, MemoryNeeds, fit_of, memory_needs

BOOK = 109_386


def needs(*sets: str) -> MemoryNeeds:
    return memory_needs(resolve_config(sets=sets), 784, 10)


def test_each_part_is_counted_by_what_it_is_for() -> None:
    adam = needs("optimizer.name=adamw", "training.ema_decay=0.9")
    assert (adam.weights_bytes, adam.gradients_bytes) == (4 * BOOK, 4 * BOOK)
    assert (adam.moments_bytes, adam.mean_weights_bytes) == (8 * BOOK, 4 * BOOK)
    assert adam.activations_bytes == 4 * 512 * (784 + 2 * (128 + 64) + 10)
    assert adam.total_bytes == 4 * 5 * BOOK + adam.activations_bytes
    assert needs().moments_bytes == 0


def test_the_larger_batch_counts_and_of_a_batch_in_parts_one_part() -> None:
    per_example = 4 * (784 + 2 * (128 + 64) + 10)
    assert needs("data.batch_size=4096").activations_bytes == 4096 * per_example
    assert needs("data.batch_size=4096", "training.accumulate=4").activations_bytes == 1024 * per_example
    assert needs("data.batch_size=4096", "training.accumulate=4096").activations_bytes == 512 * per_example


def test_dropout_and_normalisation_keep_a_value_more_for_each_unit() -> None:
    a_value = 4 * 512 * (128 + 64)
    plain = needs().activations_bytes
    assert needs("model.dropout=0.1").activations_bytes == plain + a_value
    assert needs("model.layer_norm=true").activations_bytes == plain + a_value
    assert needs("model.batch_norm=true", "model.dropout=0.1").activations_bytes == plain + 2 * a_value


@pytest.mark.parametrize(
    ("needed", "fit"), [(0, Fit.FITS), (80, Fit.FITS), (81, Fit.TIGHT), (100, Fit.TIGHT), (101, Fit.TOO_BIG)]
)
def test_it_is_tight_from_four_fifths_of_what_is_free_on(needed: int, fit: Fit) -> None:
    assert fit_of(needed, 100) is fit
