"""How a loss is written: four decimals, so that columns of them align; one that has blown up with its power of ten."""

from __future__ import annotations

BLOWN_UP = 1e4
"""From here on decimals say nothing."""


def format_loss(loss: float) -> str:
    """0.0121, 12.3400 or 1.50e+30: at most ten characters for what a float32 can hold."""
    return f"{loss:.4f}" if abs(loss) < BLOWN_UP else f"{loss:.2e}"
