"""MlpTuiApp: wiring alone. Three screens, the engines, opening and leaving; what is drawn belongs to the screens.

The app starts nothing before its first frame and owns no truth: a run goes on when it is closed, and shows again when it is
opened. `create_app` and `run_app` are what the command line calls. What takes long to import (launcher, run directories, the
other screens) is imported where it is first needed, to keep the first frame early.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import EXIT_HUP, EXIT_TERM
from tui_trainer.runs.ui_settings import DEFAULT_UI, UiSettings
from tui_trainer.ui.configure_screen import ConfigureScreen
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.engines import Engines
from tui_trainer.ui.frame import FramedScreen
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.run_routes import RunRoutes

if TYPE_CHECKING:
    from tui_trainer.runs.engine_server import EngineServer
    from tui_trainer.runs.run_directory import RunDirectory
    from tui_trainer.ui.run_starter import RunStarter

CONFIGURE, TRAIN, CHECKPOINTS = 1, 2, 3

GC_THRESHOLD = 2_000, 5, 50
"""A picture makes thousands of small objects that die with it: at Python's own numbers a key often waited for a search."""

SWITCH_S = 0.001
"""Seconds that a thread waits for another one to let go: the terminal's writer waited Python's five while the loop went on."""


class MlpTuiApp(RunRoutes):
    """Screens under 1, 2 and 3, made when they are first wanted."""

    TITLE = "mlp-tui"
    # Textual reads a screen's own styles when it is pushed, which the first one never is.
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        Path(__file__).with_name(name) for name in ("app.tcss", "configure.tcss")
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "show_tab(1)", "Configure", tooltip="Set up a run"),
        Binding("2", "show_tab(2)", "Train", tooltip="Watch a run"),
        Binding("3", "show_tab(3)", "Checkpoints", tooltip="Runs on disk, their checkpoints and what these can do"),
        Binding("question_mark,f1", "show_help", "Help", tooltip="What is focused, and every key that works"),
        Binding("q", "leave", "Quit", tooltip="Leave; asks first where a run is alive"),
        Binding("ctrl+q", "leave", "Quit", tooltip="The same, from everywhere", priority=True),
    ]
    KEY_BAR: ClassVar[KeyBarTable] = {
        "show_help": 2,
        "command_palette": KeyHint(8, "More"),
        "leave": 1,
    }

    def __init__(
        self,
        config: RunConfig | None = None,
        run: RunDirectory | None = None,
        *,
        has_start: bool = False,
        origin: str | None = None,
        engines: Engines | None = None,
        ui: UiSettings = DEFAULT_UI,
    ) -> None:
        super().__init__(ui=ui)
        self._config, self._origin = config, origin
        self._first_run, self._has_start = run, has_start
        self.engines = engines or Engines()
        """The spare trainer and the server."""
        self._screens: dict[int, Any] = {}
        self._known_runs: list[RunDirectory] = []
        self._is_warmed = False

    @property
    def engine_server(self) -> EngineServer:
        """Answers evaluations and the like; its requests block."""
        return self.engines.server

    @cached_property
    def run_starter(self) -> RunStarter:
        """Starts and resumes."""
        from tui_trainer.ui.run_starter import RunStarter

        return RunStarter(self, self.engines, self.show_run)

    # Opening

    def get_default_screen(self) -> Screen[Any]:
        """The Configure screen is the first frame."""
        return self.configure_screen

    def on_mount(self) -> None:
        """Listen to signals; everything else waits for the first frame."""
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number, exit_code in ((signal.SIGTERM, EXIT_TERM), (signal.SIGHUP, EXIT_HUP)):
                loop.add_signal_handler(number, self.exit, exit_code, exit_code)
        self.call_after_refresh(self._open)

    async def _open(self) -> None:
        gc.enable()
        if self._first_run is not None and not self._has_start:
            await self.show_run(self._first_run)
            return
        if self._config is None and not self._has_start:
            self.run_worker(self._attach_to_live_run(), group="attach")
            return
        self._warm_up()
        if self._has_start:
            self.configure_screen.action_start()

    async def _prepare_screens(self) -> None:
        from tui_trainer.ui.later_screens import prepare

        await prepare(self)

    async def _attach_to_live_run(self) -> None:
        run = await run_in_daemon(_newest_live_run)
        if run is not None and self.tab == CONFIGURE and not self.configure_screen.draft.can_undo:
            await self.show_run(run)
        else:
            self._warm_up()

    def on_run_attached(self) -> None:
        """A run is on the screen: what would have taken the processor from it may start now."""
        self._warm_up()

    def _warm_up(self) -> None:
        """Start the engines, and make the other screens ready."""
        if not self._is_warmed:
            self._is_warmed = True
            self.engines.warm()
            self.run_worker(self._prepare_screens(), group="prepare")

    # Screens

    @property
    def configure_screen(self) -> ConfigureScreen:
        """Tab 1."""
        screen: ConfigureScreen = self._screen(CONFIGURE)
        return screen

    @property
    def marked_runs(self) -> tuple[RunDirectory, ...]:
        """Those that are marked on the Checkpoints screen, if it was opened."""
        rows = self._screens[CHECKPOINTS].marked_rows if CHECKPOINTS in self._screens else ()
        return tuple(row.entry.run for row in rows)

    @property
    def tab(self) -> int:
        """The screen that is shown, from 1."""
        screen = next((screen for screen in reversed(self.screen_stack) if isinstance(screen, FramedScreen)), None)
        return screen.TAB if screen else CONFIGURE

    def _screen(self, number: int) -> Any:
        if number not in self._screens:
            self._screens[number] = self._build_screen(number)
            self._screens[number].expect_width(self.size.width)
            # An installed screen is kept when another takes its place.
            self.install_screen(self._screens[number], f"tab-{number}")
        return self._screens[number]

    async def _import_screen(self, number: int) -> None:
        """Let the module of a screen that is not there yet be imported aside: it takes longer than a key may wait."""
        if number not in self._screens:
            from tui_trainer.ui.later_screens import SETTLE_AFTER_S, import_screen, settle

            await import_screen(number)
            self.set_timer(SETTLE_AFTER_S, partial(settle, self))

    def _build_screen(self, number: int) -> Any:
        if number == TRAIN:
            from tui_trainer.ui.train_screen import TrainScreen

            return TrainScreen(self._known_runs[-1] if self._known_runs else None)
        if number == CHECKPOINTS:
            from tui_trainer.ui.checkpoints_screen import CheckpointsScreen

            return CheckpointsScreen()
        return ConfigureScreen(self._config, self._origin)

    async def action_show_tab(self, number: int) -> None:
        """Go to a screen, through any dialog that is open; what was typed on the present one stays as it is."""
        await self._import_screen(number)
        while not isinstance(self.screen, FramedScreen):
            await self.pop_screen()
        # Configure is the bottom of the stack and stays there, because Textual cannot switch its first screen.
        if number == CONFIGURE and self.tab != CONFIGURE:
            await self.pop_screen()
        elif number != self.tab:
            await (self.push_screen if self.tab == CONFIGURE else self.switch_screen)(self._screen(number))

    async def show_run(self, run: RunDirectory) -> None:
        """Attach the Train screen to `run` and go there; nothing while the app is being left."""
        if self.return_code is not None:
            return
        if run in self._known_runs:
            self._known_runs.remove(run)
        self._known_runs.append(run)
        if TRAIN in self._screens:
            self._screens[TRAIN].show_run(run)
        await self.action_show_tab(TRAIN)

    def action_show_help(self) -> None:
        """Open the help of what is focused."""
        from tui_trainer.ui.help_dialog import HelpDialog

        screen = self.screen
        if isinstance(screen, FramedScreen) or hasattr(screen, "help_topic"):
            self.push_screen(HelpDialog(screen.help_topic(), screen.active_bindings))

    # Leaving

    def _handle_exception(self, error: Exception) -> None:
        # What a screen that is still being built meets while it is taken down is no failure of the app.
        if not self._exit:
            super()._handle_exception(error)

    def action_leave(self) -> None:
        """Leave, after a question where a run is alive."""
        from tui_trainer.ui.departure import ask_to_leave

        ask_to_leave(self, self.live_runs())

    async def action_quit(self) -> None:
        """Textual's own way out, from the palette, asks too."""
        self.action_leave()

    def live_runs(self) -> list[RunDirectory]:
        """Runs that were started or shown here and are alive; cheap enough for the loop."""
        if not self._known_runs:
            return []
        from tui_trainer.ui.live_runs import is_alive

        return [run for run in self._known_runs if is_alive(run)]

    def last_words(self) -> list[str]:
        """Lines for the terminal once the app is closed: how the run that was shown last stands, and which others go on."""
        if not self._known_runs:
            return []
        from tui_trainer.ui.closing_words import closing_words

        lines = closing_words(self._known_runs)
        if self.is_ascii:
            from tui_trainer.ui.ascii_glyphs import to_ascii

            return [to_ascii(line) for line in lines]
        return lines


def _newest_live_run() -> RunDirectory | None:
    from tui_trainer.ui.live_runs import newest_live_run

    return newest_live_run()


def create_app(
    config: RunConfig | None = None,
    run: RunDirectory | None = None,
    *,
    start: bool = False,
    origin: str | None = None,
    ui: UiSettings = DEFAULT_UI,
) -> MlpTuiApp:
    """The app with a configuration in the form (`origin` names it; `start` starts it at once), or at a run."""
    return MlpTuiApp(config, run, has_start=start, origin=origin, ui=ui)


def run_app(
    config: RunConfig | None = None,
    run: RunDirectory | None = None,
    *,
    start: bool = False,
    origin: str | None = None,
    ui: UiSettings = DEFAULT_UI,
) -> int:
    """Run the app until it is left; the exit code. Afterwards a few lines say how the run stands."""
    # Nothing made so far is garbage, and looking for it until the first frame takes a tenth of the time to there.
    gc.freeze()
    gc.disable()
    gc.set_threshold(*GC_THRESHOLD)
    sys.setswitchinterval(SWITCH_S)
    app = create_app(config, run, start=start, origin=origin, ui=ui)
    try:
        app.run()
    finally:
        app.engines.close()
    if app.is_terminal_stalled:
        return app.return_code or 0
    # The terminal may be gone (SIGHUP), and then nobody reads it.
    with contextlib.suppress(OSError):
        sys.stdout.write("".join(f"{line}\n" for line in app.last_words()))
        sys.stdout.flush()
    return app.return_code or 0
