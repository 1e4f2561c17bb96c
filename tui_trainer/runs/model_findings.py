"""Findings on the table `model`: what changes nothing in a network without hidden layers, and what goes badly together."""

from __future__ import annotations

from collections.abc import Iterator

from tui_trainer.runs.activations import Activation
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.findings import Finding, Severity, default_of
from tui_trainer.runs.network_config import Initialisation

MANY_DROPPED = 0.8
DEEP = 5
"""Hidden layers from which on a sigmoid's gradient hardly reaches the first one: it is at most a quarter in each."""
SMALL_BATCH = 8
_SATURATING = (Activation.SIGMOID, Activation.TANH)


def model_findings(config: RunConfig) -> Iterator[Finding]:
    """What there is to say, in the order of the form."""
    if not config.model.hidden:
        yield from _without_hidden_layers(config)
        return
    yield from _units(config)
    yield from _first_weights(config)
    yield from _batch_norm(config)


def _without_hidden_layers(config: RunConfig) -> Iterator[Finding]:
    for name in ("activation", "dropout", "batch_norm", "layer_norm"):
        default = default_of(config.model, name)
        if getattr(config.model, name) != default:
            message = "has no effect without a hidden layer"
            yield Finding(f"model.{name}", Severity.NOTE, message, {f"model.{name}": default})


def _units(config: RunConfig) -> Iterator[Finding]:
    model = config.model
    if model.activation is Activation.SIGMOID and len(model.hidden) >= DEEP and not model.has_norm:
        message = f"sigmoid through {len(model.hidden)} layers: the gradient vanishes on its way; relu passes it on"
        yield Finding("model.activation", Severity.WARNING, message, {"model.activation": "relu"})
    if model.activation is Activation.SELU and (model.has_norm or model.dropout):
        message = "selu normalises by itself, which dropout and normalisation layers undo; take relu with them"
        yield Finding("model.activation", Severity.NOTE, message, {"model.activation": "relu"})
    if model.dropout >= MANY_DROPPED:
        message = f"{model.dropout:g} leaves {1 - model.dropout:.0%} of the units to learn with; 0.5 is much already"
        yield Finding("model.dropout", Severity.WARNING, message, {"model.dropout": 0.5})


def _first_weights(config: RunConfig) -> Iterator[Finding]:
    model = config.model
    if model.init is Initialisation.KAIMING_NORMAL and model.activation in _SATURATING and not model.has_norm:
        message = f"kaiming_normal is made for relu; for {model.activation.value} xavier_normal keeps its sums small"
        yield Finding("model.init", Severity.WARNING, message, {"model.init": "xavier_normal"})


def _batch_norm(config: RunConfig) -> Iterator[Finding]:
    part = -(-config.data.batch_size // config.training.accumulate)
    if config.model.batch_norm and part < SMALL_BATCH:
        if part == 1:
            message = "normalises over a batch of one, which cannot be done; take a larger batch, or model.layer_norm"
            yield Finding("model.batch_norm", Severity.ERROR, message)
        else:
            message = f"normalises over {part} examples, too few for a mean; take a larger batch, or model.layer_norm"
            yield Finding("model.batch_norm", Severity.WARNING, message)
