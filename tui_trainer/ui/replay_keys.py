"""ReplayKeys: the keys that show a run that has ended again as it happened, and how fast."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui_trainer.ui.curve_keys import CurveKeys
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.run_replayer import RunReplayer


class ReplayKeys(CurveKeys):
    """A subclass plays the run, and says what plays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("P", "play", "Replay", tooltip="Show the run again as it happened, a long one faster"),
        Binding("P", "end_play", "End replay", tooltip="Show the whole run"),
        Binding("greater_than_sign", "change_speed(2)", "Faster", tooltip="Twice as fast"),
        Binding("less_than_sign", "change_speed(0.5)", "Slower", tooltip="Half as fast"),
    ]
    KEY_BAR: ClassVar[KeyBarTable] = {
        **CurveKeys.KEY_BAR,
        "end_play": 0,
        "change_speed(2)": KeyHint(1, "Speed", "< >"),
        "play": 9,
    }

    @property
    def replayer(self) -> RunReplayer | None:
        """What plays the run; None where it is shown as it is."""
        raise NotImplementedError

    def play_again(self) -> None:
        """Play the run from its start."""
        raise NotImplementedError

    def show_whole(self) -> None:
        """Show the run as it is."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what has ended is played."""
        match action:
            case "play":
                has_ended = self.status is not None and not self.status.is_live
                return has_ended and self.replayer is None and self.history is not None and bool(self.history.losses)
            case "end_play" | "change_speed":
                return self.replayer is not None
        return super().check_action(action, parameters)

    def action_play(self) -> None:
        """From the start."""
        self.play_again()

    def action_end_play(self) -> None:
        """Its end."""
        self.show_whole()

    def action_change_speed(self, factor: float) -> None:
        """Faster or slower from here on."""
        if self.replayer is not None:
            self.replayer.change_speed(factor)
            self.draw_status()

    def draw_status(self) -> None:
        """Draw the status line, which says how fast it plays."""
        raise NotImplementedError
