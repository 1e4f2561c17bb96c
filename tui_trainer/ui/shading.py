"""Shades of a confusion matrix's cells: which colour a cell has, and which text can be read on it.

Two scales: the diagonal by recall between 0.9 and 1, and the mistakes by their share of the row over the largest such share.
One scale for both would show nothing on a good model, whose diagonal holds 97 % of each row.
"""

from __future__ import annotations

from textual.color import Color

from tui_trainer.ui.theme import Tokens

HEAT_LIMITS = (0.15, 0.35, 0.55, 0.8, 1.0)
"""Upper limits of the five steps, as shares of the largest share."""
LOW_RECALL = 0.9


def diagonal_shade(recall: float, tokens: Tokens) -> str:
    """Hex colour of a class's own cell: nothing at a recall of 0.9, full at 1."""
    share = min(1.0, max(0.0, (recall - LOW_RECALL) / (1 - LOW_RECALL)))
    return mix(tokens["bg"], tokens["right"], share)


def heat_shade(relative: float, tokens: Tokens) -> str:
    """Hex colour of a mistake whose share of the row is `relative` (0 to 1) times the largest."""
    step = next((index for index, limit in enumerate(HEAT_LIMITS, start=1) if relative <= limit), len(HEAT_LIMITS))
    return tokens[f"heat-{step}"]


def readable_on(background: str, tokens: Tokens) -> str:
    """Of bg and text the colour with the higher contrast on `background`."""
    return max((tokens["text"], tokens["bg"]), key=lambda colour: contrast(colour, background))


def mix(low: str, high: str, share: float) -> str:
    """The hex colour `share` of the way from `low` to `high`."""
    return Color.parse(low).blend(Color.parse(high), share).hex


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hex colours, 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    linear = [_linear(channel) for channel in Color.parse(colour).normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
