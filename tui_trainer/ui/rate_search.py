"""RateSearch: what the engine's learning-rate finder answered, read once; facts for a dialog and its plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.safe_text import safe_text

_STOPPED = {
    "end": "every rate was tried",
    "diverged": "stopped where the loss was 4 times the best",
    "not finite": "stopped where the loss was no number any more",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A learning rate that a rule proposes."""

    name: str
    lr: float
    help: str


@dataclass(frozen=True, slots=True)
class RateSearch:
    """The smoothed loss at each rate that was tried, ascending, and what follows from it."""

    points: tuple[tuple[float, float], ...]
    suggestions: tuple[Suggestion, ...]
    first_choice: int
    """Place of the suggestion to take."""
    words: str
    """How it ended, or why there is no suggestion."""


def read_rate_search(answer: Any) -> RateSearch:
    """From the answer of `lr_find`; ValueError, KeyError or TypeError where it is none."""
    suggestions = tuple(
        Suggestion(safe_text(entry["name"], 20), float(entry["lr"]), safe_text(entry.get("help") or "", 120))
        for entry in answer["suggestions"]
    )
    suggested = answer.get("suggested")
    names = [suggestion.name for suggestion in suggestions]
    first = names.index(answer["suggested_by"]) if answer.get("suggested_by") in names else 0
    if suggested is not None and (not suggestions or suggestions[first].lr != float(suggested)):
        suggestions = (Suggestion("suggested", float(suggested), ""), *suggestions)
        first = 0
    ending = _STOPPED.get(answer.get("stopped", ""), "")
    words = safe_text(answer.get("note") or ending, 160)
    points = tuple((float(lr), float(loss)) for lr, loss in answer["points"] if lr > 0)
    return RateSearch(points, suggestions, first, words)
