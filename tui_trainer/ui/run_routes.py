"""RunRoutes: what becomes of the messages in which screens ask for something to be done with runs (run_requests.py).

A part of the app: it starts, resumes, forks, edits and shows through what the app gives it, and tells of what cannot be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.run_requests import (
    EditRequested,
    FamilyRequested,
    ForkRequested,
    OpenRequested,
    OverlayRequested,
    RerunRequested,
    ResumeRequested,
)
from tui_trainer.ui.themed_app import ThemedApp

if TYPE_CHECKING:
    from tui_trainer.runs.run_directory import RunDirectory
    from tui_trainer.ui.configure_screen import ConfigureScreen
    from tui_trainer.ui.run_starter import RunStarter


class RunRoutes(ThemedApp):
    """A subclass has the screens."""

    _edited: RunDirectory | None = None
    """The run whose configuration was loaded into the form last."""

    @property
    def run_starter(self) -> RunStarter:
        """Starts and resumes."""
        raise NotImplementedError

    @property
    def configure_screen(self) -> ConfigureScreen:
        """The form."""
        raise NotImplementedError

    @property
    def marked_runs(self) -> tuple[RunDirectory, ...]:
        """Those that are marked in the list."""
        raise NotImplementedError

    @property
    def tab(self) -> int:
        """The screen that is shown, from 1."""
        raise NotImplementedError

    async def action_show_tab(self, number: int) -> None:
        """Go to a screen."""
        raise NotImplementedError

    async def show_run(self, run: RunDirectory) -> None:
        """Go to the Train screen, at `run`."""
        raise NotImplementedError

    def on_configure_screen_start_requested(self, message: ConfigureScreen.StartRequested) -> None:
        """Start what the form holds; what was made of a run's configuration remembers it."""
        run = self._edited
        is_edited = run is not None and self.configure_screen.draft.origin == run.shown_name
        self.run_starter.start(message.config, run if is_edited else None)

    def on_rerun_requested(self, message: RerunRequested) -> None:
        """Start a run's configuration again."""
        self.run_starter.rerun(message.run, has_new_seed=message.has_new_seed)

    def on_fork_requested(self, message: ForkRequested) -> None:
        """Go on from a save as a run of its own."""
        self.run_starter.fork(message.run, message.which, message.changes)

    def on_resume_requested(self, message: ResumeRequested) -> None:
        """Go on with a run."""
        self.run_starter.resume(message.run)

    async def on_edit_requested(self, message: EditRequested) -> None:
        """Load a run's configuration into the form."""
        try:
            config = message.run.config
        except (MlpTuiError, OSError) as error:
            self.notify(safe_text(error, 300), title="not loaded", severity="error", markup=False)
            return
        await self.action_show_tab(self.configure_screen.TAB)
        self.configure_screen.load(config, message.run.shown_name)
        if message.changes:
            self.configure_screen.draft.set_all(message.changes)
            self.configure_screen.show_draft()
        self._edited = message.run

    async def on_open_requested(self, message: OpenRequested) -> None:
        """Show a run."""
        await self.show_run(message.run)

    @work
    async def on_family_requested(self, message: FamilyRequested) -> None:
        """Show the tree, and the run that is chosen in it."""
        from tui_trainer.ui.family_choice import choose_relative

        chosen = await choose_relative(self, message.run)
        if chosen is not None:
            await self.show_run(chosen)

    def on_overlay_requested(self, message: OverlayRequested) -> None:
        """Lay curves over each other; of one run alone over those that are marked."""
        from tui_trainer.ui.overlay_screen import OverlayScreen

        self.push_screen(OverlayScreen((*message.runs, *self.marked_runs), self.tab))
