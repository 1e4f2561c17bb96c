"""`mlp-tui` and `mlp-tui open`: the app, with a configuration or a run in it.

Kept free of cyclopts, because it is imported before the first frame; textual comes only once the app is certain to open.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui_trainer.commands.streams import is_terminal
from tui_trainer.runs.errors import UsageError

if TYPE_CHECKING:
    from tui_trainer.runs.config import RunConfig
    from tui_trainer.runs.run_directory import RunDirectory


@dataclass(frozen=True, slots=True)
class OpenArguments:
    """What `mlp-tui [open [CONFIG.toml | RUN] [--start]]` asks for; no `argument` means the defaults."""

    argument: str | None = None
    start: bool = False


def parse_open(arguments: Sequence[str]) -> OpenArguments | None:
    """The request for the app in `arguments`; None where they are for another command, or not as `open` takes them."""
    if not arguments:
        return OpenArguments()
    command, *rest = arguments
    starts = rest.count("--start")
    words = [word for word in rest if word != "--start"]
    if command != "open" or starts > 1 or len(words) > 1 or any(word.startswith("-") for word in words):
        return None
    return OpenArguments(words[0] if words else None, starts == 1)


def open_command(argument: str | None = None, /, *, start: bool = False) -> int:
    """Open the app with a configuration loaded, or at a run.

    Parameters
    ----------
    argument
        CONFIG.toml, or a RUN: its folder, its name, a part of it, or `last`.
    start
        Start the configuration at once.
    """
    return open_app(argument, start=start)


def open_app(argument: str | None, *, start: bool) -> int:
    """Run the app to its end; UsageError without a terminal, or where `argument` is neither file nor run."""
    config, run = _find(argument)
    if run is not None and start:
        raise UsageError(f"{run.shown_name} is a run, and --start begins a new one; use `mlp-tui resume` to go on with it")
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise UsageError("the app needs a terminal; without one, `mlp-tui train` trains and prints a line an epoch")
    # Collecting garbage among the classes that an import makes finds none and costs a tenth of the first frame; the app
    # turns it on again once that is drawn.
    gc.disable()
    from tui_trainer.ui.app import run_app

    return run_app(config=config, run=run, start=start, origin=Path(argument).name if argument and config else None)


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
