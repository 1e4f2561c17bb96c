"""CurveReading: what the curves say at one step, in one line: step, epoch, time, raw and smoothed loss, rate, norm, changes."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass

from rich.text import Text

from tui_trainer.runs.live_keys import AppliedChange
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.step_bins import StepBin, bin_steps
from tui_trainer.ui.axis_ticks import format_time
from tui_trainer.ui.theme import Tokens

LONG_COLUMNS = 100
NUM_VITAL = 5
"""Step, raw, smoothed, epoch and time."""
_TENTHS_BELOW_S = 60


@dataclass(frozen=True, slots=True)
class CurveReading:
    """The figures at `step`; None where there is none."""

    step: int
    epoch: float
    seconds: float
    raw: float | None
    smoothed: float | None
    column: StepBin | None
    """Of the steps that share the cursor's column; None where the step is alone there."""
    lr: float | None = None
    grad_norm: float | None = None
    change: AppliedChange | None = None
    """The last one that was made within the column."""


def read_curves(history: RunHistory, step: int, smoothed: float, steps_a_column: int) -> CurveReading:
    """What is known of `step` (from 1) where a column holds so many steps, and the cursor is on the last of its own."""
    first = max(1, step - steps_a_column + 1)
    raw = history.losses[step - 1] if 0 < step <= len(history.losses) else math.nan
    column = bin_steps(history.losses, 1, first, step) if steps_a_column > 1 else []
    clock_at = bisect.bisect_left(history.clock.steps, step)
    norm_at = bisect.bisect_right(history.grad_norm_steps, step) - 1
    changes = [change for change in history.changes if first <= change.step <= step]
    return CurveReading(
        step=step,
        epoch=step / (history.steps_per_epoch or 1),
        seconds=history.clock.seconds_at(step),
        raw=_finite(raw),
        smoothed=_finite(smoothed),
        column=column[0] if column else None,
        lr=_finite(history.clock.lrs[clock_at]) if clock_at < len(history.clock.lrs) else None,
        grad_norm=_finite(history.grad_norms[norm_at]) if norm_at >= 0 else None,
        change=changes[-1] if changes else None,
    )


def format_reading(reading: CurveReading, width: int, colours: Tokens) -> Text:
    """As much of it as `width` columns have room for: the extremes go first, then what stands farthest to the right."""
    gap = "   " if width >= LONG_COLUMNS else "  "
    parts = _parts(reading, colours, has_range=True, is_long=width >= LONG_COLUMNS)
    if sum(part.cell_len + len(gap) for part in parts[:NUM_VITAL]) - len(gap) > width:
        parts = _parts(reading, colours, has_range=False, is_long=False)
    row = Text(no_wrap=True, overflow="crop")
    for part in parts:
        if row.cell_len + len(gap) + part.cell_len <= width:
            row.append(gap if row.plain else "")
            row.append_text(part)
    return row


def _parts(reading: CurveReading, colours: Tokens, *, has_range: bool, is_long: bool) -> list[Text]:
    """The first NUM_VITAL are always known."""
    value, dim = colours["text"], colours["dim"]
    time = format_time(reading.seconds, has_tenths=reading.seconds < _TENTHS_BELOW_S)
    parts = [
        Text.assemble(("step ", dim), (f"{reading.step:,}", value)),
        Text.assemble(("raw ", dim), (_number(reading.raw), value), (_range(reading) if has_range else "", dim)),
        Text.assemble(("smooth ", dim), (_number(reading.smoothed), colours["train"])),
        Text.assemble(("epoch ", dim), (f"{reading.epoch:.2f}", value)),
        Text.assemble(("time " if is_long else "", dim), (time, value)),
    ]
    if reading.change is not None:
        change = reading.change
        words = safe_text(f"{change.key.rpartition('.')[2]} {_set_to(change.old)} → {_set_to(change.new)}", 40)
        parts.append(Text.assemble(("• ", colours["alt"]), (words, value)))
    if reading.lr is not None:
        parts.append(Text.assemble(("lr ", dim), (f"{reading.lr:.4g}", value)))
    if reading.grad_norm is not None:
        parts.append(Text.assemble(("norm ", dim), (f"{reading.grad_norm:.4g}", value)))
    return parts


def _range(reading: CurveReading) -> str:
    """The extremes of the cursor's column, in which a spike of one step stands."""
    column = reading.column
    if column is None or column.lowest is None or column.highest is None or column.lowest == column.highest:
        return ""
    return f" ({_number(column.lowest)}–{_number(column.highest)})"


def _number(value: float | None) -> str:
    if value is None:
        return "no number"
    return f"{value:.4f}" if 1e-3 <= abs(value) < 1e4 or value == 0 else f"{value:.3g}"


def _set_to(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else "off" if value is None else str(value)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
