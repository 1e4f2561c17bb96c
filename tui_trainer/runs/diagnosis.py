"""Diagnosis: what a run's curves say in one plain line, and the signs of trouble in them, each with what to try.

The rules are a table: a name, its limits, and a function that finds the sign in the epochs. All sentences are facts with their
figures; the change that is suggested is one that the configuration allows and does not have yet. Read by screens and `show`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.layer_signs import LAYER_RULES, LayerFacts, judge_layers, loss_left
from tui_trainer.runs.live_keys import lr_in_force
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.run_history import EpochRecord, RunHistory

NUMERIC_FAILURE = 5
"""NumericError's exit code."""
RISING = 1e-4
"""Change of train accuracy since the best epoch that is called rising."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that goes wrong: `words` say what is seen, `try_words` what to try, `changes` {key: value} prepare that."""

    name: str
    words: str
    try_words: str
    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line about the whole run, and the signs of trouble, the gravest first; none where all goes well."""

    line: str
    signs: tuple[Sign, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule looks at."""

    history: RunHistory
    status: RunStatus
    config: RunConfig | None
    epochs: Sequence[EpochRecord]

    @property
    def lr(self) -> float | None:
        """The configured learning rate as it was set last."""
        return lr_in_force(self.config, self.history.changes)

    def layers_with(self, sign: str) -> list[LayerFacts]:
        """The layers that had this sign of layer_signs.py at the last look."""
        return [layer.facts for layer in judge_layers(self.history, self.config) if layer.sign == sign]

    @property
    def train_losses(self) -> list[float]:
        """Of the epochs that have one."""
        return [epoch.train_loss for epoch in self.epochs if epoch.train_loss is not None]

    def change(self, key: str, value: Any) -> dict[str, Any]:
        """{key: value} where the configuration is known, else nothing."""
        return {key: value} if self.config is not None and value is not None else {}


Limits = dict[str, float]
Find = Callable[[Case, Limits], Sign | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A sign, the limits from which it is seen, and what finds it."""

    name: str
    limits: Limits
    find: Find


def diagnose(history: RunHistory, status: RunStatus, config: RunConfig | None) -> Diagnosis:
    """What `history` says; `config` is None where it cannot be read, and then no change is suggested."""
    case = Case(history, status, config, history.epochs)
    found = [sign for rule in RULES if (sign := rule.find(case, rule.limits)) is not None]
    # A graver sign explains the milder ones of the same curve.
    return Diagnosis(describe_curve(history), tuple(found[:2]))


def describe_curve(history: RunHistory) -> str:
    """`test accuracy 0.978, best at epoch 12 of 20, flat for 4, train still rising`; before the first epoch where it is."""
    best, epochs = history.best, history.epochs
    if not epochs:
        steps = f"step {history.step:,} of {history.steps_per_epoch:,}" if history.steps_per_epoch else "no step yet"
        return f"no epoch has ended yet: {steps}"
    if best is None:
        return f"epoch {epochs[-1].epoch} of {history.num_epochs or '?'} has no figures that count"
    last = epochs[-1]
    parts = [_score(history, best), f"best at epoch {best.epoch} of {history.num_epochs or '?'}"]
    if last.epoch > best.epoch:
        parts.append(f"flat for {last.epoch - best.epoch}")
    return ", ".join([*parts, *_train_words(best, epochs)])


def _score(history: RunHistory, best: EpochRecord) -> str:
    split = "validation" if history.best_split == "val" else "test"
    if history.is_regression:
        return f"{split} loss {getattr(best, f'{history.best_split}_loss'):.4g}"
    return f"{split} accuracy {getattr(best, f'{history.best_split}_acc'):.4f}"


def _train_words(best: EpochRecord, epochs: Sequence[EpochRecord]) -> list[str]:
    """Whether the training set is still learned, since the best epoch or, where that is the last one, since the one before."""
    before = best if epochs[-1] is not best else epochs[-2] if len(epochs) > 1 else None
    last = epochs[-1]
    if before is None:
        return []
    if last.train_acc is not None and before.train_acc is not None:
        rise = last.train_acc - before.train_acc
        return ["train still rising" if rise > RISING else "train falling" if rise < -RISING else "train flat too"]
    if last.train_loss is not None and before.train_loss is not None:
        return ["train loss still falling" if last.train_loss < before.train_loss else "train loss no longer falling"]
    return []


def _find_diverging(case: Case, limits: Limits) -> Sign | None:
    ended = case.history.ended or {}
    if case.status is RunStatus.FAILED and ended.get("exit_code") == NUMERIC_FAILURE:
        words = f"the loss is no number any more after step {case.history.step:,}"
        return _sign_of_high_lr(case, "diverging", words)
    losses = case.train_losses
    if len(losses) < 2 or losses[-1] < limits["rise"] * min(losses):
        return None
    words = f"the train loss has risen from {min(losses):.4g} to {losses[-1]:.4g}"
    return _sign_of_high_lr(case, "diverging", words)


def _find_lr_high(case: Case, limits: Limits) -> Sign | None:
    scored = [epoch for epoch in case.epochs if epoch.train_acc is not None]
    if len(scored) >= 2:
        best = max(scored, key=lambda epoch: epoch.train_acc or 0.0)
        fall = (best.train_acc or 0.0) - (scored[-1].train_acc or 0.0)
        if fall >= limits["fall"]:
            words = f"train accuracy fell by {fall:.4f} since epoch {best.epoch}: the steps are too long"
            return _sign_of_high_lr(case, "lr_high", words)
    losses = case.train_losses
    if len(losses) >= limits["epochs"] and min(losses[1:]) >= limits["stuck"] * losses[0] and losses[-1] >= losses[0]:
        words = f"the train loss does not fall: {losses[0]:.4g} in the first epoch, {losses[-1]:.4g} now"
        return _sign_of_high_lr(case, "lr_high", words)
    return None


def _find_lr_low(case: Case, limits: Limits) -> Sign | None:
    losses = case.train_losses
    if len(losses) < limits["epochs"]:
        return None
    falls = [1 - after / before for before, after in itertools.pairwise(losses) if before > 0]
    is_slow = all(0 < fall < limits["fall"] for fall in falls[-int(limits["epochs"] - 1) :])
    if not is_slow or losses[-1] < limits["left"] * losses[0]:
        return None
    words = f"the train loss falls in every epoch, but only by {100 * falls[-1]:.1f} %, and is still {losses[-1]:.4g}"
    return _sign_of_rate(case, "lr_low", words, "higher", case.lr * 3 if case.lr else None)


def _find_overfitting(case: Case, limits: Limits) -> Sign | None:
    best, last = case.history.best, case.epochs[-1] if case.epochs else None
    if best is None or last is None or last.epoch - best.epoch < limits["flat"]:
        return None
    split = case.history.best_split
    best_loss, last_loss = getattr(best, f"{split}_loss"), getattr(last, f"{split}_loss")
    is_learning = (last.train_loss or 0.0) < (best.train_loss or 0.0)
    has_risen = best_loss is not None and last_loss is not None and last_loss >= limits["rise"] * best_loss
    gap = (last.train_acc or 0.0) - (getattr(last, f"{split}_acc") or 0.0) if last.train_acc is not None else 0.0
    if not is_learning or not (has_risen or gap >= limits["gap"]):
        return None
    name = "validation" if split == "val" else "test"
    figures = f"{name} loss rose from {best_loss:.4g} to {last_loss:.4g}" if has_risen else f"train is {gap:.4f} over {name}"
    words = f"no better {name} figure for {last.epoch - best.epoch} epochs while the train loss falls; {figures}"
    return Sign("overfitting", words, *_against_overfitting(case))


def _against_overfitting(case: Case) -> tuple[str, dict[str, Any]]:
    config = case.config
    if config is None or (config.model.hidden and config.model.dropout == 0):
        return "try dropout 0.2, or stop earlier", case.change("model.dropout", 0.2)
    if config.optimizer.weight_decay < 0.1:
        decay = _rounded(config.optimizer.weight_decay * 10) or 1e-4
        return f"try weight decay {decay:g}, or stop earlier", case.change("optimizer.weight_decay", decay)
    return "stop earlier, or take more data", {}


def _find_plateau(case: Case, limits: Limits) -> Sign | None:
    best, losses = case.history.best, case.train_losses
    num_flat = int(limits["flat"])
    if best is None or len(losses) <= num_flat or case.epochs[-1].epoch - best.epoch < num_flat:
        return None
    before, now = losses[-1 - num_flat], losses[-1]
    if abs(now - before) > limits["change"] * before:
        return None
    lower = _rounded(case.lr / 10) if case.lr else None
    words = f"neither train loss ({now:.4g}) nor {case.history.best_split} figure has moved for {num_flat} epochs"
    return Sign(
        "plateau", words, f"try a tenth of the learning rate{f', {lower:g}' if lower else ''}, or stop",
        case.change("optimizer.lr", lower),
    )  # fmt: skip


def _find_layer_dead(case: Case, limits: Limits) -> Sign | None:
    layers = case.layers_with("layer_dead")
    if not layers:
        return None
    worst = max(layers, key=lambda layer: layer.dead or 0.0)
    words = f"{worst.dead:.0%} of the units of {_names(worst, layers)} give nothing on any example that was looked at"
    return _sign_of_high_lr(case, "layer_dead", words, ": dead units stay dead")


def _find_layer_fast(case: Case, limits: Limits) -> Sign | None:
    layers = case.layers_with("layer_fast")
    if not layers:
        return None
    worst = max(layers, key=lambda layer: layer.ratio or 0.0)
    words = f"one step moved the weights of {_names(worst, layers)} by {_share(worst.ratio)} of their length"
    return _sign_of_high_lr(case, "layer_fast", words)


def _find_layer_still(case: Case, limits: Limits) -> Sign | None:
    layers = case.layers_with("layer_still")
    # A dead layer holds the others up.
    if not layers or case.layers_with("layer_dead"):
        return None
    worst, config = min(layers, key=lambda layer: layer.ratio or 0.0), case.config
    words = f"a step moves the weights of {_names(worst, layers)} by {_share(worst.ratio)} of their length"
    words += f", and {loss_left(case.history):.0%} of the first loss is left"
    if len(layers) == len(judge_layers(case.history, config)):
        return _sign_of_rate(case, "layer_still", words, "higher", case.lr * 10 if case.lr else None)
    if config is not None and not config.model.batch_norm and not config.model.layer_norm:
        return Sign("layer_still", words, "try batch normalisation, which keeps gradients alive", {"model.batch_norm": True})
    return Sign("layer_still", words, "try fewer layers, or another activation", {})


def _sign_of_high_lr(case: Case, name: str, words: str, why: str = "") -> Sign:
    return _sign_of_rate(case, name, words, "lower", case.lr / 3 if case.lr else None, why)


def _sign_of_rate(case: Case, name: str, words: str, direction: str, rate: float | None, why: str = "") -> Sign:
    """A sign that another learning rate helps; `rate` None: which one is not known."""
    rounded = _rounded(rate) if rate else None
    advice = f"try a {direction} learning rate{f', {rounded:g}' if rounded else ''}{why}"
    return Sign(name, words, advice, case.change("optimizer.lr", rounded))


def _names(worst: LayerFacts, layers: Sequence[LayerFacts]) -> str:
    """`fc1`, or `fc1 (and 2 layers more)`."""
    more = len(layers) - 1
    return f"{worst.name} (and {more} layer{'s' if more > 1 else ''} more)" if more else worst.name


def _share(ratio_log10: float | None) -> str:
    ratio = 10.0 ** (ratio_log10 or 0.0)
    return f"{ratio:.0%}" if 0.01 <= ratio < 10 else f"{ratio:.2g}"


def _rounded(value: float) -> float:
    """`value` with one significant digit."""
    return float(f"{value:.0e}")


_LAYER_LIMITS: dict[str, Limits] = {rule.name: {"limit": rule.limit} for rule in LAYER_RULES}

RULES: tuple[Rule, ...] = (
    # The train loss is this many times its lowest, or is no number.
    Rule("diverging", {"rise": 1.5}, _find_diverging),
    # Train accuracy fell by so much from its best; or after so many epochs the loss is no less than this share of the first.
    Rule("lr_high", {"fall": 0.05, "epochs": 3, "stuck": 0.98}, _find_lr_high),
    # What layer_signs.py sees in a layer.
    Rule("layer_dead", _LAYER_LIMITS["layer_dead"], _find_layer_dead),
    Rule("layer_fast", _LAYER_LIMITS["layer_fast"], _find_layer_fast),
    # No better test figure for so many epochs, train better, and test loss risen so many times, or train so much ahead.
    Rule("overfitting", {"flat": 3, "rise": 1.1, "gap": 0.01}, _find_overfitting),
    # Over so many epochs the train loss changed by less than this share.
    Rule("plateau", {"flat": 5, "change": 0.01}, _find_plateau),
    # In each of the last of so many epochs the loss fell by less than `fall`, and this share of the first one's is left.
    Rule("lr_low", {"epochs": 4, "fall": 0.1, "left": 0.5}, _find_lr_low),
    Rule("layer_still", _LAYER_LIMITS["layer_still"], _find_layer_still),
)
"""Every rule, the gravest first."""
