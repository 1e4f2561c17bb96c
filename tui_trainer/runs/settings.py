"""settings.toml in the home folder: what a person wants of the program as a whole, everything off by default.

    notify = "off"       # off | bell | osc9 | osc777: how a terminal tells that a run has ended; screens read it
    on_end = ""          # a command that the trainer runs when a run has ended, without a shell; or a list of its words
    [ui]                 # how the app draws: see ui_settings.py

Read by screens and by the trainer; written by nobody but its owner. Keys that are not known here are left alone.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tui_trainer.runs.errors import ConfigError, FieldError
from tui_trainer.runs.manifest import read_regular
from tui_trainer.runs.paths import settings_file
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.ui_settings import DEFAULT_UI, UiSettings, parse_ui_table

_MAX_BYTES = 1 << 20


class Notify(StrEnum):
    """How a terminal is to tell that a run has ended."""

    OFF = "off"
    BELL = "bell"
    OSC9 = "osc9"
    OSC777 = "osc777"


@dataclass(frozen=True, slots=True)
class Settings:
    """What settings.toml says."""

    notify: Notify = Notify.OFF
    on_end: tuple[str, ...] = ()
    """The words of the command that follows a run's end; none: no command."""
    ui: UiSettings = DEFAULT_UI
    """How the app draws."""


def read_settings() -> Settings:
    """The settings, the defaults where there is no file; ConfigError, naming the key, where it is wrong."""
    try:
        content = read_regular(settings_file(), _MAX_BYTES)
        # Only where there is a file: the first frame waits for what is imported here.
        import tomllib

        tables = tomllib.loads(content.decode())
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(
            [FieldError("settings.toml", f"cannot be read ({safe_text(error, 120)}); mend or delete it")]
        ) from None
    return Settings(
        _notify(tables.get("notify", "off")), _words(tables.get("on_end", "")), parse_ui_table(tables.get("ui", {}))
    )


def _notify(value: Any) -> Notify:
    if value not in list(Notify):
        choices = ", ".join(Notify)
        raise ConfigError([FieldError("settings.toml: notify", f"{safe_text(value, 40)} is none of {choices}")])
    return Notify(value)


def _words(value: Any) -> tuple[str, ...]:
    try:
        words = shlex.split(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ConfigError([FieldError("settings.toml: on_end", f"cannot be split into words ({error})")]) from None
    if not isinstance(words, list) or not all(isinstance(word, str) and "\0" not in word for word in words):
        raise ConfigError([FieldError("settings.toml: on_end", "is a command or a list of its words")])
    return tuple(words)
