"""BelowKeys: the keys that choose what stands below a run's charts: its epochs, the trainer's log or the layers' health."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui_trainer.ui.key_bar import KeyBarTable
from tui_trainer.ui.run_keys import RunKeys


class Below(StrEnum):
    """What stands there."""

    EPOCHS = "epochs"
    LOG = "log"
    HEALTH = "health"


class BelowKeys(RunKeys):
    """A subclass draws `below` when it has changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("L", "show_below('log')", "Log", tooltip="The end of what the trainer printed; again: the epochs"),
        Binding("H", "show_below('health')", "Layers", tooltip="How far each layer's weights move, and its dead units"),
    ]
    KEY_BAR: ClassVar[KeyBarTable] = {**RunKeys.KEY_BAR, "show_below('log')": 8, "show_below('health')": 9}

    below = Below.EPOCHS

    def draw_below(self) -> None:
        """Draw what `below` says."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There must be a run; where the layers are shown beside the epochs anyway, they have no key."""
        if action == "show_below":
            return self.history is not None and not (parameters == (Below.HEALTH,) and self.has_class("-huge"))
        return super().check_action(action, parameters)

    def action_show_below(self, what: str) -> None:
        """That, or the epochs again."""
        self.below = Below.EPOCHS if self.below == what else Below(what)
        self.remove_class("-machine")
        self.draw_below()

    def action_swap_machine(self) -> None:
        """The machine takes the place of anything."""
        if self.below is not Below.EPOCHS:
            self.below = Below.EPOCHS
            self.draw_below()
        super().action_swap_machine()
