from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.engine.training import digits_config, ended, train
from tui_trainer.engine import loaded_run, spare_cores, step_graph, train_step
from tui_trainer.engine.batches import AheadBatches, DirectBatches
from tui_trainer.engine.epoch_closer import EpochCloser
from tui_trainer.engine.epoch_order import draw_epoch_order
from tui_trainer.engine.example_set import MemorySet
from tui_trainer.engine.optimization import build_optimizer
from tui_trainer.engine.spare_cores import STEPS_BETWEEN_TRIALS, TRIAL_STEPS, SpareCores
from tui_trainer.engine.train_step import DescentStep, ReplayStep, choose_step
from tui_trainer.runs.config import StepMode


class _Clock:
    """Each step takes `own_s`, or `lent_s` while cores are lent."""

    def __init__(self, own_s: float, lent_s: float) -> None:
        self.own_s, self.lent_s, self.now_s = own_s, lent_s, 0.0

    def __call__(self) -> float:
        return self.now_s

    def run(self, spare: SpareCores, num_steps: int, is_free: Callable[[int], bool] = lambda step: True) -> list[bool]:
        """Whether cores were lent, for each step."""
        lent = []
        for step in range(num_steps):
            spare.follow(is_free(step))
            lent.append(spare.is_lent)
            self.now_s += self.lent_s if spare.is_lent else self.own_s
        return lent


def _spare(own_s: float, lent_s: float) -> tuple[SpareCores, _Clock]:
    clock = _Clock(own_s, lent_s)
    return SpareCores(1, 2, clock), clock


def test_cores_are_lent_for_thousands_of_steps_where_a_trial_was_faster() -> None:
    spare, clock = _spare(own_s=2.0, lent_s=1.0)

    lent = clock.run(spare, 2 * TRIAL_STEPS + STEPS_BETWEEN_TRIALS[True])

    assert [(key, len(list(group))) for key, group in itertools.groupby(lent)] == [
        (False, TRIAL_STEPS),
        (True, TRIAL_STEPS + STEPS_BETWEEN_TRIALS[True]),
    ]


def test_cores_are_kept_where_lending_saves_next_to_nothing_and_tried_again_sooner() -> None:
    spare, clock = _spare(own_s=1.0, lent_s=0.98)

    lent = clock.run(spare, 2 * (2 * TRIAL_STEPS + STEPS_BETWEEN_TRIALS[False] + 1))

    assert sum(lent) == 2 * TRIAL_STEPS


def test_cores_that_others_need_are_not_lent_and_spoil_no_trial() -> None:
    spare, clock = _spare(own_s=2.0, lent_s=1.0)

    busy = clock.run(spare, 50, lambda step: step % 10 == 0)
    assert not any(busy)

    clock.run(spare, 2 * TRIAL_STEPS + 1)
    assert spare.is_lent
    clock.run(spare, 1, lambda step: False)
    assert not spare.is_lent
    clock.run(spare, 1)
    assert spare.is_lent


def test_a_widened_product_takes_more_threads_only_while_cores_are_lent() -> None:
    torch.set_num_threads(1)
    spare = SpareCores(1, 2)
    count = spare.widen(torch.get_num_threads)

    assert count() == 1
    spare.is_lent = True
    assert (count(), torch.get_num_threads()) == (2, 1)

    def fail() -> None:
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        spare.widen(fail)()
    assert torch.get_num_threads() == 1


def _built() -> tuple[nn.Module, torch.optim.Optimizer, list[tuple[Tensor, Tensor]]]:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    batches = [(torch.rand(size, 784), torch.randint(0, 10, (size,))) for size in (64, 64, 32, 64)]
    return network, build_optimizer(digits_config().optimizer, network.parameters()), batches


def _products_agree(network: nn.Module, X_BI: Tensor) -> bool:
    """Whether this machine's BLAS gives the first layer's products the same bits on one thread and on two."""
    layer = next(iter(network.children()))
    found = []
    for num_threads in (1, 2):
        torch.set_num_threads(num_threads)
        found.append(layer(X_BI))
    torch.set_num_threads(1)
    return torch.equal(*found)


def test_cores_are_lent_to_the_books_large_products_exactly_where_two_threads_give_the_same_bits() -> None:
    network, optimizer, batches = _built()
    spare = SpareCores(1, 2)
    agree = _products_agree(network, batches[0][0])

    step = choose_step(StepMode.REPLAY, network, optimizer, batches, spare=spare).step

    assert type(step) is DescentStep
    assert step._spare is (spare if agree else None)


def test_a_product_of_other_bits_while_cores_are_lent_lends_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong(SpareCores):
        def widen(self, product: Callable[..., Tensor]) -> Callable[..., Tensor]:
            return lambda *arguments, **named: product(*arguments, **named).add_(1e-7 if self.is_lent else 0.0)

    step = choose_step(StepMode.REPLAY, *_built(), spare=Wrong(1, 2)).step

    assert isinstance(step, ReplayStep) and step._spare is None


def test_only_large_products_are_widened(monkeypatch: pytest.MonkeyPatch) -> None:
    widened: list[str] = []

    class Counted(SpareCores):
        def widen(self, product: Callable[..., Tensor]) -> Callable[..., Tensor]:
            widened.append(getattr(product, "__name__", str(product)))
            return super().widen(product)

    network, _, batches = _built()
    step_graph.capture(network, *batches[0], spare=Counted(1, 2))

    assert sorted(widened) == ["addmm", "mm"]


def test_a_run_whose_cores_are_lent_at_every_turn_has_the_bits_of_one_that_lends_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare_cores, "TRIAL_STEPS", 2)
    monkeypatch.setattr(step_graph, "LARGE_PRODUCT", 1)
    results = []
    for cores in (1, 2):
        monkeypatch.setattr(spare_cores, "num_cores", lambda cores=cores: cores)
        results.append(train(digits_config(training__epochs=2)))

    one, two = results
    assert ended(one)["weights_sha256"] == ended(two)["weights_sha256"]
    assert one.history().losses == two.history().losses


def test_nothing_is_lent_while_an_epoch_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare_cores, "TRIAL_STEPS", 2)
    monkeypatch.setattr(spare_cores, "LEAST_SAVING", -1e9)
    monkeypatch.setattr(EpochCloser, "is_idle", True)
    spare = SpareCores(1, 2)
    monkeypatch.setattr(loaded_run, "spare_cores", lambda _threads: spare)
    lent: list[tuple[str, bool]] = []
    close, take = EpochCloser.close_epoch, MemorySet.take

    def watched_close(self: EpochCloser, *arguments: Any) -> None:
        lent.append(("close", spare.is_lent))
        close(self, *arguments)

    def watched_take(self: MemorySet, index: Tensor) -> Any:
        lent.append(("take", spare.is_lent))
        return take(self, index)

    monkeypatch.setattr(EpochCloser, "close_epoch", watched_close)
    monkeypatch.setattr(MemorySet, "take", watched_take)
    monkeypatch.setattr(step_graph, "LARGE_PRODUCT", 1)
    monkeypatch.setattr("tui_trainer.engine.batches.CHUNK_BYTES", 1)
    train(digits_config(training__epochs=3))

    assert ("take", True) in lent
    assert [is_lent for what, is_lent in lent if what == "close"] == [False, False, False]
    after_close = [following for entry, following in itertools.pairwise(lent) if entry[0] == "close"]
    assert not any(is_lent for _, is_lent in after_close)


def test_batches_are_taken_between_the_steps_while_cores_are_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    examples, order, spare = MemorySet(torch.rand(2_000, 16), torch.arange(2_000)), draw_epoch_order(2_000), SpareCores(1, 2)
    monkeypatch.setattr("tui_trainer.engine.batches.CHUNK_BYTES", 16 * 4 * 100)
    taken = []
    for number, batch in enumerate(AheadBatches(examples, 10, spare).iterate(order)):
        spare.is_lent = 30 <= number < 120
        taken.append(batch)

    direct = list(DirectBatches(examples, 10, torch.device("cpu")).iterate(order))
    assert all(torch.equal(one, other) for pair in zip(taken, direct, strict=True) for one, other in zip(*pair, strict=True))


def test_a_step_is_checked_with_and_without_lent_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    spare = SpareCores(1, 2)
    call = DescentStep.__call__

    def watched(self: DescentStep, X: Tensor, y: Tensor) -> Tensor:
        seen.append(spare.is_lent)
        return call(self, X, y)

    monkeypatch.setattr(train_step.DescentStep, "__call__", watched)
    choose_step(StepMode.REPLAY, *_built(), spare=spare)

    assert set(seen) == {False, True} and not spare.is_lent
