from __future__ import annotations

from tui_trainer.runs.config import ModelConfig
from tui_trainer.runs.model_shapes import count_parameters, layer_shapes


def test_the_books_network_has_109386_parameters() -> None:
    assert count_parameters(ModelConfig(), 784, 10) == 109_386


def test_layers_are_named_from_the_input_on_and_the_last_gives_logits() -> None:
    layers = layer_shapes(ModelConfig(), 784, 10)
    assert [(layer.name, layer.inputs, layer.units) for layer in layers] == [
        ("fc1", 784, 128),
        ("fc2", 128, 64),
        ("fc3", 64, 10),
    ]
    assert [layer.note for layer in layers] == ["relu", "relu", "logits"]


def test_batch_normalisation_adds_two_a_hidden_unit_and_dropout_none() -> None:
    plain = count_parameters(ModelConfig(), 784, 10)
    assert count_parameters(ModelConfig(batch_norm=True), 784, 10) == plain + 2 * (128 + 64)
    assert count_parameters(ModelConfig(dropout=0.5), 784, 10) == plain
    assert layer_shapes(ModelConfig(batch_norm=True, dropout=0.25), 784, 10)[0].note == "bn · relu · 0.25"


def test_a_network_without_hidden_layers_is_one_linear_map() -> None:
    (layer,) = layer_shapes(ModelConfig(hidden=()), 64, 10)
    assert (layer.num_parameters, layer.note) == (650, "logits")


def test_the_largest_network_is_counted_at_once_and_never_built() -> None:
    widest = 10**6
    expected = (784 * widest + widest) + 63 * (widest * widest + widest) + (widest * 10 + 10)
    assert count_parameters(ModelConfig(hidden=(widest,) * 64), 784, 10) == expected
