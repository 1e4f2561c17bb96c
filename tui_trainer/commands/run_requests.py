"""Asking a live trainer for something and waiting for its answer in the log, for `stop` and `resume`."""

from __future__ import annotations

import time

from tui_trainer.runs import control
from tui_trainer.runs.errors import ResourceError, RunBusyError
from tui_trainer.runs.event_log import Event, EventReader
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_history import RunHistory

ANSWER_S = 30.0
_PERIOD_S = 0.05


def ask(run: RunDirectory, history: RunHistory, kind: str, **args: object) -> Event:
    """Ask the trainer of the attempt that `history` is in for `kind`; its `control_applied`, or an earlier `run_ended`.

    RunBusyError where it refuses or does not answer within ANSWER_S, ResourceError where the request cannot be written.
    """
    reader = EventReader(run.events_path, skip=("steps",))
    for _ in reader.read_all():
        pass
    try:
        request = control.request(run, kind, history.attempt, **args)
    except OSError as error:
        raise ResourceError(
            f"{run.control_folder} cannot be written ({error.strerror}); check its rights and the disk"
        ) from None
    deadline = time.monotonic() + ANSWER_S
    while time.monotonic() < deadline:
        for event in reader.read_all():
            if event["event"] == "run_ended" or (event.get("request") == request and event["event"] == "control_applied"):
                return event
            if event.get("request") == request and event["event"] == "control_refused":
                raise RunBusyError(f"{run.shown_name} refused to {kind}: {event.get('reason', '?')}")
        time.sleep(_PERIOD_S)
    raise RunBusyError(f"the trainer of {run.shown_name} did not answer within {ANSWER_S:.0f} s; look at {run.log_path}")


def wait_for_end(run: RunDirectory) -> Event | None:
    """The `run_ended` of the run's present attempt, waited for up to ANSWER_S; None where it has not come by then."""
    deadline = time.monotonic() + ANSWER_S
    while True:
        ended = run.history(with_steps=False).ended
        if ended is not None or time.monotonic() >= deadline:
            return ended
        time.sleep(_PERIOD_S)
