"""AsciiFilter: turns every drawn line into ASCII on its way to the terminal, whatever widget drew it.

Half blocks show two pixels by their two colours, which no letter can: each becomes a character as dense as the two are unlike
the paper around them, in the colour of the one that is more so.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from tui_trainer.ui.ascii_glyphs import to_ascii

HALF_BLOCK = "▀"
RAMP = " .:-=+*#%@"
"""From paper to ink."""


class AsciiFilter(LineFilter):
    """Segments in, segments of the same cells out."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """`segments` without a glyph outside ASCII; `background` is the paper of their widget."""
        drawn = []
        for text, style, control in segments:
            if HALF_BLOCK in text and style is not None:
                glyph, style = _pixel_pair(style, background)
                text = text.replace(HALF_BLOCK, glyph)
            drawn.append(Segment(text if text.isascii() else to_ascii(text), style, control))
        return drawn


@lru_cache(maxsize=4096)
def _pixel_pair(style: Style, background: Color) -> tuple[str, Style]:
    """The character and the style in the place of a half block of `style`."""
    upper, lower = (_ink(colour, background) for colour in (style.color, style.bgcolor))
    share = min(1.0, (upper + lower) / 2)
    ink = style.color if upper >= lower else style.bgcolor
    return RAMP[round(share * (len(RAMP) - 1))], Style(color=ink, bgcolor=background.rich_color)


def _ink(colour: RichColor | None, background: Color) -> float:
    """How unlike the paper a colour is, from 0 to 1: the largest difference of a channel."""
    if colour is None or colour.is_default:
        return 0.0
    shown = Color.from_rich_color(colour)
    return max(abs(one - other) for one, other in zip(shown.rgb, background.rgb, strict=True)) / 255
