"""`mlp-tui diff RUN RUN...`: runs beside each other, and only those keys of their configurations that differ."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.errors import EXIT_DONE, MlpTuiError, UsageError
from tui_trainer.runs.labels import read_labels
from tui_trainer.runs.run_comparison import ComparedRun, compare_runs, differing_keys, run_figures
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_index import find_run


def diff(
    *runs: Annotated[str, Parameter(help="Two runs or more: folder, name, any unique part of it, or `last`.")],
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Show runs beside each other: best and final figures, and the settings on which they differ."""
    if len(runs) < 2:
        raise UsageError("diff takes two runs or more; `mlp-tui runs` lists them")
    compared = [_read(find_run(name)) for name in runs]
    if as_json:
        differences = [{"key": key, "values": list(values)} for key, values in differing_keys(compared)]
        print_json({"runs": [run_figures(run) for run in compared], "differences": differences})
        return EXIT_DONE
    rows = compare_runs(compared)
    for line in format_table(("", *(run.name for run in compared)), [(row.label, *row.values) for row in rows]):
        print_line(line)
    if not any(row.is_key for row in rows):
        print_line("their configurations are the same")
    return EXIT_DONE


def _read(run: RunDirectory) -> ComparedRun:
    # Reads run.json, so that a folder that is no run is refused.
    _ = run.info
    history = run.history(with_steps=False)
    try:
        config = run.config
    except MlpTuiError:
        config = None
    return ComparedRun(read_labels(run.path).name or run.shown_name, run.status(history), history, config)
