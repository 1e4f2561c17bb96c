from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.engine.training import digits_config
from tui_trainer.engine import batch_measure
from tui_trainer.engine.batch_measure import build_measure, plain_measure
from tui_trainer.engine.network import build_network


def _network(**changes: Any) -> nn.Module:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    return build_network(digits_config(**changes).model, 20, 5)


def _batch(count: int) -> tuple[Tensor, Tensor]:
    return torch.rand(count, 20), torch.randint(0, 5, (count,))


@pytest.mark.parametrize(
    "changes",
    [{}, {"model__dropout": 0.3, "model__batch_norm": True}, {"model__style": "sequential"}, {"model__hidden": []}],
    ids=["plain", "dropout and batch norm", "sequential", "no hidden layer"],
)
def test_captured_calls_measure_what_the_modules_do_after_the_weights_have_changed(changes: dict[str, Any]) -> None:
    network = _network(**changes)
    measure = build_measure(network, *_batch(64))
    assert measure.__qualname__.startswith("build_measure")
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(1.5)

    for count in (64, 64, 17):
        batch = _batch(count)
        assert measure(*batch) == plain_measure(network)(*batch)


def test_calls_that_measure_something_else_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = batch_measure.capture_measure

    def capture_wrongly(*arguments: Any) -> Any:
        function = capture(*arguments)
        return lambda X, y: (function(X, y)[0] + 1e-3, function(X, y)[1])

    monkeypatch.setattr(batch_measure, "capture_measure", capture_wrongly)

    assert build_measure(_network(), *_batch(64)).__qualname__.startswith("plain_measure")


def test_a_network_that_cannot_be_captured_is_measured_by_its_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise RuntimeError("no tracing today")

    monkeypatch.setattr(batch_measure, "capture_measure", refuse)
    network, batch = _network(), _batch(10)

    assert build_measure(network, *batch)(*batch) == plain_measure(network)(*batch)
