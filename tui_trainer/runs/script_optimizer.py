"""The part of the printed script that makes loss, optimiser and schedule: text from their tables.

A configuration has one optimiser, or with Muon a pair of them; `each` writes what is done to one or to both.
"""

from __future__ import annotations

from typing import Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.optimizers import Muon, OptimizerConfig
from tui_trainer.runs.schedules import Cadence, InSteps, OwnLr, Stage
from tui_trainer.runs.script_data import is_regression_source

_SCHEDULERS = "torch.optim.lr_scheduler"


def is_pair(config: RunConfig) -> bool:
    """Whether there are two optimisers."""
    return isinstance(config.optimizer, Muon)


def each(config: RunConfig, noun: str, call: str) -> list[str]:
    """Lines that call `call` of the one `noun`, or of each of the two."""
    return [f"for {noun} in {noun}s:", f"    {noun}.{call}"] if is_pair(config) else [f"{noun}.{call}"]


def is_scheduled(config: RunConfig) -> bool:
    """Whether there is a scheduler."""
    return config.schedule.cadence is not Cadence.NEVER


def optimizer_part(config: RunConfig) -> str:
    """Lines that set `criterion`, `optimizer` or `optimizers`, and as far as configured `scheduler`, `ema` and `scaler`."""
    training = config.training
    smoothing = f"label_smoothing={training.label_smoothing!r}" if training.label_smoothing else ""
    lines = [f"criterion = nn.CrossEntropyLoss({smoothing})  # softmax_cross_entropy"]
    if is_regression_source(config.data.source or "mnist", config.data):
        lines = ["criterion = nn.MSELoss()  # in place of softmax_cross_entropy"]
    if isinstance(config.optimizer, Muon):
        muon, adamw = _call(config.optimizer, "hidden"), _call(config.optimizer.rest, "rest")
        lines += _PAIR.format(muon=muon, adamw=adamw).strip().split("\n")
    else:
        lines.append(f"optimizer = {_call(config.optimizer, 'model.parameters()')}")
    lines += _schedule_lines(config)
    if training.ema_decay:
        lines += _EMA.format(decay=training.ema_decay).strip().split("\n")
    if training.autocast == "fp16":
        lines.append("scaler = torch.amp.GradScaler(device.type)")
    return "\n".join(lines)


_PAIR = """
matrices = [parameter for parameter in model.parameters() if parameter.ndim == 2]
hidden, last = matrices[:-1], matrices[-1]
rest = [parameter for parameter in model.parameters() if parameter.ndim != 2 or parameter is last]
optimizers = [{muon}, {adamw}]
"""

_EMA = """
average = torch.optim.swa_utils.get_ema_multi_avg_fn({decay!r})
ema = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=average)
"""


def _call(optimizer: OptimizerConfig, parameters: str) -> str:
    arguments = ", ".join(f"{name}={value!r}" for name, value in optimizer.written_arguments().items())
    return f"torch.optim.{optimizer.torch_class}({parameters}, {arguments})"


def _schedule_lines(config: RunConfig) -> list[str]:
    stages = config.schedule.stages(config.training.epochs)
    if not stages:
        return []
    if not is_pair(config):
        *stage_lines, last = _scheduler(stages, repr(config.optimizer.lr))
        return [*stage_lines, f"scheduler = {last}"]
    *stage_lines, last = _scheduler(stages, 'optimizer.defaults["lr"]')
    body = [f"    {line}" for line in (*stage_lines, f"return {last}")]
    return ["", "", "def schedule(optimizer):", *body, "", "", "schedulers = [schedule(optimizer) for optimizer in optimizers]"]


def _scheduler(stages: list[Stage], own_lr: str) -> list[str]:
    """Lines that name stages where there are several, and the scheduler's expression last."""
    calls = [_stage_call(stage, own_lr) for stage in stages]
    if len(calls) == 1:
        return calls
    milestones = ", ".join(_value(stage.length, own_lr) for stage in stages if stage.length is not None)
    lines = [f"stage{index} = {call}" for index, call in enumerate(calls, start=1)]
    names = ", ".join(f"stage{index}" for index in range(1, len(calls) + 1))
    return [*lines, f"{_SCHEDULERS}.SequentialLR(optimizer, [{names}], milestones=[{milestones}])"]


def _stage_call(stage: Stage, own_lr: str) -> str:
    arguments = [f"{name}={_value(value, own_lr)}" for name, value in stage.arguments.items()]
    call = f"{_SCHEDULERS}.{stage.torch_class}(optimizer, {', '.join(arguments)})"
    return call if len(call) < 100 else f"{_SCHEDULERS}.{stage.torch_class}(\n    optimizer, {', '.join(arguments)}\n)"


def _value(value: Any, own_lr: str) -> str:
    if isinstance(value, InSteps):
        return f"{value.epochs} * len(train_loader)"
    return own_lr if isinstance(value, OwnLr) else repr(value)
