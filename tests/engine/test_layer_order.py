"""Tensors in the order in which people count layers."""

from __future__ import annotations

import random

import pytest

from tui_trainer.engine.layer_order import reading_order


@pytest.mark.parametrize(
    "names",
    [
        ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc10.weight", "fc10.bias"],
        ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "12.weight"],
        ["model.0.weight", "model.10.weight", "net.2.bias"],
        ["weight", "bias"],
    ],
)
def test_numbers_count_as_numbers_and_a_weight_stands_before_its_bias(names: list[str]) -> None:
    mixed = random.Random(0).sample(names, len(names))
    assert sorted(mixed, key=reading_order) == names


def test_any_two_names_can_be_ordered() -> None:
    names = ["", ".", "1", "a", "1.a", "a.1", "²", "١.weight", "fc.1fc", "1.1", "a..b"]
    assert len(sorted(names, key=reading_order)) == len(names)
