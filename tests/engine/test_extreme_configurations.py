"""F4 and F9 of the reliability rules: extreme values end as documented, and a device that is not there is no other one."""

from __future__ import annotations

import math

import pytest

from tests.engine.training import digits_config, ended, train
from tui_trainer.engine.devices import available_devices, choose_device
from tui_trainer.runs.errors import ResourceError


@pytest.mark.parametrize("written", ["cuda", "cuda:7", "mps"])
def test_a_device_that_is_not_here_is_refused_with_those_that_are(written: str) -> None:
    devices = available_devices()
    if written in devices or (written == "cuda" and "cuda:0" in devices):
        pytest.skip("this machine has it")
    with pytest.raises(ResourceError) as caught:
        choose_device(written)
    assert caught.value.exit_code == 6 and written in caught.value.message
    assert all(device in caught.value.message for device in devices)


def test_a_rate_of_zero_leaves_every_weight_as_it_was() -> None:
    run = train(digits_config(optimizer__lr=0.0, training__epochs=2))
    assert ended(run)["status"] == "done"
    first, second = run.history().epochs
    assert first.test_loss == second.test_loss


@pytest.mark.parametrize("lr", [1e308, 1e30])
def test_a_rate_beyond_all_bounds_ends_as_a_numeric_failure_without_a_bad_save(lr: float) -> None:
    run = train(digits_config(optimizer__lr=lr, training__epochs=2))
    end = ended(run)
    assert (end["status"], end["exit_code"]) == ("failed", 5) and "learning rate" in end["reason"]
    for manifest in run.checkpoints():
        assert all(math.isfinite(value) for value in manifest.metrics.values() if isinstance(value, float))


@pytest.mark.parametrize(
    "changes", [{"optimizer__weight_decay": 1e3}, {"model__dropout": 0.999}, {"optimizer__momentum": 0.999}]
)
def test_what_is_taken_at_its_bound_trains_or_fails_by_its_number(changes: dict[str, float]) -> None:
    end = ended(train(digits_config(training__epochs=1, **{"optimizer__lr": 0.01, **changes})))
    assert end["exit_code"] in (0, 5)
