"""CurveKeys: the keys of a screen that change how a run's curves are looked at; nothing is asked of anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui_trainer.ui.below_keys import Below, BelowKeys
from tui_trainer.ui.chart_layout import ChartLayout, Shape
from tui_trainer.ui.charts import num_planned
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint

_FAR = 10
"""Columns that shift and an arrow move the cursor by."""


class CurveKeys(BelowKeys):
    """A subclass draws `curve_view` and `chart_layout` when they have changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "next_shape", "Charts", tooltip="Two charts over the figures, all four, or one large"),
        Binding("n", "next_chart", "Next chart", tooltip="Another chart: accuracy, learning rate, gradient norm"),
        Binding("left", "read(-1)", "Read", tooltip="Read the curves a column to the left; esc ends it"),
        Binding("right", "read(1)", "Read on", tooltip="Read them a column to the right"),
        Binding("shift+left", f"read(-{_FAR})", "Far left", tooltip="Read them ten columns to the left"),
        Binding("shift+right", f"read({_FAR})", "Far right", tooltip="Read them ten columns to the right"),
        Binding("escape", "stop_reading", "End reading", tooltip="Take the cursor off the curves"),
        Binding("z", "zoom(1)", "Zoom", tooltip="Half as many steps, around the cursor or the newest step"),
        Binding("Z", "zoom(-1)", "Zoom out", tooltip="Twice as many steps, up to the whole run"),
        Binding("left_square_bracket", "pan(-1)", "Earlier", tooltip="Move a zoom half of itself to the left"),
        Binding("right_square_bracket", "pan(1)", "Later", tooltip="Move it to the right"),
        Binding("w", "other_window", "Window", tooltip="The newest part of the run, or all of it"),
        Binding("l", "swap_log", "Log", tooltip="Loss and gradient norm on a logarithmic axis, or on a linear one"),
        Binding("a", "next_unit", "Axis", tooltip="The x axis in epochs, steps or time"),
        Binding("plus,equals_sign", "smooth(1)", "Smoother", tooltip="Smooth the curves more"),
        Binding("minus", "smooth(-1)", "Less smooth", tooltip="Smooth them less"),
        Binding("0", "smooth(0)", "Raw", tooltip="Do not smooth them; again: as usual"),
    ]
    KEY_BAR: ClassVar[KeyBarTable] = {
        **BelowKeys.KEY_BAR,
        "stop_reading": KeyHint(4, key="esc"),
        "next_shape": 7,
        "read(-1)": KeyHint(8, key="← →"),
        "zoom(1)": 9,
        "other_window": 10,
        "swap_log": 10,
        "next_unit": 10,
        "next_chart": 10,
    }

    curve_view = CurveView()
    """How the curves are looked at."""
    chart_layout = ChartLayout()
    """Which of them are shown."""

    @property
    def num_chart_columns(self) -> int:
        """Columns of a chart that is shown."""
        raise NotImplementedError

    def draw_curves(self) -> None:
        """Draw `curve_view` and `chart_layout`."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Curves are needed for most, a cursor or a zoom for some."""
        match action:
            case "read" | "zoom" | "smooth" | "swap_log" | "next_unit" | "other_window" | "next_shape":
                return self._has_steps
            case "next_chart":
                return self._has_steps and self.chart_layout.with_next_chart() != self.chart_layout
            case "pan":
                return self._has_steps and (self.curve_view.window is not None or self.curve_view.is_recent)
            case "stop_reading":
                return self.curve_view.cursor is not None
        return super().check_action(action, parameters)

    @property
    def _has_steps(self) -> bool:
        return self.history is not None and bool(self.history.losses)

    @property
    def _extent(self) -> tuple[int, int]:
        """Planned steps and steps done."""
        history = self.history
        return (num_planned(history), history.step) if history is not None else (1, 0)

    @property
    def steps_a_column(self) -> int:
        """Steps that the cursor moves by: those of one column of the charts."""
        start, end = self.curve_view.shown(*self._extent)
        return max(1, -(-(end - start) // max(1, self.num_chart_columns)))

    def look(self, view: CurveView) -> None:
        """Look at the curves in another way."""
        if view != self.curve_view:
            self.curve_view = view
            self.draw_curves()

    def action_read(self, num_columns: int) -> None:
        """Move the cursor; the first time it comes on at the newest step in sight."""
        view, extent = self.curve_view, self._extent
        if view.cursor is None:
            step = min(extent[1], view.shown(*extent)[1])
        else:
            step = view.cursor + num_columns * self.steps_a_column
        self.look(view.read_at(step, *extent))

    def action_stop_reading(self) -> None:
        """No cursor."""
        self.look(self.curve_view.without_cursor())

    def action_zoom(self, direction: int) -> None:
        """Nearer or farther."""
        self.look(self.curve_view.zoomed(direction, *self._extent))

    def action_pan(self, direction: int) -> None:
        """Earlier or later."""
        self.look(self.curve_view.panned(direction, *self._extent))

    def action_other_window(self) -> None:
        """The whole run or its newest part."""
        self.look(self.curve_view.with_other_window())

    def action_swap_log(self) -> None:
        """The other y axis."""
        self.look(replace(self.curve_view, is_log=not self.curve_view.is_log))

    def action_next_unit(self) -> None:
        """The next x axis."""
        self.look(self.curve_view.with_next_unit())

    def action_smooth(self, direction: int) -> None:
        """More, less, or (0) none."""
        view = self.curve_view
        self.look(view.smoother(direction) if direction else view.without_smoothing())

    def action_show_below(self, what: str) -> None:
        """Beside a pair of charts alone there is room."""
        if self.chart_layout.shape is not Shape.PAIR:
            self.chart_layout, self.below = replace(self.chart_layout, shape=Shape.PAIR), Below.EPOCHS
            self.draw_curves()
        super().action_show_below(what)

    def action_next_shape(self) -> None:
        """Pair, grid or one."""
        self.chart_layout = self.chart_layout.with_next_shape()
        self.draw_curves()

    def action_next_chart(self) -> None:
        """Another chart beside the loss, or another large one."""
        self.chart_layout = self.chart_layout.with_next_chart()
        self.draw_curves()
