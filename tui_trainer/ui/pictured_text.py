"""PicturedText: text with pictures of half blocks in it, over which a terminal that has graphics gets the same as graphics.

The text is there at once. Its pictures are made in a thread and follow, so that no key waits for them; where the app has no
PictureLayer none are made at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static

from tui_trainer.runs.ui_settings import Images
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.encoded_picture import EncodedPicture, PictureBox, encode, read_cell_size


class PicturedText(Static):
    """Shows what it was given last."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.pictures: Sequence[EncodedPicture] = ()
        """What lies over the text; the layer reads it."""
        self._boxes: Sequence[PictureBox] = ()

    def on_mount(self) -> None:
        """Be known to the layer, if there is one."""
        layer = getattr(self.app, "picture_layer", None)
        self._kind: Images | None = layer.kind if layer is not None else None
        if layer is not None:
            layer.add(self)

    @property
    def has_graphics(self) -> bool:
        """Whether boxes are of any use."""
        return self._kind is not None

    def show(self, text: Text, boxes: Sequence[PictureBox] = ()) -> None:
        """Draw `text` now, and the pictures of `boxes` over it as soon as they are made."""
        self._boxes, self.pictures = boxes, ()
        self.update(text)
        if boxes and self._kind is not None:
            self.run_worker(self._make_pictures(boxes, self._kind), group="pictures", exclusive=True)

    async def _make_pictures(self, boxes: Sequence[PictureBox], kind: Images) -> None:
        cell = read_cell_size()
        pictures = await run_in_daemon(lambda: [encode(box, kind, cell) for box in boxes], "mlp-tui pictures")
        if boxes is self._boxes:
            self.pictures = pictures
            self.refresh()
