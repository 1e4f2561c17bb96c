"""TrainingState: everything that decides how a run goes on, as a closed list that is saved and restored whole.

Network, optimiser, schedule, position in the run, order of the running epoch, mean of weights, early stopping's count, loss
scale, and the generators' states. Of Python's and NumPy's generators nothing is kept, because no step draws from them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from tui_trainer.engine.early_stopper import EarlyStopper
from tui_trainer.engine.epoch_order import EpochOrder, restore_epoch_order
from tui_trainer.engine.schedule import Schedule
from tui_trainer.engine.tensor_files import load_tensors
from tui_trainer.engine.weight_average import WeightAverage
from tui_trainer.runs.errors import CheckpointError
from tui_trainer.runs.live_keys import AppliedChange, read_changes
from tui_trainer.runs.schedules import Cadence

_GROUP_ENTRIES = ("lr", "initial_lr", "max_lr", "min_lr", "weight_decay")
"""Of an optimiser's groups, what a schedule or a person changes while a run trains; None where a group has none of the name."""


@dataclass(slots=True)
class Position:
    """Where in the run the training is; `epoch` is the last completed one."""

    epoch: int = 0
    step: int = 0
    examples_used: int = 0
    """Examples of the running epoch that are used already."""
    loss_sum: float = 0.0
    """Sum over the running epoch's steps of loss times batch size."""
    elapsed_s: float = 0.0
    """Training time of the attempts before this one, since the last epoch_ended."""
    trained_s: float = 0.0
    """Training time of all attempts, pauses left out; what a time budget is held against."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy of the state at a step boundary, on the CPU, that training no longer touches."""

    position: Position
    weights: dict[str, Tensor]
    """The state_dict."""
    resume: dict[str, Tensor]
    """Optimiser state, generators' states and the running epoch's order."""
    scalars: dict[str, Any]
    """What else is needed to go on, as strict JSON."""
    average: dict[str, Tensor] | None = None
    """The running mean of the weights, where one is kept."""


class TrainingState:
    """The live objects of a run, between whose steps a snapshot can be taken."""

    def __init__(
        self,
        network: nn.Module,
        optimizer: Optimizer,
        schedule: Schedule | None,
        device: torch.device,
        *,
        average: WeightAverage | None = None,
        stopper: EarlyStopper | None = None,
        scaler: torch.amp.GradScaler | None = None,
    ) -> None:
        self.network, self.optimizer, self.device = network, optimizer, device
        self.schedule = schedule or Schedule(None, Cadence.NEVER)
        self.average, self.stopper, self.scaler = average, stopper, scaler
        self.position = Position()
        self.order: EpochOrder | None = None
        """Order of the running epoch, None between epochs."""
        self.changes: list[AppliedChange] = []
        """What was changed while the run trained, before this step or at it."""

    @property
    def scheduler(self) -> LRScheduler | None:
        """torch's own scheduler; None for a constant learning rate."""
        return self.schedule.scheduler

    def advance(self, num_examples: int) -> None:
        """An optimiser step on `num_examples` was made."""
        self.position.step += 1
        self.position.examples_used += num_examples
        self.schedule.step_taken()
        if self.average is not None:
            self.average.update()

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return float(self.optimizer.param_groups[0]["lr"])

    def snapshot(self) -> Snapshot:
        """Copy the whole state; only at a step boundary. A synchronisation on a GPU."""
        weights, resume = self.network.state_dict(), self._resume_tensors()
        average = _copies(self.average.state_dict()) if self.average is not None else None
        return Snapshot(replace(self.position), _copies(weights), _copies(resume), self._scalars(), average)

    def restore(
        self, weights: bytes, resume: bytes, scalars: dict[str, Any], num_train: int, where: str, average: bytes | None = None
    ) -> None:
        """Become what `snapshot` copied; CheckpointError naming `where` if it is of another network or damaged."""
        load_weights(self.network, load_tensors(weights, where), where)
        tensors = load_tensors(resume, where)
        try:
            self._restore_optimizer(tensors, scalars)
            self.schedule.load_state_dict(scalars["scheduler"])
            if self.stopper is not None and self.stopper.is_on:
                self.stopper.load_state_dict(scalars["early_stopping"])
            if self.scaler is not None:
                self.scaler.load_state_dict(scalars["scaler"])
            if self.average is not None:
                self.average.load(load_tensors(average or b"", where), int(scalars["num_averaged"]))
            self.position = Position(**scalars["position"])
            self.changes = read_changes(scalars.get("changes"))
            if "order.generator" in tensors:
                self.order = restore_epoch_order(num_train, tensors["order.generator"])
            self._restore_generators(tensors)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{where}: its resume state does not fit this run ({str(error)[:80]})") from error

    def _resume_tensors(self) -> dict[str, Tensor]:
        tensors = {"rng.cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            tensors["rng.cuda"] = torch.cuda.get_rng_state(self.device)
        elif self.device.type == "mps":
            tensors["rng.mps"] = torch.mps.get_rng_state()
        if self.order is not None:
            tensors["order.generator"] = self.order.generator_state
        for index, entries in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value for name, value in entries.items() if value is not None}
        return tensors

    def _scalars(self) -> dict[str, Any]:
        groups = [{name: group.get(name) for name in _GROUP_ENTRIES} for group in self.optimizer.param_groups]
        scalars: dict[str, Any] = {
            "position": asdict(self.position),
            "optimizer": groups,
            "scheduler": self.schedule.state_dict(),
            "changes": [change.as_json() for change in self.changes],
        }
        if self.stopper is not None and self.stopper.is_on:
            scalars["early_stopping"] = self.stopper.state_dict()
        if self.scaler is not None:
            scalars["scaler"] = self.scaler.state_dict()
        if self.average is not None:
            scalars["num_averaged"] = self.average.num_averaged
        return scalars

    def _restore_optimizer(self, tensors: dict[str, Tensor], scalars: dict[str, Any]) -> None:
        state: dict[int, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            if key.startswith("optimizer."):
                _, index, name = key.split(".", 2)
                state.setdefault(int(index), {})[name] = tensor
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state})
        for group, saved in zip(self.optimizer.param_groups, scalars["optimizer"], strict=True):
            group.update({name: value for name, value in saved.items() if value is not None})

    def _restore_generators(self, tensors: dict[str, Tensor]) -> None:
        torch.set_rng_state(tensors["rng.cpu"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["rng.cuda"], self.device)
        elif self.device.type == "mps":
            torch.mps.set_rng_state(tensors["rng.mps"])


def _copies(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: torch.empty_like(tensor, device="cpu").copy_(tensor.detach()) for key, tensor in tensors.items()}


def load_weights(network: nn.Module, weights: dict[str, Tensor], where: str) -> None:
    """Put `weights` into `network`; CheckpointError with the first five differences where keys or shapes do not match."""
    own = network.state_dict()
    differences = [
        f"{key} {_shape(weights.get(key))} instead of {_shape(own.get(key))}"
        for key in sorted(own.keys() | weights.keys())
        if _shape(weights.get(key)) != _shape(own.get(key))
    ]
    if differences:
        more = f" and {len(differences) - 5} more" if len(differences) > 5 else ""
        raise CheckpointError(f"{where} is of another network: {', '.join(differences[:5])}{more}")
    network.load_state_dict(weights)


def _shape(tensor: Tensor | None) -> str:
    return "nothing" if tensor is None else "x".join(str(size) for size in tensor.shape) or "scalar"
