"""RunConfig: the one declaration of what a run is.

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
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from pydantic.fields import FieldInfo

from tui_trainer.runs.config_errors import explain_errors
from tui_trainer.runs.errors import ConfigError, FieldError

MAX_EPOCHS = 10**6
MAX_LAYERS = 64
MAX_WIDTH = 10**6
MAX_BATCH = 10**7
MAX_SEED = 2**63 - 1


def lever(default: Any, label: str, help: str, *, unit: str = "", source: str = "", **limits: Any) -> Any:
    """A configuration field: its default, form label, one-line help, unit, source and pydantic's limits (ge, le, gt, lt)."""
    return Field(default, title=label, description=help, json_schema_extra={"unit": unit, "source": source}, **limits)


class Section(BaseModel):
    """A table of the configuration: strict, frozen, no unknown keys, no NaN or infinity."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=False)


class Style(StrEnum):
    """How the network is written, which fixes the keys of its state_dict."""

    CLASS = "class"
    SEQUENTIAL = "sequential"


class Activation(StrEnum):
    """The function after each hidden layer."""

    RELU = "relu"


class StepMode(StrEnum):
    """How the trainer makes an optimiser step; the bits are the same."""

    REPLAY = "replay"
    EAGER = "eager"


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


class ModelConfig(Section):
    """The multilayer perceptron between the inputs and the logits."""

    style: Style = lever(
        Style.CLASS, "Style", "class: fc1, fc2, … in a module of its own; sequential: nn.Sequential", source="the book"
    )
    hidden: tuple[Annotated[int, Field(ge=1, le=MAX_WIDTH)], ...] = lever(
        (128, 64),
        "Layers",
        "units of each hidden layer, from the input on",
        unit="units",
        source="the book",
        max_length=MAX_LAYERS,
    )
    activation: Activation = lever(
        Activation.RELU, "Activation", "what each hidden layer applies to its sums", source="torch.nn.functional.relu"
    )
    dropout: float = lever(
        0.0, "Dropout", "share of activations set to zero while training, after each ReLU",
        source="Srivastava et al. 2014; torch.nn.Dropout", ge=0.0, lt=1.0,
    )  # fmt: skip
    batch_norm: bool = lever(
        False, "Batch norm", "normalise each hidden layer's sums over the batch, between Linear and ReLU",
        source="Ioffe and Szegedy 2015; torch.nn.BatchNorm1d",
    )  # fmt: skip


class OptimizerConfig(Section):
    """What every optimiser has: a learning rate and a weight decay. Subclasses are the table's entries."""

    torch_class: ClassVar[str]
    """Name of the class in torch.optim; its arguments are the fields of this model."""

    def torch_arguments(self) -> dict[str, Any]:
        """Keyword arguments for the torch class."""
        return self.model_dump(exclude={"name"})


class SGD(OptimizerConfig):
    """Stochastic gradient descent, with momentum as torch writes it: v = m v + g, w = w - lr v."""

    torch_class: ClassVar[str] = "SGD"
    name: Literal["sgd"] = "sgd"
    lr: float = lever(0.5, "lr", "learning rate: the length of a step along the gradient", source="the book", ge=0.0)
    momentum: float = lever(
        0.0, "Momentum", "share of the last step that is taken again; 0.9 wants a tenth of the learning rate",
        source="torch.optim.SGD", ge=0.0, lt=1.0,
    )  # fmt: skip
    weight_decay: float = lever(
        0.0, "Decay", "L2 penalty: added to the gradient as decay times weight", source="torch.optim.SGD", ge=0.0
    )


class Adam(OptimizerConfig):
    """Adam (Kingma and Ba 2015): each weight's step scaled by its own gradient history."""

    torch_class: ClassVar[str] = "Adam"
    name: Literal["adam"] = "adam"
    lr: float = lever(0.001, "lr", "learning rate: about the length of each weight's step", source="torch.optim.Adam", ge=0.0)
    weight_decay: float = lever(
        0.0, "Decay", "L2 penalty: added to the gradient before it is scaled; AdamW decays as it should",
        source="torch.optim.Adam", ge=0.0,
    )  # fmt: skip


class AdamW(OptimizerConfig):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    torch_class: ClassVar[str] = "AdamW"
    name: Literal["adamw"] = "adamw"
    lr: float = lever(0.001, "lr", "learning rate: about the length of each weight's step", source="torch.optim.AdamW", ge=0.0)
    weight_decay: float = lever(
        0.01,
        "Decay",
        "share of lr by which each weight shrinks a step, apart from the gradient",
        source="torch.optim.AdamW",
        ge=0.0,
    )


class Constant(Section):
    """The learning rate stays as it is."""

    name: Literal["constant"] = "constant"


class Cosine(Section):
    """Cosine annealing to zero over the run (Loshchilov and Hutter 2017): T_max = epochs, one step after each epoch."""

    name: Literal["cosine"] = "cosine"


AnyOptimizer = SGD | Adam | AdamW
AnySchedule = Constant | Cosine
OPTIMIZERS: dict[str, type[OptimizerConfig]] = {cls.model_fields["name"].default: cls for cls in get_args(AnyOptimizer)}
SCHEDULES: dict[str, type[Section]] = {cls.model_fields["name"].default: cls for cls in get_args(AnySchedule)}


class TrainingConfig(Section):
    """How long to train, on how many threads, and what to keep on disk."""

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


class RunConfig(Section):
    """All that decides a run. On the CPU, one RunConfig gives one set of bits (same machine, torch and threads)."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9_-]$|^[A-Za-z0-9]$")] = lever(
        "book", "Name", "what the run is called; letters, digits, dot, dash and underscore, at most 64"
    )
    seed: int = lever(0, "Seed", "of weights, order of examples and dropout", source="torch.manual_seed", ge=0, le=MAX_SEED)
    device: Annotated[str, StringConstraints(pattern=r"^(auto|cpu|cuda(:[0-9]{1,3})?|mps)$")] = lever(
        "auto", "Device", "auto takes the first of cuda, mps and cpu that this machine has", source="torch.device"
    )
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    optimizer: AnyOptimizer = Field(SGD(), discriminator="name", title="Optimiser", description="how a gradient becomes a step")
    schedule: AnySchedule = Field(
        Constant(), discriminator="name", title="Schedule", description="how the learning rate changes over the run"
    )
    training: TrainingConfig = TrainingConfig()

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
        return RunConfig.model_validate_json(json.dumps(tables, default=str))
    except ValidationError as error:
        raise ConfigError(explain_errors(error, RunConfig, tables)) from None
    except (RecursionError, ValueError, TypeError) as error:
        raise ConfigError(
            [FieldError("", f"configuration cannot be read: {error}; nest and size it as a run's TOML")]
        ) from None


def dump_config(config: RunConfig) -> dict[str, Any]:
    """Plain nested tables of strings, numbers, lists and tables; None where a key is unset."""
    return config.model_dump(mode="json")


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
