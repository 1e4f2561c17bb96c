"""The learning-rate finder: fastai's ramp, smoothing, end and suggestions, and nothing left behind."""

from __future__ import annotations

import math

import pytest
import torch

from tests.engine.training import digits_config
from tui_trainer.engine.lr_finder import MAX_POINTS, Sweep, find_learning_rate, suggest
from tui_trainer.engine.lr_suggestions import minimum, steep, valley
from tui_trainer.engine.server_methods import METHODS
from tui_trainer.runs import paths
from tui_trainer.runs.config import OPTIMIZERS, dump_config
from tui_trainer.runs.errors import ConfigError, UsageError
from tui_trainer.runs.lr_search import LrSearch, check_search


def silent(what: str, done: int, total: int | None) -> None:
    pass


def find(search: LrSearch | None = None, **changes: object) -> dict:
    return find_learning_rate(digits_config(**changes), search or check_search(), silent)


def test_the_rate_rises_exponentially_from_the_first_one_on() -> None:
    found = find(LrSearch(40, 1e-6, 1e-2))
    rates = [lr for lr, _ in found["losses"]]
    assert len(rates) == 40 and found["stopped"] == "end"
    assert rates == [pytest.approx(1e-6 * 10 ** (4 * step / 40)) for step in range(40)]


def test_the_loss_is_smoothed_by_a_mean_without_bias() -> None:
    found = find(LrSearch(30, 1e-6, 1e-2))
    mean = 0.0
    for step, ((_, loss), (_, smoothed)) in enumerate(zip(found["losses"], found["points"], strict=True), start=1):
        mean = 0.98 * mean + 0.02 * loss
        assert smoothed == pytest.approx(mean / (1 - 0.98**step))


def test_the_first_loss_is_that_of_the_runs_own_first_step() -> None:
    from tests.engine.training import train

    config = digits_config(training__epochs=1)
    (_, first), *_ = find_learning_rate(config, check_search(), silent)["losses"]
    assert first == train(config).history().losses[0]


def test_the_sweep_ends_at_four_times_the_best_smoothed_loss() -> None:
    found = find(LrSearch(200, 1e-3, 1e5))
    smoothed = [loss for _, loss in found["points"]]
    assert found["stopped"] == "diverged" and len(smoothed) < 200
    assert smoothed[-1] > 4 * min(smoothed) and all(loss <= 4 * min(smoothed[: i + 1]) for i, loss in enumerate(smoothed[:-1]))


def test_the_sweep_ends_where_the_loss_is_no_number_and_leaves_it_out() -> None:
    found = find(LrSearch(60, 1e-3, 1e6), data__source="sklearn:diabetes", model__activation="relu", optimizer__momentum=0.9)
    assert found["stopped"] in ("diverged", "not finite")
    assert all(math.isfinite(value) for pair in found["points"] + found["losses"] for value in pair)


def test_a_rate_is_suggested_that_trains(stopwatch) -> None:
    found = find()
    assert [entry["name"] for entry in found["suggestions"]] == ["valley", "steep", "minimum"]
    assert (found["suggested"], found["suggested_by"]) == (found["suggestions"][0]["lr"], "valley")
    assert 1e-3 < found["suggested"] < 1 and found["key"] == "optimizer.lr"
    assert all(entry["source"] and float(f"{entry['lr']:.3g}") == entry["lr"] for entry in found["suggestions"])


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_every_optimiser_can_be_asked(name: str) -> None:
    assert find(LrSearch(30, 1e-6, 1.0), optimizer__name=name, schedule__name="one_cycle")["losses"]


def test_nothing_of_the_process_or_the_disk_is_changed() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    find(LrSearch(20, 1e-6, 1.0), training__threads=2, training__deterministic=True)
    after = torch.get_rng_state(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    assert torch.equal(before[0], after[0]) and before[1:] == after[1:]
    assert not list(paths.runs_folder().glob("*")) if paths.runs_folder().exists() else True


def test_many_steps_are_answered_by_some_of_their_points() -> None:
    found = find(LrSearch(500, 1e-7, 1e-3))
    assert len(found["points"]) == MAX_POINTS and found["points"][-1][0] == found["stopped_at"]


def test_a_loss_that_falls_nowhere_suggests_nothing_and_says_so() -> None:
    flat = Sweep([10.0**e for e in range(-9, 21)], [1.0] * 30, [1.0] * 30)
    assert suggest(flat, 30) == []
    short = Sweep([1e-3, 1e-2], [1.0, 0.5], [1.0, 0.5])
    assert suggest(short, 100) == []


def test_the_rules_are_fastais() -> None:
    """Against its own formulas, written with arrays, on a curve with a plateau, a fall, a bump and a rise."""
    import numpy as np

    rates = np.logspace(-6, 0, 80)
    x = np.linspace(0, 1, 80)
    losses = 2.3 - 1.8 / (1 + np.exp(-20 * (x - 0.6))) + 0.02 * np.sin(40 * x) + np.where(x > 0.9, 30 * (x - 0.9) ** 2, 0)
    gradient = np.diff(losses) / np.diff(np.log(rates))
    assert steep(list(rates), list(losses)) == rates[gradient.argmin()]
    assert minimum(list(rates), list(losses)) == pytest.approx(rates[losses.argmin()] / 10)
    longest = [1] * 80
    end = 0
    for i in range(1, 80):
        for j in range(i):
            if losses[i] < losses[j] and longest[i] < longest[j] + 1:
                longest[i] = longest[j] + 1
            end = i if longest[end] < longest[i] else end
    third = longest[end] / 3
    assert valley(list(rates), list(losses)) == rates[end - longest[end] + int(third) + int(third / 2)]


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"num_steps": 5}, "steps"),
        ({"num_steps": True}, "steps"),
        ({"num_steps": 10**9}, "steps"),
        ({"num_steps": "100"}, "steps"),
        ({"first_lr": 0}, "from"),
        ({"first_lr": float("nan")}, "from"),
        ({"last_lr": float("inf")}, "to"),
        ({"last_lr": 1e-9}, "to"),
    ],
)
def test_a_search_that_cannot_be_is_refused(params: dict, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        METHODS["lr_find"]({"config": dump_config(digits_config()), **params}, silent)
    assert [error.key for error in caught.value.errors] == [key]


def test_progress_goes_up_to_the_number_of_steps_and_may_end_it() -> None:
    seen: list[tuple[int, int | None]] = []
    METHODS["lr_find"](
        {"config": dump_config(digits_config()), "num_steps": 20, "last_lr": 0.1},
        lambda what, done, total: seen.append((done, total)),
    )
    assert seen[-20:] == [(done, 20) for done in range(1, 21)]

    def refuse(what: str, done: int, total: int | None) -> None:
        raise UsageError("cancelled")

    with pytest.raises(UsageError, match="cancelled"):
        METHODS["lr_find"]({"config": dump_config(digits_config())}, refuse)
