"""MeteredDriver: Textual's driver for a Unix terminal, but every byte goes through a TerminalOutput."""

from __future__ import annotations

import os
import select
import signal
import threading

from textual.drivers.linux_driver import LinuxDriver

from tui_trainer.ui.terminal_output import TerminalOutput

CLOSE_S = 1.0
"""Seconds that a terminal gets for the last bytes; one that does not read keeps no process alive."""


class MeteredDriver(LinuxDriver):
    """Counts, and never waits for the terminal."""

    output: TerminalOutput | None = None
    """None before the first start."""
    _is_watched = False
    is_stalled = False
    """Whether the terminal did not take the last bytes when it was closed."""

    def start_application_mode(self) -> None:
        """As Textual's, with a writer of our own; again after each suspension."""
        if self._file is not None:
            self.output = TerminalOutput(self._file.fileno(), self._file.encoding)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if not self._is_watched:
            self._is_watched = True
            threading.Thread(target=self._watch, name="terminal-watch", daemon=True).start()

    def _watch(self) -> None:
        """Send this process HUP when the terminal is closed, as one that controls its session does.

        Without, Textual's loop reads the end of a terminal that does not control as fast as it can, for ever.
        """
        poller = select.poll()
        poller.register(self.fileno, 0)
        if any(event & (select.POLLHUP | select.POLLERR) for _, event in poller.poll()):
            os.kill(os.getpid(), signal.SIGHUP)

    def stop_application_mode(self) -> None:
        """As Textual's; what kitty keeps of this program's pictures goes first, as long as the screen is its own."""
        layer = getattr(self._app, "picture_layer", None)
        if layer is not None:
            self.write(layer.take_away())
        super().stop_application_mode()

    def write(self, data: str) -> None:
        """Hand over to the writer."""
        if self.output is not None:
            self.output.write(data)

    def close(self) -> None:
        """Bring the last bytes to the terminal, as far as it takes them."""
        if self.output is not None:
            self.is_stalled = not self.output.close(CLOSE_S)
        super().close()
