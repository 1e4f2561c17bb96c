"""`mlp-tui lr-find`: the curve of a learning-rate finder and the rate to take, as the line that takes it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.lr_curve import format_curve
from tui_trainer.commands.options import AsJson, Preset, Sets, flag, named_flags
from tui_trainer.commands.start_view import StartView
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.commands.text_table import format_table
from tui_trainer.commands.train import file_argument
from tui_trainer.runs.config import dump_config
from tui_trainer.runs.config_layers import change, parse_value, resolve_config
from tui_trainer.runs.data_source import resolve_source
from tui_trainer.runs.engine_server import EngineServer
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.lr_search import FIRST_LR, LAST_LR, NUM_STEPS, check_search
from tui_trainer.runs.paths import data_folder

_ENDS = {
    "end": "all steps were made",
    "diverged": "ended where the loss was four times its best",
    "not finite": "ended where the loss was no number any more",
}


def lr_find(
    config: Annotated[Path | None, Parameter(help="A configuration in TOML.")] = None,
    /,
    *,
    preset: Preset = None,
    data: Annotated[str | None, flag("data.source")] = None,
    device: Annotated[str | None, flag("device")] = None,
    seed: Annotated[str | None, flag("seed")] = None,
    sets: Sets = None,
    steps: Annotated[str, Parameter(help="Optimiser steps to make.")] = str(NUM_STEPS),
    first: Annotated[str, Parameter(name="--from", help="The first and lowest rate.")] = f"{FIRST_LR:g}",
    last: Annotated[str, Parameter(name="--to", help="The rate that the steps rise towards.")] = f"{LAST_LR:g}",
    as_json: Annotated[AsJson, Parameter(help="Print the curve and the suggestions as one JSON object.")] = False,
) -> int:
    """Train some steps at exponentially rising learning rates (fastai's rules) and suggest one. No run is made or touched."""
    flags = named_flags(texts={"data.source": data, "device": device}, numbers={"seed": seed})
    wanted = resolve_config(preset=preset, file=file_argument(config), flags=flags, sets=sets or ())
    search = check_search(parse_value(steps), parse_value(first), parse_value(last))
    source = resolve_source(wanted.data.source, data_folder())
    params = {
        "config": dump_config(change(wanted, "data.source", source.source)),
        "num_steps": search.num_steps,
        "first_lr": search.first_lr,
        "last_lr": search.last_lr,
    }
    server = EngineServer()
    try:
        with StartView(f"data source {source.reason}") as view:
            found = server.request("lr_find", params, view.show)
    finally:
        server.close()
    print_json(found) if as_json else print_found(found)
    return EXIT_DONE


def print_found(found: dict[str, Any]) -> None:
    """Curve, table of suggestions, and the line that takes the first one."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    for line in format_curve(found["points"], found["suggested"], is_unicode=is_unicode):
        print_line(line)
    print_line(f"{len(found['losses']):,} of {found['num_steps']:,} steps on {found['device']}: {_ENDS[found['stopped']]}")
    if found["suggested"] is None:
        print_line(found["note"])
        return
    rows = [
        ("*" if index == 0 else "", entry["name"], f"{entry['lr']:g}", entry["help"])
        for index, entry in enumerate(found["suggestions"])
    ]
    for line in format_table(("", "rule", "lr", "where"), rows, right={2}):
        print_line(line)
    print_line(f"take it: --set {found['key']}={found['suggested']:g}")
