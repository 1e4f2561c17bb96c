"""What is said of a run's curves: one test a rule, on the border of its limits."""

from __future__ import annotations

from typing import Any

import pytest

from tui_trainer.runs.config_layers import change, resolve_config
from tui_trainer.runs.diagnosis import RULES, Sign, describe_curve, diagnose
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.run_history import RunHistory

CONFIG = resolve_config()


def history_of(
    train_losses: list[float],
    *,
    train_accs: list[float] | None = None,
    test_accs: list[float] | None = None,
    test_losses: list[float] | None = None,
    **last: Any,
) -> RunHistory:
    """A run whose epochs ended with these figures; accuracies rise by themselves where none are given."""
    history = RunHistory()
    history.apply({"event": "run_started", "attempt": 1, "epochs": 20, "steps_per_epoch": 10})
    for index, loss in enumerate(train_losses):
        record = {
            "event": "epoch_ended", "attempt": 1, "epoch": index + 1, "step": 10 * (index + 1), "train_loss": loss,
            "train_acc": (train_accs or [0.5 + 0.01 * n for n in range(99)])[index],
            "test_acc": (test_accs or [0.5 + 0.01 * n for n in range(99)])[index],
            "test_loss": (test_losses or [1.0] * 99)[index],
        }  # fmt: skip
        history.apply(record)
    if last:
        history.apply({"event": "run_ended", "attempt": 1, **last})
    return history


def signs(history: RunHistory, status: RunStatus = RunStatus.RUNNING, config: Any = CONFIG) -> dict[str, Sign]:
    """The signs by name."""
    return {sign.name: sign for sign in diagnose(history, status, config).signs}


def test_a_loss_that_has_risen_to_half_as_much_again_diverges() -> None:
    assert "diverging" not in signs(history_of([1.0, 0.5, 0.74]))
    sign = signs(history_of([1.0, 0.5, 0.75]))["diverging"]
    assert sign.words == "the train loss has risen from 0.5 to 0.75"
    assert sign.changes == {"optimizer.lr": 0.2}


def test_a_run_that_failed_by_its_numbers_diverges() -> None:
    failed = history_of([1.0], status="failed", exit_code=5, reason="the loss became nan at step 12")
    assert "no number any more" in signs(failed, RunStatus.FAILED)["diverging"].words
    assert signs(history_of([1.0], status="failed", exit_code=6), RunStatus.FAILED) == {}


def test_a_train_accuracy_that_falls_means_a_high_learning_rate() -> None:
    assert "lr_high" not in signs(history_of([1.0, 0.9, 0.8], train_accs=[0.5, 0.9, 0.851]))
    sign = signs(history_of([1.0, 0.9, 0.8], train_accs=[0.5, 0.9, 0.85]))["lr_high"]
    assert "fell by 0.0500 since epoch 2" in sign.words and sign.changes == {"optimizer.lr": 0.2}


def test_a_loss_that_never_fell_means_a_high_learning_rate() -> None:
    assert "lr_high" not in signs(history_of([2.3, 2.2, 2.31]))
    assert "does not fall" in signs(history_of([2.3, 2.29, 2.31]))["lr_high"].words


def test_a_loss_that_creeps_means_a_low_learning_rate() -> None:
    assert "lr_low" not in signs(history_of([2.3, 2.0, 1.9, 1.8]))
    assert "lr_low" not in signs(history_of([2.3, 2.2, 2.1]))
    sign = signs(history_of([2.3, 2.2, 2.1, 2.0]))["lr_low"]
    assert sign.changes == {"optimizer.lr": 2.0} and "2" in sign.try_words


@pytest.mark.parametrize(
    ("test_losses", "train_accs", "is_seen"),
    [
        ([1.0, 1.1, 1.1, 1.1], [0.9] * 4, True),
        ([1.0, 1.0, 1.0, 1.09], [0.9] * 4, False),
        ([1.0, 1.0, 1.0, 1.0], [0.9, 0.9, 0.9, 0.91], True),
        ([1.0, 1.0, 1.0, 1.0], [0.9, 0.9, 0.9, 0.905], False),
    ],
    ids=["loss rose", "loss hardly rose", "train ahead", "train hardly ahead"],
)
def test_overfitting_is_a_flat_test_figure_with_a_rising_loss_or_a_gap(
    test_losses: list[float], train_accs: list[float], is_seen: bool
) -> None:
    history = history_of([1.0, 0.8, 0.6, 0.4], test_accs=[0.9] * 4, test_losses=test_losses, train_accs=train_accs)
    assert ("overfitting" in signs(history)) is is_seen


def test_overfitting_suggests_what_the_configuration_does_not_have() -> None:
    history = history_of([1.0, 0.8, 0.6, 0.4], test_accs=[0.9] * 4, train_accs=[0.9, 0.95, 0.97, 0.99])
    assert signs(history)["overfitting"].changes == {"model.dropout": 0.2}
    with_dropout = change(CONFIG, "model.dropout", 0.5)
    assert signs(history, config=with_dropout)["overfitting"].changes == {"optimizer.weight_decay": 1e-4}
    assert signs(history, config=None)["overfitting"].changes == {}


def test_a_plateau_is_where_nothing_moves() -> None:
    still = [1.0, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]
    assert "plateau" not in signs(history_of(still[:-1], test_accs=[0.8, 0.9, 0.91, *[0.9] * 4]))
    sign = signs(history_of(still, test_accs=[0.8, 0.9, 0.91, *[0.9] * 5]))["plateau"]
    assert sign.changes == {"optimizer.lr": 0.05}
    moving = [1.0, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.405]
    assert "plateau" not in signs(history_of(moving, test_accs=[0.8, 0.9, 0.91, *[0.9] * 5]))


def test_a_run_that_goes_well_has_no_sign() -> None:
    assert signs(history_of([2.0, 1.0, 0.6, 0.4, 0.3])) == {}


def test_a_changed_learning_rate_is_the_one_that_advice_starts_from() -> None:
    history = history_of([1.0, 0.5, 0.9])
    history.apply({
        "event": "control_applied", "kind": "set", "attempt": 1, "step": 9, "key": "optimizer.lr", "old": 0.5, "new": 0.03,
    })  # fmt: skip
    assert signs(history)["diverging"].changes == {"optimizer.lr": 0.01}


def test_each_rule_has_another_name_and_limits() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) == 8
    assert all(rule.limits for rule in RULES)


@pytest.mark.parametrize(
    ("test_accs", "train_accs", "line"),
    [
        (
            [0.95, 0.978, 0.977, 0.976],
            [0.95, 0.98, 0.99, 0.995],
            "test accuracy 0.9780, best at epoch 2 of 20, flat for 2, train still rising",
        ),
        ([0.95, 0.97], [0.95, 0.96], "test accuracy 0.9700, best at epoch 2 of 20, train still rising"),
        ([0.97, 0.95], [0.97, 0.95], "test accuracy 0.9700, best at epoch 1 of 20, flat for 1, train falling"),
        ([0.97], [0.97], "test accuracy 0.9700, best at epoch 1 of 20"),
    ],
)
def test_the_line_says_the_curve(test_accs: list[float], train_accs: list[float], line: str) -> None:
    losses = [1.0] * len(test_accs)
    assert describe_curve(history_of(losses, test_accs=test_accs, train_accs=train_accs)) == line


def test_before_the_first_epoch_the_line_says_where_the_run_is() -> None:
    assert describe_curve(RunHistory()) == "no epoch has ended yet: no step yet"
    history = history_of([])
    history.apply({"event": "steps", "attempt": 1, "first_step": 1, "losses": [2.3, 2.2], "lr": 0.5})
    assert describe_curve(history) == "no epoch has ended yet: step 2 of 10"
