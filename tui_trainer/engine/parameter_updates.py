"""Parameter updates in a few calls over all tensors, in torch's own order of operations.

On the CPU torch's optimisers go through the parameters one by one; the same operations over lists of tensors give the same
bits. An optimiser that is not listed here, and the first step of each run, take torch's own `step`, which also makes the state.
Sources: torch/optim/sgd.py, adam.py and adamw.py, the single-tensor functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

Tensors = tuple[Tensor, ...] | list[Tensor]
Update = Callable[[Tensors], None]
"""Takes gradients in the order of the optimiser's parameters and changes parameters and state in place."""


def build_update(optimizer: Optimizer, parameters: Sequence[nn.Parameter], clip_norm: float = 0.0) -> Update:
    """The fastest update that has the bits of `optimizer.step()`; reads lr and state from `optimizer` at every call.

    Gradients come in the order of `parameters`; with `clip_norm` they are clipped to that norm before.
    """

    def torch_step(gradients: Tensors) -> None:
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        if clip_norm:
            nn.utils.clip_grad_norm_(parameters, clip_norm)
        optimizer.step()
        optimizer.zero_grad()

    if not has_own_update(optimizer, clip_norm):
        return torch_step
    if type(optimizer) is SGD:
        return _sgd(optimizer, torch_step)
    return _adam(optimizer, torch_step, is_decoupled=type(optimizer) is AdamW)


def has_own_update(optimizer: Optimizer, clip_norm: float = 0.0) -> bool:
    """Whether `build_update` has more than torch's own `step` for it; such an update changes no gradient in place."""
    group = optimizer.param_groups[0]
    has_options = any(group.get(name) for name in ("nesterov", "maximize", "amsgrad", "fused", "foreach", "capturable"))
    if len(optimizer.param_groups) > 1 or has_options or group.get("dampening") or clip_norm:
        return False
    return type(optimizer) in (SGD, Adam, AdamW)


def is_plain_descent(optimizer: Optimizer, clip_norm: float = 0.0) -> bool:
    """Whether an update adds -lr times the gradient to each parameter, and does nothing else."""
    group = optimizer.param_groups[0]
    has_more = group.get("momentum") or group["weight_decay"] if type(optimizer) is SGD else True
    return not has_more and has_own_update(optimizer, clip_norm)


def _sgd(optimizer: Optimizer, first_step: Update) -> Update:
    parameters = _parameters(optimizer)
    has_momentum = bool(optimizer.param_groups[0]["momentum"])

    def update(gradients: Tensors) -> None:
        # Asked for anew each time: a restored optimiser has new groups, and a schedule changes lr.
        group = optimizer.param_groups[0]
        if group["weight_decay"]:
            gradients = torch._foreach_add(gradients, parameters, alpha=group["weight_decay"])
        if has_momentum:
            velocities = _state_of(optimizer, "momentum_buffer")
            torch._foreach_mul_(velocities, group["momentum"])
            torch._foreach_add_(velocities, gradients)
            gradients = velocities
        torch._foreach_add_(parameters, gradients, alpha=-group["lr"])

    return _after_first(optimizer, "momentum_buffer", first_step, update) if has_momentum else update


def _adam(optimizer: Optimizer, first_step: Update, *, is_decoupled: bool) -> Update:
    parameters = _parameters(optimizer)

    def update(gradients: Tensors) -> None:
        group = optimizer.param_groups[0]
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
        means, squares, steps = (_state_of(optimizer, name) for name in ("exp_avg", "exp_avg_sq", "step"))
        torch._foreach_add_(steps, 1)
        step = steps[0].item()
        if decay and is_decoupled:
            torch._foreach_mul_(parameters, 1 - lr * decay)
        elif decay:
            gradients = torch._foreach_add(gradients, parameters, alpha=decay)
        torch._foreach_lerp_(means, gradients, 1 - beta1)
        torch._foreach_mul_(squares, beta2)
        torch._foreach_addcmul_(squares, gradients, gradients, value=1 - beta2)
        denominators = torch._foreach_sqrt(squares)
        torch._foreach_div_(denominators, (1 - beta2**step) ** 0.5)
        torch._foreach_add_(denominators, group["eps"])
        torch._foreach_addcdiv_(parameters, means, denominators, value=-(lr / (1 - beta1**step)))

    return _after_first(optimizer, "exp_avg", first_step, update)


def _after_first(optimizer: Optimizer, name: str, first_step: Update, later_steps: Update) -> Update:
    """`later_steps` once the state has an entry `name`, `first_step` before."""
    parameter = optimizer.param_groups[0]["params"][0]

    def update(gradients: Tensors) -> None:
        has_state = optimizer.state.get(parameter, {}).get(name) is not None
        (later_steps if has_state else first_step)(gradients)

    return update


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    return [parameter.detach() for parameter in optimizer.param_groups[0]["params"]]


def _state_of(optimizer: Optimizer, name: str) -> list[Tensor]:
    """One tensor of the state for each parameter."""
    return [optimizer.state[parameter][name] for parameter in optimizer.param_groups[0]["params"]]
