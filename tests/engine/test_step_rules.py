from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.engine.training import digits_config, train
from tui_trainer.engine.step_rules import PLAIN, StepRules, build_rules, check_processes, part_sizes
from tui_trainer.engine.tensor_files import dump_tensors
from tui_trainer.engine.train_step import EagerStep
from tui_trainer.engine.training_state import TrainingState
from tui_trainer.runs.errors import CheckpointError, ConfigError

CPU = torch.device("cpu")


def test_the_books_configuration_has_no_rules() -> None:
    assert build_rules(digits_config(), CPU) == PLAIN and PLAIN.can_be_captured


@pytest.mark.parametrize(
    ("batch", "size", "sizes"), [(64, None, [64]), (64, 16, [16] * 4), (50, 16, [16, 16, 16, 2]), (0, 16, [])]
)
def test_parts_of_a_batch_add_up_to_it(batch: int, size: int | None, sizes: list[int]) -> None:
    assert part_sizes(batch, size) == sizes


def test_half_precision_without_cuda_is_refused_with_its_key() -> None:
    with pytest.raises(ConfigError, match=r'training\.autocast.*"fp16".*cpu'):
        build_rules(digits_config(training__autocast="fp16"), CPU)


@pytest.mark.parametrize(
    "changes",
    [{"training__clip_norm": 1.0}, {"training__ema_decay": 0.9}, {"data__validation_share": 0.1}, {"optimizer__name": "muon"}],
)
def test_levers_that_several_processes_cannot_pull_are_refused(changes: dict[str, Any]) -> None:
    check_processes(digits_config(**changes), 1)
    check_processes(digits_config(), 2)
    with pytest.raises(ConfigError, match="2 processes"):
        check_processes(digits_config(**changes), 2)


def test_parts_have_the_gradient_of_their_batch() -> None:
    torch.manual_seed(0)
    network = torch.nn.Linear(6, 3)
    X, y = torch.rand(10, 6), torch.randint(0, 3, (10,))
    gradients, losses = [], []
    for rules in (PLAIN, StepRules(part_size=4)):
        optimizer = torch.optim.SGD(network.parameters(), lr=0.0)
        losses.append(EagerStep(network, optimizer, rules)(X, y))
        gradients.append(network.weight.grad.clone())  # type: ignore[union-attr]
    torch.testing.assert_close(gradients[0], gradients[1])
    torch.testing.assert_close(losses[0], losses[1])


def test_a_loss_scale_is_undone_before_clipping_and_before_the_step() -> None:
    outcomes = []
    for scaler in (None, torch.amp.GradScaler("cpu", init_scale=1024.0)):
        torch.manual_seed(0)
        network = torch.nn.Linear(6, 3)
        optimizer = torch.optim.SGD(network.parameters(), lr=0.5)
        EagerStep(network, optimizer, StepRules(clip_norm=0.1, scaler=scaler))(torch.rand(10, 6), torch.randint(0, 3, (10,)))
        outcomes.append(network.weight.detach().clone())
    torch.testing.assert_close(outcomes[0], outcomes[1])


def test_parts_of_one_example_are_refused_for_batch_norm() -> None:
    with pytest.raises(ConfigError, match=r"training\.accumulate.*single example"):
        train(digits_config(training__accumulate=64, model__batch_norm=True))


def test_the_loss_scale_and_its_growth_are_part_of_the_resume_state() -> None:
    def built() -> tuple[TrainingState, EagerStep]:
        torch.manual_seed(0)
        network = torch.nn.Linear(6, 3)
        optimizer = torch.optim.SGD(network.parameters(), lr=0.5)
        scaler = torch.amp.GradScaler("cpu", init_scale=64.0, growth_interval=2)
        return TrainingState(network, optimizer, None, CPU, scaler=scaler), EagerStep(
            network, optimizer, StepRules(scaler=scaler)
        )

    state, step = built()
    for _ in range(3):
        step(torch.rand(10, 6), torch.randint(0, 3, (10,)))
    snapshot = state.snapshot()
    other, _ = built()
    other.restore(dump_tensors(snapshot.weights), dump_tensors(snapshot.resume), snapshot.scalars, 10, "a save")
    assert snapshot.scalars["scaler"]["scale"] == 128.0 and snapshot.scalars["scaler"]["_growth_tracker"] == 1
    assert other.scaler is not None and other.scaler.state_dict() == snapshot.scalars["scaler"]
    without = {name: value for name, value in snapshot.scalars.items() if name != "scaler"}
    with pytest.raises(CheckpointError):
        other.restore(dump_tensors(snapshot.weights), dump_tensors(snapshot.resume), without, 10, "a save")
