"""LaterScreens: the screens that are not the first, made ready while a person reads the form, so that no key waits for them.

Their modules are imported in a thread, their styles read a file at a time. Nothing here is needed for a screen to work: what is
not ready yet is made when the key comes, the import then too in a thread.
"""

from __future__ import annotations

import asyncio
import gc
from functools import partial
from importlib import import_module
from pathlib import Path

from textual.app import App

from tui_trainer.ui.daemon_thread import run_in_daemon

MODULES = {2: "tui_trainer.ui.train_screen", 3: "tui_trainer.ui.checkpoints_screen"}
"""Of the tabs, by their numbers."""
OVER_SCREENS = ("compare_screen", "draw_screen", "overlay_screen", "weights_screen")
STYLES = ("checkpoints.tcss", "train.tcss", "over.tcss", "overlay.tcss")
BREATH_S = 0.05
"""Keys have their turn between two steps."""
SETTLE_AFTER_S = 1.0
"""A screen that was opened for the first time has its widgets and its first pictures then."""


async def prepare(app: App[int]) -> None:
    """Import and read everything, with breaks; begins after the first frame."""
    for number in sorted(MODULES, reverse=True):
        await import_screen(number)
    await run_in_daemon(partial(_import_all, OVER_SCREENS))
    for name in STYLES:
        await asyncio.sleep(BREATH_S)
        read_styles(app, name)
    settle(app)


async def import_screen(number: int) -> None:
    """Have the module of tab `number` imported; at once where it was."""
    if number in MODULES:
        await run_in_daemon(partial(import_module, MODULES[number]), "mlp-tui import")


def read_styles(app: App[int], name: str) -> None:
    """Parse one file of styles; where that is left to the push of its screen, Textual parses all files anew."""
    path = Path(__file__).with_name(name)
    if not app.stylesheet.has_source(str(path), ""):
        app.stylesheet.read(path)
        app.stylesheet.parse()


def settle(app: App[int]) -> None:
    """Take what lives now, most of it for as long as the app, out of the search for garbage, which stops everything else.

    A process that opens several apps without a terminal, as tests do, would keep them all.
    """
    if not app.is_headless:
        gc.freeze()


def _import_all(names: tuple[str, ...]) -> None:
    for name in names:
        import_module(f"tui_trainer.ui.{name}")
