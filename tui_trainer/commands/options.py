"""Options that several commands share, with the words of RunConfig's own declaration as their help."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.runs.config import RunConfig, field_at
from tui_trainer.runs.config_layers import parse_value
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.presets import PRESETS

_DEFAULTS = RunConfig()


def flag(key: str) -> Parameter:
    """A named flag for the configuration's dotted `key`, its help taken from there."""
    return Parameter(help=field_at(_DEFAULTS, key).description)


Preset = Annotated[str | None, Parameter(name="--preset", help=f"Starting point: {', '.join(PRESETS)}.")]
Sets = Annotated[
    list[str] | None,
    Parameter(
        name="--set", help="KEY=VALUE of the configuration, as in optimizer.lr=0.1; may be written again for other keys."
    ),
]
Run = Annotated[str, Parameter(help="A run: its folder, its name, any unique part of it, or `last`.")]
MAX_PROCESSES = 1024
Processes = Annotated[
    int | None,
    Parameter(name="--nproc", help="Processes of this machine that share each batch; one GPU each where it has them."),
]
AsJson = Annotated[bool, Parameter(name="--json")]


def check_processes(number: int | None) -> int | None:
    """`number` of --nproc; UsageError where so many cannot be had."""
    if number is not None and not 1 <= number <= MAX_PROCESSES:
        raise UsageError(f"--nproc {number}: it takes 1 to {MAX_PROCESSES} processes")
    return number


def named_flags(*, texts: dict[str, str | None], numbers: dict[str, str | None]) -> dict[str, Any]:
    """{dotted key: value} of the flags that were written; a number is read as TOML, so that RunConfig judges it."""
    written = {key: value for key, value in texts.items() if value is not None}
    return {**written, **{key: parse_value(value) for key, value in numbers.items() if value is not None}}
