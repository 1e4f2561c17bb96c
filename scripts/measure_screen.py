"""What the Train screen costs, and how fast it answers: `python scripts/measure_screen.py [--data S] [--rounds 5]`.

A run of the book preset (or --preset) trains while `mlp-tui open` draws it on a pseudo-terminal of 120 x 40. Prints one JSON
document: bytes a second to the terminal at the default and with `--budget 3`, and the app's share of a core at both; seconds
from a key to its effect on the screen, for keys that change how the curves are looked at and what stands below them; and the
speed that a training keeps with the app attached, as the median of pairs of runs whose order changes from round to round. Exit
code 1 where one of GOALS is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

from app_on_terminal import COLUMNS, ROWS, AppOnTerminal
from screen_text import ScreenText

from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.launcher import StartedRun, start_run

GOALS = {
    "bytes_per_s": 15_000,
    "bytes_per_s_slow": 3_000,
    "core_share": 0.15,
    "key_p99_s": 0.1,
    "speed_kept": 0.95,
}
"""At most; `speed_kept` at least."""
SLOW_FLAGS = ("--budget", "3")
SETTLE_S = 6.0
"""The app opens and warms the engines that it keeps ready; no part of what it costs to draw."""
FIRST_EPOCHS = 6
"""Epochs left out of each timed run, for the same reason."""
EFFECT_S = 2.0
"""A key without an effect within so long has none."""

LEFT, RIGHT = b"\x1b[D", b"\x1b[C"
Facet = Callable[[list[str]], str]
"""What of the screen a key changes, and nothing else does."""


def titles(lines: list[str]) -> str:
    """The charts' titles, which tell how they are looked at."""
    return " ".join(re.findall(r"loss  log|recent|learning rate|gradient norm|accuracy", "\n".join(lines)))


def smoothing(lines: list[str]) -> str:
    """How much the loss is smoothed."""
    return " ".join(re.findall(r"smooth [\d.]+|not smoothed", "\n".join(lines)))


def below(lines: list[str]) -> str:
    """Which panes stand below the charts."""
    return " ".join(re.findall(r"─ (epochs|trainer\.log|layers)", "\n".join(lines)))


def axis(lines: list[str]) -> str:
    """The numbers under the loss chart."""
    rows = [line[: COLUMNS // 2] for line in lines if "└" in line]
    index = next((number for number, line in enumerate(lines) if "└" in line), 0)
    return lines[index + 1][: COLUMNS // 2] if rows else ""


def reading(lines: list[str]) -> str:
    """What the cursor reads, in the row under the charts."""
    index = next((number for number, line in enumerate(lines) if "╭─ epochs" in line), 1)
    return lines[index - 1]


KEYS: list[tuple[bytes, Facet]] = [
    (b"l", titles),
    (b"l", titles),
    (b"w", titles),
    (b"w", titles),
    (b"+", smoothing),
    (b"+", smoothing),
    (b"-", smoothing),
    (b"-", smoothing),
    (b"H", below),
    (b"H", below),
    (b"L", below),
    (b"L", below),
    (b"z", axis),
    (b"Z", axis),
    (LEFT, reading),
    (LEFT, reading),
    (RIGHT, reading),
    (RIGHT, reading),
    (b"a", axis),
    (b"a", axis),
    (b"a", axis),
    (b"g", titles),
    (b"g", titles),
    (b"g", titles),
]
"""Keys of the Train screen, in an order after which it is as it was (but for the cursor), and what each changes.

The first `left` puts the cursor on the newest step, where a `right` at once could find no later one."""


def begin(arguments: argparse.Namespace, epochs: int) -> StartedRun:
    """A run of the preset."""
    flags: dict[str, Any] = {"training.epochs": epochs}
    if arguments.data:
        flags["data.source"] = arguments.data
    return start_run(resolve_config(preset=arguments.preset, flags=flags))


def end(started: StartedRun) -> None:
    """Stop a run that is no longer needed."""
    if started.process.poll() is None:
        started.process.terminate()
        started.process.wait(30)


def await_epochs(started: StartedRun, num_epochs: int) -> None:
    """Wait until so many are done."""
    while len(started.directory.history(with_steps=False).epochs) < num_epochs:
        if started.process.poll() is not None:
            raise SystemExit(f"{started.directory.shown_name} ended early; look at {started.directory.log_path}")
        time.sleep(0.05)


def train_attached(arguments: argparse.Namespace, flags: Sequence[str] = ()) -> dict[str, Any]:
    """A whole run while the app draws it: seconds an epoch, bytes a second, share of a core."""
    started = begin(arguments, arguments.epochs)
    app = AppOnTerminal(started.directory.run, flags)
    try:
        await_epochs(started, FIRST_EPOCHS)
        begun_at, processor_s = time.monotonic(), app.processor_s()
        started.process.wait()
        ended_at, spent_s = time.monotonic(), app.processor_s() - processor_s
    finally:
        app.close()
        end(started)
    counts = app.bytes_of_seconds(begun_at, ended_at)
    return {
        "epoch_s": round(epoch_s(started), 4),
        "bytes_per_s": round(sum(counts) / len(counts)),
        "most_in_a_second": max(counts),
        "core_share": round(spent_s / (ended_at - begun_at), 4),
    }


def train_alone(arguments: argparse.Namespace) -> float:
    """Seconds an epoch with no screen."""
    return epoch_s(begin(arguments, arguments.epochs))


def epoch_s(started: StartedRun) -> float:
    """Median seconds an epoch of a run that has ended, without its first ones."""
    if started.process.wait() != 0:
        raise SystemExit(f"{started.directory.shown_name} failed; look at {started.directory.log_path}")
    epochs = started.directory.history().epochs[FIRST_EPOCHS:]
    return statistics.median(epoch.epoch_s for epoch in epochs if epoch.epoch_s is not None)


def measure_rounds(arguments: argparse.Namespace) -> dict[str, Any]:
    """Pairs of runs, what each attached one cost, and the ratio within each pair."""
    rounds = []
    for number in range(arguments.rounds):
        alone_s = train_alone(arguments) if number % 2 == 0 else None
        attached = train_attached(arguments)
        if alone_s is None:
            alone_s = train_alone(arguments)
        rounds.append({"alone_s": round(alone_s, 4), **attached, "speed_kept": round(alone_s / attached["epoch_s"], 4)})
    medians = {name: statistics.median(entry[name] for entry in rounds) for name in ("speed_kept", "bytes_per_s", "core_share")}
    return {**medians, "rounds": rounds}


def measure_keys(arguments: argparse.Namespace) -> dict[str, Any]:
    """Seconds from key to effect, of at least `arguments.keys` keys at times that have nothing to do with the pictures'."""
    started = begin(arguments, arguments.key_epochs)
    app = AppOnTerminal(started.directory.run)
    chance = random.Random(0)
    pressed: list[tuple[float, bytes, Facet]] = []
    try:
        # The cursor on the curves has some columns to go.
        await_epochs(started, 2 * FIRST_EPOCHS)
        time.sleep(SETTLE_S)
        while len(pressed) < arguments.keys:
            for key, facet in KEYS:
                pressed.append((app.press(key), key, facet))
                time.sleep(chance.uniform(0.4, 0.7))
        time.sleep(EFFECT_S)
    finally:
        app.close()
        end(started)
    return describe_latencies(find_effects(app, pressed))


def find_effects(app: AppOnTerminal, pressed: Sequence[tuple[float, bytes, Facet]]) -> list[tuple[bytes, float | None]]:
    """(key, seconds to its effect) of each; None: it had none. Reads the output again, piece by piece."""
    screen, pieces, effects = ScreenText(COLUMNS, ROWS), iter(app.pieces), []
    piece = next(pieces, None)
    for index, (at, key, facet) in enumerate(pressed):
        while piece is not None and piece.at <= at:
            screen.write(piece.data)
            piece = next(pieces, None)
        before = facet(screen.lines)
        until = min(at + EFFECT_S, pressed[index + 1][0] if index + 1 < len(pressed) else at + EFFECT_S)
        delay_s = None
        while delay_s is None and piece is not None and piece.at < until:
            screen.write(piece.data)
            if facet(screen.lines) != before:
                delay_s = piece.at - at
            piece = next(pieces, None)
        effects.append((key, delay_s))
    return effects


def describe_latencies(effects: Sequence[tuple[bytes, float | None]]) -> dict[str, Any]:
    """Median and 99th percentile of all, and the median of each key; a key without an effect counts as EFFECT_S."""
    seconds = sorted(EFFECT_S if delay_s is None else delay_s for _, delay_s in effects)
    by_key: dict[str, list[float]] = {}
    for key, delay_s in effects:
        by_key.setdefault(key.decode().replace(LEFT.decode(), "left").replace(RIGHT.decode(), "right"), []).append(
            EFFECT_S if delay_s is None else delay_s
        )
    return {
        "num_keys": len(seconds),
        "num_without_effect": sum(delay_s is None for _, delay_s in effects),
        "median_s": round(statistics.median(seconds), 4),
        "p99_s": round(seconds[min(len(seconds) - 1, int(0.99 * len(seconds)))], 4),
        "worst_s": round(seconds[-1], 4),
        "median_s_of": {key: round(statistics.median(delays), 4) for key, delays in by_key.items()},
    }


def judge(document: dict[str, Any]) -> dict[str, bool]:
    """Which of GOALS are met, of those that were measured."""
    default, slow, keys = (document.get(part, {}) for part in ("default", "slow", "keys"))
    figures = {
        "bytes_per_s": default.get("bytes_per_s"),
        "bytes_per_s_slow": slow.get("bytes_per_s"),
        "core_share": default.get("core_share"),
        "key_p99_s": keys.get("p99_s"),
        "speed_kept": default.get("speed_kept"),
    }
    return {
        name: figure >= GOALS[name] if name == "speed_kept" else figure <= GOALS[name]
        for name, figure in figures.items()
        if figure is not None
    }


def main() -> int:
    """Measure in a temporary home and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--preset", default="book")
    parser.add_argument("--data", default=None, help="unset: the preset's own")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of whole runs; 0: none")
    parser.add_argument("--epochs", type=int, default=20, help="of each of these, and of the one with a low budget")
    parser.add_argument("--keys", type=int, default=110, help="presses at least; 0: none")
    parser.add_argument("--key-epochs", type=int, default=200, help="of the run under them, which must outlast them")
    arguments = parser.parse_args()
    document: dict[str, Any] = {"preset": arguments.preset, "size": f"{COLUMNS}x{ROWS}"}
    with tempfile.TemporaryDirectory(prefix="mlp-tui-screen-") as home:
        os.environ["MLP_TUI_HOME"] = home
        if arguments.rounds:
            document["default"] = measure_rounds(arguments)
        document["slow"] = train_attached(arguments, SLOW_FLAGS)
        if arguments.keys:
            document["keys"] = measure_keys(arguments)
    document["meets"] = judge(document)
    print(json.dumps(document, indent=1))
    return 0 if all(document["meets"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
