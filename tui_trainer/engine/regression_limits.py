"""What cannot be had with a regression, found once the data is loaded: a table's task is not known before."""

from __future__ import annotations

from tui_trainer.runs.config import EarlyStopping, RunConfig
from tui_trainer.runs.errors import ConfigError, FieldError


def check_regression(config: RunConfig, world_size: int) -> None:
    """ConfigError with every key of `config` that needs classes, where the target is a number."""
    training = config.training
    errors = []
    if world_size > 1:
        errors.append(FieldError("nproc", f"{world_size} processes train classes only, and the target is a number; take 1"))
    if training.label_smoothing:
        message = f"{training.label_smoothing:g} needs classes, and the target is a number; take 0"
        errors.append(FieldError("training.label_smoothing", message))
    if training.early_stopping is EarlyStopping.VAL_ACC:
        errors.append(
            FieldError("training.early_stopping", '"val_acc" needs classes, and the target is a number; take "val_loss"')
        )
    if errors:
        raise ConfigError(errors)
