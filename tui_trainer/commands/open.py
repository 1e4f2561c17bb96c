"""`mlp-tui` and `mlp-tui open`: the app, with a configuration or a run in it.

Kept free of cyclopts, because it is imported before the first frame; textual comes only once the app is certain to open.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tui_trainer.commands.streams import is_terminal
from tui_trainer.runs.errors import ResourceError, UsageError
from tui_trainer.runs.paths import settings_file
from tui_trainer.runs.ui_settings import DEFAULT_UI, NO_FLAGS, Images, UiFlags, UiSettings

if TYPE_CHECKING:
    from tui_trainer.runs.config import RunConfig
    from tui_trainer.runs.run_directory import RunDirectory


def open_command(
    argument: str | None = None,
    /,
    *,
    start: bool = False,
    fps: str | None = None,
    budget: str | None = None,
    images: str | None = None,
    ascii_: bool = False,
) -> int:
    """Open the app with a configuration loaded, or at a run.

    Parameters
    ----------
    argument
        CONFIG.toml, or a RUN: its folder, its name, a part of it, or `last`.
    start
        Start the configuration at once.
    fps
        Pictures a second at most, 0.2 to 30; the default is 4, or `fps` under [ui] in settings.toml.
    budget
        kB a second to the terminal on average, 0.5 to 10,000: pictures come more slowly to keep to it; the default is 15.
    images
        How the examples of a gallery are drawn: blocks, or sixel or kitty where the terminal has these graphics; the default is
        blocks, or `images` under [ui] in settings.toml.
    ascii_
        Send no glyph outside ASCII to the terminal.
    """
    return open_app(argument, start=start, flags=UiFlags(fps, budget, ascii_, images))


def open_app(argument: str | None, *, start: bool, flags: UiFlags = NO_FLAGS) -> int:
    """Run the app to its end; UsageError without a terminal, or where `argument` is neither file nor run, or a flag wrong."""
    ui = flags.over(_read_ui_settings())
    config, run = _find(argument)
    if run is not None and start:
        raise UsageError(f"{run.shown_name} is a run, and --start begins a new one; use `mlp-tui resume` to go on with it")
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise UsageError("the app needs a terminal; without one, `mlp-tui train` trains and prints a line an epoch")
    _check_images(ui)
    # Collecting garbage among the classes that an import makes finds none and costs a tenth of the first frame; the app
    # turns it on again once that is drawn.
    gc.disable()
    from tui_trainer.ui.app import run_app

    origin = Path(argument).name if argument and config else None
    return run_app(config=config, run=run, start=start, origin=origin, ui=ui)


def _check_images(ui: UiSettings) -> None:
    """ResourceError where graphics are wanted and what encodes them is not there; nothing is looked up for blocks."""
    if ui.images is Images.BLOCKS or ui.is_ascii:
        return
    from importlib.util import find_spec

    try:
        # The module itself, which other versions may not have; to find it imports the package alone, which holds nothing.
        is_there = find_spec("PIL") is not None and find_spec("textual_image._sixel") is not None
    except ModuleNotFoundError:
        is_there = False
    if not is_there:
        raise ResourceError(
            f"{ui.images} pictures are made with textual-image 0.12; pip install 'mlp-tui[images]', or take --images blocks"
        )


def _read_ui_settings() -> UiSettings:
    """What settings.toml wants; what reads it is imported only where there is one."""
    if not os.path.lexists(settings_file()):
        return DEFAULT_UI
    from tui_trainer.runs.settings import read_settings

    return read_settings().ui


def _find(argument: str | None) -> tuple[RunConfig | None, RunDirectory | None]:
    """(configuration, run) that `argument` means; both None where it is None."""
    if argument is None:
        return None, None
    from tui_trainer.runs.run_index import find_run, is_path

    # A run's folder is written with a slash too, and is no configuration.
    if is_path(argument) and not Path(argument).is_dir():
        from tui_trainer.runs.config_layers import resolve_config

        return resolve_config(file=Path(argument)), None
    return None, find_run(argument)
