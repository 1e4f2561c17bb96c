"""A program on a pseudo-terminal of its own, as a shell would have started it: what it draws, and ways to lose its screen."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pseudo_terminal import set_size, size_of, start_on_terminal
from screen_text import ScreenText

from tests.commands.command_process import COMMAND
from tests.waiting import wait_until, waited_s

# A session's leader gets HUP only from the terminal that controls it.
_WITH_TERMINAL = [
    sys.executable,
    "-c",
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])",
]
_MORE_COLUMNS = 8
"""How much wider `draw_anew` may make the terminal in all."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What stood on the screen once some bytes had come, by a clock that stands while the app could run and others did."""

    at_s: float
    text: str


class TerminalApp:
    """The process and what it has drawn; a thread reads, until it is told to stop or the terminal is gone."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process = process
        self._terminal = terminal
        self._drawn: list[Drawn] = []
        rows, columns = size_of(terminal)
        self._screen, self._is_screen_old = ScreenText(columns + _MORE_COLUMNS, rows), False
        self._reads, self._is_open = threading.Event(), True
        self._reads.set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while self._is_open:
            if self._reads.wait(0.05) and select.select([self._terminal], [], [], 0.05)[0] and self._reads.is_set():
                try:
                    data = os.read(self._terminal, 1 << 16)
                except OSError:  # nobody has the other end any more
                    return
                if self._is_screen_old:
                    self._is_screen_old = False
                    self._screen.clear()
                self._screen.write(data)
                self._drawn.append(Drawn(self.now_s(), "\n".join(self._screen.lines)))

    # Looking

    def now_s(self) -> float:
        """The clock of Drawn."""
        return time.monotonic() - waited_s(self.process.pid)

    def mark(self) -> int:
        """A place in what is drawn, for `shown_at`."""
        return len(self._drawn)

    def shown_at(self, pattern: str, since: int = 0) -> float | None:
        """When `pattern` stood on the screen for the first time after the mark `since`; see Drawn for the clock."""
        return next((one.at_s for one in self._drawn[since:] if re.search(pattern, one.text)), None)

    def await_shown(self, pattern: str, within_s: float = 30.0, since: int = 0) -> float:
        """When `pattern` was drawn; AssertionError with the last of what was drawn instead."""
        try:
            wait_until(lambda: self.shown_at(pattern, since) is not None, within_s)
        except AssertionError:
            last = self._drawn[-1].text if self._drawn else ""
            raise AssertionError(f"{pattern!r} was not drawn; the last was\n{last}") from None
        found = self.shown_at(pattern, since)
        assert found is not None
        return found

    def last_number(self, pattern: str, since: int = 0) -> int:
        """The number in the pattern's group as it stood there last."""
        found = (re.search(pattern, one.text) for one in reversed(self._drawn[since:]))
        return int(next(match[1] for match in found if match).replace(",", ""))

    def draw_anew(self) -> int:
        """Let the whole screen be drawn again, by another size; the mark before it."""
        mark, self._is_screen_old = self.mark(), True
        rows, columns = size_of(self._terminal)
        set_size(self._terminal, rows, columns + 1)
        return mark

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._terminal, keys)

    # Losing it

    def stop_reading(self) -> None:
        """Leave what it draws from now on in the terminal, which holds some kilobytes."""
        self._reads.clear()

    def go_on_reading(self) -> None:
        """Take it again."""
        self._reads.set()

    def hang_up(self) -> None:
        """Close the terminal's other end, as a terminal program that is closed does."""
        if self._is_open:
            self._is_open = False
            self._reader.join(5)
            os.close(self._terminal)

    def kill(self) -> None:
        """KILL, which nothing can answer."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def on_terminal(command: Sequence[str], rows: int = 40, columns: int = 120, *, controls: bool = True) -> Iterator[TerminalApp]:
    """`command` on a new pseudo-terminal, which controls its session if `controls`; killed at the end where it still runs."""
    prefix = _WITH_TERMINAL if controls else []
    process, terminal = start_on_terminal([*prefix, *command], rows=rows, columns=columns, start_new_session=True)
    app = TerminalApp(process, terminal)
    try:
        yield app
    finally:
        if process.poll() is None:
            app.kill()
        app.hang_up()


@contextmanager
def opened(*arguments: str | Path) -> Iterator[TerminalApp]:
    """`mlp-tui open ARGUMENTS` on a pseudo-terminal."""
    with on_terminal([*COMMAND, "open", *map(str, arguments)]) as app:
        yield app
