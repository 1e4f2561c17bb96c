from __future__ import annotations

import itertools

import pytest

from tests.engine.training import digits_config, train
from tui_trainer.engine.schedule_curve import MAX_POINTS, MAX_SIMULATED, simulate_schedule
from tui_trainer.engine.server_methods import METHODS
from tui_trainer.runs.config import SCHEDULES, dump_config
from tui_trainer.runs.errors import UsageError


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_curve_has_the_learning_rates_of_the_run(name: str) -> None:
    config = digits_config(schedule__name=name, training__epochs=4)
    curve = dict(simulate_schedule(config, 23)["points"])
    run = train(config)
    for epoch in run.history().epochs[:-1]:
        assert curve[float(epoch.epoch)] == epoch.lr


def test_each_form_of_curve_is_what_its_name_says() -> None:
    def rates(**changes: object) -> list[float]:
        return [lr for _, lr in simulate_schedule(digits_config(**{"training__epochs": 20, **changes}), 10)["points"]]

    assert set(rates()) == {0.5}
    assert rates(schedule__name="step")[9:11] == [0.5, pytest.approx(0.05)]
    assert rates(schedule__name="multistep", schedule__milestones=[3])[2:4] == [0.5, pytest.approx(0.05)]
    warm = rates(schedule__name="warmup_cosine", schedule__warmup_epochs=2)
    assert max(warm) == pytest.approx(0.5) and warm.index(max(warm)) == 20 and warm[0] == pytest.approx(0.005)
    cycle = rates(schedule__name="one_cycle")
    assert max(cycle) == pytest.approx(0.5) and cycle[0] == pytest.approx(0.02) and cycle[-1] < 1e-5
    assert all(later <= earlier for earlier, later in itertools.pairwise(rates(schedule__name="cosine")))


def test_plateau_says_what_it_assumes() -> None:
    curve = simulate_schedule(digits_config(schedule__name="plateau"), 10)
    assert "falls" in curve["assumed"] and {lr for _, lr in curve["points"]} == {0.5}
    assert simulate_schedule(digits_config(schedule__name="cosine"), 10)["assumed"] is None


def test_a_long_run_is_simulated_in_part_and_says_how_much() -> None:
    curve = simulate_schedule(digits_config(schedule__name="one_cycle", training__epochs=10**6), 1000)
    assert curve["epochs_shown"] == MAX_SIMULATED / 1000 and len(curve["points"]) <= MAX_POINTS


@pytest.mark.parametrize("steps", [0, -1, True, "5", None, 1.5])
def test_steps_that_are_no_count_are_refused(steps: object) -> None:
    params = {"config": dump_config(digits_config()), "steps_per_epoch": steps}
    with pytest.raises(UsageError, match="steps an epoch"):
        METHODS["schedule_curve"](params, lambda *_: None)
    assert METHODS["schedule_curve"]({**params, "steps_per_epoch": 23}, lambda *_: None)["cadence"] == "never"
