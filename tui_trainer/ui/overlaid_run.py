"""OverlaidRun: one of the runs whose curves lie over each other, with the letter, colour and marker that tell it apart.

Colour never stands alone: a letter ends each curve and a marker lies along it. Plain data.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui_trainer.runs.run_comparison import ComparedRun
from tui_trainer.runs.run_history import RunHistory

LETTERS = "ABCDEF"
TOKENS = ("train", "test", "alt", "ok", "text", "dim")
MARKERS = ("●", "▲", "■", "◆", "▼", "○")
MAX_RUNS = len(LETTERS)


@dataclass(frozen=True, slots=True)
class OverlaidRun:
    """`place`: 0 for the first one."""

    place: int
    key: str
    """The run's folder, which no other run has."""
    compared: ComparedRun
    is_pinned: bool = False
    """Whether it is drawn over the others, and bold."""

    @property
    def history(self) -> RunHistory:
        """What was read of it."""
        return self.compared.history

    @property
    def letter(self) -> str:
        """What it is called beside its curve."""
        return LETTERS[self.place]

    @property
    def token(self) -> str:
        """Its colour."""
        return TOKENS[self.place]

    @property
    def marker(self) -> str:
        """What lies along its curve."""
        return MARKERS[self.place]
