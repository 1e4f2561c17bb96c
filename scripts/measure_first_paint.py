"""How long `mlp-tui` takes until the labels of its form are drawn, against an empty Textual app; both on a pseudo-terminal.

The two are started alternately, so that a busy machine slows both; what counts is the ratio of the medians (goal: at most
1.8). Usage: python scripts/measure_first_paint.py [ROUNDS]. Runs with a home folder of its own.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

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
    "empty app": ([sys.executable, "-c", EMPTY_APP], b"painted"),
    "mlp-tui": ([str(Path(sys.executable).with_name("mlp-tui"))], b"Split seed"),
}


def measure_first_paint(command: list[str], awaited: bytes, home: str) -> float:
    """Seconds from the start of the process until `awaited` arrives on the terminal; the process is ended then."""
    terminal, inner = os.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "MLP_TUI_HOME": home}
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner, env=environment, start_new_session=True)
    os.close(inner)
    try:
        return _await_text(terminal, awaited, begun)
    finally:
        process.send_signal(signal.SIGTERM)
        _drain(terminal, process)
        os.close(terminal)


def _await_text(terminal: int, awaited: bytes, begun: float) -> float:
    seen = b""
    while time.perf_counter() - begun < TIMEOUT_S:
        if select.select([terminal], [], [], 0.05)[0]:
            seen += os.read(terminal, 1 << 16)
            if awaited in seen:
                return time.perf_counter() - begun
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


def main() -> None:
    """Measure and print each round, the medians and their ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    times: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    with tempfile.TemporaryDirectory() as home:
        for number in range(rounds + 1):
            for name, (command, awaited) in CANDIDATES.items():
                seconds = measure_first_paint(command, awaited, home)
                # The first round fills the page cache and compiles .pyc files.
                if number:
                    times[name].append(seconds)
    for name, values in times.items():
        print(f"{name:<10} median {statistics.median(values):.3f} s   {' '.join(f'{value:.3f}' for value in values)}")
    ratio = statistics.median(times["mlp-tui"]) / statistics.median(times["empty app"])
    print(f"ratio      {ratio:.2f}   (goal: at most {GOAL})")


if __name__ == "__main__":
    main()
