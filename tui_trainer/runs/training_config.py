"""TrainingConfig: the table `training` of the configuration: how long, by what steps, and what to keep on disk."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from tui_trainer.runs.section import Section, lever

MAX_EPOCHS = 10**6


class StepMode(StrEnum):
    """How the trainer makes an optimiser step; the bits are the same."""

    REPLAY = "replay"
    EAGER = "eager"


class Autocast(StrEnum):
    """In which precision matrix products are made while training; weights and evaluation stay float32."""

    OFF = "off"
    BF16 = "bf16"
    FP16 = "fp16"


class EarlyStopping(StrEnum):
    """What is watched, so that a run ends when it no longer gets better."""

    OFF = "off"
    VAL_LOSS = "val_loss"
    VAL_ACC = "val_acc"
    TRAIN_LOSS = "train_loss"

    @property
    def rises(self) -> bool:
        """Whether more is better."""
        return self is EarlyStopping.VAL_ACC

    @property
    def reads_validation(self) -> bool:
        """Whether it needs a validation split."""
        return self in (EarlyStopping.VAL_LOSS, EarlyStopping.VAL_ACC)


class TrainingConfig(Section):
    """How long to train, on how many threads, by what steps, and what to keep on disk."""

    epochs: int = lever(20, "Epochs", "passes over the training set", unit="epochs", source="the book", ge=1, le=MAX_EPOCHS)
    threads: Literal["auto"] | Annotated[int, Field(ge=1, le=1024)] = lever(
        "auto", "Threads", "threads of one matrix product; auto takes what suits this machine; the count changes the last bits",
        unit="threads", source="torch.set_num_threads",
    )  # fmt: skip
    step_mode: StepMode = lever(
        StepMode.REPLAY, "Step", "replay: captured once, checked bit for bit against eager, the plain PyTorch step; CPU only",
        source="torch.fx.experimental.proxy_tensor.make_fx",
    )  # fmt: skip
    keep_bytes: int = lever(
        500_000_000, "Keep", "nothing is deleted while a run's checkpoints take less than this", unit="bytes", ge=0, le=10**15
    )
    keep_last: int = lever(
        5, "Keep last", "beyond that, the newest this many are kept, and the best", unit="checkpoints", ge=1, le=10**6
    )
    accumulate: int = lever(
        1, "Accumulate", "parts that a batch is taken in, their gradients added up, so that a large batch needs less memory",
        unit="parts", source="torch.optim.Optimizer.zero_grad", ge=1, le=10**4,
    )  # fmt: skip
    clip_norm: float = lever(
        0.0, "Clip", "longest gradient that a step may have, over all weights; 0 leaves it as it is",
        source="torch.nn.utils.clip_grad_norm_", ge=0.0,
    )  # fmt: skip
    label_smoothing: float = lever(
        0.0, "Smoothing", "share of each label that is spread over all classes, while training only",
        source="Szegedy et al. 2016; torch.nn.CrossEntropyLoss", ge=0.0, lt=1.0,
    )  # fmt: skip
    autocast: Autocast = lever(
        Autocast.OFF, "Autocast", "matrix products in bf16, or on CUDA fp16 with a GradScaler; weights stay float32",
        source="torch.autocast",
    )  # fmt: skip
    ema_decay: float = lever(
        0.0, "EMA", "share of the running mean of weights that is kept each step; 0: none is kept",
        source="torch.optim.swa_utils.AveragedModel", ge=0.0, lt=1.0,
    )  # fmt: skip
    early_stopping: EarlyStopping = lever(
        EarlyStopping.OFF, "Early stop", "end the run when this no longer gets better; val_… need a validation split",
        source="Prechelt 1998",
    )  # fmt: skip
    patience: int = lever(
        5, "Patience", "of early stopping: epochs without a better value that are borne", unit="epochs", ge=1, le=MAX_EPOCHS
    )
    min_delta: float = lever(0.0, "Min delta", "of early stopping: a value counts as better only by more than this", ge=0.0)
    time_budget_s: float = lever(
        0.0, "Time budget", "the run ends after the step at which it has trained this long; 0: no limit", unit="s", ge=0.0
    )
    save_every_epochs: int = lever(
        1, "Save each", "epochs from one save to the next; the last epoch is always saved", unit="epochs", ge=1, le=MAX_EPOCHS
    )
    save_every_steps: int = lever(
        0, "Save steps", "steps from one save in mid-epoch to the next; 0: epochs alone are saved",
        unit="steps", ge=0, le=10**9,
    )  # fmt: skip
    deterministic: bool = lever(
        False, "Deterministic", "refuse operations that give other bits each time; matters on GPUs, the CPU repeats anyway",
        source="torch.use_deterministic_algorithms",
    )  # fmt: skip
