from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.engine.training import digits_config, ended, train
from tui_trainer.engine import train_step
from tui_trainer.engine.network import build_network
from tui_trainer.engine.optimization import build_optimizer
from tui_trainer.engine.train_step import DescentStep, EagerStep, ReplayStep, choose_step, find_difference
from tui_trainer.runs.config import StepMode

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {},
    "sgd with decay": {"optimizer__weight_decay": 0.01},
    "sgd with momentum and decay": {"optimizer__momentum": 0.9, "optimizer__weight_decay": 0.01, "optimizer__lr": 0.05},
    "adam": {"optimizer__name": "adam"},
    "adam with decay": {"optimizer__name": "adam", "optimizer__weight_decay": 0.01},
    "adamw": {"optimizer__name": "adamw"},
}
NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "dropout and batch norm": {"model__dropout": 0.3, "model__batch_norm": True},
    "sequential": {"model__style": "sequential", "model__hidden": [32]},
    "no hidden layer": {"model__hidden": []},
}


def _built(**changes: Any) -> tuple[nn.Module, torch.optim.Optimizer, list[tuple[Tensor, Tensor]]]:
    config = digits_config(**changes)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = build_network(config.model, 20, 5)
    batches = [(torch.rand(size, 20), torch.randint(0, 5, (size,))) for size in (16, 16, 7, 16, 7)]
    return network, build_optimizer(config.optimizer, network.parameters()), batches


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_replay_has_the_bits_of_eager_for_batches_of_both_sizes(network: dict[str, Any], optimizer: dict[str, Any]) -> None:
    built = _built(**network, **optimizer)

    assert find_difference(*built) is None
    assert choose_step(StepMode.REPLAY, *built).step.mode is StepMode.REPLAY


def test_the_check_leaves_parameters_buffers_state_and_generators_as_they_were() -> None:
    network, optimizer, batches = _built(model__dropout=0.3, model__batch_norm=True, optimizer__name="adamw")
    step = EagerStep(network, optimizer)
    step(*batches[0])
    weights = {key: value.clone() for key, value in network.state_dict().items()}
    state = {key: value.clone() for key, value in optimizer.state_dict()["state"][0].items()}
    generator = torch.get_rng_state()
    network.eval()

    choose_step(StepMode.REPLAY, network, optimizer, batches)

    assert all(torch.equal(value, weights[key]) for key, value in network.state_dict().items())
    assert all(torch.equal(value, state[key]) for key, value in optimizer.state_dict()["state"][0].items())
    assert torch.equal(torch.get_rng_state(), generator)
    assert not network.training


def test_a_gradient_that_is_off_by_a_millionth_drops_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = train_step.capture

    def capture_wrongly(*arguments: Any) -> Any:
        step = capture(*arguments)

        def wrong(X: Tensor, y: Tensor) -> Any:
            loss, gradients = step(X, y)
            gradients[1][0] += 1e-6
            return loss, gradients

        return wrong

    monkeypatch.setattr(train_step, "capture", capture_wrongly)
    run = train(digits_config(training__epochs=1))

    history = run.history()
    assert ended(run)["status"] == "done"
    assert history.started is not None and history.started["step_mode"] == "eager"
    (warning,) = history.warnings
    assert warning["code"] == "replay_dropped" and "differs" in warning["message"]


def test_a_draw_too_many_drops_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    replay = ReplayStep.__call__

    def draw_too_many(self: ReplayStep, X: Tensor, y: Tensor) -> Tensor:
        torch.rand(1)
        return replay(self, X, y)

    monkeypatch.setattr(ReplayStep, "__call__", draw_too_many)

    assert find_difference(*_built()) == "the generator after step 1"


def test_what_cannot_be_captured_is_trained_by_the_eager_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise RuntimeError("no tracing today")

    monkeypatch.setattr(train_step, "capture", refuse)

    chosen = choose_step(StepMode.REPLAY, *_built())

    assert chosen.step.mode is StepMode.EAGER
    assert chosen.dropped is not None and "no tracing today" in chosen.dropped


def test_both_step_modes_give_a_run_the_same_losses() -> None:
    replay, eager = train(digits_config()), train(digits_config(training__step_mode="eager"))

    assert replay.history().losses == eager.history().losses
    assert ended(replay)["weights_sha256"] == ended(eager)["weights_sha256"]
    started = [json.loads(run.events_path.read_text().splitlines()[0])["step_mode"] for run in (replay, eager)]
    assert started == ["replay", "eager"]


def test_a_test_loss_that_is_not_finite_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from tui_trainer.engine import ranks
    from tui_trainer.engine.evaluation import SetMetrics

    monkeypatch.setattr(ranks, "evaluate_set", lambda *_: SetMetrics(0.5, float("nan"), 100))
    run = train(digits_config(training__epochs=1))

    (epoch,) = run.history().epochs
    assert epoch.test_loss is None and epoch.test_acc == 0.5
    assert "test_loss" not in run.checkpoints()[0].metrics
    assert [warning["code"] for warning in run.history().warnings] == ["metric_not_finite"]


def test_plain_sgd_at_a_power_of_two_is_updated_by_its_own_products() -> None:
    network, optimizer, batches = _built()

    chosen = choose_step(StepMode.REPLAY, network, optimizer, batches)

    assert type(chosen.step) is DescentStep
    assert find_difference(network, optimizer, batches, make_replay=DescentStep) is None


@pytest.mark.parametrize("optimizer", ["sgd with decay", "sgd with momentum and decay", "adam", "adamw"])
def test_an_optimizer_that_does_more_is_not_updated_by_products(optimizer: str) -> None:
    chosen = choose_step(StepMode.REPLAY, *_built(**OPTIMIZERS[optimizer]))

    assert type(chosen.step) is ReplayStep


def test_a_product_that_adds_other_bits_leaves_the_update_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    capture_descent = train_step.capture_descent

    def capture_wrongly(network: nn.Module, *arguments: Any) -> Any:
        descend = capture_descent(network, *arguments)

        def wrong(X: Tensor, y: Tensor, rate: float) -> Tensor:
            loss = descend(X, y, rate)
            next(network.parameters()).detach()[0, 0].mul_(1 + 2**-23)
            return loss

        return wrong

    monkeypatch.setattr(train_step, "capture_descent", capture_wrongly)

    chosen = choose_step(StepMode.REPLAY, *_built())

    assert type(chosen.step) is ReplayStep and chosen.dropped is None


def test_a_learning_rate_that_changes_between_powers_of_two_and_others_keeps_the_bits_of_eager() -> None:
    results = []
    for make_step in (EagerStep, DescentStep):
        network, optimizer, batches = _built()
        step = make_step(network, optimizer)
        for lr in (0.5, 0.3, 0.25, 0.0, 1.0):
            optimizer.param_groups[0]["lr"] = lr
            for X, y in batches:
                step(X, y)
        results.append(network.state_dict())

    assert all(torch.equal(value, results[1][key]) for key, value in results[0].items())
