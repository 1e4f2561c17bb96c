"""ThemedApp: an App with the program's themes and base styles, and nothing else.

The program's own app builds on it, and so does any test or script that shows one screen or widget alone.
"""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any, ClassVar

from tui_trainer.ui.metered_app import MeteredApp
from tui_trainer.ui.theme import DARK_THEME, build_themes, theme_variable_defaults


class ThemedApp(MeteredApp):
    """Registers the dark and the light theme, starts dark, focuses nothing by itself; exits with an exit code."""

    AUTO_FOCUS = ""
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = str(Path(__file__).with_name("app.tcss"))
    """Absolute, because Textual looks beside the file of the subclass."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        for theme in build_themes():
            self.register_theme(theme)
        self.theme = DARK_THEME

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Tokens for the CSS that is parsed before a theme is on."""
        return theme_variable_defaults()
