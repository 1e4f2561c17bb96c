"""ModelConfig: the table `model` of the configuration, the multilayer perceptron between the inputs and the logits."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from tui_trainer.runs.activations import Activation
from tui_trainer.runs.section import Section, lever

MAX_LAYERS = 64
MAX_WIDTH = 10**6


class Style(StrEnum):
    """How the network is written, which fixes the keys of its state_dict."""

    CLASS = "class"
    SEQUENTIAL = "sequential"


class Initialisation(StrEnum):
    """What the first weights are drawn from; biases begin at zero, but with torch's default."""

    DEFAULT = "default"
    KAIMING_NORMAL = "kaiming_normal"
    XAVIER_UNIFORM = "xavier_uniform"
    XAVIER_NORMAL = "xavier_normal"
    ORTHOGONAL = "orthogonal"


class ModelConfig(Section):
    """The multilayer perceptron between the inputs and the logits."""

    style: Style = lever(
        Style.CLASS, "Style", "class: fc1, fc2, … in a module of its own; sequential: nn.Sequential", source="the book"
    )
    hidden: tuple[Annotated[int, Field(ge=1, le=MAX_WIDTH)], ...] = lever(
        (128, 64),
        "Layers",
        "units of each hidden layer, from the input on",
        unit="units",
        source="the book",
        max_length=MAX_LAYERS,
    )
    activation: Activation = lever(
        Activation.RELU, "Activation", "what each hidden layer applies to its sums", source="torch.nn.functional"
    )
    dropout: float = lever(
        0.0, "Dropout", "share of activations set to zero while training, after each activation",
        source="Srivastava et al. 2014; torch.nn.Dropout", ge=0.0, lt=1.0,
    )  # fmt: skip
    batch_norm: bool = lever(
        False, "Batch norm", "normalise each hidden layer's sums over the batch, between Linear and activation",
        source="Ioffe and Szegedy 2015; torch.nn.BatchNorm1d",
    )  # fmt: skip
    layer_norm: bool = lever(
        False, "Layer norm", "normalise each example's sums over the layer, between Linear and activation",
        source="Ba et al. 2016; torch.nn.LayerNorm",
    )  # fmt: skip
    init: Initialisation = lever(
        Initialisation.DEFAULT, "First weights", "default: torch's own (Kaiming uniform, a = √5); others with biases of zero",
        source="torch.nn.init",
    )  # fmt: skip

    @property
    def has_norm(self) -> bool:
        """Whether hidden layers are normalised, over the batch or over the layer."""
        return self.batch_norm or self.layer_norm
