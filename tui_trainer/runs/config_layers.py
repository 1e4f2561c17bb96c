"""Layers of a configuration, later wins: defaults, preset, file, named flags, `--set`.

Changing a union's `name` (optimizer, schedule) drops the keys of that table that came from lower layers, lr too, and takes
the new variant's defaults; a table without `name` keeps the name below it. The same key set twice in one layer is an error.
"""

from __future__ import annotations

import copy
import functools
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tui_trainer.runs.config import OPTIMIZERS, SCHEDULES, RunConfig, validate_config
from tui_trainer.runs.config_file import absolute_paths, read_config_file
from tui_trainer.runs.errors import ConfigError, FieldError
from tui_trainer.runs.presets import preset_tables
from tui_trainer.runs.safe_text import safe_text

Tables = dict[str, Any]

_UNION_DEFAULTS = {"optimizer": "sgd", "schedule": "constant"}
UNIONS: dict[str, Mapping[str, Any]] = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES}


def resolve_config(
    *, preset: str | None = None, file: Path | None = None, flags: Mapping[str, Any] | None = None, sets: Iterable[str] = ()
) -> RunConfig:
    """The RunConfig of all layers; `flags` are {dotted key: value}, `sets` are KEY=VALUE texts.

    UsageError for an unknown preset or missing file, ConfigError with all wrong keys at once.
    """
    layers = [preset_tables(preset)] if preset is not None else []
    if file is not None:
        layers.append(read_config_file(file))
    layers += [nest(flags or {}), nest(parse_sets(sets))]
    try:
        return validate_config(with_union_names(functools.reduce(merge, layers, {})))
    except RecursionError:
        raise ConfigError([FieldError("", "the configuration is nested too deeply; it has tables of keys, no more")]) from None


def parse_sets(sets: Iterable[str]) -> Tables:
    """{dotted key: value} of KEY=VALUE texts; a value is read as TOML and, where that fails, as a string."""
    parsed: Tables = {}
    for text in sets:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            raise ConfigError([FieldError("", f'--set "{safe_text(text, 60)}" is not KEY=VALUE, as in --set optimizer.lr=0.1')])
        if key in parsed:
            raise ConfigError([FieldError(key, "is set twice; write it once")])
        parsed[key] = parse_value(value.strip())
    return parsed


def parse_value(text: str) -> Any:
    """A TOML value, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return text


def nest(flat: Mapping[str, Any]) -> Tables:
    """Nested tables of {dotted key: value}; relative paths are made absolute from the working folder."""
    tables: Tables = {}
    for key, value in flat.items():
        *path, leaf = key.split(".")
        table = tables
        for part in path:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise ConfigError([FieldError(key, f"{part} is set to a value as well; write one of the two")])
        if isinstance(table.get(leaf), dict):
            raise ConfigError([FieldError(key, "is a table and a value at once; write one of the two")])
        table[leaf] = value
    return absolute_paths(tables, Path.cwd())


def merge(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> Tables:
    """`upper` over `lower`, table by table, with the rule for unions; neither is changed."""
    merged = copy.deepcopy(dict(lower))
    for key, value in upper.items():
        below = merged.get(key)
        if key in UNIONS and isinstance(value, dict) and _renames(key, below, value):
            merged[key] = copy.deepcopy(value)
        elif isinstance(value, dict) and isinstance(below, dict):
            merged[key] = {**below, **copy.deepcopy(value)}
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _renames(union: str, below: Any, above: Mapping[str, Any]) -> bool:
    current = below.get("name", _UNION_DEFAULTS[union]) if isinstance(below, dict) else _UNION_DEFAULTS[union]
    return "name" in above and above["name"] != current


def with_union_names(tables: Mapping[str, Any]) -> Tables:
    """`tables` with the default `name` in each union's table that has none."""
    named = dict(tables)
    for union, default in _UNION_DEFAULTS.items():
        if isinstance(named.get(union), dict):
            named[union] = {"name": default, **named[union]}
    return named


def change(config: RunConfig, key: str, value: Any) -> RunConfig:
    """`config` with the dotted `key` set to `value`, by the rules of the layers; ConfigError where that is wrong."""
    from tui_trainer.runs.config import dump_config

    return validate_config(merge(dump_config(config), nest({key: value})))
