"""`mlp-tui resume`: let a paused run go on, or give one that is not alive a new attempt."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson, Processes, Run, check_processes
from tui_trainer.commands.run_requests import ask
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.commands.train import run_attempt
from tui_trainer.runs.errors import EXIT_DONE, RunBusyError, UsageError
from tui_trainer.runs.launcher import resume_run
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_index import find_run
from tui_trainer.runs.run_lock import Liveness, read_holder


def resume(
    run: Run,
    /,
    *,
    nproc: Processes = None,
    detach: Annotated[bool, Parameter(help="Print the run's name and leave it to itself.")] = False,
    as_json: Annotated[AsJson, Parameter(help="Print the new attempt's event lines themselves.")] = False,
) -> int:
    """Go on with a run, from its last verified save where its trainer is gone. Watched, and ended, as `train` does.

    On as many processes as it was started with, unless --nproc says otherwise, which is not exact.
    """
    check_processes(nproc)
    found = find_run(run)
    history = found.history(with_steps=False)
    status = found.status(history)
    _refuse_unless_resumable(found, status)
    if status is RunStatus.PAUSED:
        answer = ask(found, history, "continue")
        print_json(answer) if as_json else print_line(f"{found.shown_name} goes on")
        return EXIT_DONE
    return run_attempt(
        lambda on_progress: resume_run(found, on_progress=on_progress, nproc=nproc),
        detach=detach,
        as_json=as_json,
        first_attempt=history.attempt + 1,
    )


def _refuse_unless_resumable(run: RunDirectory, status: RunStatus) -> None:
    name = run.shown_name
    if status is RunStatus.DONE:
        raise UsageError(f"{name} is done; `mlp-tui train` with more epochs starts a new run")
    if status in (RunStatus.RUNNING, RunStatus.QUEUED):
        raise RunBusyError(f"{name} is {status.value} already; watch it with `mlp-tui follow {name}`")
    if run.liveness() is Liveness.UNKNOWN:
        host = read_holder(run.lock_path).get("host", "?")
        raise RunBusyError(
            f"{name} was last trained on {host}, and from here nobody can tell whether it still is; resume it there"
        )
    # A folder that is no run, or one of a newer version, is refused by its own words.
    _ = run.info
