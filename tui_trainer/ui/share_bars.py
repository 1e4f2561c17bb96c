"""Bars of shares between 0 and 1, in eighths of a column, as a gallery and a drawing show probabilities. Pure functions."""

from __future__ import annotations

EIGHTHS = " ▏▎▍▌▋▊▉█"


def format_share_bar(share: float, width: int) -> str:
    """A bar of `share` of `width` columns, padded to `width`; something above a hundredth is always seen."""
    share = min(1.0, max(0.0, share))
    eighths = round(share * width * 8)
    if eighths == 0 and share >= 0.005:
        eighths = 1
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (EIGHTHS[rest] if rest else "")).ljust(width)[:width]
