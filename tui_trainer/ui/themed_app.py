"""ThemedApp: an App with the program's themes, base styles and glyphs, and nothing else.

The program's own app builds on it, and so does any test or script that shows one screen or widget alone.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any, ClassVar

from textual.filter import LineFilter

from tui_trainer.runs.ui_settings import DEFAULT_UI, Images, UiSettings
from tui_trainer.ui.metered_app import MeteredApp
from tui_trainer.ui.theme import DARK_THEME, build_themes, theme_variable_defaults


class ThemedApp(MeteredApp):
    """Registers the dark and the light theme, starts dark, focuses nothing by itself; exits with an exit code."""

    AUTO_FOCUS = ""
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = str(Path(__file__).with_name("app.tcss"))
    """Absolute, because Textual looks beside the file of the subclass."""

    def __init__(self, *, ui: UiSettings = DEFAULT_UI, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.ui = ui
        """How often and with what glyphs it draws."""
        self.is_ascii = _needs_ascii() if ui.is_ascii is None else ui.is_ascii
        """Whether no glyph outside ASCII may reach the terminal."""
        if self.is_ascii:
            from tui_trainer.ui.ascii_filter import AsciiFilter

            self._ascii_filter = AsciiFilter()
        elif ui.images is not Images.BLOCKS:
            from tui_trainer.ui.picture_layer import PictureLayer

            self.picture_layer = PictureLayer(ui.images)
        for theme in build_themes():
            self.register_theme(theme)
        self.theme = DARK_THEME

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and before them the one for ASCII, which reads colours as they were drawn."""
        filters = super().get_line_filters()
        return [self._ascii_filter, *filters] if self.is_ascii else filters

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Tokens for the CSS that is parsed before a theme is on."""
        return theme_variable_defaults()


def _needs_ascii() -> bool:
    """Whether the encoding of standard error, where the app draws, is not UTF-8."""
    try:
        return codecs.lookup(sys.__stderr__.encoding).name != "utf-8" if sys.__stderr__ else False
    except LookupError:
        return True
