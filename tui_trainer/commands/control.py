"""`mlp-tui pause`, `stop`, `save`, `set` and `start`: ask a run's trainer for something and wait until it has answered."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson, Run
from tui_trainer.commands.run_requests import ask, wait_for_end
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.runs.config import value_at
from tui_trainer.runs.config_layers import parse_sets
from tui_trainer.runs.errors import EXIT_DONE, ResourceError, RunBusyError, UsageError
from tui_trainer.runs.event_log import Event
from tui_trainer.runs.live_keys import LIVE_KEYS, check_set, effective_config
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_index import find_run

_COUNTS = ("training.epochs", "training.patience")
Answer = Annotated[AsJson, Parameter(help="Print the trainer's answer as one JSON document.")]


def stop(
    run: Run,
    /,
    *,
    no_save: Annotated[bool, Parameter(help="End without a save; what was saved before stays.")] = False,
    as_json: Answer = False,
) -> int:
    """Stop a run after this step and a save; waits until it has ended, half a minute at most once it has agreed."""
    found, history, _ = _live_run(run, "stop")
    ask(found, history, "stop", save=not no_save)
    ended = wait_for_end(found)
    name = found.shown_name
    if as_json:
        print_json(ended)
    elif ended is None:
        print_line(f"{name} will stop; it is still {'ending' if no_save else 'saving'}")
    else:
        print_line(f"{name} {ended.get('status', 'ended')}; `mlp-tui show {name}` tells how it went")
    return EXIT_DONE


def pause(run: Run, /, *, as_json: Answer = False) -> int:
    """Hold a run at its next step; `mlp-tui resume RUN` lets it go on."""
    found, history, status = _live_run(run, "pause", refuses_queued=True)
    if status is RunStatus.PAUSED:
        raise RunBusyError(f"{found.shown_name} is paused already; `mlp-tui resume {found.shown_name}` lets it go on")
    return _tell(ask(found, history, "pause"), found, "is paused at step {step:,}", as_json)


def save(run: Run, /, *, as_json: Answer = False) -> int:
    """Save a checkpoint of the step that a run is at."""
    found, history, _ = _live_run(run, "save", refuses_queued=True)
    answer = ask(found, history, "save")
    saved = found.history(with_steps=False)
    if answer["event"] == "control_applied" and all(event["step"] != answer["step"] for event in saved.checkpoints.values()):
        raise ResourceError(f"{found.shown_name} could not be saved; `mlp-tui show {found.shown_name}` has its warnings")
    return _tell(answer, found, "is saved at step {step:,}", as_json)


def start(run: Run, /, *, as_json: Answer = False) -> int:
    """Let a queued run begin at once, beside whatever trains."""
    found, history, status = _live_run(run, "start")
    if status is not RunStatus.QUEUED:
        raise UsageError(f"{found.shown_name} is {status.value}, not queued; `mlp-tui runs` shows what waits")
    return _tell(ask(found, history, "start"), found, "begins now", as_json)


def set_(
    run: Run,
    /,
    *changes: Annotated[str, Parameter(help=f"KEY=VALUE, of {', '.join(LIVE_KEYS)}; +N adds to epochs or patience.")],
    as_json: Annotated[AsJson, Parameter(help="Print the trainer's answers as one JSON array.")] = False,
) -> int:
    """Change a run while it trains: it saves, then goes on with the new value from its next step."""
    if not changes:
        raise UsageError(f"set what? write KEY=VALUE, of {', '.join(LIVE_KEYS)}")
    found, history, _ = _live_run(run, "set", refuses_queued=True)
    wanted = _checked(found, history, changes)
    answers = [ask(found, history, "set", key=key, value=value) for key, value in wanted.items()]
    if as_json:
        print_json(answers)
        return EXIT_DONE
    for answer in answers:
        print_line(_set_words(found, answer))
    return EXIT_DONE


def _checked(run: RunDirectory, history: RunHistory, changes: tuple[str, ...]) -> dict[str, Any]:
    """{key: value} of the texts; ConfigError where one is wrong for the run as it is now, before any is asked for."""
    config = effective_config(run.config, history.changes)
    least = (history.epochs[-1].epoch if history.epochs else 0) or 1
    wanted = {}
    for key, value in parse_sets(changes).items():
        # TOML reads +1 as 1, so the text itself tells whether it is to be added.
        is_added = key in _COUNTS and any(text.replace(" ", "").startswith(f"{key}=+") for text in changes)
        wanted[key] = value_at(config, key) + value if is_added and isinstance(value, int) else value
        config = check_set(config, key, wanted[key], least_epochs=least)
    return wanted


def _set_words(run: RunDirectory, answer: Event) -> str:
    if answer["event"] == "run_ended":
        return f"{run.shown_name} ended before it could be changed"
    words = f"{run.shown_name}: {answer['key']} {answer['old']} -> {answer['new']} from step {answer['step'] + 1:,} on"
    return f"{words}; {answer['note']}" if answer.get("note") else words


def _live_run(name: str, what: str, *, refuses_queued: bool = False) -> tuple[RunDirectory, RunHistory, RunStatus]:
    """The run that is to be asked, whose trainer is there; UsageError where it is not, or where it only waits."""
    found = find_run(name)
    history = found.history(with_steps=False)
    status = found.status(history)
    if not status.is_live:
        raise UsageError(f"{found.shown_name} is {status.value}, so there is nothing to {what}; `mlp-tui runs` shows what runs")
    if refuses_queued and status is RunStatus.QUEUED:
        raise UsageError(f"{found.shown_name} waits for its turn and has nothing to {what} yet; stop or start it")
    return found, history, status


def _tell(answer: Event, run: RunDirectory, words: str, as_json: bool) -> int:
    if as_json:
        print_json(answer)
    elif answer["event"] == "run_ended":
        print_line(f"{run.shown_name} ended before that")
    else:
        print_line(f"{run.shown_name} {words.format(step=answer.get('step', 0))}")
    return EXIT_DONE
