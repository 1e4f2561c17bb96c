"""The figures of the Train screen: status line, header and borders; and the words of its empty panes. Pure functions."""

from __future__ import annotations

import math

from rich.text import Text

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.loss_words import format_loss
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.run_history import MAX_COUNT, RunHistory
from tui_trainer.runs.run_progress import measure_progress
from tui_trainer.runs.run_words import describe_run
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.frame_header import Facts
from tui_trainer.ui.status_line import RunFacts
from tui_trainer.ui.theme import Tokens


def loss_figures(smoothed: float, view: CurveView, colours: Tokens) -> Text:
    """`0.0121  smooth 0.985`; empty before the first step."""
    if not math.isfinite(smoothed):
        return Text()
    weight = f"  smooth {view.weight:g}" if view.weight else "  not smoothed"
    return Text.assemble((format_loss(smoothed), colours["train"]), (weight, colours["dim"]))


def curve_title(name: str, view: CurveView, colours: Tokens, *, has_log: bool = True) -> Text:
    """`loss  log  recent`: what the chart is and how it is looked at."""
    words = ["log"] if has_log and view.is_log else []
    words += ["zoom"] if view.window is not None else ["recent"] if view.is_recent else []
    return Text.assemble(name, *((f"  {word}", colours["dim"]) for word in words))


def norm_figures(smoothed: float, colours: Tokens) -> Text:
    """The gradient's norm now; empty before the first."""
    return Text.assemble((f"{smoothed:.4g}", colours["train"])) if math.isfinite(smoothed) else Text()


def rate_figures(rate: float | None, colours: Tokens) -> Text:
    """The learning rate now; empty where it is not known."""
    return Text() if rate is None else Text.assemble((f"{rate:.4g}", colours["train"]))


def accuracy_figures(history: RunHistory, colours: Tokens, *, is_long: bool) -> Text:
    """`━ train 0.9961  ⠿ test 0.9781  ★ best`: the legend with the last epoch's figures; empty before it."""
    if not history.epochs:
        return Text()
    last = history.epochs[-1]
    parts = []
    for mark, name, value in (("━", "train", last.train_acc), ("⠿", "test", last.test_acc)):
        if value is not None:
            parts.append(Text.assemble((f"{mark} {name + ' ' if is_long else ''}{value:.4f}", colours[name])))
    if is_long and history.best is not None:
        parts.append(Text.assemble(("★", colours["best"]), (" best", colours["dim"])))
    return Text("  ").join(parts)


def empty_loss(colours: Tokens, *, has_run: bool) -> Text:
    """What the loss pane says before the first step; without a run it names the key that brings one."""
    if has_run:
        return Text("the loss of every step is drawn here", justify="center")
    key = f"bold {colours['train']}"
    words = Text("the loss of every step is drawn here\n", justify="center")
    return words.append_text(Text.assemble(("1", key), " goes to Configure, ", ("r", key), " starts a run there"))


def empty_accuracy() -> Text:
    """What the accuracy pane says before the first epoch has ended."""
    return Text("train and test accuracy, once an epoch")


def empty_rate() -> Text:
    """What the learning rate's pane says before the first step."""
    return Text("the learning rate of every step")


def empty_norm() -> Text:
    """What the gradient norm's pane says before the first look."""
    return Text("the gradient's norm, looked at a few times a second")


def empty_epochs(colours: Tokens) -> Text:
    """What the table's pane says before the first epoch has ended."""
    return Text.assemble("one row an epoch, the best with a ", ("★", colours["best"]))


def run_facts(name: str, history: RunHistory, status: RunStatus, epoch_age_s: float) -> RunFacts:
    """The status line of a run; `epoch_age_s` is the time since its last epoch ended."""
    progress = measure_progress(history, epoch_age_s)
    taken_s = sum(epoch.epoch_s or 0.0 for epoch in history.epochs)
    last, best = history.epochs[-1] if history.epochs else None, history.best
    is_bad = status in (RunStatus.FAILED, RunStatus.CRASHED)
    is_queued = status is RunStatus.QUEUED
    return RunFacts(
        name=name,
        status=status,
        epoch=last.epoch if last else 0,
        num_epochs=history.num_epochs,
        share=progress.share,
        seconds=progress.seconds_left if status.is_live else taken_s or None,
        test_acc=last.test_acc if last else None,
        best_acc=best.test_acc if best else None,
        best_epoch=best.epoch if best else None,
        problem=describe_run(history, status, None).short if is_bad or is_queued else "",
    )


def header_facts(history: RunHistory, config: RunConfig | None) -> Facts:
    """The right of the header: device, threads and data of the run."""
    return Facts(
        device=text_field(history, "device") or None,
        threads=count_field(history, "threads"),
        source=config.data.source if config else None,
        num_train=count_field(history, "num_train"),
        num_test=count_field(history, "num_test"),
    )


def text_field(history: RunHistory, name: str) -> str:
    """A text of `run_started`; empty where it has none. Not safe to show yet."""
    value = (history.started or {}).get(name)
    return value if isinstance(value, str) else ""


def count_field(history: RunHistory, name: str) -> int | None:
    """A count of `run_started`; None where it has none, or one that no run can have."""
    value = (history.started or {}).get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT else None


def checkpoint_bytes(history: RunHistory) -> dict[int, int]:
    """Bytes of the checkpoint of each step that has one."""
    sizes: dict[int, int] = {}
    for event in history.checkpoints.values():
        step, num_bytes = event.get("step"), event.get("bytes")
        if isinstance(step, int) and isinstance(num_bytes, int):
            sizes[step] = num_bytes
    return sizes
