"""`mlp-tui bench`: this machine's seconds an epoch, ours against NumPy, the DataLoader loop and scikit-learn; thread counts.

The engine measures in a process of its own (`bench_engine`); here is what is asked of it, and what is kept of the answer.
"""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.bench_engine import measure
from tui_trainer.commands.bench_report import print_comparison, print_probe
from tui_trainer.commands.book_claims import judge_claims
from tui_trainer.commands.options import AsJson, Preset, Sets, flag, named_flags
from tui_trainer.commands.start_view import StartView
from tui_trainer.commands.streams import print_json
from tui_trainer.runs.config import RunConfig, dump_config
from tui_trainer.runs.config_layers import change, resolve_config
from tui_trainer.runs.data_source import ResolvedSource, is_mnist_cached
from tui_trainer.runs.errors import EXIT_DONE, ResourceError, UsageError
from tui_trainer.runs.paths import data_folder, machine_file
from tui_trainer.runs.threads import remember_threads, resolve_threads

ROUNDS = 5
MAX_ROUNDS = 1000


def bench(
    *,
    rounds: Annotated[int, Parameter(help="Rounds in which each contender has one turn.")] = ROUNDS,
    data: Annotated[str | None, flag("data.source")] = None,
    threads: Annotated[bool, Parameter(help="Find the thread count for a configuration, and remember it.")] = False,
    preset: Preset = None,
    sets: Sets = None,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Measure the seconds of an epoch of the book's network, beside NumPy by hand, the DataLoader loop and scikit-learn.

    Without --data: mnist where it is kept, else the embedded digits. --preset and --set go with --threads.
    """
    if not 1 <= rounds <= MAX_ROUNDS:
        raise UsageError(f"--rounds {rounds} must be 1 to {MAX_ROUNDS:,}")
    if not threads and (preset is not None or sets):
        raise UsageError("the comparison is always of the preset book; --preset and --set go with --threads")
    config = resolve_config(preset=preset, flags=named_flags(texts={"data.source": data}, numbers={}), sets=sets or ())
    source = bench_source(config.data.source)
    config = change(config, "data.source", source.source)
    job = {
        "job": "threads" if threads else "compare",
        "config": dump_config(config),
        "threads": resolve_threads(config),
        "rounds": rounds,
    }
    with StartView(f"data source {source.reason}") as view:
        result = measure(job, view.show)
        view.succeed()
    return _finish_probe(config, result, as_json) if threads else _finish_comparison(result, source, as_json)


def bench_source(written: str | None) -> ResolvedSource:
    """What to measure on: never a download, because nobody asked for one."""
    if written is not None:
        return ResolvedSource(written, f"{written}, as written")
    if is_mnist_cached(data_folder()):
        return ResolvedSource("mnist", "mnist: kept on this machine")
    return ResolvedSource(
        "digits",
        "digits: mnist is not kept here (`mlp-tui data fetch mnist`, or --data idx:DIR); its figures are not the book's",
    )


def _finish_comparison(result: dict[str, Any], source: ResolvedSource, as_json: bool) -> int:
    result["data"]["reason"] = source.reason
    result["claims"] = judge_claims(result)
    print_json(result) if as_json else print_comparison(result)
    return EXIT_DONE


def _finish_probe(config: RunConfig, result: dict[str, Any], as_json: bool) -> int:
    result |= {"hidden": list(config.model.hidden), "batch_size": config.data.batch_size, "before": resolve_threads(config)}
    try:
        remember_threads(config, result["threads"])
    except OSError as error:
        raise ResourceError(f"{machine_file()} cannot be written ({error.strerror}); set MLP_TUI_HOME elsewhere") from None
    result["machine_file"] = str(machine_file())
    print_json(result) if as_json else print_probe(result)
    return EXIT_DONE
