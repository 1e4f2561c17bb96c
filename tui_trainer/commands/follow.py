"""`mlp-tui follow`: watch a run that another process trains, or print one that has ended."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson, Run
from tui_trainer.commands.run_views import choose_view
from tui_trainer.commands.run_watch import RunWatch
from tui_trainer.runs.run_index import find_run


def follow(run: Run, /, *, as_json: Annotated[AsJson, Parameter(help="Print the event lines themselves.")] = False) -> int:
    """Watch a run to its end and exit with its code; a run that has ended is printed at once. Ctrl+C leaves it alone."""
    found = find_run(run)
    # Reads run.json, so that a folder that is no run, or one of a newer version, is refused before anything is shown.
    _ = found.info
    return RunWatch(found, choose_view(found, as_json=as_json)).watch()
