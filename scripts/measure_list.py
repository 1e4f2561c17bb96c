"""How long a list of many runs takes to open: `python scripts/measure_list.py [--runs 10000] [--rounds 3]`.

Trains one short run on the embedded digits and copies it. The app is then started on a pseudo-terminal of 120 x 40 and 3 is
pressed once it is at rest: seconds from the key until the first runs stand in the table, and until all are counted. The first
round finds nothing kept; each later one is a new process that finds the summaries which the one before it kept. Prints one JSON
document; exit code 1 where the median of the later rounds misses GOAL_S.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from app_on_terminal import COLUMNS, ROWS, AppOnTerminal
from measure_screen import await_epochs
from screen_text import ScreenText

from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.launcher import start_run

GOAL_S = 1.0
"""Until the first runs stand there."""
SETTLE_S, LIST_S, FIRST_LIST_S = 8.0, 6.0, 60.0
"""Seconds that the app gets to open and warm its engine, then to list, and to list what nobody has listed before."""
MADE_AT = "20260101T{:06d}Z"


def make_runs(num_runs: int) -> Path:
    """The folder of so many runs, each with its own name, log and configuration; they share the bytes of their checkpoints."""
    started = start_run(resolve_config(flags={"data.source": "digits", "training.epochs": 2}))
    await_epochs(started, 2)
    started.process.wait()
    source = started.directory.path
    small = [path for path in source.rglob("*") if path.is_file() and path.stat().st_size < 100_000]
    large = [path for path in source.rglob("*") if path.is_file() and path not in small]
    for number in range(num_runs - 1):
        run = source.parent / f"{MADE_AT.format(number)}-many-{number:04x}"
        for path in (*small, *large):
            copy = run / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copyfile if path in small else os.link)(path, copy)
    return source.parent


def open_list(num_runs: int, list_s: float = LIST_S) -> dict[str, float]:
    """Seconds from the key to the first rows and to the count of all."""
    app = AppOnTerminal(None)
    try:
        time.sleep(SETTLE_S)
        at = app.press(b"3")
        time.sleep(list_s)
    finally:
        app.close()
    screen, seconds = ScreenText(COLUMNS, ROWS), {}
    for piece in app.pieces:
        screen.write(piece.data)
        if piece.at < at:
            continue
        text = "\n".join(screen.lines)
        if "first_rows_s" not in seconds and re.search(r"many-[0-9a-f]{4}", text):
            seconds["first_rows_s"] = round(piece.at - at, 3)
        if "all_counted_s" not in seconds and re.search(rf"of {num_runs:,} runs|\b{num_runs:,} runs ·", text):
            seconds["all_counted_s"] = round(piece.at - at, 3)
    return seconds


def main() -> int:
    """Measure in a temporary home and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3, help="openings after the first one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlp-tui-list-") as home:
        os.environ["MLP_TUI_HOME"] = home
        make_runs(arguments.runs)
        first = open_list(arguments.runs, FIRST_LIST_S)
        again = [open_list(arguments.runs) for _ in range(arguments.rounds)]
    medians = {name: statistics.median(one[name] for one in again) for name in again[0]}
    print(json.dumps({"runs": arguments.runs, "nothing_kept": first, "again": medians, "rounds": again}, indent=1))
    return 0 if medians["first_rows_s"] <= GOAL_S else 1


if __name__ == "__main__":
    sys.exit(main())
