"""What the last look at the layers says: one test a rule on the border of its limit."""

from __future__ import annotations

from typing import Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.diagnosis import Sign, diagnose
from tui_trainer.runs.layer_signs import LAYER_RULES, LayerFacts, judge_layers, loss_left, read_layers
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.run_history import RunHistory

CONFIG = resolve_config()
WELL: dict[str, Any] = {"name": "fc1", "update_ratio_log10": -2.0, "dead_share": 0.1, "grad_norm": 0.3}


def looked_at(*layers: dict[str, Any], lr: float = 0.5, losses: tuple[float, ...] = (2.3, 2.2)) -> RunHistory:
    """A run whose layers were looked at once."""
    history = RunHistory()
    history.apply({"event": "run_started", "attempt": 1, "epochs": 20, "steps_per_epoch": 10})
    history.apply({"event": "steps", "attempt": 1, "first_step": 1, "losses": list(losses), "lr": lr})
    history.apply({"event": "health", "attempt": 1, "step": 1, "per_layer": [{**WELL, **layer} for layer in layers]})
    return history


def judged(history: RunHistory, config: RunConfig | None = CONFIG) -> list[str | None]:
    """The sign of each layer."""
    return [layer.sign for layer in judge_layers(history, config)]


def signs(history: RunHistory, config: RunConfig | None = CONFIG) -> dict[str, Sign]:
    """The signs of the run by name."""
    return {sign.name: sign for sign in diagnose(history, RunStatus.RUNNING, config).signs}


def test_a_layer_of_which_two_fifths_are_dead_is_marked_and_a_lower_rate_suggested() -> None:
    history = looked_at({"dead_share": 0.39}, {"name": "fc2", "dead_share": 0.4}, {"name": "fc3", "dead_share": None})
    assert judged(history) == [None, "layer_dead", None]
    sign = signs(history)["layer_dead"]
    assert sign.words == "40% of the units of fc2 give nothing on any example that was looked at"
    assert sign.changes == {"optimizer.lr": 0.2} and "0.2" in sign.try_words


def test_a_step_of_half_the_weights_length_is_too_long() -> None:
    history = looked_at(
        {"update_ratio_log10": -0.31}, {"update_ratio_log10": -0.29}, {"name": "fc9", "update_ratio_log10": 2.0}
    )
    assert judged(history) == [None, "layer_fast", "layer_fast"]
    sign = signs(history)["layer_fast"]
    assert sign.words == "one step moved the weights of fc9 (and 1 layer more) by 1e+02 of their length"
    assert sign.changes == {"optimizer.lr": 0.2}


def test_where_all_layers_hardly_move_and_nothing_is_learned_the_rate_is_too_low() -> None:
    assert judged(looked_at({"update_ratio_log10": -3.99})) == [None]
    history = looked_at({"update_ratio_log10": -4.01}, {"update_ratio_log10": -5.0})
    assert judged(history) == ["layer_still", "layer_still"]
    sign = signs(history)["layer_still"]
    assert (
        sign.words
        == "a step moves the weights of fc1 (and 1 layer more) by 1e-05 of their length, and 100% of the first loss is left"
    )
    assert sign.changes == {"optimizer.lr": 5.0}


def test_one_layer_that_hardly_moves_is_not_the_rates_fault() -> None:
    history = looked_at({"update_ratio_log10": -5.0}, {"update_ratio_log10": -2.0})
    assert signs(history)["layer_still"].changes == {"model.batch_norm": True}
    normed = resolve_config(flags={"model.batch_norm": True})
    assert signs(history, normed)["layer_still"].changes == {}
    assert signs(history, None)["layer_still"].changes == {}


def test_what_stands_behind_a_dead_layer_is_not_told_beside_it() -> None:
    assert list(signs(looked_at({"dead_share": 1.0}, {"update_ratio_log10": -9.0}))) == ["layer_dead"]


def test_a_layer_that_a_schedule_slows_or_that_has_learned_is_not_still() -> None:
    slow = {"update_ratio_log10": -5.0}
    assert judged(looked_at(slow, lr=0.5)) == ["layer_still"]
    assert judged(looked_at(slow, lr=0.04)) == [None]
    assert judged(looked_at(slow, lr=0.0)) == [None]
    assert judged(looked_at(slow, losses=(2.0,) * 10 + (0.99,) * 50)) == [None]
    assert judged(looked_at(slow, losses=(2.0,) * 10 + (1.01,) * 50)) == ["layer_still"]


def test_a_rate_that_was_set_lower_is_the_configured_one() -> None:
    history = looked_at({"update_ratio_log10": -5.0}, lr=0.005)
    assert judged(history) == [None]
    history.apply({
        "event": "control_applied", "kind": "set", "attempt": 1, "step": 1, "key": "optimizer.lr", "old": 0.5, "new": 0.005,
    })  # fmt: skip
    assert judged(history) == ["layer_still"]


def test_how_much_loss_is_left_is_told_by_epochs_where_steps_were_not_read() -> None:
    history = RunHistory()
    assert loss_left(history) == 1.0
    for epoch, loss in ((1, 2.0), (2, 0.5)):
        history.apply({"event": "epoch_ended", "attempt": 1, "epoch": epoch, "step": epoch, "train_loss": loss})
    assert loss_left(history) == 0.25


def test_layers_of_a_damaged_event_have_no_figures_or_are_left_away() -> None:
    wrong = {"update_ratio_log10": 1e300, "dead_share": 7, "grad_norm": -1}
    event = {
        "per_layer": [{"name": "\x1b[31m"}, 7, {"name": "b", "dead_share": "x", "grad_norm": True}, {"name": "c", **wrong}]
    }
    first, second, third = read_layers(event)
    assert first == LayerFacts("�[31m", None, None, None) and second == LayerFacts("b", None, None, None)
    assert third == LayerFacts("c", None, None, None)
    assert read_layers(None) == read_layers({"per_layer": 3}) == []


def test_each_rule_has_another_name() -> None:
    assert [rule.name for rule in LAYER_RULES] == ["layer_dead", "layer_fast", "layer_still"]
