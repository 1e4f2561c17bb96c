"""UiSettings: how often and with what glyphs and pictures the app draws; from settings.toml, where flags win.

    [ui]
    fps = 4                # pictures a second at most, 0.2 to 30
    ascii = false          # no glyph outside ASCII; unset: as the terminal's encoding needs it
    bytes_per_s = 15000    # to the terminal, on average, while a run is drawn; 500 to 10000000
    images = "blocks"      # blocks | sixel | kitty: how the examples of a gallery are drawn

Imported before the app's first frame, so nothing here loads more than it needs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from tui_trainer.runs.errors import ConfigError, FieldError, UsageError
from tui_trainer.runs.safe_text import safe_text

FPS_RANGE = (0.2, 30.0)
BYTES_PER_S_RANGE = (500.0, 10_000_000.0)
_BYTES_OF_KB = 1000


class Images(StrEnum):
    """How a terminal is given pictures; chosen and never detected, because a terminal that is asked may not answer."""

    BLOCKS = "blocks"
    """Half blocks, which are text."""
    SIXEL = "sixel"
    KITTY = "kitty"


@dataclass(frozen=True, slots=True)
class UiSettings:
    """What a person wants of the screens."""

    fps: float = 4.0
    """Pictures a second at most."""
    is_ascii: bool | None = None
    """Whether no glyph outside ASCII may reach the terminal; None: where its encoding holds no others."""
    bytes_per_s: float = 15_000.0
    """Bytes to the terminal, on average, that the pace of the pictures keeps to."""
    images: Images = Images.BLOCKS
    """How examples are drawn; blocks wherever is_ascii holds."""


DEFAULT_UI = UiSettings()


@dataclass(frozen=True, slots=True)
class UiFlags:
    """The flags as they were written; None where one was not."""

    fps: str | None = None
    budget: str | None = None
    """In kB a second."""
    is_ascii: bool = False
    images: str | None = None

    def over(self, settings: UiSettings) -> UiSettings:
        """`settings` with what was written in their place; UsageError, naming the flag, where it is out of range."""
        if self.fps is not None:
            settings = replace(settings, fps=_read_flag("--fps", "pictures a second", self.fps, FPS_RANGE))
        if self.budget is not None:
            low, high = (limit / _BYTES_OF_KB for limit in BYTES_PER_S_RANGE)
            kilobytes = _read_flag("--budget", "kB a second to the terminal", self.budget, (low, high))
            settings = replace(settings, bytes_per_s=kilobytes * _BYTES_OF_KB)
        if self.images is not None:
            if self.images not in list(Images):
                raise UsageError(f'--images is blocks, sixel or kitty; "{safe_text(self.images, 40)}" is not')
            settings = replace(settings, images=Images(self.images))
        return replace(settings, is_ascii=True) if self.is_ascii else settings


NO_FLAGS = UiFlags()


def parse_ui_table(table: Any) -> UiSettings:
    """The settings that `[ui]` of settings.toml holds; ConfigError, naming the key, where one is wrong."""
    if not isinstance(table, Mapping):
        raise _wrong("ui", "is no table; write [ui] and the keys below it")
    is_ascii = table.get("ascii")
    if is_ascii is not None and not isinstance(is_ascii, bool):
        raise _wrong("ui.ascii", f"{safe_text(is_ascii, 40)} is neither true nor false")
    images = table.get("images", DEFAULT_UI.images)
    if images not in list(Images):
        raise _wrong("ui.images", f"{safe_text(images, 40)} is none of {', '.join(Images)}")
    return UiSettings(
        fps=_read_key(table, "fps", DEFAULT_UI.fps, FPS_RANGE),
        is_ascii=is_ascii,
        bytes_per_s=_read_key(table, "bytes_per_s", DEFAULT_UI.bytes_per_s, BYTES_PER_S_RANGE),
        images=Images(images),
    )


def _read_flag(flag: str, meaning: str, text: str, limits: tuple[float, float]) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not limits[0] <= value <= limits[1]:
        raise UsageError(f'{flag} is {meaning}, from {limits[0]:g} to {limits[1]:,g}; "{safe_text(text, 40)}" is not')
    return value


def _read_key(table: Mapping[str, Any], key: str, default: float, limits: tuple[float, float]) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not limits[0] <= value <= limits[1]:
        raise _wrong(f"ui.{key}", f"{safe_text(value, 40)} is no number from {limits[0]:g} to {limits[1]:,.0f}")
    return float(value)


def _wrong(key: str, problem: str) -> ConfigError:
    return ConfigError([FieldError(f"settings.toml: {key}", problem)])
