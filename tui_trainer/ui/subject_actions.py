"""SubjectActions: the keys that open a screen of its own about one network, or about two that were marked.

The subject is the one under the cursor while the list has the keys, else the one that is evaluated. Screens are imported when
they are first opened.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_trainer.ui.subject import Subject


class SubjectActions(Screen[object]):
    """A mix-in: the subclass says what is chosen and what is marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "draw", "Draw", tooltip="Draw a digit and watch what this network makes of it"),
        Binding("W", "show_weights", "Weights", tooltip="The weights of the first layer as pictures"),
        Binding("x", "compare", "Compare", tooltip="Compare the two marked ones; of one marked, with the one under the cursor"),
    ]

    @property
    def chosen_subject(self) -> Subject | None:
        """What the keys are about; None where there is nothing."""
        raise NotImplementedError

    @property
    def compared_subjects(self) -> tuple[Subject, Subject] | None:
        """The two to compare; None where there are no two."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what there is a subject for."""
        if action in ("draw", "show_weights"):
            return self.chosen_subject is not None and not self.chosen_subject.obstacle
        if action == "compare":
            return self.compared_subjects is not None
        return super().check_action(action, parameters)

    def action_draw(self) -> None:
        """Open the canvas."""
        from tui_trainer.ui.draw_screen import DrawScreen

        if self.chosen_subject is not None:
            self.app.push_screen(DrawScreen(self.chosen_subject))

    def action_show_weights(self) -> None:
        """Open the pictures of the first layer."""
        from tui_trainer.ui.weights_screen import WeightsScreen

        if self.chosen_subject is not None:
            self.app.push_screen(WeightsScreen(self.chosen_subject))

    def action_compare(self) -> None:
        """Open the comparison."""
        from tui_trainer.ui.compare_screen import CompareScreen

        if self.compared_subjects is not None:
            self.app.push_screen(CompareScreen(self.compared_subjects))
