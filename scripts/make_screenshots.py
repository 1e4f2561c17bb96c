"""Draws the pictures in screenshots/: `make screenshots`. Real runs in a temporary home, real keys, a fixed size.

With the real MNIST in ../shared/data/mnist the runs are the book's; without it they train the embedded digits. Nothing on a
picture is made up, so figures differ a little from one drawing to the next.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from terminal_svg import redraw

from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.launcher import StartedRun, start_run
from tui_trainer.runs.run_directory import RunDirectory

REPOSITORY = Path(__file__).parent.parent
MNIST = REPOSITORY / ".." / "shared" / "data" / "mnist"
PICTURES = REPOSITORY / "screenshots"
SIZES = {"120": (120, 40), "80": (80, 24), "200": (200, 60)}
OLDER_RUNS = (("momentum", 3), ("adam", 4), ("regularised", 6))
LIVE_EPOCHS = 12
WAIT_S = 300.0
SEVEN = ("up",) * 7 + ("left",) * 5 + ("space",) + ("right",) * 10 + ("down", "down", "left", "down") * 4 + ("down",) * 3
"""Keys that draw a digit."""


def keep_data() -> str:
    """The data source of the pictures: the real MNIST, kept as if it had been downloaded, else the embedded digits."""
    if not MNIST.is_dir():
        return "digits"
    from tui_trainer.engine.idx_files import read_idx_folder
    from tui_trainer.engine.mnist_cache import keep_mnist
    from tui_trainer.runs import paths

    keep_mnist(read_idx_folder(MNIST.resolve()), paths.data_folder())
    return "mnist"


def train(preset: str, epochs: int, source: str) -> StartedRun:
    """Start a run."""
    return start_run(resolve_config(preset=preset, flags={"data.source": source, "training.epochs": epochs}))


async def wait_for(claim: Callable[[], object], pilot: Any) -> None:
    """Until `claim()` is true, at most WAIT_S seconds; the app goes on meanwhile."""
    deadline = time.monotonic() + WAIT_S
    while not claim():
        if time.monotonic() > deadline:
            sys.exit("a picture was not ready in time")
        await pilot.pause(0.1)


async def picture(
    name: str,
    app: Any,
    size: tuple[int, int],
    theme: str,
    prepare: Callable[[Any], Awaitable[None]],
    folder: Path = PICTURES,
) -> None:
    """Run `app` at `size`, bring it to what the picture shows, and write the picture."""
    async with app.run_test(size=size) as pilot:
        app.theme = theme
        await pilot.pause(1.0)
        await prepare(pilot)
        await pilot.pause(0.5)
        (folder / f"{name}.svg").write_text(redraw(app.export_screenshot(title="mlp-tui")), encoding="utf-8")
        print(f"{name}.svg")


async def draw_all(source: str) -> None:
    """Every screen in both themes at 120x40, and in the dark one at 80x24."""
    from tui_trainer.ui.app import create_app
    from tui_trainer.ui.theme import DARK_THEME, LIGHT_THEME

    live = train("book", 20, source)

    async def show_checkpoint(pilot: Any) -> None:
        await pilot.press("3")
        await pilot.pause(1.5)
        await pilot.press("enter")
        await wait_for(lambda: pilot.app.screen.has_class("-evaluated"), pilot)
        await pilot.pause(1.5)

    async def show_gallery(pilot: Any) -> None:
        await show_checkpoint(pilot)
        await pilot.press("g")
        await wait_for(lambda: pilot.app.screen.query_one("#gallery").has_class("-pictures"), pilot)

    async def show_comparison(pilot: Any) -> None:
        await pilot.press("3")
        await pilot.pause(1.5)
        await pilot.press("down", "space", "space", "x")
        await wait_for(lambda: any(verdict in _text(pilot) for verdict in ("tied", "better")), pilot)
        await pilot.pause(1.5)

    async def show_canvas(pilot: Any) -> None:
        await show_checkpoint(pilot)
        await pilot.press("d")
        await pilot.pause(1.0)
        await pilot.press(*SEVEN)
        await wait_for(lambda: pilot.app.screen.shares, pilot)

    async def show_live(pilot: Any) -> None:
        await wait_for(lambda: _num_epochs(live.directory) >= LIVE_EPOCHS, pilot)
        await pilot.pause(1.0)

    async def show_form(pilot: Any) -> None:
        await pilot.pause(1.0)

    async def show_overlay(pilot: Any) -> None:
        await pilot.press("3")
        await pilot.pause(1.5)
        await pilot.press("left", "space", "space", "space", "space", "v")
        await wait_for(lambda: len(getattr(pilot.app.screen, "runs", ())) == 1 + len(OLDER_RUNS), pilot)
        await pilot.pause(1.0)

    changed = resolve_config(preset="book", flags={"data.source": source, "model.dropout": 0.2, "schedule.name": "cosine"})
    looks = [(DARK_THEME, "120", ""), (LIGHT_THEME, "120", "-light"), (DARK_THEME, "80", "")]
    for theme, width, suffix in looks:
        await picture(f"train-{width}{suffix}", create_app(run=live.directory), SIZES[width], theme, show_live)
    for theme, width, suffix in looks:
        await picture(f"configure-{width}{suffix}", create_app(config=changed), SIZES[width], theme, show_form)
    await asyncio.to_thread(live.process.wait)
    for theme, width, suffix in looks:
        await picture(f"checkpoints-{width}{suffix}", create_app(run=live.directory), SIZES[width], theme, show_checkpoint)
    parts = {
        "checkpoints-gallery": show_gallery,
        "checkpoints-comparison": show_comparison,
        "checkpoints-canvas": show_canvas,
        "overlay": show_overlay,
    }
    for name, show in parts.items():
        for width in ("120", "80"):
            await picture(f"{name}-{width}", create_app(run=live.directory), SIZES[width], DARK_THEME, show)


def _text(pilot: Any) -> str:
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def _num_epochs(run: RunDirectory) -> int:
    return len(run.history(with_steps=False).epochs)


def main() -> None:
    """Train what the pictures need, then draw them."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["MLP_TUI_HOME"] = scratch
        source = keep_data()
        PICTURES.mkdir(exist_ok=True)
        for preset, epochs in OLDER_RUNS:
            train(preset, epochs, source).process.wait()
        asyncio.run(draw_all(source))


if __name__ == "__main__":
    main()
