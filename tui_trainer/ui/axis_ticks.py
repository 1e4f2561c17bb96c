"""Ticks of the plots' axes: where they are and what they are called. Pure arithmetic on plain numbers."""

from __future__ import annotations

import math

from tui_trainer.ui.plot_marks import Axis

_COLUMNS_A_LABEL = 6
_ROWS_A_TICK = 2
_ROWS_A_DECADE = 1.5
_NICE = (1, 2, 5)
_ROUND_TIMES_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)


def epoch_axis(first: int, num_epochs: int, num_columns: int) -> Axis:
    """From epoch `first` (0 or 1) to the last, which alone carries the unit's name."""
    room = max(2, num_columns // _COLUMNS_A_LABEL)
    step = nice_step((num_epochs - first) / room)
    multiples = range(step, num_epochs, step) if step > 0 else range(0)
    positions = [first, *(position for position in multiples if position > first)]
    ticks = [(float(position), f"{position:,}") for position in positions]
    last = max(num_epochs, first + 1)
    return Axis(float(first), float(last), (*ticks, (float(last), f"epoch {last:,}")))


def nice_step(smallest: float) -> int:
    """The first of 1, 2, 5, 10, 20 ... that is not under `smallest`."""
    if smallest <= 1:
        return 1
    power = 10 ** math.floor(math.log10(smallest))
    return next(int(factor * power) for factor in (*_NICE, 10) if factor * power >= smallest)


def span_ticks(low: float, high: float, num_columns: int, unit: str) -> tuple[tuple[float, str], ...]:
    """Ticks of a part of an axis that counts `unit`s, at multiples of 1, 2 or 5 times a power of ten; the last one names it."""
    room = max(2, num_columns // (_COLUMNS_A_LABEL + 2))
    step = _nice_span((high - low) / room)
    decimals = max(0, -math.floor(math.log10(step)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    ticks = [(index * step, f"{index * step:,.{decimals}f}") for index in range(first, last + 1)]
    return (*ticks[:-1], (ticks[-1][0], f"{unit} {ticks[-1][1]}")) if ticks else ()


def _nice_span(smallest: float) -> float:
    power = 10.0 ** math.floor(math.log10(smallest))
    return next(factor * power for factor in (*_NICE, 10) if factor * power >= smallest * (1 - 1e-9))


def time_ticks(low: float, high: float, num_columns: int) -> tuple[tuple[float, str], ...]:
    """Ticks of an axis that counts seconds, at times that a clock has; the last one says what it is."""
    room = max(2, num_columns // (_COLUMNS_A_LABEL + 2))
    smallest = (high - low) / room
    step = next((step for step in _ROUND_TIMES_S if step >= smallest), math.ceil(smallest / 86_400) * 86_400.0)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    ticks = [(index * step, format_time(index * step, has_tenths=step < 1)) for index in range(first, last + 1)]
    return (*ticks[:-1], (ticks[-1][0], f"time {ticks[-1][1]}")) if ticks else ()


def format_time(seconds: float, *, has_tenths: bool = False) -> str:
    """0:07, 12:30, 1:02:03; with tenths 0:07.5."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    end = f"{rest / 10:04.1f}" if has_tenths else f"{rest // 10:02d}"
    return f"{hours}:{minutes:02d}:{end}" if hours else f"{minutes}:{end}"


def log_axis(low: float, high: float, num_rows: int) -> Axis:
    """log10 of values from `low` to `high` (> 0) with ticks 3, 1, 0.3, 0.1 ..., or decades where rows are few."""
    minimum, maximum = math.log10(low), math.log10(high)
    margin = max(0.05 * (maximum - minimum), 0.02)
    minimum, maximum = minimum - margin, maximum + margin
    for mantissas, every in (((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3)):
        ticks = _log_ticks(minimum, maximum, mantissas, every)
        if len(ticks) * (_ROWS_A_TICK if len(mantissas) > 1 else _ROWS_A_DECADE) <= num_rows:
            break
    return Axis(minimum, maximum, tuple(ticks))


def _log_ticks(minimum: float, maximum: float, mantissas: tuple[int, ...], every: int) -> list[tuple[float, str]]:
    values = [
        mantissa * 10.0**decade
        for decade in range(math.floor(minimum), math.ceil(maximum) + 1)
        if decade % every == 0
        for mantissa in mantissas
    ]
    return [(math.log10(value), format_tick(value)) for value in values if minimum < math.log10(value) < maximum]


def share_axis(low: float, num_rows: int) -> Axis:
    """Shares from a useful lower limit, the hundredth under `low`, to 1."""
    minimum = min(0.98, math.floor(round(low * 100, 6)) / 100)
    for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5):
        first, last = math.ceil(minimum / step - 1e-9), round(1 / step)
        positions = [index * step for index in range(first, last + 1)]
        if len(positions) * _ROWS_A_TICK <= num_rows:
            break
    margin = 0.05 * (1 - minimum)
    return Axis(minimum - margin, 1 + margin / 2, tuple((position, f"{position:.2f}") for position in positions))


def value_axis(low: float, high: float, num_rows: int) -> Axis:
    """Values from `low` to `high` with ticks at multiples of 1, 2 or 5 times a power of ten."""
    span = max(high - low, abs(high) * 1e-3, 1e-9)
    room = max(2, num_rows // _ROWS_A_TICK)
    power = 10.0 ** math.floor(math.log10(span / room))
    step = next(factor * power for factor in (1, 2, 5, 10, 20) if span / (factor * power) <= room)
    ticks = [index * step for index in range(math.ceil(low / step), math.floor(high / step) + 1)]
    margin = 0.05 * span
    return Axis(low - margin, high + margin, tuple((value, format_tick(value)) for value in ticks))


def rate_axis(highest: float) -> Axis:
    """Learning rates from 0 to `highest`, with a tick at the half."""
    top = highest if highest > 0 else 1.0
    return Axis(0.0, top * 1.05, ((0.0, "0"), (top / 2, format_tick(top / 2)), (top, format_tick(top))))


def format_tick(value: float) -> str:
    """At most six characters: 0.003, 12, 1e-5, 0.025."""
    for digits in (3, 2, 1):
        text = f"{value:.{digits}g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
        if len(text) <= 6:
            return text
    return text[:6]
