"""Every error that a person is told about, each with the exit code of the command that meets it.

    MlpTuiError                 1  a bug, or anything not classified below
    ├── UsageError              2  wrong words on the command line, unknown RUN, missing file argument
    │   └── ConfigError         2  a configuration that RunConfig refuses (all its errors together)
    ├── DataError               3  data that cannot be found, downloaded, read or used
    ├── CheckpointError         4  a file that exists and is no valid checkpoint
    │   └── NewerSchemaError    4  what a newer version wrote
    ├── NumericError            5  the loss became NaN or infinite
    ├── ResourceError           6  disk, memory or device
    ├── RunBusyError            7  somebody else holds the run's lock
    └── TrainerDiedError        8  the trainer ended without `run_ended`

A message says what, where (file, key, row) and the next step in one line of at most 300 characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tui_trainer.runs.safe_text import safe_text

EXIT_DONE = 0
EXIT_HUP = 129
EXIT_INT = 130
EXIT_TERM = 143

MAX_MESSAGE_CHARS = 300


class MlpTuiError(Exception):
    """Root of all errors with a message for people; `exit_code` is what the command returns."""

    exit_code = 1

    @property
    def message(self) -> str:
        """The one line for people, safe for a terminal, cut to MAX_MESSAGE_CHARS."""
        return safe_text(self, MAX_MESSAGE_CHARS)


class UsageError(MlpTuiError):
    """Wrong words: command, argument, RUN or a file argument that is not there."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong key of a configuration: its dotted key, and what is wrong with its value."""

    key: str
    message: str
    fix: dict[str, Any] | None = field(default=None, compare=False)
    """{dotted key: value} that puts it right, in this order, where there is one right answer."""

    def __str__(self) -> str:
        return f"{self.key}: {self.message}" if self.key else self.message


class ConfigError(UsageError):
    """A configuration that RunConfig refuses; `errors` holds all of them, in the order of the form."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(str(error) for error in self.errors))

    @property
    def message(self) -> str:
        """All errors in one line; those that do not fit are counted."""
        shown: list[str] = []
        for index, error in enumerate(self.errors):
            rest = len(self.errors) - index
            tail = f" (and {rest} more)" if rest else ""
            if shown and len("; ".join([*shown, str(error)])) + len(tail) > MAX_MESSAGE_CHARS:
                return "; ".join(shown) + tail
            shown.append(safe_text(error, MAX_MESSAGE_CHARS - (len(tail) if rest > 1 else 0)))
        return "; ".join(shown)


class DataError(MlpTuiError):
    """Data that cannot be found, downloaded, read or used."""

    exit_code = 3


class CheckpointError(MlpTuiError):
    """A file that exists and is no valid checkpoint, or was made by a newer version."""

    exit_code = 4


class NewerSchemaError(CheckpointError):
    """A run or a file of a schema that this version does not know."""


class NumericError(MlpTuiError):
    """A loss that is NaN or infinite."""

    exit_code = 5


class ResourceError(MlpTuiError):
    """Disk, memory or device: what the machine lacks."""

    exit_code = 6


class RunBusyError(MlpTuiError):
    """Another process holds the run's lock."""

    exit_code = 7


class TrainerDiedError(MlpTuiError):
    """A trainer that ended without `run_ended`."""

    exit_code = 8


_BY_EXIT_CODE: dict[int, type[MlpTuiError]] = {
    error.exit_code: error
    for error in (UsageError, DataError, CheckpointError, NumericError, ResourceError, RunBusyError, TrainerDiedError)
}


def error_of(exit_code: int, message: str) -> MlpTuiError:
    """Rebuild the error that another process reported as (exit code, message)."""
    return _BY_EXIT_CODE.get(exit_code, MlpTuiError)(message)


def shorten(text: str, limit: int = MAX_MESSAGE_CHARS) -> str:
    """Cut `text` to `limit` characters, the last one being an ellipsis where something was lost."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
