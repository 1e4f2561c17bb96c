"""Seconds from asking for a run to its first step, cold and with a spare that has waited, and the trainer's peak memory.

Usage: python scripts/measure_start.py [--data SOURCE] [--starts N] [--epochs N]. Runs are asked for as the app asks, by the
launcher. Steps are recorded a few times a second, so the first one is dated back from the first record at the pace of the
second. Peak memory is what the kernel says of whole runs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from datetime import datetime
from itertools import islice
from typing import Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.event_log import EventReader
from tui_trainer.runs.launcher import SpareEngine, start_run
from tui_trainer.runs.run_directory import RunDirectory

SPARE_WAITS_S = 8.0
"""A spare imports torch and captures a step within this time, on a slow machine too."""
WAIT_S = 60.0


def measure(config: RunConfig, spare: SpareEngine | None) -> tuple[float, float]:
    """(seconds to the first step, peak resident bytes of the run) of one run to its end."""
    asked_at = time.time()
    started = start_run(config, spare=spare)
    first_step_s = first_step_at(started.directory) - asked_at
    _, _, usage = os.wait4(started.process.pid, 0)
    started.process.returncode = 0
    return first_step_s, usage.ru_maxrss * 1024


def first_step_at(run: RunDirectory) -> float:
    """When the run's first step was made, in seconds since 1970; waits for its second `steps` event."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        events = EventReader(run.events_path).read_all()
        records = list(islice((event for event in events if event["event"] == "steps"), 2))
        if len(records) == 2:
            one, two = records
            step_s = (moment(two) - moment(one)) / len(two["losses"])
            return moment(one) - (len(one["losses"]) - 1) * step_s
        time.sleep(0.05)
    raise SystemExit(f"no second record of steps within {WAIT_S:g} s; give more epochs, or a larger set")


def moment(event: dict[str, Any]) -> float:
    """When an event was recorded, in seconds since 1970."""
    return datetime.fromisoformat(event["time"]).timestamp()


def main() -> None:
    """Measure and print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="digits")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="start-") as home:
        os.environ["MLP_TUI_HOME"] = home
        config = resolve_config(preset="book", flags={"data.source": arguments.data, "training.epochs": arguments.epochs})
        cold = [measure(config, None) for _ in range(arguments.starts)]
        warm = []
        for _ in range(arguments.starts):
            spare = SpareEngine()
            spare.start()
            time.sleep(SPARE_WAITS_S)
            warm.append(measure(config, spare))
    for name, results in (("cold", cold), ("warm", warm)):
        seconds = [first_step_s for first_step_s, _ in results]
        print(f"{name}: first step after {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})")
    print(f"peak memory of a run: {max(peak for _, peak in cold + warm) / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
