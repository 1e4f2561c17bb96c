"""How long the app's event loop stands still while checkpoints are listed, evaluated and looked at, and how long each takes.

Trains a short run of the book's network in a home of its own, then, in each round, starts the app anew on a pseudo-terminal,
waits until its engine is warm, and presses the keys of a person: 3, enter, g, escape, enter. A timer on the app's own loop
wants its turn every millisecond; a stall is how much longer it waited. Of the longest one `cpu_ms` is what the loop's thread
worked in it (on a busy machine the rest is other programs') and `gc_ms` how long it looked for garbage. Prints one JSON
document with the medians and all rounds.
Usage: python scripts/measure_stalls.py [--data SOURCE] [--rounds N] [--size 120x40] [--stacks].
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import fcntl
import gc
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loop_lag import Gap, LoopLag
from measure_first_paint import ANSWERS

GOAL_STALL_MS, GOAL_FIRST_S, GOAL_CACHED_S = 50.0, 1.0, 0.1
WAIT_S = 60.0
REST_S = 1.5
"""A person looks at what is there; the app may use the time."""
SETTLE_S = 0.6
"""What a key leaves to do after it is answered counts for its phase too."""
NUM_STACKS = 8


async def press(app: Any, key: str, claim: Callable[[], object]) -> float:
    """Seconds from a key to the drawn frame in which `claim()` is true."""
    begun = time.perf_counter()
    app.simulate_key(key)
    while not claim():
        if time.perf_counter() - begun > WAIT_S:
            raise TimeoutError(f"nothing came of {key} within {WAIT_S:.0f} s")
        await asyncio.sleep(0.001)
    drawn = asyncio.Event()
    app.screen.call_after_refresh(drawn.set)
    await drawn.wait()
    return time.perf_counter() - begun


async def measure_phases(app: Any, *, has_stacks: bool) -> dict[str, Any]:
    """{phase: {seconds, stall_ms, cpu_ms, ...}} of one walk through the app."""
    lag, phases = LoopLag(has_stacks=has_stacks), {}
    lag.start()
    await asyncio.sleep(REST_S)
    # Its torch is imported once it has answered.
    await asyncio.to_thread(app.engine_server.request, "devices", {})
    phases["start"] = describe(lag.stop(), 0.0)
    await asyncio.sleep(REST_S)

    async def phase(name: str, key: str | None, claim: Callable[[], object] = lambda: True) -> None:
        lag.start()
        seconds = await press(app, key, claim) if key else 0.0
        await asyncio.sleep(SETTLE_S)
        phases[name] = describe(lag.stop(), seconds)
        await asyncio.sleep(REST_S)

    def is_evaluated(*, cached: bool) -> bool:
        evaluation = getattr(app.screen, "evaluation", None)
        return evaluation is not None and evaluation.facts.is_cached is cached

    await phase("rest", None)
    await phase("open", "3", lambda: type(app.screen.focused).__name__ == "RunTable" and app.screen.focused.row_count)
    await phase("evaluate", "enter", lambda: is_evaluated(cached=False))
    await phase("gallery", "g", lambda: app.screen.query_one("#gallery").has_class("-pictures"))
    await phase("back", "escape", lambda: type(app.screen.focused).__name__ == "RunTable")
    await phase("again", "enter", lambda: is_evaluated(cached=True))
    return phases


def describe(gaps: list[Gap], seconds: float) -> dict[str, Any]:
    """The longest gap, and how many were over the goal; with stacks what was seen in the longest."""
    longest = gaps[0]
    said: dict[str, Any] = {"seconds": round(seconds, 3), "stall_ms": longest.stall_ms, "cpu_ms": longest.cpu_ms}
    said["gc_ms"] = longest.gc_ms
    said["longest_ms"] = [gap.stall_ms for gap in gaps[:4]]
    said["num_over_goal"] = sum(gap.stall_ms > GOAL_STALL_MS for gap in gaps)
    if longest.stacks:
        said["stacks"] = dict(collections.Counter(longest.stacks).most_common(NUM_STACKS))
    return said


def walk(output: Path, *, has_stacks: bool) -> None:
    """One round, in a process of its own that has the pseudo-terminal: what `run_app` does, with keys."""
    from tui_trainer.ui.app import create_app

    gc.freeze()
    gc.disable()
    app = create_app()

    async def drive(_pilot: Any) -> None:
        try:
            output.write_text(json.dumps(await measure_phases(app, has_stacks=has_stacks)))
        finally:
            app.exit()

    try:
        app.run(auto_pilot=drive)
    finally:
        app.engines.close()


def run_round(output: Path, size: str, *, has_stacks: bool) -> dict[str, Any]:
    """A fresh process on a fresh terminal."""
    columns, rows = (int(part) for part in size.split("x"))
    terminal, inner = os.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    command = [sys.executable, __file__, "--walk", str(output), *(["--stacks"] if has_stacks else [])]
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=inner, stdout=inner, stderr=errors, env=environment, start_new_session=True)
        os.close(inner)
        threading.Thread(target=answer_queries, args=(terminal,), daemon=True).start()
        exit_code = process.wait(4 * WAIT_S)
        if exit_code or not output.exists():
            errors.seek(0)
            raise SystemExit(f"a round failed with {exit_code}:\n{errors.read().decode()[-3000:]}")
    phases: dict[str, Any] = json.loads(output.read_text())
    output.unlink()
    return phases


def answer_queries(terminal: int) -> None:
    """Read what the app draws, and answer what it asks the terminal."""
    unanswered = dict(ANSWERS)
    with contextlib.suppress(OSError):
        while data := os.read(terminal, 1 << 16):
            for query in [query for query in unanswered if query in data]:
                os.write(terminal, unanswered.pop(query))
    os.close(terminal)


def summarise(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of seconds and longest stalls, and the longest of all, by phase."""
    return {
        name: {
            "seconds": statistics.median(phases[name]["seconds"] for phases in rounds),
            "stall_ms": statistics.median(phases[name]["stall_ms"] for phases in rounds),
            "cpu_ms": statistics.median(phases[name]["cpu_ms"] for phases in rounds),
            "gc_ms": statistics.median(phases[name]["gc_ms"] for phases in rounds),
            "worst_stall_ms": max(phases[name]["stall_ms"] for phases in rounds),
        }
        for name in rounds[0]
    }


def main() -> None:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--stacks", action="store_true", help="look at what the longest stalls were made of")
    parser.add_argument("--walk", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.walk:
        walk(arguments.walk, has_stacks=arguments.stacks)
        return
    from tui_trainer.runs.config_layers import resolve_config
    from tui_trainer.runs.launcher import start_run

    rounds = []
    with tempfile.TemporaryDirectory() as home:
        os.environ["MLP_TUI_HOME"] = home
        started = start_run(resolve_config(flags={"data.source": arguments.data, "training.epochs": 2}))
        if started.process.wait():
            raise SystemExit("the run to look at could not be trained")
        for _ in range(arguments.rounds):
            rounds.append(run_round(Path(home) / "round.json", arguments.size, has_stacks=arguments.stacks))
            for kept in (started.directory.path / "evaluations").glob("*.json"):
                kept.unlink()
    goals = {"stall_ms": GOAL_STALL_MS, "first_evaluation_s": GOAL_FIRST_S, "cached_evaluation_s": GOAL_CACHED_S}
    print(json.dumps({"size": arguments.size, "medians": summarise(rounds), "rounds": rounds, "goals": goals}))


if __name__ == "__main__":
    main()
