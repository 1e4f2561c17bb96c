"""FormField: what the form needs to know of one key of RunConfig, read from its declaration.

Labels, help, ranges and sources are the declaration's own, so a field that RunConfig gains appears by itself, at the end of
its table's group. Only hints of layout and choices that a type does not tell are written here. Nothing here draws.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tui_trainer.runs.config import OPTIMIZERS, SCHEDULES, RunConfig
from tui_trainer.runs.config_errors import field_limits, format_range
from tui_trainer.runs.data_source import COLUMN_SCHEMES, NAMED_SOURCES, OPENML_HELP, PATH_SOURCES, source_pattern
from tui_trainer.runs.section import Section

UNIONS: Mapping[str, Mapping[str, type[Section]]] = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES}

GROUPS = ("data", "network", "optimiser", "run", "guards")
GROUP_OF_TABLE = {
    "data": "data",
    "model": "network",
    "optimizer": "optimiser",
    "schedule": "optimiser",
    "training": "guards",
    "": "run",
}
GROUP_OF_KEY = {
    "training.epochs": "run",
    "data.num_workers": "guards",
    "data.split_seed": "guards",
    "model.style": "network",
}
ORDER = (
    "data.source",
    "data.batch_size",
    "data.eval_batch_size",
    "model.hidden",
    "model.activation",
    "model.style",
    "model.dropout",
    "model.batch_norm",
    "optimizer.name",
    "optimizer.lr",
    "optimizer.momentum",
    "optimizer.weight_decay",
    "schedule.name",
    "training.epochs",
    "seed",
    "device",
    "name",
    "training.threads",
    "data.num_workers",
    "data.split_seed",
    "training.keep_bytes",
    "training.keep_last",
)
RARE_KEYS = frozenset({"training.threads", "data.num_workers", "data.split_seed", "training.keep_bytes", "training.keep_last"})
"""Keys of the order that most runs leave alone."""
COMMON_KEYS = frozenset(
    {
        "training.early_stopping",
        "training.clip_norm",
        "training.label_smoothing",
        "training.ema_decay",
        "training.save_every_epochs",
        "training.keep_last",
    }
)
"""Rare levers that are shown too where the screen has room for them."""
WIDE_KEYS = frozenset({"data.source", "model.hidden", "optimizer.name"})
MAX_LABEL, MAX_CHOICE = 11, 12
MAX_NARROW_LABEL, MAX_NARROW_CHOICE = 10, 8
DISPLAY_NAMES = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}
_TABLES = COLUMN_SCHEMES
_TOYS = frozenset({"toy"})
SCHEMES_OF_KEY = {
    "data.target": _TABLES,
    "data.ignore": _TABLES,
    "data.task": _TABLES | {"npz"},
    "data.missing": _TABLES,
    "data.noise": _TOYS,
    "data.num_examples": _TOYS,
}
"""Keys that mean something only for sources of some schemes; every other key is always shown."""


class Kind(StrEnum):
    """How a field is edited."""

    CHOICE = "choice"
    SWITCH = "switch"
    NUMBER = "number"
    LAYERS = "layers"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a field: the value as it stands in the configuration, its name on the screen and a line of help."""

    value: Any
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class FormField:
    """One row of the form; `choices` is empty where there are none, and `is_open` says that other values may be typed."""

    key: str
    label: str
    help: str
    source: str
    unit: str
    range: str
    kind: Kind
    group: str
    choices: tuple[Choice, ...] = ()
    is_open: bool = False
    is_whole: bool = False
    is_optional: bool = False
    low: float | None = None
    high: float | None = None
    default: Any = None
    """The declared default as it stands in a configuration file."""

    @property
    def is_wide(self) -> bool:
        """Whether label or choices are too long for half a row of a wide screen, or the row should be its own."""
        return self.key in WIDE_KEYS or len(self.label) > MAX_LABEL or self._longest_choice > MAX_CHOICE

    @property
    def is_roomy(self) -> bool:
        """Whether they are too long for half a row of a narrow screen."""
        return len(self.label) > MAX_NARROW_LABEL or self._longest_choice > MAX_NARROW_CHOICE

    @property
    def _longest_choice(self) -> int:
        return max((len(choice.label) for choice in self.choices), default=0)


def form_fields(optimizer: str, schedule: str) -> list[FormField]:
    """All fields of RunConfig with these variants, in the order of the form; an unknown variant counts as the default one."""
    variants = {"optimizer": optimizer, "schedule": schedule}
    fields = []
    for name, declared in RunConfig.model_fields.items():
        if name in UNIONS:
            fields.extend(_union_fields(name, declared, variants[name]))
        elif isinstance(declared.annotation, type) and issubclass(declared.annotation, BaseModel):
            fields.extend(_build(f"{name}.{leaf}", field) for leaf, field in declared.annotation.model_fields.items())
        else:
            fields.append(_build(name, declared))
    return sorted(fields, key=lambda field: (GROUPS.index(field.group), _place(field.key)))


def _place(key: str) -> float:
    """Where the order puts `key`; one that it does not name comes after the last that it names of the same table."""
    if key in ORDER:
        return ORDER.index(key)
    table = key.partition(".")[0]
    return max((place for place, named in enumerate(ORDER) if named.partition(".")[0] == table), default=len(ORDER)) + 0.5


def is_relevant(key: str, source: str | None) -> bool:
    """Whether `key` means anything for the data source."""
    schemes = SCHEMES_OF_KEY.get(key)
    return schemes is None or (source or "").partition(":")[0] in schemes


def is_asked_for(key: str, source: str) -> bool:
    """Whether `key` is there for this data source alone."""
    return key in SCHEMES_OF_KEY and is_relevant(key, source)


def is_everyday(key: str) -> bool:
    """Whether `key` is one that most runs set; the others are shown when they are changed, asked for or found."""
    return (key in ORDER and key not in RARE_KEYS) or key.startswith("schedule.")


def _union_fields(name: str, declared: FieldInfo, variant: str) -> list[FormField]:
    table = UNIONS[name]
    model = table.get(variant) or next(iter(table.values()))
    choices = tuple(Choice(key, display_name(key), _first_line(option.__doc__)) for key, option in table.items())
    chooser = FormField(
        key=f"{name}.name",
        label=declared.title or name.capitalize(),
        help=declared.description or "",
        source="torch.optim" if name == "optimizer" else "torch.optim.lr_scheduler",
        unit="",
        range="",
        kind=Kind.CHOICE,
        group=GROUP_OF_TABLE[name],
        choices=choices,
        default=declared.get_default(call_default_factory=True).name,
    )
    return [chooser, *(_build(f"{name}.{leaf}", field) for leaf, field in model.model_fields.items() if leaf != "name")]


def _build(key: str, declared: FieldInfo) -> FormField:
    extra = declared.json_schema_extra if isinstance(declared.json_schema_extra, dict) else {}
    limits = field_limits(declared.metadata) or _inner_limits(declared.annotation)
    kind, choices, is_open = _kind_of(key, declared.annotation)
    table = key.rpartition(".")[0]
    return FormField(
        key=key,
        label=declared.title or key.rpartition(".")[2].replace("_", " ").capitalize(),
        help=declared.description or "",
        source=str(extra.get("source", "")),
        unit=str(extra.get("unit", "")),
        range=format_range(limits),
        kind=kind,
        group=GROUP_OF_KEY.get(key, GROUP_OF_TABLE.get(table, GROUPS[-1])),
        choices=choices,
        is_open=is_open,
        is_whole=int in _members(declared.annotation),
        is_optional=type(None) in _members(declared.annotation),
        low=limits.get("ge", limits.get("gt")),
        high=limits.get("le", limits.get("lt")),
        default=_plain(declared.get_default(call_default_factory=True)),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _kind_of(key: str, annotation: Any) -> tuple[Kind, tuple[Choice, ...], bool]:
    if key in OPEN_CHOICES:
        return Kind.CHOICE, OPEN_CHOICES[key], True
    members = _members(annotation)
    if bool in members:
        return Kind.SWITCH, (Choice(False, "off"), Choice(True, "on")), False
    if any(isinstance(member, type) and issubclass(member, Enum) for member in members):
        enum = next(member for member in members if isinstance(member, type) and issubclass(member, Enum))
        return Kind.CHOICE, tuple(Choice(member.value, display_name(member.value)) for member in enum), False
    if tuple in members or list in members:
        return Kind.LAYERS, (), True
    if int in members or float in members:
        return Kind.NUMBER, tuple(Choice(word, word) for word in members if isinstance(word, str)), True
    words = tuple(Choice(word, display_name(word)) for word in members if isinstance(word, str))
    return (Kind.CHOICE, words, False) if words else (Kind.TEXT, (), True)


def _inner_limits(annotation: Any) -> dict[str, float]:
    """Limits written inside the annotation: of the number in a union, or of each number in a list."""
    for entry in getattr(annotation, "__metadata__", ()):
        if isinstance(entry, FieldInfo):
            return field_limits(entry.metadata)
    return next((limits for part in get_args(annotation) if (limits := _inner_limits(part))), {})


def _members(annotation: Any) -> list[Any]:
    """The plain types and literal values that an annotation is made of."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return [member for part in get_args(annotation) for member in _members(part)]
    if origin is Literal:
        return list(get_args(annotation))
    if hasattr(annotation, "__metadata__"):
        return _members(get_args(annotation)[0])
    return [origin or annotation]


def display_name(value: Any) -> str:
    """A choice's name as torch and the literature write it."""
    return DISPLAY_NAMES.get(str(value), str(value))


def _first_line(docstring: str | None) -> str:
    return (docstring or "").strip().split("\n")[0]


OPEN_CHOICES: dict[str, tuple[Choice, ...]] = {
    "data.source": (
        Choice(None, "auto", "mnist where it is cached or OpenML answers, else digits"),
        *(Choice(name, name, help) for name, help in NAMED_SOURCES.items()),
        *(Choice(f"{scheme}:", f"{source_pattern(scheme)} …", help) for scheme, help in PATH_SOURCES.items()),
        Choice("openml:", f"{source_pattern('openml')} …", OPENML_HELP),
    ),
    "device": (
        Choice("auto", "auto", "the first of cuda, mps and cpu that this machine has"),
        Choice("cpu", "cpu", "the processor; on it a run repeats bit for bit"),
        Choice("cuda", "cuda", "an NVIDIA GPU; cuda:N takes the one with that number"),
        Choice("mps", "mps", "an Apple GPU"),
    ),
}
"""Choices of fields whose type is a text; a value that ends in a colon wants more to be typed."""
