"""`mlp-tui train`: start a run and watch it to its end, or leave it to itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson, Preset, Processes, Sets, check_processes, flag, named_flags
from tui_trainer.commands.run_views import choose_view
from tui_trainer.commands.run_watch import RunWatch
from tui_trainer.commands.start_view import StartView
from tui_trainer.commands.streams import OutputClosedError, print_json, print_line, say
from tui_trainer.commands.trainer_signals import TrainerSignals
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_layers import change, resolve_config
from tui_trainer.runs.data_source import resolve_source
from tui_trainer.runs.errors import EXIT_DONE, UsageError
from tui_trainer.runs.launcher import OnProgress, StartedRun, prepare_run, start_run
from tui_trainer.runs.paths import data_folder
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.safe_text import safe_text


def train(
    config: Annotated[Path | None, Parameter(help="A configuration in TOML.")] = None,
    /,
    *,
    preset: Preset = None,
    data: Annotated[str | None, flag("data.source")] = None,
    epochs: Annotated[str | None, flag("training.epochs")] = None,
    device: Annotated[str | None, flag("device")] = None,
    seed: Annotated[str | None, flag("seed")] = None,
    name: Annotated[str | None, flag("name")] = None,
    sets: Sets = None,
    nproc: Processes = None,
    prepare: Annotated[bool, Parameter(help="Write the run's folder for torchrun, print its path and start nothing.")] = False,
    queue: Annotated[bool, Parameter(help="Wait until no other run of this machine trains.")] = False,
    detach: Annotated[bool, Parameter(help="Print the run's name and leave it to itself.")] = False,
    as_json: Annotated[AsJson, Parameter(help="Print the event lines themselves; with --detach the run's name.")] = False,
) -> int:
    """Train a network: on a terminal with a display, in a pipe with a line an epoch. Exits with the run's code.

    HUP, INT and TERM are passed on to the trainer, which saves and stops; `mlp-tui resume` goes on from there.
    """
    check_processes(nproc)
    flags = named_flags(
        texts={"data.source": data, "device": device, "name": name}, numbers={"training.epochs": epochs, "seed": seed}
    )
    wanted = resolve_config(preset=preset, file=file_argument(config), flags=flags, sets=sets or ())
    source = resolve_source(wanted.data.source, data_folder())
    wanted = change(wanted, "data.source", source.source)
    if prepare and queue:
        raise UsageError("--prepare starts nothing that could wait in the --queue; write one of them")
    if prepare:
        return prepare_only(wanted, nproc or 1, detach=detach, as_json=as_json)
    return run_attempt(
        lambda on_progress: start_run(wanted, on_progress=on_progress, nproc=nproc or 1, queue=queue),
        heading=f"data source {source.reason}",
        detach=detach,
        as_json=as_json,
    )


def prepare_only(config: RunConfig, nproc: int, *, detach: bool, as_json: bool) -> int:
    """Write a run's folder, print its path and start nothing; UsageError with --detach, which starts it."""
    if detach:
        raise UsageError("--prepare starts nothing that --detach could leave; write one of them")
    folder = prepare_run(config, nproc=nproc, is_prepared=True)
    if as_json:
        print_json({"run_dir": str(folder)})
    else:
        say(f"start it within 7 days: torchrun --nproc-per-node N -m tui_trainer.engine train {folder}")
        print_line(folder)
    return EXIT_DONE


def file_argument(path: Path | None) -> Path | None:
    """`path` where it can be a configuration; UsageError, with where to look, for a word that is none."""
    if path is not None and path.suffix != ".toml" and not path.exists():
        raise UsageError(
            f'"{safe_text(path, 60)}" is no configuration file; write --preset for a preset, or the name of a .toml file'
        )
    return path


def run_attempt(
    start: Callable[[OnProgress], StartedRun],
    *,
    heading: str = "",
    detach: bool,
    as_json: bool,
    first_attempt: int = 1,
) -> int:
    """Start an attempt with `start`, then watch it from `first_attempt` on, or only print the run's name."""
    with TrainerSignals() as signals:
        with StartView(heading) as start_view:
            started = start(start_view.show)
            signals.process = started.process
            start_view.succeed()
        run = started.directory
        if detach:
            print_json({"run": run.run, "name": run.shown_name}) if as_json else print_line(run.shown_name)
            return EXIT_DONE
        view = choose_view(run, as_json=as_json, first_attempt=first_attempt)
        return watch_trainer(RunWatch(run, view, first_attempt=first_attempt, process=started.process), run)


def watch_trainer(watch: RunWatch, run: RunDirectory) -> int:
    """Watch to the end; where nobody reads the output any more, say that the run goes on without it."""
    try:
        return watch.watch()
    except OutputClosedError:
        say(f"{run.shown_name} goes on; `mlp-tui follow {run.shown_name}` watches it")
        raise
