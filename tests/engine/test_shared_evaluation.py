from __future__ import annotations

import threading

import pytest
import torch
from torch import Tensor, nn

from tests.engine.training import digits_config, train
from tui_trainer.engine import epoch_closer
from tui_trainer.engine.batch_measure import plain_measure
from tui_trainer.engine.evaluation import evaluate_set
from tui_trainer.engine.example_set import MemorySet
from tui_trainer.engine.shared_evaluation import SharedEvaluation


def _network() -> nn.Module:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    return nn.Sequential(nn.Linear(20, 8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 5))


def _set(count: int) -> MemorySet:
    return MemorySet(torch.rand(count, 20), torch.randint(0, 5, (count,)))


class _MeetingNetwork(nn.Module):
    """Lets a first batch go on only when two threads have one each."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.threads = network, set[str]()
        self._both = threading.Barrier(2, timeout=10)

    def forward(self, X_BD: Tensor) -> Tensor:
        if threading.current_thread().name not in self.threads:
            self.threads.add(threading.current_thread().name)
            self._both.wait()
        logits_BC: Tensor = self.network(X_BD)
        return logits_BC


def test_metrics_of_one_thread_are_those_of_evaluate_set() -> None:
    network, sets = _network(), (_set(1_001), _set(37))

    metrics = SharedEvaluation(plain_measure(network.eval()), sets, 64).metrics()

    assert metrics == [evaluate_set(network, part, 64) for part in sets]


def test_metrics_of_two_threads_have_the_same_bits() -> None:
    network, sets = _network(), (_set(5_003), _set(999))
    meeting = _MeetingNetwork(network)
    shared = SharedEvaluation(plain_measure(meeting.eval()), sets, 50)
    helper = threading.Thread(target=lambda: (torch.set_num_threads(1), shared.help()), name="helper")

    helper.start()
    metrics = shared.metrics()
    helper.join()

    assert len(meeting.threads) == 2
    assert metrics == [evaluate_set(network, part, 50) for part in sets]


def test_what_goes_wrong_in_a_helper_is_raised_where_the_metrics_are_asked_for() -> None:
    class Broken(nn.Module):
        def forward(self, X_BD: Tensor) -> Tensor:
            raise RuntimeError("out of memory")

    shared = SharedEvaluation(plain_measure(Broken()), [_set(100)], 10)
    shared.help()

    with pytest.raises(RuntimeError, match="out of memory"):
        shared.metrics()


def test_a_training_that_waits_for_an_evaluation_helps_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    helpers: list[str] = []

    class Watched(SharedEvaluation):
        def help(self) -> None:
            helpers.append(threading.current_thread().name)
            super().help()

    monkeypatch.setattr(epoch_closer, "SharedEvaluation", Watched)
    monkeypatch.setattr("tui_trainer.engine.attempt_loop.num_cores", lambda: 2)
    run = train(digits_config(training__epochs=2))

    assert threading.current_thread().name in helpers and any(name.startswith("epoch-closer") for name in helpers)
    assert len(run.history().epochs) == 2
