"""The multilayer perceptron that a state_dict's shapes tell of: layers in order, normalisation, and what is not in the weights.

`infer_architecture` reads names and shapes only; `build_inferred` makes an nn.Sequential of it. Each statement says whether it
is known (it is in the file), inferred (from names and shapes) or unknown (no file of weights has it). Linear layers with or
without bias, batch and layer normalisation; anything else is refused with the first five things that do not fit.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tui_trainer.runs.activations import ACTIVATIONS, Activation
from tui_trainer.runs.errors import CheckpointError
from tui_trainer.runs.safe_text import safe_text

KNOWN, INFERRED, UNKNOWN = "known", "inferred", "unknown"
LINEAR, BATCH_NORM, LAYER_NORM, ACTIVATION = "linear", "batch_norm", "layer_norm", "activation"
MAX_SHOWN = 5
MAX_SEARCHED = 8
"""Layers whose order is searched for by widths alone."""
_IGNORED = re.compile(r"(^|\.)(n_averaged|criterion\..*|loss_fn\..*|loss\..*)$")
"""What trainers keep beside a network: the count of an average of weights, class weights of a loss."""
_NORM_ENTRIES = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}


@dataclass(frozen=True, slots=True)
class Step:
    """One module of the network, in the order in which an example meets them."""

    kind: str
    key: str
    """The prefix of its entries in the state_dict; empty for an activation."""
    inputs: int = 0
    units: int = 0
    has_bias: bool = True
    """Of a normalisation: whether it has weight and bias."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said of a file, and how sure it is: known, inferred or unknown."""

    about: str
    value: str
    certainty: str
    why: str

    def to_json(self) -> dict[str, str]:
        """As the server answers."""
        return {"about": self.about, "value": self.value, "certainty": self.certainty, "why": self.why}


@dataclass(frozen=True, slots=True)
class InferredArchitecture:
    """A network's modules in order."""

    steps: tuple[Step, ...]
    statements: tuple[Statement, ...]
    ignored: tuple[str, ...] = ()
    """Keys that are no part of the network."""
    assumptions: tuple[str, ...] = ()
    """Lines for people on what had to be assumed, the activation aside."""

    @property
    def layers(self) -> tuple[Step, ...]:
        """The linear ones."""
        return tuple(step for step in self.steps if step.kind == LINEAR)

    @property
    def num_inputs(self) -> int:
        """D."""
        return self.layers[0].inputs

    @property
    def num_classes(self) -> int:
        """C."""
        return self.layers[-1].units

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of the hidden layers."""
        return tuple(layer.units for layer in self.layers[:-1])

    @property
    def norm(self) -> str | None:
        """batch_norm, layer_norm, or None."""
        return next((step.kind for step in self.steps if step.kind in (BATCH_NORM, LAYER_NORM)), None)


def infer_architecture(tensors: Mapping[str, Tensor], where: str) -> InferredArchitecture:
    """The network of a state_dict; CheckpointError naming `where` and what does not fit where it is none that is known here."""
    ignored = tuple(key for key in tensors if _IGNORED.search(key))
    kept = {key: tensor for key, tensor in tensors.items() if key not in ignored}
    groups = _group(kept)
    modules = [_module(key, entries) for key, entries in groups.items()]
    wrong = [f"{safe_text(key, 40)} {problem}" for key, problem in (module for module in modules if isinstance(module, tuple))]
    steps = [module for module in modules if isinstance(module, Step)]
    linear = [step for step in steps if step.kind == LINEAR]
    if wrong or not linear:
        wrong = wrong or [f"{safe_text(key, 40)} {_shape(tensor)}" for key, tensor in kept.items()]
        more = f" and {len(wrong) - MAX_SHOWN} more" if len(wrong) > MAX_SHOWN else ""
        listed = "; ".join(wrong[:MAX_SHOWN]) or "it is empty"
        raise CheckpointError(f"{where} is no multilayer perceptron: {listed}{more}")
    guesses: list[str] = []
    chain = _order_layers(linear, where, guesses)
    ordered = _place_norms(chain, [step for step in steps if step.kind != LINEAR], where, guesses)
    return InferredArchitecture(tuple(ordered), tuple(_statements(ordered, chain, guesses)), ignored, tuple(guesses))


def build_inferred(architecture: InferredArchitecture, tensors: Mapping[str, Tensor], activation: Activation) -> nn.Sequential:
    """The network with its weights in float32, in training mode."""
    modules = [_build(step, tensors, activation) for step in architecture.steps]
    return nn.Sequential(*modules)


def _build(step: Step, tensors: Mapping[str, Tensor], activation: Activation) -> nn.Module:
    module: nn.Module
    if step.kind == ACTIVATION:
        return getattr(nn, ACTIVATIONS[activation].module)()  # type: ignore[no-any-return]
    if step.kind == LINEAR:
        module = nn.Linear(step.inputs, step.units, bias=step.has_bias)
    elif step.kind == BATCH_NORM:
        module = nn.BatchNorm1d(step.units, affine=step.has_bias)
    else:
        module = nn.LayerNorm(step.units)
    prefix = f"{step.key}." if step.key else ""
    own = {name: tensors[prefix + name] for name in module.state_dict() if prefix + name in tensors}
    module.load_state_dict(
        {name: value.float() if value.is_floating_point() else value for name, value in own.items()}, strict=False
    )
    return module


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """Sorts fc2 before fc10."""
    parts = re.split(r"([0-9]+)", text)
    return [(1, int(part[:18]), "") if part.isdigit() else (0, 0, part) for part in parts if part]


def _group(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """{module: {entry: tensor}} in the order of the file."""
    groups: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        module, _, entry = key.rpartition(".")
        groups.setdefault(module, {})[entry] = tensor
    return groups


def _module(key: str, entries: dict[str, Tensor]) -> Step | tuple[str, str]:
    """The module that has these entries, or (its key, what is wrong with them)."""
    weight, bias = entries.get("weight"), entries.get("bias")
    if weight is not None and weight.ndim == 2 and set(entries) <= {"weight", "bias"}:
        units, inputs = weight.shape
        if bias is not None and tuple(bias.shape) != (units,):
            return key, f"has a weight of {_shape(weight)} and a bias of {_shape(bias)}"
        if not weight.numel():
            return key, "has no weights"
        return Step(LINEAR, key, int(inputs), int(units), bias is not None)
    is_flat = all(tensor.ndim == 1 for name, tensor in entries.items() if name != "num_batches_tracked")
    sizes = {tensor.numel() for name, tensor in entries.items() if name != "num_batches_tracked"}
    if set(entries) <= _NORM_ENTRIES and is_flat and len(sizes) == 1 and (weight is None) == (bias is None):
        units = sizes.pop()
        if "running_mean" in entries and "running_var" in entries:
            return Step(BATCH_NORM, key, units, units, weight is not None)
        if weight is not None and set(entries) == {"weight", "bias"}:
            return Step(LAYER_NORM, key, units, units)
    shapes = ", ".join(f"{safe_text(name or key, 20)} {_shape(tensor)}" for name, tensor in list(entries.items())[:2])
    return key, f"({shapes})"


def _shape(tensor: Tensor) -> str:
    return "x".join(str(size) for size in tensor.shape) or "scalar"


def _order_layers(linear: list[Step], where: str, guesses: list[str]) -> list[Step]:
    """The linear layers so that each takes what the one before gives."""
    by_name = sorted(linear, key=lambda step: natural_key(step.key))
    orders = [order for order in (by_name, linear) if _fits(order)]
    if orders:
        if len(orders) == 2 and orders[0] != orders[1]:
            guesses.append("order of the layers: by their names, which is not the order of the file")
        return orders[0]
    chain = _search_chain(linear)
    if chain is None:
        widths = "; ".join(f"{safe_text(s.key, 30)} {s.inputs} to {s.units}" for s in by_name[:MAX_SHOWN])
        more = f" and {len(by_name) - MAX_SHOWN} more" if len(by_name) > MAX_SHOWN else ""
        raise CheckpointError(f"{where} is no multilayer perceptron, its layers do not follow one another: {widths}{more}")
    guesses.append("order of the layers: by their widths")
    return chain


def _fits(order: list[Step]) -> bool:
    return all(first.units == second.inputs for first, second in itertools.pairwise(order))


def _search_chain(linear: list[Step]) -> list[Step] | None:
    """An order in which the widths fit, the first in the order of `linear`; None where there is none, or too much to try."""
    if len(linear) > MAX_SEARCHED:
        return None

    def follow(chain: list[Step]) -> list[Step] | None:
        if len(chain) == len(linear):
            return chain
        fitting = (step for step in linear if step not in chain and (not chain or step.inputs == chain[-1].units))
        return next((found for step in fitting if (found := follow([*chain, step]))), None)

    return follow([])


def _place_norms(chain: list[Step], norms: list[Step], where: str, guesses: list[str]) -> list[Step]:
    """All steps in order, an activation after each hidden layer."""
    after = _assign(chain, norms, where)
    steps: list[Step] = []
    for index, layer in enumerate(chain):
        steps.append(layer)
        is_last = index == len(chain) - 1
        norm = after.get(index)
        comes_late = norm is not None and _gap(layer.key, norm.key) > 1
        if norm is not None and not is_last and _gap(layer.key, norm.key) == 0 and not _is_place_guessed(guesses):
            guesses.append("normalisation: between linear layer and activation")
        if norm is not None and not comes_late:
            steps.append(norm)
        if not is_last:
            steps.append(Step(ACTIVATION, ""))
        if norm is not None and comes_late:
            steps.append(norm)
    return steps


def _is_place_guessed(guesses: list[str]) -> bool:
    """Whether the place of normalisation was assumed already."""
    return any(guess.startswith("normalisation") for guess in guesses)


def _assign(chain: list[Step], norms: list[Step], where: str) -> dict[int, Step]:
    """{index of the linear layer: the norm that follows it}."""
    if not norms:
        return {}
    merged = sorted([*chain, *norms], key=lambda step: natural_key(step.key))
    found: dict[int, Step] = {}
    last = -1
    for step in merged:
        if step in chain:
            last = chain.index(step)
        elif last >= 0 and last not in found and chain[last].units == step.units:
            found[last] = step
    if len(found) == len(norms):
        return found
    # bn1, bn2 beside fc1, fc2: the n-th of them belongs to the next layer of its width.
    found, place = {}, 0
    for norm in sorted(norms, key=lambda step: natural_key(step.key)):
        while place < len(chain) and chain[place].units != norm.units:
            place += 1
        if place == len(chain):
            raise CheckpointError(
                f"{where}: {safe_text(norm.key, 40)} normalises {norm.units} units, which no layer before it has"
            )
        found[place] = norm
        place += 1
    return found


def _gap(layer: str, norm: str) -> int:
    """By how many places a norm follows its layer where both are numbered in one nn.Sequential; 0 where names do not tell."""
    (layer_parent, _, layer_index), (norm_parent, _, norm_index) = layer.rpartition("."), norm.rpartition(".")
    if layer_parent != norm_parent or not (layer_index.isdigit() and norm_index.isdigit()):
        return 0
    return int(norm_index) - int(layer_index)


def _statements(steps: list[Step], chain: list[Step], guesses: list[str]) -> list[Statement]:
    widths = "-".join(str(width) for width in (chain[0].inputs, *(layer.units for layer in chain)))
    order = next((guess for guess in guesses if guess.startswith("order")), "")
    said = [
        Statement("layers", widths, KNOWN, f"shapes of {len(chain)} weight matrices"),
        Statement(
            "order",
            " ".join(safe_text(s.key, 30) for s in chain),
            INFERRED,
            order.partition(": ")[2] or "names and widths agree",
        ),
        Statement("inputs", f"{chain[0].inputs:,}", KNOWN, "columns of the first weight matrix"),
        Statement("outputs", f"{chain[-1].units:,}", KNOWN, "rows of the last; classes, or one number"),
    ]
    without = [safe_text(layer.key, 30) for layer in chain if not layer.has_bias]
    if without:
        said.append(Statement("bias", f"none in {', '.join(without[:MAX_SHOWN])}", KNOWN, "there is no such entry"))
    norm = next((step for step in steps if step.kind in (BATCH_NORM, LAYER_NORM)), None)
    if norm is not None:
        said.append(Statement("normalisation", norm.kind.replace("_", " "), INFERRED, f"entries of {safe_text(norm.key, 30)}"))
        why = "torch's default; weights do not tell it"
        said.append(Statement("epsilon", "1e-05", UNKNOWN, why))
        placed = (
            "after the activation"
            if steps.index(norm) and steps[steps.index(norm) - 1].kind == ACTIVATION
            else "before the activation"
        )
        is_guess = _is_place_guessed(guesses)
        said.append(Statement("place of normalisation", placed, UNKNOWN if is_guess else INFERRED,
                              "usual; weights do not tell it" if is_guess else "numbers of the modules"))  # fmt: skip
    if len(chain) > 1:
        said.append(Statement("activation", "?", UNKNOWN, "it has no weights; relu is assumed unless you say otherwise"))
        said.append(Statement("dropout", "?", UNKNOWN, "it has no weights and does nothing in an evaluation"))
    said.append(Statement("data", "?", UNKNOWN, "weights do not tell what they were trained on, nor how it was scaled"))
    return said


def describe_inferred(architecture: InferredArchitecture) -> dict[str, Any]:
    """The architecture as the server answers."""
    return {
        "hidden": list(architecture.hidden),
        "num_inputs": architecture.num_inputs,
        "num_classes": architecture.num_classes,
        "norm": architecture.norm,
        "activation": None,
    }


def count_weights(tensors: Mapping[str, Tensor]) -> int:
    """Values in floating point, running statistics aside."""
    running = ("running_mean", "running_var")
    return sum(t.numel() for key, t in tensors.items() if torch.is_floating_point(t) and not key.endswith(running))
