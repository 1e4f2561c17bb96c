from __future__ import annotations

from typing import Any

import pytest
import torch

from tui_trainer.engine.bench.contender import OwnGenerator, limited_threads
from tui_trainer.engine.bench.products import products_floor_s
from tui_trainer.engine.bench.rounds import measure_rounds, median_ratio, spread, time_turn
from tui_trainer.engine.bench.thread_probe import candidate_counts, fewest_that_suffice


class Counted:
    """A contender that notes its turns and the threads that it had."""

    kind, device, threads = "eager", "cpu", 1

    def __init__(self, name: str, turns: list[tuple[str, int, int]]) -> None:
        self._name, self._turns = name, turns

    def train(self, num_epochs: int) -> None:
        self._turns.append((self._name, num_epochs, torch.get_num_threads()))

    def scores(self) -> Any:
        raise NotImplementedError

    def weights_sha256(self) -> None:
        return


def test_each_contender_has_one_turn_a_round_and_the_order_rotates() -> None:
    turns: list[tuple[str, int, int]] = []
    told: list[tuple[str, int, int | None]] = []
    contenders = {name: Counted(name, turns) for name in "abc"}
    seconds = measure_rounds(contenders, num_rounds=4, epochs_per_round=2, progress=lambda *words: told.append(words))
    assert "".join(name for name, _, _ in turns) == "abc" + "bca" + "cab" + "abc"
    assert {epochs for _, epochs, _ in turns} == {2}
    assert {name: len(taken) for name, taken in seconds.items()} == {"a": 4, "b": 4, "c": 4}
    assert told[0] == ("round 1 of 4", 0, 12) and told[-1] == ("round 4 of 4", 11, 12)


def test_a_turn_is_divided_by_its_epochs() -> None:
    ticks = iter([10.0, 16.0])
    assert time_turn(Counted("a", []), 3, clock=lambda: next(ticks)) == 2.0


def test_ratios_are_paired_before_the_median_is_taken() -> None:
    assert median_ratio([2.0, 40.0, 6.0], [1.0, 10.0, 2.0]) == 3.0
    assert spread([3.0, 1.0, 2.0]) == {"median": 2.0, "min": 1.0, "max": 3.0}


def test_threads_are_limited_for_a_turn_and_put_back() -> None:
    from threadpoolctl import threadpool_info

    before = torch.get_num_threads()
    with limited_threads(3):
        assert torch.get_num_threads() == 3
        assert {entry["num_threads"] for entry in threadpool_info() if entry["user_api"] == "blas"} == {3}
    assert torch.get_num_threads() == before


def test_each_owner_of_a_generator_draws_as_if_it_were_alone() -> None:
    torch.manual_seed(5)
    alone = [torch.rand(1).item() for _ in range(4)]
    torch.manual_seed(77)
    outside = torch.get_rng_state()
    first, second = OwnGenerator(5), OwnGenerator(5)
    drawn: dict[str, list[float]] = {"first": [], "second": []}
    for name, owner in (("first", first), ("second", second)) * 2:
        with owner:
            drawn[name] += [torch.rand(1).item() for _ in range(2)]
    assert drawn == {"first": alone, "second": alone}
    assert torch.equal(torch.get_rng_state(), outside)


@pytest.mark.parametrize(
    ("cores", "counts"),
    [(1, [1]), (2, [1, 2]), (4, [1, 2, 3, 4]), (10, [1, 2, 3, 4, 6, 8, 10]), (16, [1, 2, 3, 4, 6, 8, 12, 16])],
)
def test_thread_counts_are_tried_up_to_the_cores(cores: int, counts: list[int]) -> None:
    assert candidate_counts(cores) == counts


def test_more_threads_must_be_worth_it() -> None:
    assert fewest_that_suffice({1: [1.0], 2: [0.98], 4: [0.99]}) == 1
    assert fewest_that_suffice({1: [1.0], 2: [0.6, 0.5, 9.0], 4: [0.59]}) == 2


def test_the_floor_grows_with_the_rows() -> None:
    few, many = (
        products_floor_s([64, 128, 64, 10], rows, rows // 6, batch_size=64, eval_batch_size=512, threads=1)
        for rows in (640, 64_000)
    )
    assert 0 < few < many
