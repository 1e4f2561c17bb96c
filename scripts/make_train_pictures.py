"""Draws the Train screen in every state, size and theme, to be looked at: `python scripts/make_train_pictures.py FOLDER`.

Real runs in a temporary home: one that trains, one that is paused, one whose loss became NaN, one that is done; at 120x40,
80x24 and 200x60, dark and light. 24 pictures, which are not kept in the repository.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from make_screenshots import SIZES, keep_data, picture, wait_for

from tui_trainer.runs import control
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.launcher import StartedRun, start_run
from tui_trainer.runs.run_directory import RunDirectory, RunStatus

EPOCHS_SHOWN = 6
TOO_HIGH_LR = 3e4


def start(source: str, epochs: int, **flags: Any) -> StartedRun:
    """Start a run of the book's network."""
    return start_run(resolve_config(preset="book", flags={"data.source": source, "training.epochs": epochs, **flags}))


def status_of(run: RunDirectory) -> RunStatus:
    """What it does now."""
    return run.status(run.history(with_steps=False))


async def draw_all(source: str, folder: Path) -> None:
    """The ended runs first, so that no two train at once."""
    done, failed = start(source, 12), start(source, 12, **{"optimizer.lr": TOO_HIGH_LR})
    await asyncio.to_thread(done.process.wait)
    await asyncio.to_thread(failed.process.wait)
    await draw_state("finished", done.directory, folder)
    await draw_state("failed", failed.directory, folder)
    live = start(source, 400)
    await draw_state("running", live.directory, folder)
    control.request(live.directory, "pause", 1)
    await draw_state("paused", live.directory, folder)
    control.request(live.directory, "stop", 1, save=False)
    await asyncio.to_thread(live.process.wait)


async def draw_state(state: str, run: RunDirectory, folder: Path) -> None:
    """One state at each size and in each theme."""
    from tui_trainer.ui.app import create_app
    from tui_trainer.ui.theme import DARK_THEME, LIGHT_THEME

    async def show(pilot: Any) -> None:
        wanted = {"paused": RunStatus.PAUSED}.get(state)
        await wait_for(lambda: wanted is None or status_of(run) is wanted, pilot)
        await wait_for(lambda: state == "failed" or len(run.history(with_steps=False).epochs) >= EPOCHS_SHOWN, pilot)
        await pilot.pause(1.5)

    for width, size in SIZES.items():
        for theme, suffix in ((DARK_THEME, "dark"), (LIGHT_THEME, "light")):
            await picture(f"{state}-{width}-{suffix}", create_app(run=run), size, theme, show, folder)


def main() -> None:
    """Draw into the folder that is named."""
    if len(sys.argv) != 2:
        sys.exit("make_train_pictures: say into which folder")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["MLP_TUI_HOME"] = scratch
        asyncio.run(draw_all(keep_data(), folder))


if __name__ == "__main__":
    main()
