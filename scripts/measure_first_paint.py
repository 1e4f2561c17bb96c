"""How long `mlp-tui` takes until the labels of its form are drawn, against an empty Textual app; both on a pseudo-terminal.

The two are started alternately, so that a busy machine slows both; what counts is the ratio of the medians (goal: at most
1.8). The terminal answers what a real one answers at the start. Runs with a home folder of its own.
Usage: python scripts/measure_first_paint.py [--rounds 5] [--json].
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pseudo_terminal import start_on_terminal

ROWS, COLUMNS = 40, 120
TIMEOUT_S = 30.0
GOAL = 1.8
EMPTY_APP = """
from textual.app import App
from textual.widgets import Footer, Header, Static

class Empty(App):
    def compose(self):
        yield Header()
        yield Static("painted")
        yield Footer()

Empty().run()
"""
CANDIDATES = {
    "empty app": ([sys.executable, "-c", EMPTY_APP], (b"painted",)),
    "mlp-tui": ([str(Path(sys.executable).with_name("mlp-tui"))], (b"Layers", b"Optimiser", b"Epochs", b"Device")),
}
"""What is started, and the texts that have all been drawn when it can be read."""
ANSWERS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",
    b"\x1b[?u": b"\x1b[?0u",
    b"\x1b[c": b"\x1b[?62;22c",
}
"""Queries of a program, and what xterm and its like answer."""


def measure_first_paint(command: list[str], awaited: tuple[bytes, ...], home: str) -> float:
    """Seconds from the start of the process until all of `awaited` has arrived on the terminal; the process is ended then."""
    begun = time.perf_counter()
    process, terminal = start_on_terminal(
        command, rows=ROWS, columns=COLUMNS, environment={"MLP_TUI_HOME": home}, start_new_session=True
    )
    try:
        return _await_text(terminal, awaited, begun)
    finally:
        process.send_signal(signal.SIGTERM)
        _drain(terminal, process)
        os.close(terminal)


def _await_text(terminal: int, awaited: tuple[bytes, ...], begun: float) -> float:
    seen, unanswered = b"", dict(ANSWERS)
    while time.perf_counter() - begun < TIMEOUT_S:
        if select.select([terminal], [], [], 0.05)[0]:
            seen += os.read(terminal, 1 << 16)
            if all(text in seen for text in awaited):
                return time.perf_counter() - begun
            for query in [query for query in unanswered if query in seen]:
                os.write(terminal, unanswered.pop(query))
    raise SystemExit(f"{awaited!r} was not drawn within {TIMEOUT_S} s; the last output was {seen[-300:]!r}")


def _drain(terminal: int, process: subprocess.Popen[bytes]) -> None:
    """Read what the process still writes, so that it can end."""
    deadline = time.perf_counter() + 5.0
    while process.poll() is None and time.perf_counter() < deadline:
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                os.read(terminal, 1 << 16)
            except OSError:
                break
    if process.poll() is None:
        process.kill()
    process.wait()


def measure_rounds(num_rounds: int) -> dict[str, list[float]]:
    """Seconds of each start by candidate, after one round that fills the page cache and compiles .pyc files."""
    times: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    with tempfile.TemporaryDirectory() as home:
        for number in range(num_rounds + 1):
            for name, (command, awaited) in CANDIDATES.items():
                seconds = measure_first_paint(command, awaited, home)
                if number:
                    times[name].append(seconds)
    return times


def main() -> None:
    """Measure and print each start, the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="starts of each")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    times = measure_rounds(arguments.rounds)
    medians = {name: statistics.median(values) for name, values in times.items()}
    ratio = medians["mlp-tui"] / medians["empty app"]
    if arguments.json:
        print(json.dumps({"seconds": times, "medians": medians, "ratio": ratio, "goal": GOAL}))
        return
    for name, values in times.items():
        print(f"{name:<10} median {medians[name]:.3f} s   {' '.join(f'{value:.3f}' for value in values)}")
    print(f"ratio      {ratio:.2f}   (goal: at most {GOAL})")


if __name__ == "__main__":
    main()
