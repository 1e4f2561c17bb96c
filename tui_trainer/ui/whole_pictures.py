"""WholePictures: a screen that sends all that a key or an event has changed as one update, and at once.

In Textual 8.2 each widget tells by itself that it wants to be repainted, in a turn of its own, while the screen's timer takes
what was told so far: a zoom was sent in two halves, the second one after the trainer had its turn on the processor. Rests on
`Screen._on_timer_update`, `_dirty_widgets` and `Widget._repaint_required`; a test looks into the updates.
"""

from __future__ import annotations

from typing import Any

from textual.screen import Screen


class WholePictures(Screen[Any]):
    """The base of all framed screens."""

    def draw_due(self) -> None:
        """For subclasses that queue drawing: do it now, an update is about to be made."""

    def _on_timer_update(self) -> None:
        self._update_timer.pause()
        if self.message_queue_size:
            # What was told and not read yet.
            self.call_later(self._update_now)
        else:
            self._update_now()

    def _update_now(self) -> None:
        self.draw_due()
        for widget in self._compositor.visible_widgets:
            if widget._repaint_required:
                widget._repaint_required = False
                self._dirty_widgets.add(widget)
        super()._on_timer_update()
