"""Learning-rate finder: a short training whose rate rises exponentially, and what its losses say of a good one.

Smith 2017, section 3.3, with fastai's rules: the rate goes from first to last over the steps, the loss is smoothed by a running
mean with its bias taken out, and the sweep ends where that is four times its best or no number. For the server: everything is
built anew from the configuration and thrown away, no run is touched, nothing is written, and torch's settings are put back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from tui_trainer.engine.answers import LauncherAnswers
from tui_trainer.engine.epoch_order import draw_epoch_order
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.loaded_run import LoadedRun, load_run
from tui_trainer.engine.lr_suggestions import MIN_POINTS, RULES, trim
from tui_trainer.runs.config import Constant, RunConfig, StepMode
from tui_trainer.runs.lr_search import LrSearch
from tui_trainer.runs.threads import resolve_threads

BETA = 0.98
"""Share of the running mean of losses that is kept each step."""
DIVERGENCE = 4.0
"""The sweep ends where the smoothed loss is this many times its best."""
MAX_POINTS = 400
TRIED = "learning rates tried"


@dataclass(slots=True)
class Sweep:
    """The steps that were made: rate, loss and smoothed loss of each, and why it ended."""

    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    smoothed: list[float] = field(default_factory=list)
    stopped: str = "end"
    """end: all steps were made; diverged; or not finite."""
    stopped_at: float = 0.0


def find_learning_rate(config: RunConfig, search: LrSearch, on_progress: OnProgress) -> dict[str, Any]:
    """{points [[lr, smoothed loss]], losses [[lr, loss]], suggestions [{name, lr, help, source}], suggested, suggested_by,
    stopped, stopped_at, num_steps, first_lr, last_lr, device, data_source, elapsed_s, key, note}.

    At most MAX_POINTS points; a rate has three significant digits where it is suggested; None where there is nothing to say.
    """
    start = time.monotonic()
    with _settings_kept():
        loaded = load_run(_plain(config), resolve_threads(config), _ProgressAnswers(on_progress))
        sweep = run_sweep(loaded, search, on_progress)
    suggestions = suggest(sweep, search.num_steps)
    best = suggestions[0] if suggestions else None
    return {
        "points": _thinned(sweep.rates, sweep.smoothed),
        "losses": _thinned(sweep.rates, sweep.losses),
        "suggestions": suggestions,
        "suggested": best["lr"] if best else None,
        "suggested_by": best["name"] if best else None,
        "stopped": sweep.stopped,
        "stopped_at": sweep.stopped_at,
        "num_steps": search.num_steps,
        "first_lr": search.first_lr,
        "last_lr": search.last_lr,
        "device": str(loaded.device),
        "data_source": config.data.source,
        "elapsed_s": round(time.monotonic() - start, 3),
        "key": "optimizer.lr",
        "note": None if best else "the loss fell nowhere, so no rate is better than another; begin lower, or take more steps",
    }


def run_sweep(loaded: LoadedRun, search: LrSearch, on_progress: OnProgress) -> Sweep:
    """Train `loaded` at the rising rates of `search`; one synchronisation a step."""
    group = loaded.state.optimizer.param_groups[0]  # Muon's second group has a rate of its own
    loaded.state.network.train()
    sweep, mean, best = Sweep(), 0.0, math.inf
    for index, (X_B, y_B) in zip(range(search.num_steps), _endless_batches(loaded), strict=False):
        group["lr"] = sweep.stopped_at = search.lr_at(index)
        loss = float(loaded.step(X_B, y_B).item())
        mean = BETA * mean + (1 - BETA) * loss
        smoothed = mean / (1 - BETA ** (index + 1))
        if not math.isfinite(smoothed):
            sweep.stopped = "not finite"
            break
        sweep.rates.append(sweep.stopped_at)
        sweep.losses.append(loss)
        sweep.smoothed.append(smoothed)
        best = min(best, smoothed)
        on_progress(TRIED, index + 1, search.num_steps)
        if smoothed > DIVERGENCE * best:
            sweep.stopped = "diverged"
            break
    return sweep


def suggest(sweep: Sweep, num_steps: int) -> list[dict[str, Any]]:
    """What each rule finds, the one to take first; none where the curve is too short or falls nowhere."""
    rates, losses = trim(sweep.rates, sweep.smoothed, num_steps)
    if len(rates) < MIN_POINTS or min(losses) >= losses[0]:
        return []
    return [
        {"name": rule.name, "lr": float(f"{rule.find(rates, losses):.3g}"), "help": rule.help, "source": rule.source}
        for rule in RULES
    ]


def _plain(config: RunConfig) -> RunConfig:
    """`config` without what moves the rate, or takes time that a hundred steps do not give back."""
    data = config.data.model_copy(update={"num_workers": 0})
    training = config.training.model_copy(update={"step_mode": StepMode.EAGER, "ema_decay": 0.0})
    return config.model_copy(update={"data": data, "schedule": Constant(), "training": training})


def _endless_batches(loaded: LoadedRun) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    batches = loaded.batches()
    while True:
        yield from batches.iterate(draw_epoch_order(loaded.num_train))


@contextmanager
def _settings_kept() -> Iterator[None]:
    """Threads, generator and determinism of this process as they were before."""
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    is_deterministic = torch.are_deterministic_algorithms_enabled()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_rng_state(state)
        torch.use_deterministic_algorithms(is_deterministic)


class _ProgressAnswers(LauncherAnswers):
    """What loading says, passed on as the server's progress."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress

    def progress(self, what: str, done: int, total: int | None) -> None:
        """How far a download is."""
        self._on_progress(what, done, total)


def _thinned(rates: list[float], values: list[float]) -> list[list[float]]:
    """Pairs, at most MAX_POINTS of them, the first and the last among them."""
    count = min(MAX_POINTS, len(rates))
    kept = [index * (len(rates) - 1) // max(1, count - 1) for index in range(count)]
    return [[rates[index], values[index]] for index in kept]
