"""`mlp-tui stop`: ask a run's trainer to save and end."""

from __future__ import annotations

from tui_trainer.commands.options import Run
from tui_trainer.commands.run_requests import ask, wait_for_end
from tui_trainer.commands.streams import print_line
from tui_trainer.runs.errors import EXIT_DONE, UsageError
from tui_trainer.runs.run_index import find_run


def stop(run: Run, /) -> int:
    """Stop a run after this step and a save; waits until it has ended, half a minute at most once it has agreed."""
    found = find_run(run)
    history = found.history(with_steps=False)
    status = found.status(history)
    if not status.is_live:
        raise UsageError(f"{found.shown_name} is {status.value}, so there is nothing to stop; `mlp-tui runs` shows what runs")
    ask(found, history, "stop", save=True)
    ended = wait_for_end(found)
    if ended is None:
        print_line(f"{found.shown_name} will stop; it is still saving")
    else:
        print_line(f"{found.shown_name} {ended.get('status', 'ended')}; `mlp-tui show {found.shown_name}` tells how it went")
    return EXIT_DONE
