"""StepRules: how the gradient of a batch is made and used, beyond the book's plain lines; all off by default.

Made once a run from its configuration; the steps obey them. The scaler is the one rule that has state of its own, which
TrainingState saves.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from tui_trainer.runs.config import Autocast, RunConfig, value_at
from tui_trainer.runs.errors import ConfigError, FieldError

DTYPES = {Autocast.BF16: torch.bfloat16, Autocast.FP16: torch.float16}


@dataclass(frozen=True, slots=True)
class StepRules:
    """The rules of one run."""

    label_smoothing: float = 0.0
    """Share of each label that is spread over all classes."""
    clip_norm: float = 0.0
    """Longest gradient over all parameters; 0: as it is."""
    part_size: int | None = None
    """Examples of one part, whose gradients are added up over a batch; None: the batch is one."""
    autocast: torch.dtype | None = None
    """In what matrix products are made; None: float32."""
    scaler: torch.amp.GradScaler | None = None
    """Scales losses of float16, so that small gradients do not vanish."""

    @property
    def can_be_captured(self) -> bool:
        """Whether a step is one forward and one backward pass in float32."""
        return self.part_size is None and self.autocast is None


PLAIN = StepRules()


def build_rules(config: RunConfig, device: torch.device) -> StepRules:
    """The rules of `config` on `device`; ConfigError for float16 where there is no CUDA."""
    training = config.training
    if training.autocast is Autocast.FP16 and device.type != "cuda":
        message = f'"fp16" needs a CUDA device and this run is on {device.type}; take "bf16"'
        raise ConfigError([FieldError("training.autocast", message)])
    return StepRules(
        label_smoothing=training.label_smoothing,
        clip_norm=training.clip_norm,
        part_size=-(-config.data.batch_size // training.accumulate) if training.accumulate > 1 else None,
        autocast=DTYPES.get(training.autocast),
        scaler=torch.amp.GradScaler(device.type) if training.autocast is Autocast.FP16 else None,
    )


def check_processes(config: RunConfig, num_processes: int) -> None:
    """ConfigError for levers that several processes cannot pull together: they know the plain step and one optimiser."""
    training = config.training
    used = {
        "training.accumulate": training.accumulate > 1,
        "training.clip_norm": training.clip_norm > 0,
        "training.label_smoothing": training.label_smoothing > 0,
        "training.autocast": training.autocast is not Autocast.OFF,
        "training.ema_decay": training.ema_decay > 0,
        "data.validation_share": config.data.validation_share > 0,
        "optimizer.name": config.optimizer.name == "muon",
    }
    message = f"cannot be had with {num_processes} processes; leave it off, or train in one process"
    wrong = [FieldError(key, f"{value_at(config, key)} {message}") for key, is_used in used.items() if is_used]
    if num_processes > 1 and wrong:
        raise ConfigError(wrong)


def part_sizes(batch_size: int, part_size: int | None) -> list[int]:
    """Sizes of the parts in which a batch of `batch_size` is taken; the last one may be smaller."""
    if part_size is None:
        return [batch_size]
    full, rest = divmod(batch_size, part_size)
    return [part_size] * full + ([rest] if rest else [])
