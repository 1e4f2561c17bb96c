"""`mlp-tui rerun` and `mlp-tui fork`: runs that are made of other runs, watched as `train` watches its own."""

from __future__ import annotations

import secrets
from typing import Annotated

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson, Run, Sets
from tui_trainer.commands.train import run_attempt
from tui_trainer.runs.config_layers import parse_sets, parse_value
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.relaunch import Relaunch, prepare_fork, prepare_rerun
from tui_trainer.runs.run_index import find_run

MAX_NEW_SEED = 2**31
Detach = Annotated[bool, Parameter(help="Print the run's name and leave it to itself.")]
Json = Annotated[AsJson, Parameter(help="Print the event lines themselves; with --detach the run's name.")]
Queue = Annotated[bool, Parameter(help="Wait until no other run of this machine trains.")]


def rerun(
    run: Run,
    /,
    *,
    seed: Annotated[str | None, Parameter(help="Train it with this seed.")] = None,
    new_seed: Annotated[bool, Parameter(help="Train it with a seed that is drawn now.")] = False,
    sets: Sets = None,
    queue: Queue = False,
    detach: Detach = False,
    as_json: Json = False,
) -> int:
    """Train the configuration that a run began with again, from the start; exits with the new run's code."""
    if seed is not None and new_seed:
        raise UsageError("--seed and --new-seed say two things; write one of them")
    changes = parse_sets(sets or ())
    if seed is not None:
        changes["seed"] = parse_value(seed)
    elif new_seed:
        changes["seed"] = secrets.randbelow(MAX_NEW_SEED)
    found = find_run(run)
    heading = f"again {found.shown_name}{', seed ' + str(changes['seed']) if 'seed' in changes else ''}"
    return _start(prepare_rerun(found, changes), heading, queue=queue, detach=detach, as_json=as_json)


def fork(
    checkpoint: Annotated[str, Parameter(help="RUN[:best|last|EPOCH|ID]; RUN alone is RUN:last.")],
    /,
    *,
    sets: Sets = None,
    queue: Queue = False,
    detach: Detach = False,
    as_json: Json = False,
) -> int:
    """Go on from a save as a run of its own: weights, optimiser, schedule, order and generators as they were there."""
    name, _, which = checkpoint.partition(":")
    found = find_run(name)
    relaunch = prepare_fork(found, which or "last", parse_sets(sets or ()))
    heading = f"fork of {found.shown_name} at step {relaunch.parent['step']:,}; {'; '.join(relaunch.words)}"
    return _start(relaunch, heading, queue=queue, detach=detach, as_json=as_json)


def _start(relaunch: Relaunch, heading: str, *, queue: bool, detach: bool, as_json: bool) -> int:
    return run_attempt(
        lambda on_progress: relaunch.start(on_progress=on_progress, queue=queue),
        heading=heading,
        detach=detach,
        as_json=as_json,
    )
