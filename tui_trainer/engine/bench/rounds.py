"""Paired rounds: each contender has one turn a round, and the round's order is rotated, so that a slow moment hits none alone.

What counts is the ratio within a round, and of those the median: a machine that is busy in one round is busy for all of it.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tui_trainer.engine.bench.contender import Contender, limited_threads
from tui_trainer.engine.load_progress import OnProgress, no_progress

Seconds = list[float]
"""Seconds an epoch, one entry a round."""


def warm_up(contenders: Mapping[str, Contender], num_epochs: int, progress: OnProgress = no_progress) -> dict[str, float]:
    """Seconds an epoch of each contender's first turn, which count for no ratio."""
    seconds = {}
    for done, (name, contender) in enumerate(contenders.items()):
        progress("warm-up", done, len(contenders))
        seconds[name] = time_turn(contender, num_epochs)
    return seconds


def measure_rounds(
    contenders: Mapping[str, Contender], *, num_rounds: int, epochs_per_round: int, progress: OnProgress = no_progress
) -> dict[str, Seconds]:
    """Seconds an epoch of each contender in each round, both evaluations included."""
    names = list(contenders)
    seconds: dict[str, Seconds] = {name: [] for name in names}
    for number in range(num_rounds):
        for turn, name in enumerate(_rotated(names, number)):
            progress(f"round {number + 1} of {num_rounds}", number * len(names) + turn, num_rounds * len(names))
            seconds[name].append(time_turn(contenders[name], epochs_per_round))
    return seconds


def _rotated(names: Sequence[str], by: int) -> list[str]:
    by %= len(names)
    return [*names[by:], *names[:by]]


def time_turn(contender: Contender, num_epochs: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds an epoch of one turn, at the contender's own thread count."""
    # What earlier turns left behind is collected now and not in this turn.
    gc.collect()
    with limited_threads(contender.threads):
        begun = clock()
        contender.train(num_epochs)
        return (clock() - begun) / num_epochs


def spread(seconds: Seconds) -> dict[str, Any]:
    """{median, min, max} in seconds."""
    return {"median": statistics.median(seconds), "min": min(seconds), "max": max(seconds)}


def median_ratio(numerators: Seconds, denominators: Seconds) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(one / other for one, other in zip(numerators, denominators, strict=True))
