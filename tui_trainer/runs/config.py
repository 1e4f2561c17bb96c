"""RunConfig: the one declaration of what a run is; its tables but `data` are declared in modules of their own.

Each field carries its type, range, default, unit, label, one-line help and source; from it come the form, the flags,
validation, the TOML file, the help, the engine's builders and the printed script. Models are strict, frozen and refuse
unknown keys, NaN and infinity. They are validated in JSON mode (`validate_config`), because pydantic's Python mode refuses
"relu" for an enumeration and a list for a tuple. Defaults are the book's: 784-128-64-10, SGD with lr 0.5, batches of 64.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, ValidationError, field_validator
from pydantic.fields import FieldInfo

from tui_trainer.runs.activations import Activation
from tui_trainer.runs.config_conflicts import find_conflicts
from tui_trainer.runs.config_errors import explain_errors
from tui_trainer.runs.errors import ConfigError, FieldError
from tui_trainer.runs.network_config import MAX_LAYERS, MAX_WIDTH, Initialisation, ModelConfig, Style
from tui_trainer.runs.optimizers import OPTIMIZERS, SGD, Adam, AdamW, AnyOptimizer, OptimizerConfig
from tui_trainer.runs.schedules import SCHEDULES, AnySchedule, Constant, Cosine
from tui_trainer.runs.section import Section, lever
from tui_trainer.runs.training_config import MAX_EPOCHS, Autocast, EarlyStopping, StepMode, TrainingConfig

__all__ = [
    "MAX_EPOCHS", "MAX_LAYERS", "MAX_WIDTH", "OPTIMIZERS", "SCHEDULES", "SGD", "Activation", "Adam", "AdamW", "AnyOptimizer",
    "AnySchedule", "Autocast", "Constant", "Cosine", "DataConfig", "EarlyStopping", "Initialisation", "Missing", "ModelConfig",
    "OptimizerConfig", "Residence", "RunConfig", "Section", "StepMode", "Style", "Task", "TrainingConfig", "dump_config",
    "field_at", "lever", "validate_config", "value_at",
]  # fmt: skip

MAX_BATCH = 10**7
MAX_SEED = 2**63 - 1


class Residence(StrEnum):
    """Where the examples are while a run trains."""

    AUTO = "auto"
    MEMORY = "memory"
    STREAM = "stream"


class Task(StrEnum):
    """What is to be predicted from a table's columns."""

    AUTO = "auto"
    CLASSIFICATION = "classification"
    REGRESSION = "regression"


class Missing(StrEnum):
    """What becomes of a table's empty cells."""

    REFUSE = "refuse"
    IMPUTE = "impute"


class DataConfig(Section):
    """Where the examples come from, and how they are taken in batches."""

    source: str | None = lever(
        None,
        "Source",
        "the examples: mnist, digits, csv:FILE, ... (`mlp-tui data list`); unset takes mnist where it can be had, else digits",
        source="OpenML mnist_784; sklearn.datasets.load_digits",
    )
    batch_size: int = lever(
        64,
        "Batch",
        "examples in one optimiser step, over all processes",
        unit="examples",
        source="the book",
        ge=1,
        le=MAX_BATCH,
    )
    eval_batch_size: int = lever(
        512, "Eval batch", "examples in one batch of an evaluation", unit="examples", source="the book", ge=1, le=MAX_BATCH
    )
    num_workers: int = lever(
        0, "Workers", "processes that load batches; 0 takes them from memory, the faster way for data that fits",
        unit="processes", source="torch.utils.data.DataLoader", ge=0, le=256,
    )  # fmt: skip
    residence: Residence = lever(
        Residence.AUTO, "Residence", "memory: the whole set on the device; stream: read by batches; auto streams the too big",
        source="numpy.memmap",
    )  # fmt: skip
    split_seed: int = lever(
        0, "Split seed", "seed of the train/test split of a source that has none of its own; independent of seed",
        source="sklearn.model_selection.train_test_split", ge=0, le=2**32 - 1,
    )  # fmt: skip
    validation_share: float = lever(
        0.0, "Validation", "share of the training set held out, in equal parts of each class; best is then chosen on it",
        source="sklearn.model_selection.train_test_split", ge=0.0, le=0.9,
    )  # fmt: skip
    target: str | None = lever(
        None, "Target", "column of a table to predict; unset takes one called target, label, class or y, else the last",
        max_length=1000,
    )  # fmt: skip
    ignore: str | None = lever(
        None, "Ignore", "columns of a table to leave out, their names separated by commas", max_length=10_000
    )
    task: Task = lever(
        Task.AUTO, "Task", "of a table; auto: regression where the target has fractions or more than 20 numbers",
    )  # fmt: skip
    missing: Missing = lever(
        Missing.REFUSE, "Missing", "empty cells; impute: the mean, or the most frequent category, of the training part",
        source="sklearn.impute.SimpleImputer",
    )  # fmt: skip
    noise: float = lever(
        0.1, "Noise", "of toy sources: standard deviation around the shape, whose radius is about 1",
        source="sklearn.datasets.make_moons", ge=0.0, le=10.0,
    )  # fmt: skip
    num_examples: int = lever(
        1000, "Examples", "of toy sources: points in all, a fifth of them to test", unit="examples", ge=20, le=10**6
    )

    @field_validator("source")
    @classmethod
    def _source_is_known(cls, value: str | None) -> str | None:
        from tui_trainer.runs.data_source import check_source

        return None if value is None else check_source(value)


class RunConfig(Section):
    """All that decides a run. On the CPU, one RunConfig gives one set of bits (same machine, torch and threads)."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9_-]$|^[A-Za-z0-9]$")] = lever(
        "book", "Name", "what the run is called; letters, digits, dot, dash and underscore, at most 64"
    )
    seed: int = lever(0, "Seed", "of weights, order of examples and dropout", source="torch.manual_seed", ge=0, le=MAX_SEED)
    device: Annotated[str, StringConstraints(pattern=r"^(auto|cpu|cuda(:[0-9]{1,3})?|mps)$")] = lever(
        "auto", "Device", "auto takes the first of cuda, mps and cpu that this machine has", source="torch.device"
    )
    data: DataConfig = Field(default_factory=DataConfig.model_construct)
    model: ModelConfig = Field(default_factory=ModelConfig.model_construct)
    optimizer: AnyOptimizer = Field(
        default_factory=SGD.model_construct,
        discriminator="name",
        title="Optimiser",
        description="how a gradient becomes a step",
    )
    schedule: AnySchedule = Field(
        default_factory=Constant.model_construct,
        discriminator="name",
        title="Schedule",
        description="how the learning rate changes over the run",
    )
    training: TrainingConfig = Field(default_factory=TrainingConfig.model_construct)

    @field_validator("name")
    @classmethod
    def _name_is_no_device(cls, value: str) -> str:
        if re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", value):
            raise ValueError("is reserved by some file systems; take another name")
        return value


def validate_config(tables: Mapping[str, Any]) -> RunConfig:
    """RunConfig from plain nested tables, as TOML or JSON give them.

    Raises ConfigError with every wrong key at once, unknown ones with the nearest known key.
    """
    try:
        config = RunConfig.model_validate_json(json.dumps(tables, default=str))
    except ValidationError as error:
        raise ConfigError(explain_errors(error, RunConfig, tables)) from None
    except (RecursionError, ValueError, TypeError) as error:
        raise ConfigError(
            [FieldError("", f"configuration cannot be read: {error}; nest and size it as a run's TOML")]
        ) from None
    if conflicts := find_conflicts(config):
        raise ConfigError(conflicts)
    return config


def dump_config(config: RunConfig) -> dict[str, Any]:
    """Plain nested tables of strings, numbers, lists and tables; None where a key is unset."""
    return config.tables()


def default_config() -> RunConfig:
    """The book's configuration, without the validation that it needs no more than any declared default."""
    return RunConfig.model_construct()


def field_at(config: RunConfig, key: str) -> FieldInfo:
    """The declaration of the dotted `key` in the variant that `config` has there; KeyError where it has none."""
    *tables, leaf = key.split(".")
    section: BaseModel = config
    for table in tables:
        section = getattr(section, table)
    return type(section).model_fields[leaf]


def value_at(config: RunConfig, key: str) -> Any:
    """The value of the dotted `key`."""
    value: Any = config
    for part in key.split("."):
        value = getattr(value, part)
    return value
