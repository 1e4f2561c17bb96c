"""The table of activations: what the network, the printed script and the layers' notes call each of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Activation(StrEnum):
    """The function after each hidden layer."""

    RELU = "relu"
    GELU = "gelu"
    SILU = "silu"
    TANH = "tanh"
    SIGMOID = "sigmoid"
    LEAKY_RELU = "leaky_relu"
    ELU = "elu"
    SELU = "selu"
    MISH = "mish"


@dataclass(frozen=True, slots=True)
class TorchNames:
    """How torch writes an activation: as a function, with `F` or `torch` before it, and as a module of torch.nn."""

    function: str
    module: str


ACTIVATIONS: dict[Activation, TorchNames] = {
    Activation.RELU: TorchNames("F.relu", "ReLU"),
    Activation.GELU: TorchNames("F.gelu", "GELU"),
    Activation.SILU: TorchNames("F.silu", "SiLU"),
    Activation.TANH: TorchNames("torch.tanh", "Tanh"),
    Activation.SIGMOID: TorchNames("torch.sigmoid", "Sigmoid"),
    Activation.LEAKY_RELU: TorchNames("F.leaky_relu", "LeakyReLU"),
    Activation.ELU: TorchNames("F.elu", "ELU"),
    Activation.SELU: TorchNames("F.selu", "SELU"),
    Activation.MISH: TorchNames("F.mish", "Mish"),
}
