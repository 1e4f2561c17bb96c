"""ChartLayout: which of a run's charts are shown: two, all four, or one large. Plain data that keys change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

CHARTS = ("loss", "accuracy", "rate", "norm")
"""In the order in which they stand and are gone through."""


class Shape(StrEnum):
    """How many charts are shown."""

    PAIR = "pair"
    GRID = "grid"
    ONE = "one"


@dataclass(frozen=True, slots=True)
class ChartLayout:
    """A pair is the loss beside one of the others, over the run's figures; a grid or one chart takes all the room."""

    shape: Shape = Shape.PAIR
    second: str = "accuracy"
    """Beside the loss in a pair."""
    large: str = "loss"
    """The one that is shown alone."""

    @property
    def shown(self) -> tuple[str, ...]:
        """Names of CHARTS."""
        match self.shape:
            case Shape.PAIR:
                return "loss", self.second
            case Shape.GRID:
                return CHARTS
        return (self.large,)

    def with_next_shape(self) -> ChartLayout:
        """Pair, grid, one, pair."""
        shapes = list(Shape)
        return replace(self, shape=shapes[(shapes.index(self.shape) + 1) % len(shapes)])

    def with_next_chart(self) -> ChartLayout:
        """Another chart in the place that can have several; a grid shows all anyway."""
        match self.shape:
            case Shape.PAIR:
                return replace(self, second=_next(CHARTS[1:], self.second))
            case Shape.ONE:
                return replace(self, large=_next(CHARTS, self.large))
        return self


def _next(names: tuple[str, ...], name: str) -> str:
    return names[(names.index(name) + 1) % len(names)]
