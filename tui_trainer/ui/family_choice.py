"""The family of a run as an app shows it: read in a thread, drawn as a tree, one member chosen."""

from __future__ import annotations

import asyncio
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
