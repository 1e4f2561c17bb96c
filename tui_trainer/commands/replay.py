"""`mlp-tui replay`: show a run again as it happened, faster."""

from __future__ import annotations

import math
import time
from typing import Annotated

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson, Run
from tui_trainer.commands.run_views import choose_view
from tui_trainer.runs.errors import EXIT_DONE, UsageError
from tui_trainer.runs.event_log import EventReader
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_index import find_run
from tui_trainer.runs.run_replay import paced_events

TURN_S = 0.1


def replay(
    run: Run,
    /,
    *,
    speed: Annotated[float, Parameter(help="How many times as fast as it was.")] = 20.0,
    as_json: Annotated[AsJson, Parameter(help="Print the event lines themselves.")] = False,
) -> int:
    """Show a run again at its own pace, `speed` times as fast: a line an epoch, on a terminal with a display."""
    if not (math.isfinite(speed) and speed > 0):
        raise UsageError(f"--speed {speed:g}: it takes a number above 0, 20 for example")
    found = find_run(run)
    # Reads run.json, so that a folder that is no run is refused before anything is shown.
    _ = found.info
    view, history = choose_view(found, as_json=as_json), RunHistory()
    try:
        view.begin(history)
        for wait_s, event in paced_events(EventReader(found.events_path).read_all(), speed):
            while wait_s > 0:
                time.sleep(min(wait_s, TURN_S))
                wait_s -= TURN_S
                view.wait(history)
            history.apply(event)
            view.show(event, history)
    finally:
        view.close()
    return EXIT_DONE
