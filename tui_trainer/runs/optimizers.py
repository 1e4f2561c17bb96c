"""The table of optimisers: each with its hyperparameters, their ranges, defaults and sources.

One entry is all that an optimiser takes: form, flags, file, engine, memory estimate and printed script are made from it.
A field is called as torch calls its argument and, `lr` and Muon's aside, has torch's default, so that a script need not
write it; `beta1` and `beta2` together are torch's `betas`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Literal, get_args

from tui_trainer.runs.section import Section, lever


class OptimizerConfig(Section):
    """What every optimiser has: a learning rate and a weight decay. Subclasses are the table's entries."""

    torch_class: ClassVar[str]
    """Name of the class in torch.optim; its arguments are the fields of this model."""
    always_written: ClassVar[tuple[str, ...]] = ("lr",)
    """Arguments that a script writes whatever they are, because torch's default is another."""
    num_moments: ClassVar[int] = 0
    """Numbers that it keeps for each weight, options aside."""

    def torch_arguments(self) -> dict[str, Any]:
        """Keyword arguments for the torch class."""
        return _torch_names(self.model_dump(exclude={"name"}))

    def written_arguments(self) -> dict[str, Any]:
        """The keyword arguments that differ from torch's defaults, and those of `always_written`."""
        fields = type(self).model_fields
        defaults = _torch_names({name: fields[name].default for name in fields if name != "name"})
        written = self.torch_arguments().items()
        return {name: value for name, value in written if name in self.always_written or value != defaults[name]}

    def moments(self) -> int:
        """Numbers that it keeps for each weight."""
        return self.num_moments + sum(bool(getattr(self, name, 0)) for name in ("momentum", "amsgrad", "centered"))


def _torch_names(values: dict[str, Any]) -> dict[str, Any]:
    """`values` with beta1 and beta2 as the pair that torch calls betas."""
    if "beta1" not in values:
        return values
    betas = values.pop("beta1"), values.pop("beta2")
    return {**values, "betas": betas}


def _lr(default: float, source: str, help: str = "learning rate: about the length of each weight's step") -> Any:
    return lever(default, "lr", help, source=source, ge=0.0)


def _l2(source: str) -> Any:
    return lever(0.0, "Decay", "L2 penalty: added to the gradient as decay times weight", source=source, ge=0.0)


def _beta1(help: str = "share of the running mean of gradients that is kept each step") -> Any:
    return lever(0.9, "Beta 1", help, source="Kingma and Ba 2015", ge=0.0, lt=1.0)


def _beta2(help: str = "share of the running mean of squared gradients that is kept each step") -> Any:
    return lever(0.999, "Beta 2", help, source="Kingma and Ba 2015", ge=0.0, lt=1.0)


def _eps(default: float, source: str) -> Any:
    return lever(default, "eps", "added to the denominator, so that no step is divided by zero", source=source, gt=0.0)


def _amsgrad() -> Any:
    return lever(
        False, "AMSGrad", "divide by the largest running mean so far, not by the present one", source="Reddi et al. 2018"
    )


def _fused(source: str) -> Any:
    return lever(
        False, "Fused", "torch's one kernel for the whole update; its last bits differ from the plain one's", source=source
    )


def _decoupled(source: str) -> Any:
    return lever(False, "Decoupled", "decay apart from the gradient, as AdamW does", source=source)


class SGD(OptimizerConfig):
    """Stochastic gradient descent, with momentum as torch writes it: v = m v + g, w = w - lr v."""

    torch_class: ClassVar[str] = "SGD"
    name: Literal["sgd"] = "sgd"
    lr: float = lever(0.5, "lr", "learning rate: the length of a step along the gradient", source="the book", ge=0.0)
    momentum: float = lever(
        0.0, "Momentum", "share of the last step that is taken again; 0.9 wants a tenth of the learning rate",
        source="torch.optim.SGD", ge=0.0, lt=1.0,
    )  # fmt: skip
    weight_decay: float = _l2("torch.optim.SGD")
    dampening: float = lever(
        0.0, "Dampening", "share of the gradient that momentum leaves out", source="torch.optim.SGD", ge=0.0, le=1.0
    )
    nesterov: bool = lever(
        False, "Nesterov", "take the gradient where momentum is about to lead; needs momentum and no dampening",
        source="Sutskever et al. 2013",
    )  # fmt: skip
    fused: bool = _fused("torch.optim.SGD")


class Adam(OptimizerConfig):
    """Adam (Kingma and Ba 2015): each weight's step scaled by its own gradient history."""

    torch_class: ClassVar[str] = "Adam"
    num_moments: ClassVar[int] = 2
    name: Literal["adam"] = "adam"
    lr: float = _lr(0.001, "torch.optim.Adam")
    weight_decay: float = lever(
        0.0, "Decay", "L2 penalty: added to the gradient before it is scaled; AdamW decays as it should",
        source="torch.optim.Adam", ge=0.0,
    )  # fmt: skip
    beta1: float = _beta1()
    beta2: float = _beta2()
    eps: float = _eps(1e-8, "torch.optim.Adam")
    amsgrad: bool = _amsgrad()
    fused: bool = _fused("torch.optim.Adam")


class AdamW(OptimizerConfig):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    torch_class: ClassVar[str] = "AdamW"
    num_moments: ClassVar[int] = 2
    name: Literal["adamw"] = "adamw"
    lr: float = _lr(0.001, "torch.optim.AdamW")
    weight_decay: float = lever(
        0.01,
        "Decay",
        "share of lr by which each weight shrinks a step, apart from the gradient",
        source="torch.optim.AdamW",
        ge=0.0,
    )
    beta1: float = _beta1()
    beta2: float = _beta2()
    eps: float = _eps(1e-8, "torch.optim.AdamW")
    amsgrad: bool = _amsgrad()
    fused: bool = _fused("torch.optim.AdamW")


class NAdam(OptimizerConfig):
    """Adam with Nesterov momentum (Dozat 2016)."""

    torch_class: ClassVar[str] = "NAdam"
    num_moments: ClassVar[int] = 2
    name: Literal["nadam"] = "nadam"
    lr: float = _lr(0.002, "torch.optim.NAdam")
    weight_decay: float = _l2("torch.optim.NAdam")
    beta1: float = _beta1()
    beta2: float = _beta2()
    eps: float = _eps(1e-8, "torch.optim.NAdam")
    momentum_decay: float = lever(
        0.004, "Mom. decay", "how fast the Nesterov momentum rises to beta 1", source="Dozat 2016; torch.optim.NAdam", ge=0.0
    )
    decoupled_weight_decay: bool = _decoupled("torch.optim.NAdam")


class RAdam(OptimizerConfig):
    """Adam that holds its scaling back while it has seen few gradients (Liu et al. 2020)."""

    torch_class: ClassVar[str] = "RAdam"
    num_moments: ClassVar[int] = 2
    name: Literal["radam"] = "radam"
    lr: float = _lr(0.001, "torch.optim.RAdam")
    weight_decay: float = _l2("torch.optim.RAdam")
    beta1: float = _beta1()
    beta2: float = _beta2()
    eps: float = _eps(1e-8, "torch.optim.RAdam")
    decoupled_weight_decay: bool = _decoupled("torch.optim.RAdam")


class RMSprop(OptimizerConfig):
    """Each weight's step divided by the root of its mean squared gradient (Hinton, lecture 6e)."""

    torch_class: ClassVar[str] = "RMSprop"
    num_moments: ClassVar[int] = 1
    name: Literal["rmsprop"] = "rmsprop"
    # torch's 0.01 throws the book's network off in its first steps.
    lr: float = _lr(0.001, "Tieleman and Hinton 2012")
    weight_decay: float = _l2("torch.optim.RMSprop")
    alpha: float = lever(
        0.99, "Alpha", "share of the running mean of squared gradients that is kept each step",
        source="torch.optim.RMSprop", ge=0.0, lt=1.0,
    )  # fmt: skip
    momentum: float = lever(
        0.0, "Momentum", "share of the last step that is taken again", source="torch.optim.RMSprop", ge=0.0, lt=1.0
    )
    eps: float = _eps(1e-8, "torch.optim.RMSprop")
    centered: bool = lever(
        False, "Centred", "divide by the gradient's standard deviation, not by its root mean square", source="Graves 2013"
    )


class Adagrad(OptimizerConfig):
    """Each weight's step divided by the root of all its squared gradients so far (Duchi et al. 2011)."""

    torch_class: ClassVar[str] = "Adagrad"
    num_moments: ClassVar[int] = 1
    name: Literal["adagrad"] = "adagrad"
    lr: float = _lr(0.01, "torch.optim.Adagrad")
    weight_decay: float = _l2("torch.optim.Adagrad")
    lr_decay: float = lever(
        0.0, "lr decay", "the learning rate is divided by 1 + this times the step", source="torch.optim.Adagrad", ge=0.0
    )
    initial_accumulator_value: float = lever(
        0.0, "Start sum", "what the sum of squared gradients begins with", source="torch.optim.Adagrad", ge=0.0
    )
    eps: float = _eps(1e-10, "torch.optim.Adagrad")
    fused: bool = _fused("torch.optim.Adagrad")


class Adamax(OptimizerConfig):
    """Adam that divides by the largest recent gradient instead of the mean square (Kingma and Ba 2015)."""

    torch_class: ClassVar[str] = "Adamax"
    num_moments: ClassVar[int] = 2
    name: Literal["adamax"] = "adamax"
    lr: float = _lr(0.002, "torch.optim.Adamax")
    weight_decay: float = _l2("torch.optim.Adamax")
    beta1: float = _beta1()
    beta2: float = _beta2("share by which the largest gradient so far shrinks each step")
    eps: float = _eps(1e-8, "torch.optim.Adamax")


class StepLength(StrEnum):
    """How Muon's step grows with the shape of a matrix."""

    ORIGINAL = "original"
    MATCH_RMS_ADAMW = "match_rms_adamw"


class Muon(OptimizerConfig):
    """Momentum made orthogonal for the weights of hidden layers (Jordan 2024), AdamW for biases, norms and the last layer."""

    torch_class: ClassVar[str] = "Muon"
    always_written: ClassVar[tuple[str, ...]] = ("lr", "weight_decay")
    name: Literal["muon"] = "muon"
    lr: float = _lr(0.02, "Jordan 2024", "learning rate of hidden layers' weights: about the norm of each matrix's step")
    weight_decay: float = lever(
        0.01, "Decay", "share of lr by which hidden layers' weights shrink a step", source="Jordan 2024", ge=0.0
    )
    momentum: float = lever(
        0.95, "Momentum", "share of the running gradient that is kept", source="torch.optim.Muon", ge=0.0, lt=1.0
    )
    nesterov: bool = lever(True, "Nesterov", "take the gradient where momentum is about to lead", source="torch.optim.Muon")
    ns_steps: int = lever(
        5, "NS steps", "Newton-Schulz iterations that make a step orthogonal", source="torch.optim.Muon", ge=1, le=99
    )
    adjust_lr_fn: StepLength = lever(
        StepLength.ORIGINAL, "Step length", "original: by rows over columns; match_rms_adamw: as long as AdamW's",
        source="torch.optim.Muon; Liu et al. 2025",
    )  # fmt: skip
    adamw_lr: float = lever(
        0.001, "AdamW lr", "learning rate of AdamW, for biases, norms and the last layer", source="torch.optim.AdamW", ge=0.0
    )
    adamw_weight_decay: float = lever(
        0.01, "AdamW decay", "weight decay of AdamW, for biases, norms and the last layer", source="torch.optim.AdamW", ge=0.0
    )

    def torch_arguments(self) -> dict[str, Any]:
        """Keyword arguments for torch.optim.Muon; `rest` has those of AdamW."""
        values = self.model_dump(mode="json", exclude={"name", "adamw_lr", "adamw_weight_decay"})
        return {**values, "adjust_lr_fn": None if self.adjust_lr_fn is StepLength.ORIGINAL else values["adjust_lr_fn"]}

    def written_arguments(self) -> dict[str, Any]:
        """As for the others."""
        fields = type(self).model_fields
        written = self.torch_arguments().items()
        return {
            name: value
            for name, value in written
            if name in self.always_written or (value is not None and value != fields[name].default)
        }

    @property
    def rest(self) -> AdamW:
        """The optimiser of every parameter that is no hidden layer's weight matrix."""
        return AdamW(lr=self.adamw_lr, weight_decay=self.adamw_weight_decay)


AnyOptimizer = SGD | Adam | AdamW | NAdam | RAdam | RMSprop | Adagrad | Adamax | Muon
OPTIMIZERS: dict[str, type[OptimizerConfig]] = {cls.model_fields["name"].default: cls for cls in get_args(AnyOptimizer)}
