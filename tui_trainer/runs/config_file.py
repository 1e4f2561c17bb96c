"""The configuration as a TOML file: read with its mistakes located, written with each field's help as a comment."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from tui_trainer.runs.config import RunConfig, dump_config
from tui_trainer.runs.config_errors import field_limits, format_range
from tui_trainer.runs.data_source import absolute_source
from tui_trainer.runs.errors import ConfigError, FieldError, UsageError
from tui_trainer.runs.safe_text import safe_text

MAX_FILE_BYTES = 1 << 20


def read_config_file(path: Path) -> dict[str, Any]:
    """Nested tables of the TOML file at `path`, paths in it made absolute; not validated yet.

    UsageError where the file is missing or not regular, ConfigError with line and column where it is no TOML.
    """
    try:
        if not path.is_file():
            raise UsageError(f"{safe_text(path, 160)} is no file; give a configuration in TOML, as `mlp-tui config` prints one")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{safe_text(path, 160)} cannot be read ({error.strerror})") from None
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError([FieldError("", f"{safe_text(path)} is larger than 1 MB; a configuration takes less than 2 kB")])
    return absolute_paths(parse_config_text(data, safe_text(path)), path.absolute().parent)


def parse_config_text(data: bytes, where: str) -> dict[str, Any]:
    """Nested tables of TOML text, a byte order mark allowed; `where` names it in the error."""
    try:
        return tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        reason = f"byte {error.start:,} is no UTF-8"
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = safe_text(error) or "nested too deeply"
    raise ConfigError([FieldError("", f"{where} is no TOML: {reason}")])


def absolute_paths(tables: dict[str, Any], folder: Path) -> dict[str, Any]:
    """`tables` with the path of a data source made absolute, relative to `folder`."""
    data = tables.get("data")
    if isinstance(data, dict) and isinstance(data.get("source"), str):
        tables["data"] = {**data, "source": absolute_source(data["source"], folder)}
    return tables


def format_config(config: RunConfig, *, comments: bool = False) -> str:
    """`config` as TOML with every default filled in; with `comments` each key is followed by its help and range."""
    import tomlkit

    document = tomlkit.document()
    tables = dump_config(config)
    for key, value in tables.items():
        if not isinstance(value, dict):
            document.add(key, _item(value, config, key, comments))
    for key, value in tables.items():
        if isinstance(value, dict):
            section = getattr(config, key)
            table = tomlkit.table()
            for name, entry in value.items():
                if entry is None:
                    table.add(tomlkit.comment(f"{name} =    # {_help(section, name)}" if comments else f"{name} = unset"))
                else:
                    table.add(name, _item(entry, section, name, comments))
            document.add(tomlkit.nl())
            document.add(key, table)
    return tomlkit.dumps(document)


def _item(value: Any, section: BaseModel, name: str, comments: bool) -> Any:
    import tomlkit

    item = tomlkit.item(value)
    if comments and (text := _help(section, name)):
        item.comment(text)
    return item


def _help(section: BaseModel, name: str) -> str:
    field = type(section).model_fields[name]
    limits = format_range(field_limits(field.metadata))
    return "; ".join(part for part in (field.description, limits) if part)
