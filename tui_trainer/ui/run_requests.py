"""What a screen asks the app to do with a run, as messages that bubble up to it.

A screen posts one of these (`self.post_message(RerunRequested(run))`) and goes on; the app starts, resumes or opens what was
asked for, changes the screen and tells of a refusal. A screen never starts a process itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from tui_trainer.runs.run_directory import RunDirectory


class RunRequest(Message):
    """A wish about `run`."""

    def __init__(self, run: RunDirectory) -> None:
        super().__init__()
        self.run = run


class RerunRequested(RunRequest):
    """Train the run's configuration again from the start; with `has_new_seed` with another seed."""

    def __init__(self, run: RunDirectory, *, has_new_seed: bool = False) -> None:
        super().__init__(run)
        self.has_new_seed = has_new_seed


class ForkRequested(RunRequest):
    """Go on from the save `which` (last, best, an epoch or an id) as a run of its own, with `changes` {dotted key: value}."""

    def __init__(self, run: RunDirectory, which: str, changes: dict[str, Any]) -> None:
        super().__init__(run)
        self.which, self.changes = which, changes


class EditRequested(RunRequest):
    """Load the run's configuration into the Configure screen, with `changes` {dotted key: value} made to it."""

    def __init__(self, run: RunDirectory, changes: dict[str, Any] | None = None) -> None:
        super().__init__(run)
        self.changes = changes or {}


class ResumeRequested(RunRequest):
    """Go on with a run that was stopped or died, from its last verified save."""


class OpenRequested(RunRequest):
    """Show the run on the Train screen."""


class FamilyRequested(RunRequest):
    """Show the family of the run as a tree."""


class OverlayRequested(Message):
    """Lay the curves of `runs` over each other, the first one pinned; of one alone, over those that are marked in the list."""

    def __init__(self, runs: tuple[RunDirectory, ...]) -> None:
        super().__init__()
        self.runs = runs
