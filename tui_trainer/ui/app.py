"""MlpTuiApp: wiring alone. Three screens, the engines, starting and leaving; what is drawn belongs to the screens.

The app starts nothing before its first frame and owns no truth: a run goes on when it is closed, and shows again when it is
opened. `create_app` and `run_app` are what the command line calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePath
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.engine_server import EngineServer
from tui_trainer.runs.errors import EXIT_HUP, EXIT_TERM, MlpTuiError
from tui_trainer.runs.launcher import OnProgress, StartedRun, reap, resume_run, start_run
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.configure_screen import ConfigureScreen
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.engines import Engines
from tui_trainer.ui.frame import FramedScreen
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.live_runs import is_alive, newest_live_run, stop_and_wait
from tui_trainer.ui.run_requests import EditRequested, OpenRequested, RerunRequested, ResumeRequested
from tui_trainer.ui.themed_app import ThemedApp

CONFIGURE, TRAIN, CHECKPOINTS = 1, 2, 3
REAP_S = 1.0
STOP_TIMEOUT_S = 20.0
MAX_NEW_SEED = 2**31

Launch = Callable[[OnProgress], StartedRun]


class MlpTuiApp(ThemedApp):
    """Screens under 1, 2 and 3, made when they are first wanted."""

    TITLE = "mlp-tui"
    # Textual reads a screen's own styles when it is pushed, which the first one never is.
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        str(Path(__file__).with_name(name)) for name in ("app.tcss", "configure.tcss")
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "show_tab(1)", "Configure", tooltip="Set up a run"),
        Binding("2", "show_tab(2)", "Train", tooltip="Watch a run"),
        Binding("3", "show_tab(3)", "Checkpoints", tooltip="Runs on disk, their checkpoints and what these can do"),
        Binding("question_mark,f1", "show_help", "Help", tooltip="What is focused, and every key that works"),
        Binding("q", "leave", "Quit", tooltip="Leave; asks first where a run is alive"),
        Binding("ctrl+q", "leave", "Quit", tooltip="The same, from everywhere", priority=True),
    ]
    COMMAND_PALETTE_DISPLAY = "^p"
    KEY_BAR: ClassVar[KeyBarTable] = {
        "show_tab(1)": 9,
        "show_tab(3)": 9,
        "show_help": 2,
        "command_palette": KeyHint(8, "More"),
        "leave": KeyHint(1, key="q"),
    }

    def __init__(
        self,
        config: RunConfig | None = None,
        run: RunDirectory | None = None,
        *,
        has_start: bool = False,
        origin: str | None = None,
        engines: Engines | None = None,
    ) -> None:
        super().__init__()
        self._config, self._origin = config, origin
        self._first_run, self._has_start = run, has_start
        self.engines = engines or Engines()
        """The spare trainer and the server."""
        self._screens: dict[int, Any] = {}
        self._started: list[StartedRun] = []
        self._known_runs: list[RunDirectory] = []
        self._is_starting = False

    @property
    def engine_server(self) -> EngineServer:
        """Answers evaluations and the like; its requests block."""
        return self.engines.server

    # Opening

    def get_default_screen(self) -> Screen[Any]:
        """The Configure screen is the first frame."""
        return self.screen_configure

    def on_mount(self) -> None:
        """Listen to signals; everything else waits for the first frame."""
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number, exit_code in ((signal.SIGTERM, EXIT_TERM), (signal.SIGHUP, EXIT_HUP)):
                loop.add_signal_handler(number, self.exit, exit_code, exit_code)
        self.set_interval(REAP_S, self._reap)
        self.call_after_refresh(self._open)

    async def _open(self) -> None:
        self.engines.warm()
        if self._has_start:
            self.screen_configure.action_start()
        elif self._first_run is not None:
            await self.show_run(self._first_run)
        elif self._config is None:
            self.run_worker(self._attach_to_live_run(), group="attach")

    async def _attach_to_live_run(self) -> None:
        run = await run_in_daemon(newest_live_run)
        if run is not None and self._tab == CONFIGURE and not self.screen_configure.draft.can_undo:
            await self.show_run(run)

    # Screens

    @property
    def screen_configure(self) -> ConfigureScreen:
        """The Configure screen."""
        screen = self._screen(CONFIGURE)
        assert isinstance(screen, ConfigureScreen)
        return screen

    @property
    def _tab(self) -> int:
        screen = next((screen for screen in reversed(self.screen_stack) if isinstance(screen, FramedScreen)), None)
        return screen.TAB if screen else CONFIGURE

    def _screen(self, number: int) -> Any:
        if number not in self._screens:
            self._screens[number] = self._build_screen(number)
            # An installed screen is kept when another takes its place.
            self.install_screen(self._screens[number], f"tab-{number}")
        return self._screens[number]

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
        while not isinstance(self.screen, FramedScreen):
            await self.pop_screen()
        # Configure is the bottom of the stack and stays there, because Textual cannot switch its first screen.
        if number == CONFIGURE and self._tab != CONFIGURE:
            await self.pop_screen()
        elif number != self._tab:
            await (self.push_screen if self._tab == CONFIGURE else self.switch_screen)(self._screen(number))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The key of the screen that is shown does nothing."""
        return parameters != (self._tab,) if action == "show_tab" and self.is_running else True

    async def show_run(self, run: RunDirectory) -> None:
        """Attach the Train screen to `run` and go there."""
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
        topic = screen.help_topic() if isinstance(screen, FramedScreen) else None
        if not isinstance(screen, HelpDialog):
            self.push_screen(HelpDialog(topic, screen.active_bindings))

    # Starting

    def on_configure_screen_start_requested(self, message: ConfigureScreen.StartRequested) -> None:
        """Start what the form holds."""
        self._start(message.config, None)

    def on_rerun_requested(self, message: RerunRequested) -> None:
        """Start a run's configuration again."""
        with self._refusals():
            config = message.run.config
            changes = {"seed": secrets.randbelow(MAX_NEW_SEED)} if message.has_new_seed else {}
            parent = {"run": message.run.run, "checkpoint": None, "step": None, "changes": changes, "kind": "rerun"}
            self._start(config.model_copy(update=changes), parent)

    def on_resume_requested(self, message: ResumeRequested) -> None:
        """Go on with a run."""
        self._launch(message.run.shown_name, partial(_resume, message.run, self.engines))

    async def on_edit_requested(self, message: EditRequested) -> None:
        """Load a run's configuration into the form."""
        with self._refusals():
            config = message.run.config
            await self.action_show_tab(CONFIGURE)
            self.screen_configure.load(config, message.run.shown_name)

    async def on_open_requested(self, message: OpenRequested) -> None:
        """Show a run."""
        await self.show_run(message.run)

    def _start(self, config: RunConfig, parent: dict[str, Any] | None) -> None:
        self._launch(config.name, partial(_start, config, parent, self.engines))

    def _launch(self, name: str, launch: Launch) -> None:
        if self._is_starting:
            self.notify("a run is being started already", severity="warning", markup=False)
            return
        self._is_starting = True
        self.run_worker(self._launch_and_show(name, launch), group="launch")

    async def _launch_and_show(self, name: str, launch: Launch) -> None:
        from tui_trainer.ui.start_dialog import StartDialog

        dialog = StartDialog(safe_text(name, 60))
        await self.push_screen(dialog)
        loop = asyncio.get_running_loop()
        try:
            started = await run_in_daemon(lambda: launch(lambda progress: _post(loop, partial(dialog.show, progress))))
        except (MlpTuiError, OSError) as error:
            self._tell_refusal(error)
        else:
            self._started.append(started)
            await self._take_away(dialog)
            await self.show_run(started.directory)
            self.engines.warm()
        finally:
            self._is_starting = False
            await self._take_away(dialog)

    async def _take_away(self, dialog: Screen[Any]) -> None:
        if self.screen_stack[-1:] == [dialog]:
            await self.pop_screen()

    @contextlib.contextmanager
    def _refusals(self) -> Any:
        try:
            yield
        except (MlpTuiError, OSError) as error:
            self._tell_refusal(error)

    def _tell_refusal(self, error: MlpTuiError | OSError) -> None:
        words = error.message if isinstance(error, MlpTuiError) else str(error)
        self.notify(safe_text(words, 300), title="not started", severity="error", timeout=15, markup=False)

    def _reap(self) -> None:
        for started in [started for started in self._started if started.process.poll() is not None]:
            self._started.remove(started)
            death = reap(started)
            if death is not None:
                self.notify(safe_text(death.message, 300), severity="error", timeout=15, markup=False)

    # Leaving

    def action_leave(self) -> None:
        """Leave, after a question where a run is alive."""
        from tui_trainer.ui.quit_dialog import QuitDialog

        if isinstance(self.screen, QuitDialog):
            return
        alive = self.live_runs()
        if alive:
            self.push_screen(QuitDialog([run.shown_name for run in alive]), partial(self._leave, alive))
        else:
            self.exit(0)

    async def action_quit(self) -> None:
        """Textual's own way out, from the palette, asks too."""
        self.action_leave()

    def live_runs(self) -> list[RunDirectory]:
        """Runs that were started or shown here and are alive; cheap enough for the loop."""
        return [run for run in self._known_runs if is_alive(run)]

    def _leave(self, alive: list[RunDirectory], answer: str | None) -> None:
        from tui_trainer.ui.quit_dialog import QuitAnswer

        if answer == QuitAnswer.DETACH:
            self.exit(0)
        elif answer == QuitAnswer.STOP:
            self.run_worker(self._stop_and_leave(alive), group="leave", exclusive=True)

    async def _stop_and_leave(self, alive: list[RunDirectory]) -> None:
        self.notify("the training ends its step, saves and stops", title="stopping", timeout=STOP_TIMEOUT_S, markup=False)
        try:
            still = await run_in_daemon(partial(stop_and_wait, alive, STOP_TIMEOUT_S))
        except (MlpTuiError, OSError) as error:
            self._tell_refusal(error)
            return
        if still:
            names = safe_text(", ".join(run.shown_name for run in still), 120)
            self.notify(f"{names} has not stopped yet; the request stays", severity="warning", markup=False)
        else:
            self.exit(0)


def _start(config: RunConfig, parent: dict[str, Any] | None, engines: Engines, on_progress: OnProgress) -> StartedRun:
    return start_run(config, parent=parent, spare=engines.spare, on_progress=on_progress)


def _resume(run: RunDirectory, engines: Engines, on_progress: OnProgress) -> StartedRun:
    return resume_run(run, spare=engines.spare, on_progress=on_progress)


def _post(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Run `callback` on the loop, if there still is one."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback)


def create_app(
    config: RunConfig | None = None,
    run: RunDirectory | None = None,
    *,
    start: bool = False,
    origin: str | None = None,
) -> MlpTuiApp:
    """The app with a configuration in the form (`origin` names it; `start` starts it at once), or at a run."""
    return MlpTuiApp(config, run, has_start=start, origin=origin)


def run_app(
    config: RunConfig | None = None,
    run: RunDirectory | None = None,
    *,
    start: bool = False,
    origin: str | None = None,
) -> int:
    """Run the app until it is left; the exit code. Afterwards one line says what becomes of the training."""
    app = create_app(config, run, start=start, origin=origin)
    try:
        app.run()
    finally:
        app.engines.close()
    # The terminal may be gone (SIGHUP), and then nobody reads it.
    with contextlib.suppress(OSError):
        for alive in app.live_runs():
            name = safe_text(alive.shown_name)
            sys.stdout.write(f"{name} goes on training; `mlp-tui` shows it again, `mlp-tui stop {name}` saves and stops it\n")
        sys.stdout.flush()
    return app.return_code or 0
