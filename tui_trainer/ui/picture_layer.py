"""PictureLayer: the graphics that lie over the text of the screen, and the sequences that put them there and take them away.

After each picture of the text the app asks what has to follow it. The half blocks below stay as they are: they show wherever a
picture cannot be, as under a notice. Sixels are gone where text is written, and are sent again with it; what kitty was sent
lies above all text until it is deleted. Kitty is told to answer nothing, because answers would be read as keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import randrange
from typing import Any
from weakref import WeakSet

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.errors import NoWidget
from textual.geometry import Region, Size
from textual.screen import Screen

from tui_trainer.runs.ui_settings import Images
from tui_trainer.ui.encoded_picture import EncodedPicture
from tui_trainer.ui.pictured_text import PicturedText

KITTY_CHUNK = 4096
"""Characters of base64 that one command of kitty's protocol takes at most."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A picture where it lies on the screen, in cells."""

    region: Region
    picture: EncodedPicture


class PictureLayer:
    """What lies on one terminal."""

    def __init__(self, kind: Images) -> None:
        self.kind = kind
        """Sixel or kitty."""
        self._sources: WeakSet[PicturedText] = WeakSet()
        self._lying: dict[_Placed, int] = {}
        """With the number that kitty knows each by."""
        self._size = Size(0, 0)
        # Other programs on this terminal count too, most of them from 1.
        self._numbers = count(randrange(1 << 16, 1 << 31))

    def add(self, source: PicturedText) -> None:
        """Draw what `source` has from now on, wherever it is seen."""
        self._sources.add(source)

    def follow(self, screen: Screen[Any], update: object) -> str:
        """What is to be sent after `update` of the text of `screen`, the uppermost one."""
        wanted = list(self._wanted(screen))
        if screen.size != self._size:
            # A terminal moves text and pictures each in its own way when its size changes.
            self._size = screen.size
            gone = self.take_away()
        else:
            gone = "".join(self._delete(placed) for placed in list(self._lying) if placed not in wanted)
        is_erased = self.kind is Images.SIXEL
        due = [placed for placed in wanted if placed not in self._lying or (is_erased and _touches(update, placed.region))]
        return gone + "".join(self._put(placed) for placed in due)

    def take_away(self) -> str:
        """What is to be sent before the screen is left to others; nothing lies there any more."""
        return "".join(self._delete(placed) for placed in list(self._lying))

    def _wanted(self, screen: Screen[Any]) -> Iterator[_Placed]:
        for source in self._sources:
            try:
                found = screen.find_widget(source)
            except NoWidget:
                continue
            content = found.region.shrink(source.styles.gutter)
            seen = found.visible_region.intersection(content)
            for picture in source.pictures:
                box = picture.box
                region = Region(box.x, box.y, box.columns, box.rows).translate(content.offset)
                if seen.contains_region(region) and self._has_room(region, screen) and not _is_covered(source, region, screen):
                    yield _Placed(region, picture)

    def _has_room(self, region: Region, screen: Screen[Any]) -> bool:
        """A sixel that ends on the last line can move the whole screen up."""
        return self.kind is not Images.SIXEL or region.bottom < screen.size.height

    def _put(self, placed: _Placed) -> str:
        region, data = placed.region, placed.picture.data
        number = self._lying.setdefault(placed, next(self._numbers))
        if self.kind is Images.KITTY:
            data = _kitty_commands(f"a=T,f=100,i={number},c={region.width},r={region.height},C=1", data)
        return f"\x1b7\x1b[{region.y + 1};{region.x + 1}H{data}\x1b8"

    def _delete(self, placed: _Placed) -> str:
        number = self._lying.pop(placed)
        # The capital lets kitty forget the pixels too.
        return _kitty_commands(f"a=d,d=I,i={number}") if self.kind is Images.KITTY else ""


def _kitty_commands(control: str, data: str = "") -> str:
    """https://sw.kovidgoyal.net/kitty/graphics-protocol: control data in the first command, the payload in pieces."""
    pieces = [data[start : start + KITTY_CHUNK] for start in range(0, len(data), KITTY_CHUNK)] or [""]
    commands = []
    for place, piece in enumerate(pieces):
        keys = f"{control},q=2" if place == 0 else "q=2"
        more = f",m={int(place < len(pieces) - 1)}" if data else ""
        commands.append(f"\x1b_G{keys}{more};{piece}\x1b\\" if data else f"\x1b_G{keys}\x1b\\")
    return "".join(commands)


def _touches(update: object, region: Region) -> bool:
    """Whether an update writes into the region; one of an unknown kind does."""
    if isinstance(update, LayoutUpdate):
        return bool(update.region.intersection(region).area)
    if isinstance(update, ChopsUpdate):
        return any(region.y <= y < region.bottom and x1 < region.right and region.x < x2 for y, x1, x2 in update.spans)
    return True


def _is_covered(source: PicturedText, region: Region, screen: Screen[Any]) -> bool:
    """Whether another widget lies over a part of it."""
    for line in screen._compositor.layers_visible[region.y : region.bottom]:
        for widget, shown, _ in line:
            if widget is source:
                break
            if shown.intersection(region).area:
                return True
    return False
