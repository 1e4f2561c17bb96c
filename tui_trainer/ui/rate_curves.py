"""RateCurves: the learning rate over a whole run as torch's own schedulers give it, asked of the engine's server and kept.

Asked by a worker of the Configure screen, a moment after the last key, so that stepping through values asks once. Nothing
here draws; what the answer cannot be, it says in words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from textual.screen import Screen

from tui_trainer.runs.config import RunConfig, dump_config
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.learning_rates import learning_rates
from tui_trainer.ui.machine_facts import Server

QUIET_S = 0.15
"""Seconds without another key before the engine is asked."""
MAX_KEPT = 200
ASKING = "asking the engine for the rates of this schedule"
WAITING = "the rates of this schedule, once the size of the data is known"

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class RateCurve:
    """(epochs done, rate) of moments of a run, 0 epochs first; `words` stand in for the points where there are none."""

    points: tuple[tuple[float, float], ...]
    epochs: int
    is_staircase: bool = False
    """Whether a rate holds until the next point, as with schedulers that step once an epoch."""
    assumed: str = ""
    """What is taken for granted about the loss."""
    words: str = ""


class RateCurves:
    """Curves by what decides them; `on_news` is called on the loop after each answer."""

    def __init__(self, screen: Screen[Any], on_news: Callable[[], None]) -> None:
        self._screen, self._on_news = screen, on_news
        self._kept: dict[Key, RateCurve] = {}
        self._asked: Key | None = None

    def curve_for(self, config: RunConfig, steps_per_epoch: int | None) -> RateCurve:
        """What is known now; where that is not the engine's curve yet, it is asked for in the background."""
        key = config.optimizer.lr, config.schedule, config.training.epochs, steps_per_epoch
        known = self._kept.get(key)
        server = getattr(self._screen.app, "engine_server", None)
        if known is None and server is not None and steps_per_epoch is not None and key != self._asked:
            self._asked = key
            self._screen.run_worker(self._ask(key, server, config, steps_per_epoch), group="rates", exclusive=True)
        return known or _sketch(config, steps_per_epoch)

    async def _ask(self, key: Key, server: Server, config: RunConfig, steps_per_epoch: int) -> None:
        await asyncio.sleep(QUIET_S)
        params = {"config": dump_config(config), "steps_per_epoch": steps_per_epoch}
        try:
            curve = _read(await run_in_daemon(partial(server.request, "schedule_curve", params)), config)
        except (MlpTuiError, OSError, KeyError, TypeError, ValueError) as error:
            reason = error.message if isinstance(error, MlpTuiError) else "its answer cannot be read"
            curve = _sketch(config, steps_per_epoch)
            if not curve.points:
                curve = replace(curve, words=f"no rates from the engine: {safe_text(reason, 160)}")
        if len(self._kept) >= MAX_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = curve
        self._on_news()


def _sketch(config: RunConfig, steps_per_epoch: int | None) -> RateCurve:
    """What can be shown before the engine has answered: the two schedules that are one formula, or words."""
    rates, epochs = learning_rates(config), config.training.epochs
    if rates:
        return RateCurve(tuple((index * epochs / len(rates), rate) for index, rate in enumerate(rates)), epochs, True)
    return RateCurve((), epochs, words=ASKING if steps_per_epoch else WAITING)


def _read(answer: Any, config: RunConfig) -> RateCurve:
    points = tuple((float(epoch), float(rate)) for epoch, rate in answer["points"])
    return RateCurve(points, config.training.epochs, answer["cadence"] != "step", safe_text(answer.get("assumed") or "", 120))
