"""RunStarter: starts and resumes runs for the app, shows how far a start is, and tells of refusals.

The trainer is a process of its own; the wait for its answer is in a daemon thread, so that leaving the app waits for nothing.
Imported when the first run is started, because the launcher takes its time to import.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from textual.app import App

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.launcher import OnProgress, Progress, StartedRun, reap, resume_run, start_run
from tui_trainer.runs.relaunch import Relaunch, edit_parent, prepare_fork, prepare_rerun
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.start_cancel import StartCancel, StartCancelled
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.engines import Engines
from tui_trainer.ui.live_runs import newest_training_run
from tui_trainer.ui.queue_dialog import QueueAnswer, QueueDialog
from tui_trainer.ui.start_dialog import StartDialog

REAP_S = 1.0
MAX_NEW_SEED = 2**31
NOTICE_S = 15.0

Launch = Callable[[OnProgress, StartCancel, bool], StartedRun]
"""The last argument: whether it is to wait for its turn."""
ShowRun = Callable[[RunDirectory], Awaitable[None]]


class RunStarter:
    """One start at a time; `show_run` is awaited with the run that was accepted."""

    def __init__(self, app: App[Any], engines: Engines, show_run: ShowRun) -> None:
        self._app, self._engines, self._show_run = app, engines, show_run
        self._started: list[StartedRun] = []
        self._is_starting = False
        app.set_interval(REAP_S, self._reap)

    def start(self, config: RunConfig, edited: RunDirectory | None = None) -> None:
        """Start a new run; its configuration was made of that of `edited`, if any."""

        def launch(on_progress: OnProgress, cancel: StartCancel, queue: bool) -> StartedRun:
            parent = edit_parent(edited, config) if edited is not None else None
            spare = self._engines.spare
            return start_run(config, parent=parent, spare=spare, on_progress=on_progress, cancel=cancel, queue=queue)

        self._launch(config.name, launch)

    def rerun(self, run: RunDirectory, *, has_new_seed: bool) -> None:
        """Start the configuration of `run` again, with another seed where asked."""
        changes = {"seed": secrets.randbelow(MAX_NEW_SEED)} if has_new_seed else {}
        self._relaunch(run, partial(prepare_rerun, run, changes))

    def fork(self, run: RunDirectory, which: str, changes: dict[str, Any]) -> None:
        """Go on from the save `which` of `run` as a run of its own."""
        self._relaunch(run, partial(prepare_fork, run, which, changes))

    def _relaunch(self, run: RunDirectory, prepare: Callable[[], Relaunch]) -> None:
        # Preparing reads the run's log, so it belongs into the thread that waits for the trainer.
        def launch(on_progress: OnProgress, cancel: StartCancel, queue: bool) -> StartedRun:
            return prepare().start(spare=self._engines.spare, on_progress=on_progress, cancel=cancel, queue=queue)

        self._launch(run.shown_name, launch)

    def resume(self, run: RunDirectory) -> None:
        """Go on with `run` from its last verified save, beside whatever trains."""

        def launch(on_progress: OnProgress, cancel: StartCancel, queue: bool) -> StartedRun:
            return resume_run(run, spare=self._engines.spare, on_progress=on_progress, cancel=cancel)

        self._launch(run.shown_name, launch, can_queue=False)

    def _launch(self, name: str, launch: Launch, *, can_queue: bool = True) -> None:
        if self._is_starting:
            self._app.notify("a run is being started already", severity="warning", markup=False)
            return
        self._is_starting = True
        self._app.run_worker(self._ask_and_launch(name, launch, can_queue=can_queue), group="launch")

    async def _ask_and_launch(self, name: str, launch: Launch, *, can_queue: bool) -> None:
        """Where another run trains, ask first whether this one is to wait."""
        try:
            blocker = await run_in_daemon(newest_training_run) if can_queue else None
            answer: QueueAnswer | None = QueueAnswer.NOW
            if blocker is not None:
                answer = await self._app.push_screen_wait(QueueDialog(blocker.shown_name))
            if answer is not None:
                await self._launch_and_show(name, launch, queue=answer is QueueAnswer.WAIT)
        finally:
            self._is_starting = False

    async def _launch_and_show(self, name: str, launch: Launch, *, queue: bool) -> None:
        cancel = StartCancel()
        dialog = StartDialog(safe_text(name, 60), cancel.cancel)
        await self._app.push_screen(dialog)
        loop = asyncio.get_running_loop()
        try:
            on_progress = partial(_post_progress, loop, dialog)
            started = await run_in_daemon(lambda: launch(on_progress, cancel, queue))
            self._started.append(started)
            await self._take_away(dialog)
            await self._show_run(started.directory)
            self._engines.warm()
        except StartCancelled as cancelled:
            self._app.notify(cancelled.message, markup=False)
            self._engines.warm()
        except (MlpTuiError, OSError) as error:
            self._tell(error)
        finally:
            await self._take_away(dialog)

    async def _take_away(self, dialog: StartDialog) -> None:
        if self._app.screen_stack[-1:] == [dialog]:
            await self._app.pop_screen()

    def _tell(self, error: MlpTuiError | OSError) -> None:
        words = error.message if isinstance(error, MlpTuiError) else str(error)
        self._app.notify(safe_text(words, 300), title="not started", severity="error", timeout=NOTICE_S, markup=False)

    def _reap(self) -> None:
        for started in [started for started in self._started if started.process.poll() is not None]:
            self._started.remove(started)
            death = reap(started)
            if death is not None:
                self._app.notify(safe_text(death.message, 300), severity="error", timeout=NOTICE_S, markup=False)


def _post_progress(loop: asyncio.AbstractEventLoop, dialog: StartDialog, progress: Progress) -> None:
    """Have it drawn on the loop, if there still is one."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(dialog.show, progress)
