"""Section and lever: what every table and every key of the configuration is declared with.

A lever carries type, range, default, unit, label, one-line help and source; a section is a strict, frozen table of levers.
Used by the modules that declare RunConfig; it declares no key itself.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def lever(default: Any, label: str, help: str, *, unit: str = "", source: str = "", **limits: Any) -> Any:
    """A configuration field: its default, form label, one-line help, unit, source and pydantic's limits (ge, le, gt, lt)."""
    return Field(default, title=label, description=help, json_schema_extra={"unit": unit, "source": source}, **limits)


class Section(BaseModel):
    """A table of the configuration: strict, frozen, no unknown keys, no NaN or infinity."""

    # Validators are built when something is first validated: the first screen shows defaults, which need no check.
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    def tables(self) -> dict[str, Any]:
        """Plain nested tables of strings, numbers, lists and tables; None where a key is unset."""
        return {name: _plain(getattr(self, name)) for name in type(self).model_fields}


def _plain(value: Any) -> Any:
    if isinstance(value, Section):
        return value.tables()
    if isinstance(value, Enum):
        return value.value
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
