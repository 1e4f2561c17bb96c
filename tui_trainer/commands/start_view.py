"""How the start of a run is shown, on standard error: what it waits for, and how far a download is."""

from __future__ import annotations

import sys
from types import TracebackType

from tui_trainer.commands.streams import is_terminal, say
from tui_trainer.runs.launcher import Progress
from tui_trainer.runs.safe_text import safe_text


class StartView:
    """A bar that goes away on a terminal; elsewhere one line for each thing that is waited for.

    `heading` is said before the first progress, or when the start has succeeded: a refusal stands alone.
    """

    def __init__(self, heading: str = "") -> None:
        self._heading = heading
        self._what = ""
        self._bar = ProgressBar() if is_terminal(sys.stderr) else None

    def __enter__(self) -> StartView:
        """Nothing is shown before there is something to wait for."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def succeed(self) -> None:
        """The start is over and nothing was refused: take the bar away."""
        self._say_heading()
        if self._bar is not None:
            self._bar.stop()

    def show(self, progress: Progress) -> None:
        """How far it is now."""
        self._say_heading()
        if self._bar is not None:
            self._bar.show(progress)
        elif progress.what != self._what:
            say(f"{progress.what} …" if sys.stderr.encoding.lower().startswith("utf") else f"{progress.what} ...")
        self._what = progress.what

    def _say_heading(self) -> None:
        if self._heading:
            say(self._heading)
            self._heading = ""


class ProgressBar:
    """rich's bar, loaded at the first progress."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._progress = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            console=Console(file=sys.stderr, highlight=False),
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, visible=False)

    def show(self, progress: Progress) -> None:
        """Draw it; a total of None moves without a measure."""
        self._progress.start()
        self._progress.update(
            self._task,
            description=safe_text(progress.what, 80),
            completed=progress.done,
            total=progress.total,
            visible=True,
        )

    def stop(self) -> None:
        """Take it away."""
        self._progress.stop()
