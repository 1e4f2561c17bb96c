"""Numbers, ages and names as a narrow column shows them. Pure functions; bytes are `format_bytes` of `runs.memory_budget`."""

from __future__ import annotations

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def format_share(share: float | None, decimals: int = 4) -> str:
    """An accuracy or another share; a dash where there is none."""
    return "–" if share is None else f"{share:.{decimals}f}"


def format_age(seconds: float) -> str:
    """now, 2 m, 1 h, 3 d: whole units; a time in the future, as after a step of the clock, is now."""
    if seconds < _MINUTE_S:
        return "now"
    if seconds < _HOUR_S:
        return f"{int(seconds // _MINUTE_S)} m"
    if seconds < _DAY_S:
        return f"{int(seconds // _HOUR_S)} h"
    return f"{int(seconds // _DAY_S)} d"


def shorten_middle(text: str, width: int, tail: int = 5) -> str:
    """`text` in at most `width` characters; what is lost is lost before the last `tail`, where a run's name differs."""
    if len(text) <= width:
        return text
    if width <= tail + 1:
        return text[: max(0, width - 1)] + "…" * (width > 0)
    return f"{text[: width - tail - 1]}…{text[-tail:]}"


def sparkline(values: Sequence[float], width: int, low: float, high: float) -> str:
    """`values` as at most `width` bars between `low` and `high`; of more, some spread evenly, first and last among them."""
    if not values or width <= 0:
        return ""
    num_bars = min(width, len(values))
    sampled = [values[index * (len(values) - 1) // max(1, num_bars - 1)] for index in range(num_bars - 1)] + [values[-1]]
    span = high - low
    levels = [(value - low) / span if span > 0 else 1.0 for value in sampled]
    return "".join(BARS[round(min(1.0, max(0.0, level)) * (len(BARS) - 1))] for level in levels)
