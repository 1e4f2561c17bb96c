"""StatusLine: the row under the header of the Train screen: which run, is it alive, how far, how long, how good, best so far.

What does not fit is left away from the right of the middle: the bar first, then the words. `format_status` is the whole of
it, a pure function; the widget draws again only when a fact has changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual.events import Resize

from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.run_progress import format_duration
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.live_text import LiveText
from tui_trainer.ui.quantities import shorten_middle
from tui_trainer.ui.theme import Tokens, tokens

LONG_COLUMNS = 100
_MIN_BAR = 6
_SHORT_NAME, _LONG_NAME = 18, 32
_TIME_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the line says; None where it is not known."""

    name: str
    status: RunStatus
    epoch: int = 0
    """Completed epochs."""
    num_epochs: int | None = None
    share: float = 0.0
    """Done part of the whole run, 0 to 1."""
    seconds: float | None = None
    """Left while it runs; taken by all its epochs once it has ended."""
    test_acc: float | None = None
    best_acc: float | None = None
    best_epoch: int | None = None
    word: str = ""
    """In place of what it does now, as while it is played again."""
    problem: str = ""
    """Why it failed or died, or what else is the matter, in a few words; shown in place of how far it is."""


@dataclass(frozen=True, slots=True)
class NoRun:
    """There is none to show; `num_runs` on disk."""

    num_runs: int = 0


STATUS_MARKS = {
    RunStatus.QUEUED: ("○", "dim"),
    RunStatus.RUNNING: ("●", "ok"),
    RunStatus.PAUSED: ("‖", "best"),
    RunStatus.DONE: ("✓", "ok"),
    RunStatus.STOPPED: ("■", "dim"),
    RunStatus.FAILED: ("x", "fail"),
    RunStatus.CRASHED: ("x", "fail"),
    RunStatus.UNKNOWN: ("?", "dim"),
}
"""(mark, colour token) of a run by what it does."""
_BAD = (RunStatus.FAILED, RunStatus.CRASHED)
_WAYS_OUT = (("e", "edit"), ("r", "rerun"))
"""(key of the Train screen, what it does), for a run that went wrong."""


class StatusLine(LiveText):
    """One row; `show` says what it is about."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts: RunFacts | NoRun = NoRun()

    def show(self, facts: RunFacts | NoRun) -> None:
        """Draw these facts at the present width."""
        self._facts = facts
        width = self.content_size.width
        if width:
            self.show_text(format_status(facts, width, tokens(self), is_long=self.app.size.width >= LONG_COLUMNS))

    def on_resize(self, event: Resize) -> None:
        """Choose other words for another width."""
        self.show(self._facts)


def format_status(facts: RunFacts | NoRun, width: int, colours: Tokens, *, is_long: bool) -> Text:
    """The whole line in `width` columns; `is_long` with the words, else the figures alone."""
    if isinstance(facts, NoRun):
        row = _format_no_run(facts, colours)
    else:
        left, right = _format_left(facts, colours, is_long), _format_right(facts, colours, is_long)
        room = width - left.cell_len - right.cell_len
        if room < 2:
            # The problem is what one must read; it is also in words below, where there is more room.
            right = _format_best(facts, colours, is_long)
            left.truncate(max(0, width - right.cell_len - 2), overflow="ellipsis")
            room = width - left.cell_len - right.cell_len
        row = Text.assemble(left, _format_middle(facts, room, colours), right)
    row.no_wrap, row.overflow = True, "crop"
    return row


def _format_no_run(facts: NoRun, colours: Tokens) -> Text:
    dim, key = colours["dim"], f"bold {colours['train']}"
    row = Text.assemble(("○", dim), (" no run yet", dim), "   ", ("1", key), (" configures and starts one", dim))
    if facts.num_runs:
        row.append(f"   {facts.num_runs:,} run{'s' if facts.num_runs > 1 else ''} on disk: ", dim)
        row.append("3", key)
    return row


def _format_left(facts: RunFacts, colours: Tokens, is_long: bool) -> Text:
    mark, mark_token = STATUS_MARKS[facts.status]
    name = shorten_middle(safe_text(facts.name, 100), _LONG_NAME if is_long else _SHORT_NAME)
    row = Text.assemble((mark, f"bold {colours[mark_token]}"), " ", (name, f"bold {colours['text']}"), "  ")
    if facts.problem:
        row.append(f"{facts.status.value}: " if facts.status in _BAD else "", colours["fail"])
        row.append(safe_text(facts.problem, 100), colours["text"])
        return row
    if facts.word or facts.status is not RunStatus.RUNNING:
        row.append(f"{facts.word or facts.status.value}  ", colours["fail" if facts.status in _BAD else "dim"])
    if facts.num_epochs is None:
        return row
    width = len(f"{facts.num_epochs:,}")
    epoch = (f"{facts.epoch:>{width},}", f"bold {colours['text']}")
    if is_long:
        row.append_text(Text.assemble(("epoch ", colours["dim"]), epoch, (f" of {facts.num_epochs:,}", colours["dim"])))
    else:
        row.append_text(Text.assemble(epoch, (f"/{facts.num_epochs:,}", colours["dim"])))
    return row


def _format_middle(facts: RunFacts, room: int, colours: Tokens) -> Text:
    """The bar with two blanks on each side, or blanks."""
    length = room - 4
    if length < _MIN_BAR or facts.num_epochs is None or facts.problem:
        return Text(" " * max(0, room))
    num_done = round(length * facts.share)
    done = colours["ok" if facts.status in (RunStatus.RUNNING, RunStatus.DONE) else "dim"]
    return Text.assemble("  ", ("━" * num_done, done), ("━" * (length - num_done), colours["line"]), "  ")


def _format_right(facts: RunFacts, colours: Tokens, is_long: bool) -> Text:
    gap = " " * (3 if is_long else 2)
    parts = []
    if facts.seconds is not None and facts.status not in _BAD:
        # As wide for 0:06 as for 12:34, so that the bar keeps its length.
        row = Text(f"{format_duration(facts.seconds):>{_TIME_COLUMNS}}", colours["text"])
        row.append((" left" if facts.status.is_live else " in all") if is_long else "", colours["dim"])
        parts.append(row)
    if facts.test_acc is not None and facts.status not in _BAD:
        parts.append(Text.assemble(("test ", colours["test"]), (f"{facts.test_acc:.4f}", f"bold {colours['text']}")))
    if facts.status in _BAD and is_long:
        parts += [Text.assemble((key, f"bold {colours['train']}"), (f" {does}", colours["dim"])) for key, does in _WAYS_OUT]
    best = _format_best(facts, colours, is_long)
    return Text(gap).join([*parts, best] if best else parts)


def _format_best(facts: RunFacts, colours: Tokens, is_long: bool) -> Text:
    if facts.best_acc is None or facts.best_epoch is None:
        return Text()
    where = f" epoch {facts.best_epoch:,}" if is_long else f" ({facts.best_epoch:,})"
    accuracy = (f"{facts.best_acc:.4f}", f"bold {colours['text']}")
    return Text.assemble(("★ ", colours["best"]), accuracy, (where, colours["dim"]))
