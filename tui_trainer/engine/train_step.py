"""One optimiser step, two ways: `EagerStep`, the reference, and `ReplayStep`, the same bits without the autograd engine.

`choose_step` takes replay only after it gave the reference's bits on the first batches of the run, of both shapes: loss,
parameters, buffers, optimiser state and generators. The check works on copies and leaves everything as it was.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from tui_trainer.engine.objective import loss_of
from tui_trainer.engine.parameter_updates import build_update, has_own_update, is_plain_descent
from tui_trainer.engine.spare_cores import SpareCores
from tui_trainer.engine.step_graph import Descent, StepFunction, capture, capture_descent
from tui_trainer.engine.step_rules import PLAIN, StepRules
from tui_trainer.runs.config import StepMode

Batch = tuple[Tensor, Tensor]

OTHER_RATE = 0.9
"""No power of two, so that a rate which was one is none any more."""


class StepWatch(Protocol):
    """Looks at a step as it is made, and changes nothing."""

    def before(self, gradients: Sequence[Tensor]) -> None:
        """The gradients are there, in the order of the parameters and not clipped yet; the update comes next."""

    def after(self) -> None:
        """The update is made."""


class TrainStep(Protocol):
    """What the loop calls for each batch X (B, D), y (B,); gives the loss (), on the device, from before the update."""

    mode: StepMode
    watch: StepWatch | None
    """Who looks at the next step."""

    @property
    def can_be_watched(self) -> bool:
        """Whether the step has a whole gradient at one place to look at."""
        ...

    def __call__(self, X_B: Tensor, y_B: Tensor) -> Tensor: ...  # noqa: D102


class EagerStep:
    """zero_grad, forward, loss, backward, step: the book's own lines, and what its rules add."""

    mode = StepMode.EAGER

    def __init__(self, network: nn.Module, optimizer: Optimizer, rules: StepRules = PLAIN) -> None:
        self._network, self._optimizer, self._rules = network, optimizer, rules
        self.watch: StepWatch | None = None

    @property
    def can_be_watched(self) -> bool:
        """Not while a loss scale hides the gradient's length."""
        return self._rules.scaler is None

    def __call__(self, X_B: Tensor, y_B: Tensor) -> Tensor:
        """Train on one batch."""
        self._optimizer.zero_grad()
        size = self._rules.part_size
        loss = self._add_gradient(X_B, y_B) if size is None else self._add_parts(X_B, y_B, size)
        watch = self.watch
        if watch is not None:
            watch.before([torch.zeros_like(p) if p.grad is None else p.grad for p in self._network.parameters()])
        if self._rules.clip_norm:
            if self._rules.scaler is not None:
                self._rules.scaler.unscale_(self._optimizer)
            nn.utils.clip_grad_norm_(self._network.parameters(), self._rules.clip_norm)
        if self._rules.scaler is None:
            self._optimizer.step()
        else:
            self._rules.scaler.step(self._optimizer)
            self._rules.scaler.update()
        if watch is not None:
            watch.after()
        return loss

    def _add_parts(self, X_B: Tensor, y_B: Tensor, size: int) -> Tensor:
        """Parts of the batch one by one, each weighted by its share of the examples; their sum is the batch's mean loss."""
        loss = torch.zeros((), device=X_B.device)
        for X_P, y_P in zip(torch.split(X_B, size), torch.split(y_B, size), strict=True):
            loss = loss + self._add_gradient(X_P, y_P, len(y_P) / len(y_B))
        return loss

    def _add_gradient(self, X_B: Tensor, y_B: Tensor, weight: float | None = None) -> Tensor:
        rules = self._rules
        with torch.autocast(X_B.device.type, rules.autocast, enabled=rules.autocast is not None):
            loss: Tensor = loss_of(self._network(X_B), y_B, label_smoothing=rules.label_smoothing)
        if weight is not None:
            loss = loss * weight
        scaled = loss if rules.scaler is None else rules.scaler.scale(loss)
        scaled.backward()  # type: ignore[no-untyped-call]
        return loss.detach()


class ReplayStep:
    """The captured step of each batch shape, and the parameters' update in as few calls as it takes."""

    mode = StepMode.REPLAY

    def __init__(
        self, network: nn.Module, optimizer: Optimizer, rules: StepRules = PLAIN, spare: SpareCores | None = None
    ) -> None:
        """`rules` are such that a step can be captured; its large products take what `spare` lends."""
        self._network, self._optimizer, self._smoothing, self._spare = network, optimizer, rules.label_smoothing, spare
        self._update = build_update(optimizer, list(network.parameters()), rules.clip_norm)
        # Inference tensors cost less a call, but may not be clipped in place, nor become a part of a state that lasts.
        self._gradient_mode = torch.inference_mode() if has_own_update(optimizer, rules.clip_norm) else torch.no_grad()
        self._functions: dict[int, StepFunction] = {}
        self.watch: StepWatch | None = None

    @property
    def can_be_watched(self) -> bool:
        """Always."""
        return True

    def __call__(self, X_B: Tensor, y_B: Tensor) -> Tensor:
        """Train on one batch; a shape that is new is captured first, which may raise what torch cannot trace."""
        function = self._functions.get(len(y_B))
        if function is None:
            function = self._functions[len(y_B)] = keep_generators(
                lambda: capture(self._network, X_B, y_B, self._smoothing, self._spare)
            )
        with self._gradient_mode:
            loss, gradients = function(X_B, y_B)
        watch = self.watch
        if watch is not None:
            watch.before(gradients)
        self._update(gradients)
        if watch is not None:
            watch.after()
        return loss


class DescentStep(ReplayStep):
    """Plain SGD's captured step, with the update inside while the learning rate is a power of two, as the book's 0.5 is."""

    def __init__(
        self, network: nn.Module, optimizer: Optimizer, rules: StepRules = PLAIN, spare: SpareCores | None = None
    ) -> None:
        """`optimizer` is plain SGD."""
        super().__init__(network, optimizer, rules, spare)
        self._descents: dict[int, Descent] = {}

    def __call__(self, X_B: Tensor, y_B: Tensor) -> Tensor:
        """As ReplayStep's."""
        lr = self._optimizer.param_groups[0]["lr"]
        if math.frexp(lr)[0] != 0.5 or self.watch is not None:
            return super().__call__(X_B, y_B)
        descend = self._descents.get(len(y_B))
        if descend is None:
            descend = self._descents[len(y_B)] = keep_generators(
                lambda: capture_descent(self._network, X_B, y_B, self._smoothing, self._spare)
            )
        with self._gradient_mode:
            return descend(X_B, y_B, -lr)


@dataclass(frozen=True, slots=True)
class ChosenStep:
    """The step that a run takes, and why it is not replay (None: it is, or was not asked for)."""

    step: TrainStep
    dropped: str | None


def choose_step(
    mode: StepMode,
    network: nn.Module,
    optimizer: Optimizer,
    batches: Sequence[Batch],
    rules: StepRules = PLAIN,
    spare: SpareCores | None = None,
) -> ChosenStep:
    """Replay where `mode` asks for it, `rules` admit it and its bits on `batches` are the eager step's, else eager."""
    eager = EagerStep(network, optimizer, rules)
    device = batches[0][0].device
    if mode is StepMode.EAGER or device.type != "cpu" or not rules.can_be_captured:
        return ChosenStep(eager, None)
    difference: str | None = None
    try:
        for make_replay, lent in _candidates(optimizer, rules, spare):
            make = partial(make_replay, spare=lent)
            compare = partial(find_difference, network, optimizer, batches, rules, make, lent)
            difference = keep_generators(compare)
            if difference is None:
                return ChosenStep(make(network, optimizer, rules), None)
    except Exception as error:
        # Whatever torch cannot trace is trained by the reference instead.
        return ChosenStep(eager, f"the step cannot be captured ({type(error).__name__}: {str(error)[:120]})")
    return ChosenStep(eager, f"the captured step differs from the eager one in {difference}")


def _candidates(
    optimizer: Optimizer, rules: StepRules, spare: SpareCores | None
) -> Iterator[tuple[type[ReplayStep], SpareCores | None]]:
    """Ways to replay, the fastest first; what differs from the eager step is passed over."""
    kinds = (DescentStep, ReplayStep) if is_plain_descent(optimizer, rules.clip_norm) else (ReplayStep,)
    for kind in kinds:
        if spare is not None:
            yield kind, spare
        yield kind, None


def find_difference(
    network: nn.Module,
    optimizer: Optimizer,
    batches: Sequence[Batch],
    rules: StepRules = PLAIN,
    make_replay: Callable[..., TrainStep] = ReplayStep,
    spare: SpareCores | None = None,
) -> str | None:
    """Where eager and replay part on copies trained on `batches`; None: nowhere, to the last bit.

    The later batches are gone through once more at another learning rate, which a schedule or a person may set, and everything
    once more while `spare` lends.
    """
    outcomes = []
    for make_step in (EagerStep, make_replay):
        copied_network, copied_optimizer = copy.deepcopy((network, optimizer))
        copied_network.train()
        step = make_step(copied_network, copied_optimizer, rules)
        losses = keep_generators(partial(_train_on, step, copied_optimizer, batches, spare))
        outcomes.append(_outcome(losses, copied_network, copied_optimizer))
    eager, replay = outcomes
    if eager.keys() != replay.keys():
        return "the entries of its state"
    return next((name for name in eager if not _is_same(eager[name], replay[name])), None)


def _train_on(
    step: TrainStep, optimizer: Optimizer, batches: Sequence[Batch], spare: SpareCores | None
) -> list[tuple[Tensor, Tensor]]:
    """The loss of each step, and the generator's state after it."""
    (group, *_), losses = optimizer.param_groups, []
    own_rate = group["lr"]
    for is_lent in (False, True) if spare is not None else (False,):
        if spare is not None:
            spare.is_lent = is_lent
        for rate, part in ((own_rate, batches), (own_rate * OTHER_RATE, batches[len(batches) // 2 :])):
            group["lr"] = rate
            losses += [(step(X_B, y_B), torch.get_rng_state()) for X_B, y_B in part]
    if spare is not None:
        spare.is_lent = False
    return losses


def _outcome(losses: list[tuple[Tensor, Tensor]], network: nn.Module, optimizer: Optimizer) -> dict[str, Tensor]:
    """Everything that a step may change, by name."""
    outcome = {f"the loss of step {index + 1}": loss for index, (loss, _) in enumerate(losses)}
    outcome |= {f"the generator after step {index + 1}": state for index, (_, state) in enumerate(losses)}
    outcome |= network.state_dict()
    for index, entries in optimizer.state_dict()["state"].items():
        outcome |= {f"optimizer {name} of parameter {index}": value for name, value in entries.items() if value is not None}
    return outcome


def _is_same(one: Tensor, other: Tensor) -> bool:
    """Equal bit for bit, NaN included."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    return torch.equal(one.contiguous().reshape(-1).view(torch.uint8), other.contiguous().reshape(-1).view(torch.uint8))


def keep_generators(work: Callable[[], Any]) -> Any:
    """What `work` returns, with the CPU's generator put back to where it was."""
    state = torch.get_rng_state()
    try:
        return work()
    finally:
        torch.set_rng_state(state)
