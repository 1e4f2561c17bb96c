"""What an app shows of several runs at once: the family of one as a tree, and curves over each other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from textual.app import App

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_family import FamilyNode, read_family
from tui_trainer.runs.safe_text import safe_text


async def choose_relative(app: App[Any], run: RunDirectory) -> RunDirectory | None:
    """The member of the family of `run` that was chosen in its tree; None where it has none, or none was chosen."""
    from tui_trainer.ui.family_dialog import FamilyDialog

    family = await _read_family(app, run)
    if family is None:
        return None
    if family.size == 1:
        app.notify(f"{safe_text(run.shown_name, 60)} was made of no run, and none was made of it", markup=False)
        return None
    chosen = await app.push_screen_wait(FamilyDialog(family, run.run))
    return RunDirectory(run.path.parent / chosen) if chosen is not None else None


async def _read_family(app: App[Any], run: RunDirectory) -> FamilyNode | None:
    try:
        return await asyncio.to_thread(read_family, run)
    except (MlpTuiError, OSError) as error:
        app.notify(safe_text(error, 300), title="its family cannot be read", severity="error", markup=False)
        return None


def overlay(app: App[Any], runs: Sequence[RunDirectory], tab: int) -> None:
    """Lay the curves of `runs` over each other; the tab `tab` stays lit."""
    from tui_trainer.ui.overlay_screen import OverlayScreen

    app.push_screen(OverlayScreen(runs, tab))
