"""Edits of a list of whole numbers by key: the units of hidden layers, or the milestones of a schedule. Pure functions.

Each takes the list and the place of the chosen entry and answers with the new list and the place that is chosen in it.
"""

from __future__ import annotations

from collections.abc import Sequence

MIN_UNITS = 8
FIRST_UNITS = 16
Edited = tuple[list[int], int]


def whole_numbers(value: object) -> list[int]:
    """The entries that are whole numbers; none where `value` is no list."""
    entries = value if isinstance(value, (list, tuple)) else []
    return [entry for entry in entries if isinstance(entry, int) and not isinstance(entry, bool)]


def add_layer(units: Sequence[int], place: int) -> Edited:
    """A layer of half the chosen one's units after it, of at least MIN_UNITS; the first one has FIRST_UNITS."""
    new = max(MIN_UNITS, units[place] // 2) if units else FIRST_UNITS
    return _insert(units, place + 1 if units else 0, new)


def duplicate(units: Sequence[int], place: int) -> Edited:
    """The chosen entry once more, after it."""
    return _insert(units, place + 1, units[place]) if units else ([], 0)


def remove(units: Sequence[int], place: int) -> Edited:
    """Without the chosen entry; the one before it is chosen then."""
    return [*units[:place], *units[place + 1 :]], max(0, place - 1)


def resize(units: Sequence[int], place: int, direction: int) -> Edited:
    """The chosen entry at the next power of two up (+1) or down (-1), never under 1."""
    if not units:
        return [], 0
    chosen = max(1, units[place])
    up = 1 << chosen.bit_length()
    down = 1 << max(0, (chosen - 1).bit_length() - 1)
    return [*units[:place], up if direction > 0 else down, *units[place + 1 :]], place


def add_milestone(epochs: Sequence[int], place: int) -> Edited:
    """An epoch after the last, as far from it as the one before it was."""
    if not epochs:
        return [10], 0
    gap = epochs[-1] - epochs[-2] if len(epochs) > 1 else epochs[-1]
    return _insert(epochs, len(epochs), epochs[-1] + max(1, gap))


def _insert(entries: Sequence[int], place: int, entry: int) -> Edited:
    return [*entries[:place], entry, *entries[place:]], place
