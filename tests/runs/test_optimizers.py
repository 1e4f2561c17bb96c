from __future__ import annotations

import inspect

import pytest
import torch

from tui_trainer.runs.optimizers import OPTIMIZERS, SGD, Adam, Muon, RMSprop


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_field_is_an_argument_of_torch_and_has_its_default_unless_the_script_writes_it(name: str) -> None:
    entry = OPTIMIZERS[name]()
    parameters = inspect.signature(getattr(torch.optim, entry.torch_class).__init__).parameters
    for argument, value in entry.torch_arguments().items():
        assert argument in parameters
        if argument not in entry.always_written:
            assert value == parameters[argument].default or (argument == "fused" and value is False), argument


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_defaults_are_not_written_and_what_differs_is(name: str) -> None:
    entry = OPTIMIZERS[name]
    assert set(entry().written_arguments()) == set(entry.always_written)
    if "beta2" in entry.model_fields:
        assert entry(beta2=0.9).written_arguments()["betas"] == (0.9, 0.9)  # type: ignore[call-arg]


def test_moments_count_what_the_options_keep() -> None:
    assert (SGD().moments(), SGD(momentum=0.9).moments()) == (0, 1)
    assert (Adam().moments(), Adam(amsgrad=True).moments()) == (2, 3)
    assert (RMSprop().moments(), RMSprop(momentum=0.5, centered=True).moments()) == (1, 3)


def test_muon_gives_torch_no_name_for_its_original_step_length() -> None:
    assert Muon().torch_arguments()["adjust_lr_fn"] is None
