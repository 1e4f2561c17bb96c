"""`mlp-tui code`: the short script that a configuration or a run stands for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tui_trainer.commands.options import Preset, Sets
from tui_trainer.commands.streams import print_text, say
from tui_trainer.runs.config import RunConfig, dump_config, validate_config
from tui_trainer.runs.config_layers import change, merge, nest, parse_sets, resolve_config
from tui_trainer.runs.data_source import resolve_source
from tui_trainer.runs.errors import EXIT_DONE, ResourceError, UsageError
from tui_trainer.runs.paths import data_folder
from tui_trainer.runs.publisher import publish_file
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_index import find_run, is_path
from tui_trainer.runs.run_trail import PLAIN_TRAIL, RunTrail, is_printable, read_trail, root_config
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.script_printer import print_script
from tui_trainer.runs.threads import resolve_threads


def code(
    argument: Annotated[str | None, Parameter(help="RUN or CONFIG.toml; unset: the preset.")] = None,
    /,
    *,
    preset: Preset = None,
    sets: Sets = None,
    verify: Annotated[bool, Parameter(help="Let the script print the sha256 of its weights, to compare with a run's.")] = False,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write it to this file instead.")] = None,
) -> int:
    """Print a whole PyTorch script; on the CPU its weights equal the run's bit for bit (same machine, torch and threads)."""
    config, threads, trail = _configuration(argument, preset, sets or [])
    if config.data.source is None:
        resolved = resolve_source(None, data_folder())
        say(f"data source {resolved.reason}")
        config = change(config, "data.source", resolved.source)
    script = print_script(config, threads=threads, verify=verify, trail=trail)
    if output is None:
        print_text(script)
    else:
        _write(script, output)
        say(f"wrote {output}; run it with python")
    return EXIT_DONE


def _write(script: str, path: Path) -> None:
    """Publish the script at `path`, in place of what was there; UsageError for no file's name, ResourceError by the disk."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise UsageError(f"{safe_text(path, 160)} is no file in a folder that exists; write -o with a file's name")
    try:
        publish_file(path.absolute(), script.encode())
    except OSError as error:
        raise ResourceError(
            f"{safe_text(path, 160)} cannot be written ({error.strerror or error}); choose another -o"
        ) from None


def _configuration(argument: str | None, preset: str | None, sets: list[str]) -> tuple[RunConfig, int, RunTrail]:
    """The configuration that was asked for and its thread count; a run's own count and trail where it is a run."""
    if argument is None or (is_path(argument) and not Path(argument).is_dir()):
        config = resolve_config(preset=preset, file=Path(argument) if argument else None, sets=sets)
        return config, resolve_threads(config), PLAIN_TRAIL
    if preset is not None:
        raise UsageError("a run has its configuration already; write either RUN or --preset")
    run = find_run(argument)
    config = validate_config(merge(dump_config(run.config), nest(parse_sets(sets))))
    # What was done to the run belongs to its own configuration, not to another that is made of it.
    threads = _recorded_threads(run) or resolve_threads(config)
    if sets:
        return config, threads, PLAIN_TRAIL
    if not is_printable(run):
        words = "was forked with changes that no script can make on its way; this is its configuration from the first step"
        say(f"{run.shown_name} {words}")
        return config, threads, PLAIN_TRAIL
    return root_config(run), threads, read_trail(run)


def _recorded_threads(run: RunDirectory) -> int | None:
    """The thread count that `run` trained on, from its log, else from run.json; None where neither has one."""
    started = run.history(with_steps=False).started or {}
    for threads in (started.get("threads"), run.info.get("threads")):
        if isinstance(threads, int) and 1 <= threads <= 1024:
            return threads
    return None
