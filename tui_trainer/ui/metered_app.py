"""MeteredApp: an App that draws nothing more while its terminal does not read, and the whole screen once it does again; and
nothing for a screen that lies below another.

What Textual would draw meanwhile is let go and not kept, so that the loop goes on, memory stays as it is, and signals and keys
are answered. Graphics follow the text that they lie over in the same synchronised picture. Rests on `App._display` with its
`_end_update`, through which Textual draws everything, and on `App._background_screens`; tests watch them.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen

from tui_trainer.ui.terminal_output import TerminalOutput

if TYPE_CHECKING:
    from tui_trainer.ui.picture_layer import PictureLayer


class MeteredApp(App[int]):
    """On a terminal of Unix; elsewhere, as under a test's pilot, as any other."""

    picture_layer: PictureLayer | None = None
    """The graphics over the text; None where there are none."""
    _is_picture_owed = False
    _update: object = None
    """What is being drawn."""

    def get_driver_class(self) -> type[Driver]:
        """Textual's, or the metered one in the place of that for Unix."""
        chosen = super().get_driver_class()
        if chosen is not LinuxDriver:
            return chosen
        from tui_trainer.ui.metered_driver import MeteredDriver

        return MeteredDriver

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        # Textual counts the screen below as seen though the upper one is opaque, and whatever changes on it, as it does while
        # answers come in, sends the upper one whole.
        return [] if self.screen.styles.background.a == 1 else super()._background_screens

    @property
    def output(self) -> TerminalOutput | None:
        """What counts the bytes; None where nothing does."""
        output: TerminalOutput | None = getattr(self._driver, "output", None)
        return output

    @property
    def is_terminal_stalled(self) -> bool:
        """Whether the terminal had not taken the last bytes when the app was closed: more would wait for ever."""
        return bool(getattr(self._driver, "is_stalled", False))

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        output = self.output
        if output is None or not output.is_behind:
            self._update = renderable
            super()._display(screen, renderable)
            self._update = None
        elif renderable is not None and not self._is_picture_owed:
            self._is_picture_owed = True
            output.call_when_drained(self._draw_owed_later)

    def _end_update(self) -> None:
        if self.picture_layer is not None and self._driver is not None:
            self._driver.write(self.picture_layer.follow(self.screen, self._update))
        super()._end_update()

    def _draw_owed_later(self) -> None:
        """From the writer's thread; the loop may have ended."""
        with contextlib.suppress(RuntimeError):
            self.call_later(self._draw_owed)

    def _draw_owed(self) -> None:
        self._is_picture_owed = False
        if self.is_running:
            self.screen.refresh()
