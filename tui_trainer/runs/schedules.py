"""The table of schedules: how the learning rate changes over a run, as stages of torch's own schedulers.

The engine builds the stages and the script prints them, both from `stages`. What depends on the length of an epoch is said in
epochs (`InSteps`), the optimiser's own learning rate as `OWN_LR`. Plateau reads the validation loss or, without a validation
split, the train loss; never the test set.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field

from tui_trainer.runs.section import Section, lever

MAX_PERIOD = 10**6


class Cadence(StrEnum):
    """When a scheduler is stepped."""

    NEVER = "never"
    EPOCH = "epoch"
    STEP = "step"
    METRIC = "metric"


@dataclass(frozen=True, slots=True)
class InSteps:
    """A number of epochs, counted in optimiser steps."""

    epochs: int


@dataclass(frozen=True, slots=True)
class OwnLr:
    """The learning rate that the optimiser was given."""


OWN_LR = OwnLr()


@dataclass(frozen=True, slots=True)
class Stage:
    """One scheduler of torch.optim.lr_scheduler; numbers, texts, InSteps or OWN_LR as arguments."""

    torch_class: str
    arguments: dict[str, Any] = field(default_factory=dict)
    length: InSteps | None = None
    """How long it lasts before the next stage begins; None for the last one."""


class ScheduleConfig(Section):
    """What every schedule has: when it is stepped, and what of. Subclasses are the table's entries."""

    cadence: ClassVar[Cadence] = Cadence.EPOCH

    def stages(self, epochs: int) -> list[Stage]:
        """Its schedulers in order, for a run of `epochs` epochs; none for a constant rate."""
        return []


class Constant(ScheduleConfig):
    """The learning rate stays as it is."""

    cadence: ClassVar[Cadence] = Cadence.NEVER
    name: Literal["constant"] = "constant"


class Step(ScheduleConfig):
    """The learning rate is multiplied by gamma every so many epochs."""

    name: Literal["step"] = "step"
    step_size: int = lever(
        10, "Period", "epochs from one drop to the next", unit="epochs", source="torch StepLR", ge=1, le=MAX_PERIOD
    )
    gamma: float = lever(
        0.1, "Gamma", "what the learning rate is multiplied by at a drop", source="torch StepLR", gt=0.0, le=1.0
    )

    def stages(self, epochs: int) -> list[Stage]:
        """StepLR."""
        return [Stage("StepLR", {"step_size": self.step_size, "gamma": self.gamma})]


class MultiStep(ScheduleConfig):
    """The learning rate is multiplied by gamma after each of the listed epochs."""

    name: Literal["multistep"] = "multistep"
    milestones: tuple[Annotated[int, Field(ge=1, le=MAX_PERIOD)], ...] = lever(
        (10, 15), "Milestones", "epochs after which the learning rate drops, in rising order",
        unit="epochs", source="torch MultiStepLR", max_length=64,
    )  # fmt: skip
    gamma: float = lever(
        0.1, "Gamma", "what the learning rate is multiplied by at a drop", source="torch MultiStepLR", gt=0.0, le=1.0
    )

    def stages(self, epochs: int) -> list[Stage]:
        """MultiStepLR."""
        return [Stage("MultiStepLR", {"milestones": list(self.milestones), "gamma": self.gamma})]


class Exponential(ScheduleConfig):
    """The learning rate is multiplied by gamma after each epoch."""

    name: Literal["exponential"] = "exponential"
    gamma: float = lever(
        0.9, "Gamma", "what the learning rate is multiplied by each epoch", source="torch ExponentialLR", gt=0.0, le=1.0
    )

    def stages(self, epochs: int) -> list[Stage]:
        """ExponentialLR."""
        return [Stage("ExponentialLR", {"gamma": self.gamma})]


class Cosine(ScheduleConfig):
    """Cosine annealing to zero over the run (Loshchilov and Hutter 2017): T_max = epochs, one step after each epoch."""

    name: Literal["cosine"] = "cosine"

    def stages(self, epochs: int) -> list[Stage]:
        """CosineAnnealingLR."""
        return [Stage("CosineAnnealingLR", {"T_max": epochs})]


class WarmupCosine(ScheduleConfig):
    """A linear rise over the first epochs, then cosine annealing to zero; one step after each optimiser step."""

    cadence: ClassVar[Cadence] = Cadence.STEP
    name: Literal["warmup_cosine"] = "warmup_cosine"
    warmup_epochs: int = lever(
        1, "Warm-up", "epochs in which the learning rate rises; fewer than the run has",
        unit="epochs", source="Goyal et al. 2017", ge=1, le=MAX_PERIOD,
    )  # fmt: skip
    start_factor: float = lever(
        0.01, "Start", "share of the learning rate that the rise begins with", source="torch LinearLR", gt=0.0, le=1.0
    )

    def stages(self, epochs: int) -> list[Stage]:
        """LinearLR, then CosineAnnealingLR."""
        warmup, rest = InSteps(self.warmup_epochs), InSteps(epochs - self.warmup_epochs)
        return [
            Stage("LinearLR", {"start_factor": self.start_factor, "total_iters": warmup}, warmup),
            Stage("CosineAnnealingLR", {"T_max": rest}),
        ]


class OneCycle(ScheduleConfig):
    """Up to the learning rate and down to nearly nothing in one cycle (Smith and Topin 2019), a step each optimiser step."""

    cadence: ClassVar[Cadence] = Cadence.STEP
    name: Literal["one_cycle"] = "one_cycle"
    pct_start: float = lever(
        0.3, "Rise", "share of the run in which the learning rate rises to lr", source="torch OneCycleLR", gt=0.0, lt=1.0
    )
    div_factor: float = lever(25.0, "Start ÷", "the run begins at lr divided by this", source="torch OneCycleLR", ge=1.0)
    final_div_factor: float = lever(
        10_000.0, "End ÷", "the run ends at the first learning rate divided by this", source="torch OneCycleLR", ge=1.0
    )

    def stages(self, epochs: int) -> list[Stage]:
        """OneCycleLR; torch's cycle_momentum fails for Adagrad and sets SGD's momentum to 0.95, so it is off."""
        fields = type(self).model_fields
        shape = {name: value for name, value in self.model_dump(exclude={"name"}).items() if value != fields[name].default}
        arguments = {"max_lr": OWN_LR, "total_steps": InSteps(epochs), **shape, "cycle_momentum": False}
        return [Stage("OneCycleLR", arguments)]


class Plateau(ScheduleConfig):
    """The learning rate drops when the validation loss (without a validation split: the train loss) no longer falls."""

    cadence: ClassVar[Cadence] = Cadence.METRIC
    name: Literal["plateau"] = "plateau"
    factor: float = lever(
        0.1, "Factor", "what the learning rate is multiplied by at a drop", source="torch ReduceLROnPlateau", gt=0.0, lt=1.0
    )
    patience: int = lever(
        3, "Patience", "epochs without a fall of the loss that are borne",
        unit="epochs", source="torch ReduceLROnPlateau", ge=0, le=MAX_PERIOD,
    )  # fmt: skip
    threshold: float = lever(
        1e-4, "Threshold", "share by which the loss must fall to count", source="torch ReduceLROnPlateau", ge=0.0, lt=1.0
    )
    cooldown: int = lever(
        0, "Cool-down", "epochs after a drop that are not counted",
        unit="epochs", source="torch ReduceLROnPlateau", ge=0, le=MAX_PERIOD,
    )  # fmt: skip
    min_lr: float = lever(0.0, "Least lr", "the learning rate never drops below this", source="torch ReduceLROnPlateau", ge=0.0)

    def stages(self, epochs: int) -> list[Stage]:
        """ReduceLROnPlateau; factor and patience are always written."""
        fields = type(self).model_fields
        values = self.model_dump(exclude={"name"}).items()
        return [
            Stage(
                "ReduceLROnPlateau",
                {name: value for name, value in values if name in ("factor", "patience") or value != fields[name].default},
            )
        ]


AnySchedule = Constant | Step | MultiStep | Exponential | Cosine | WarmupCosine | OneCycle | Plateau
SCHEDULES: dict[str, type[ScheduleConfig]] = {cls.model_fields["name"].default: cls for cls in get_args(AnySchedule)}
