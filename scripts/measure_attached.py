"""What of its speed a training keeps while the app draws it: `python scripts/measure_attached.py [--data S] [--rounds 5]`.

A run of the book preset is trained alone and with `mlp-tui open` drawing it on a pseudo-terminal of 120 x 40, in turns whose
order changes from round to round. Prints one JSON document: seconds an epoch of each (the median of a run's epochs, without its
first six), the ratio within each round and its median, and what the app took of a processor and sent to its terminal meanwhile.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

import psutil

from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.launcher import StartedRun, start_run

ROWS, COLUMNS = 40, 120
FIRST_EPOCHS = 6
"""Epochs left out of each run: the app opens in them, and warms the engines that it keeps ready."""


class AttachedApp:
    """`mlp-tui open RUN` on a pseudo-terminal whose output is read and counted."""

    def __init__(self, run: str) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tui_trainer", "open", run],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self._master, self.num_bytes = master, 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                return
            if not data:
                return
            self.num_bytes += len(data)

    def processor_s(self) -> float:
        """Processor time that the app itself took up to now, without the engine processes that it keeps."""
        times = psutil.Process(self._process.pid).cpu_times()
        return times.user + times.system

    def close(self) -> None:
        """End the app; its run goes on."""
        self._process.terminate()
        self._process.wait(20)
        os.close(self._master)


def start(data: str, epochs: int) -> StartedRun:
    """A run of the book preset."""
    return start_run(resolve_config(preset="book", flags={"data.source": data, "training.epochs": epochs}))


def epoch_s(started: StartedRun) -> float:
    """Median seconds an epoch of a run that has ended, without its first ones."""
    if started.process.wait() != 0:
        raise SystemExit(f"{started.directory.shown_name} failed; look at {started.directory.log_path}")
    return statistics.median(epoch.epoch_s for epoch in started.directory.history().epochs[FIRST_EPOCHS:])


def train_alone(data: str, epochs: int) -> float:
    """Seconds an epoch with no screen."""
    return epoch_s(start(data, epochs))


def train_attached(data: str, epochs: int) -> tuple[float, float, float]:
    """(seconds an epoch, share of a core that the app took, bytes a second to its terminal) while the app draws the run."""
    started = start(data, epochs)
    app = AttachedApp(started.directory.run)
    # What it takes to open is no part of what it takes to draw.
    while len(started.directory.history(with_steps=False).epochs) < FIRST_EPOCHS:
        time.sleep(0.05)
    begun_at, processor_s, num_bytes = time.monotonic(), app.processor_s(), app.num_bytes
    started.process.wait()
    lasted_s = time.monotonic() - begun_at
    share, rate = (app.processor_s() - processor_s) / lasted_s, (app.num_bytes - num_bytes) / lasted_s
    app.close()
    return epoch_s(started), share, rate


def main() -> None:
    """Measure, print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=20)
    arguments = parser.parse_args()
    rounds = []
    with tempfile.TemporaryDirectory() as home:
        os.environ["MLP_TUI_HOME"] = home
        for number in range(arguments.rounds):
            alone = train_alone(arguments.data, arguments.epochs) if number % 2 == 0 else None
            attached, share, rate = train_attached(arguments.data, arguments.epochs)
            if alone is None:
                alone = train_alone(arguments.data, arguments.epochs)
            rounds.append(
                {
                    "alone_s": round(alone, 4),
                    "attached_s": round(attached, 4),
                    "speed_kept": round(alone / attached, 4),
                    "app_core_share": round(share, 4),
                    "bytes_per_s": round(rate),
                }
            )
    print(json.dumps({"speed_kept": statistics.median(entry["speed_kept"] for entry in rounds), "rounds": rounds}, indent=1))


if __name__ == "__main__":
    main()
