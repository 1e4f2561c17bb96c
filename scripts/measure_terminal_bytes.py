"""How many bytes a second the Train screen sends to the terminal while a run goes, and what share of a core that takes.

Starts a training in a home of its own, opens the app at it on a pseudo-terminal, waits until the first epoch is drawn and
the engine is warm, and counts. Exit code 1 over the budget of 15 kB a second.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.launcher import start_run

FIRST_EPOCH = re.compile("━ (train )?0\\.".encode())
"""The legend of the accuracy plot, which is there when an epoch has ended."""
FIRST_EPOCH_TIMEOUT_S = 60.0
SETTLE_S = 4.0
"""The first pictures, and those of an engine that gets warm, come once and are not counted."""
BUDGET_BYTES_PER_S = 15_000
OPEN_APP = """
import sys
from pathlib import Path
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.ui.app import run_app
sys.exit(run_app(run=RunDirectory(Path(sys.argv[1]))))
"""


def open_app(run: Path, columns: int, rows: int) -> tuple[subprocess.Popen[bytes], int]:
    """The app at `run` on a pseudo-terminal; the process and the terminal's other end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    command = [sys.executable, "-c", OPEN_APP, str(run)]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True)
    os.close(theirs)
    return process, ours


def count_bytes(terminal: int, seconds: float) -> list[int]:
    """Bytes that arrive in each of the next seconds; shorter where the terminal is closed."""
    counts, began_at = [0], time.monotonic()
    while (elapsed := time.monotonic() - began_at) < seconds:
        counts += [0] * (int(elapsed) + 1 - len(counts))
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                counts[-1] += len(os.read(terminal, 1 << 16))
            except OSError:
                break
    return counts


def await_first_epoch(terminal: int) -> int:
    """Read until the first epoch is drawn; the bytes until then. TimeoutError where it does not come."""
    seen, began_at = b"", time.monotonic()
    while not FIRST_EPOCH.search(seen):
        if time.monotonic() - began_at > FIRST_EPOCH_TIMEOUT_S:
            raise TimeoutError(f"no epoch was drawn within {FIRST_EPOCH_TIMEOUT_S:.0f} s")
        if select.select([terminal], [], [], 0.05)[0]:
            seen += os.read(terminal, 1 << 16)
    return len(seen)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process of this user so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    """Start, open, count, and end both."""
    columns, rows = (int(part) for part in arguments.size.split("x"))
    flags = {"training.epochs": arguments.epochs}
    if arguments.data:
        flags["data.source"] = arguments.data
    started = start_run(resolve_config(preset=arguments.preset, flags=flags))
    process, terminal = open_app(started.directory.path, columns, rows)
    try:
        first = await_first_epoch(terminal) + sum(count_bytes(terminal, SETTLE_S))
        cpu_before, is_alive_before = cpu_seconds(process.pid), started.process.poll() is None
        counts = count_bytes(terminal, arguments.seconds)
        share = (cpu_seconds(process.pid) - cpu_before) / arguments.seconds
        return {
            "first_bytes": first,
            "bytes_per_s": round(sum(counts) / arguments.seconds),
            "most_in_a_second": max(counts),
            "cpu_share": round(share, 3),
            "trained_throughout": is_alive_before and started.process.poll() is None,
            "is_within_budget": sum(counts) / arguments.seconds <= BUDGET_BYTES_PER_S,
        }
    finally:
        for victim in (process, started.process):
            if victim.poll() is None:
                victim.send_signal(signal.SIGTERM)
        # The app must be read to its end, or it waits for its terminal.
        count_bytes(terminal, 1.0)
        for victim in (process, started.process):
            try:
                victim.wait(10)
            except subprocess.TimeoutExpired:
                victim.kill()
                victim.wait()
        os.close(terminal)


def main() -> int:
    """Measure in a temporary home and print one JSON object; exit code 1 over the budget."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--data", default=None)
    parser.add_argument("--epochs", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--size", default="120x40")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlp-tui-bytes-") as home:
        os.environ["MLP_TUI_HOME"] = home
        result = measure(arguments)
    print(json.dumps(result))
    return 0 if result["is_within_budget"] else 1


if __name__ == "__main__":
    sys.exit(main())
