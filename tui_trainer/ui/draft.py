"""Draft: the configuration that is being edited, which may be wrong at any moment, with what it started from and undo.

It holds plain nested tables; RunConfig checks them after each change, all errors at once. Used by the Configure screen
alone; it knows no widget and writes nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.config import RunConfig, default_config, dump_config, validate_config
from tui_trainer.runs.errors import ConfigError, FieldError
from tui_trainer.runs.presets import preset_config
from tui_trainer.ui.form_fields import UNIONS

Tables = dict[str, Any]

MAX_UNDO = 200
DEFAULT_PRESET = "book"


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs from where the draft started: key, old and new value."""

    key: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class _Moment:
    origin: str
    baseline: Tables
    tables: Tables


class Draft:
    """Values by dotted key, checked as a whole."""

    def __init__(self, config: RunConfig | None = None, origin: str | None = None) -> None:
        self._undo: list[_Moment] = []
        self._redo: list[_Moment] = []
        self.config: RunConfig | None = None
        """The checked configuration; None while anything is wrong."""
        self.errors: dict[str, str] = {}
        """{dotted key: what is wrong with it}, all at once."""
        self.fixes: dict[str, dict[str, Any]] = {}
        """{dotted key that is wrong: {key: value} that would mend it}, where there is one right answer."""
        self._changed_keys: frozenset[str] = frozenset()
        self._load(config or default_config(), origin or DEFAULT_PRESET)

    def _load(self, config: RunConfig, origin: str) -> None:
        self.origin = origin
        """Name of the preset, file or run that the draft started from."""
        self._baseline: Tables = dump_config(config)
        self._tables: Tables = copy.deepcopy(self._baseline)
        self._take(config)

    def load(self, config: RunConfig, origin: str) -> None:
        """Start anew from `config`; `origin` names it. Undo brings the old draft back."""
        self._remember()
        self._load(config, origin)

    def load_preset(self, name: str) -> None:
        """Start anew from a preset."""
        self.load(preset_config(name), name)

    def value(self, key: str) -> Any:
        """The value of the dotted `key`, right or wrong; None where there is none."""
        return _look_up(self._tables, key)

    def start_value(self, key: str) -> Any:
        """The value of `key` where the draft started; of another union variant that variant's default."""
        table, _, leaf = key.partition(".")
        if table in UNIONS and leaf != "name" and self._is_other_variant(table):
            return _variant_defaults(table, self._tables[table].get("name")).get(leaf)
        return _look_up(self._baseline, key)

    def set(self, key: str, value: Any) -> bool:
        """Set a value, which need not be right; whether that changed anything. A new union variant takes its defaults."""
        return self.set_all({key: value})

    def set_all(self, values: Mapping[str, Any]) -> bool:
        """Set several values as one change, which undo takes back as one."""
        values = {key: value for key, value in values.items() if not _is_same(value, self.value(key))}
        if not values:
            return False
        from tui_trainer.runs.config_layers import merge, nest

        self._remember()
        try:
            self._tables = _with_variant_defaults(merge(self._tables, nest(values)))
        except ConfigError as error:
            self.errors = {entry.key: entry.message for entry in error.errors}
            return False
        self._check()
        return True

    def reset(self, key: str, declared: Any) -> bool:
        """Set `key` back to where the draft started; where it is there already, to `declared`, its declared default."""
        return self.set(key, self.start_value(key)) or self.set(key, declared)

    def undo(self) -> bool:
        """Take the last change back; False where there is none."""
        return self._go_back(self._undo, self._redo)

    def redo(self) -> bool:
        """Make the change again that undo took back; False where there is none."""
        return self._go_back(self._redo, self._undo)

    def _go_back(self, moments: list[_Moment], others: list[_Moment]) -> bool:
        if not moments:
            return False
        others.append(_Moment(self.origin, self._baseline, self._tables))
        moment = moments.pop()
        self.origin, self._baseline, self._tables = moment.origin, moment.baseline, moment.tables
        self._check()
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone change to make again."""
        return bool(self._redo)

    @property
    def changed_keys(self) -> frozenset[str]:
        """Keys of `changes`."""
        return self._changed_keys

    def changes(self) -> list[Change]:
        """What differs from the start; of a new union variant only what differs from that variant's defaults."""
        found: list[Change] = []
        for key, old, new in _pairs(self._baseline, self._tables):
            table, _, leaf = key.partition(".")
            if table in UNIONS and leaf != "name" and self._is_other_variant(table):
                old = _variant_defaults(table, self._tables[table].get("name")).get(leaf)
            if old != new:
                found.append(Change(key, old, new))
        return found

    def _is_other_variant(self, union: str) -> bool:
        return bool(self._tables[union].get("name") != self._baseline[union].get("name"))

    def _remember(self) -> None:
        self._undo.append(_Moment(self.origin, self._baseline, copy.deepcopy(self._tables)))
        del self._undo[:-MAX_UNDO]
        self._redo.clear()

    def _check(self) -> None:
        try:
            self._take(validate_config(self._tables))
        except ConfigError as error:
            self._take(None)
            self.errors = {_owner(entry): entry.message for entry in error.errors}
            self.fixes = {_owner(entry): fix for entry in error.errors if (fix := getattr(entry, "fix", None))}

    def _take(self, config: RunConfig | None) -> None:
        """`config` is what the tables say, and right."""
        self.config, self.errors, self.fixes = config, {}, {}
        self._changed_keys = frozenset(change.key for change in self.changes())


def _owner(error: FieldError) -> str:
    """The key of the field that shows the error; an unknown variant belongs to the union's name."""
    return f"{error.key}.name" if error.key in UNIONS else error.key


def _is_same(one: Any, other: Any) -> bool:
    """Whether they are equal and of one type: 1, 1.0 and true are three values."""
    return one == other and type(one) is type(other)


def _look_up(tables: Tables, key: str) -> Any:
    value: Any = tables
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _variant_defaults(union: str, name: Any) -> Tables:
    model = UNIONS[union].get(str(name))
    return model.model_construct().tables() if model else {}


def _with_variant_defaults(tables: Tables) -> Tables:
    return {
        key: {**_variant_defaults(key, value.get("name")), **value} if key in UNIONS and isinstance(value, dict) else value
        for key, value in tables.items()
    }


def _pairs(old: Tables, new: Tables) -> list[tuple[str, Any, Any]]:
    """(dotted key, old value, new value) of each leaf of `new`."""
    pairs: list[tuple[str, Any, Any]] = []
    for name, value in new.items():
        if isinstance(value, dict):
            below = old.get(name)
            below = below if isinstance(below, dict) else {}
            pairs.extend((f"{name}.{leaf}", below.get(leaf), entry) for leaf, entry in value.items())
        else:
            pairs.append((name, old.get(name), value))
    return pairs
