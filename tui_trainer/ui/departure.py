"""Leaving the app: the question where a run is alive, and what is done about the answer."""

from __future__ import annotations

from functools import partial
from typing import Any

from textual.app import App

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.live_runs import is_waiting, stop_and_wait
from tui_trainer.ui.quit_dialog import QuitAnswer, QuitDialog

STOP_TIMEOUT_S = 20.0


def ask_to_leave(app: App[int], alive: list[RunDirectory]) -> None:
    """Exit with 0 at once where nothing is alive; else ask, detach or stop, or stay."""
    if isinstance(app.screen, QuitDialog):
        return
    if alive:
        waiting = [run for run in alive if is_waiting(run)]
        training = [run for run in alive if run not in waiting]
        dialog = QuitDialog([run.shown_name for run in training], [run.shown_name for run in waiting])
        app.push_screen(dialog, partial(_take_answer, app, alive))
    else:
        app.exit(0)


def _take_answer(app: App[int], alive: list[RunDirectory], answer: QuitAnswer | None) -> None:
    if answer is QuitAnswer.DETACH:
        app.exit(0)
    elif answer is QuitAnswer.STOP:
        app.run_worker(_stop_and_leave(app, alive), group="leave", exclusive=True)


async def _stop_and_leave(app: App[Any], alive: list[RunDirectory]) -> None:
    app.notify("the training ends its step, saves and stops", title="stopping", timeout=STOP_TIMEOUT_S, markup=False)
    try:
        still = await run_in_daemon(partial(stop_and_wait, alive, STOP_TIMEOUT_S))
    except (MlpTuiError, OSError) as error:
        words = error.message if isinstance(error, MlpTuiError) else str(error)
        app.notify(safe_text(words, 300), title="not stopped", severity="error", markup=False)
        return
    if still:
        names = safe_text(", ".join(run.shown_name for run in still), 120)
        app.notify(f"{names} has not stopped yet; the request stays", severity="warning", markup=False)
    else:
        app.exit(0)
