"""A Textual SVG screenshot made to look as a terminal does in every viewer.

Viewers that ignore `textLength` collapse blanks and take braille and block glyphs from wider fonts, so plots seem to spill and
columns to shift. Here blanks are kept, and each braille, block or box glyph becomes a shape in its own cell, as terminals draw
them themselves.
"""

from __future__ import annotations

import html
import re

CELL_WIDTH, ROW_HEIGHT, ASCENT = 12.2, 24.4, 18.5
_TEXT = re.compile(
    r'<text class="([^"]+-r\d+)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+" (clip-path="[^"]+")>([^<]*)</text>'
)
_COLOUR = re.compile(r"\.(terminal-[\w-]+-r\d+) \{ fill: (#[0-9a-fA-F]{6})")
_BRAILLE_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))


def redraw(svg: str) -> str:
    """`svg` with every text element of more than ASCII taken apart into cells."""
    colours = dict(_COLOUR.findall(svg))

    def element(match: re.Match[str]) -> str:
        name, x, y, clip = match[1], float(match[2]), float(match[3]), match[4]
        text = html.unescape(match[5]).replace("\xa0", " ")
        if text.isascii():
            return match[0].replace("<text ", '<text xml:space="preserve" ', 1)
        fill = colours.get(name, "#ffffff")
        cells = (
            _cell(glyph, x + column * CELL_WIDTH, y, fill) or _letter(glyph, name, x + column * CELL_WIDTH, match[3], clip)
            for column, glyph in enumerate(text)
            if glyph != " "
        )
        return "".join(cells)

    return _TEXT.sub(element, svg)


def _letter(glyph: str, name: str, x: float, y: str, clip: str) -> str:
    return f'<text class="{name}" x="{x:.1f}" y="{y}" {clip}>{html.escape(glyph)}</text>'


def _cell(glyph: str, x: float, baseline: float, fill: str) -> str | None:
    """The shape of a glyph that terminals draw themselves; None for letters."""
    y, code = baseline - ASCENT, ord(glyph)
    if 0x2800 <= code <= 0x28FF:
        return _braille(code - 0x2800, x, y, fill)
    if path := _line_path(glyph, x, y):
        return f'<path d="{path}" stroke="{fill}" stroke-width="1.6" fill="none"/>'
    if area := _block_area(glyph):
        left, top, right, bottom = area
        return (
            f'<rect x="{x + left * CELL_WIDTH:.2f}" y="{y + top * ROW_HEIGHT:.2f}" width="{(right - left) * CELL_WIDTH:.2f}" '
            f'height="{(bottom - top) * ROW_HEIGHT:.2f}" fill="{fill}" shape-rendering="crispEdges"/>'
        )
    return None


def _braille(bits: int, x: float, y: float, fill: str) -> str:
    """Up to eight dots, as one path."""
    dots = (
        (x + CELL_WIDTH * (0.25 + 0.5 * column) - 2, y + ROW_HEIGHT * (0.125 + 0.25 * row))
        for index, (column, row) in enumerate(_BRAILLE_DOTS)
        if bits >> index & 1
    )
    path = "".join(f"M{left:.1f} {middle:.1f}a2 2 0 1 0 4 0a2 2 0 1 0-4 0" for left, middle in dots)
    return f'<path d="{path}" fill="{fill}"/>'


def _line_path(glyph: str, x: float, y: float) -> str | None:
    width, height = CELL_WIDTH, ROW_HEIGHT
    middle_x, middle_y = x + width / 2, y + height / 2
    across, down = f"M{x:.1f} {middle_y:.1f}h{width}", f"M{middle_x:.1f} {y:.1f}v{height}"
    return {
        "─": across,
        "│": down,
        "┈": f"M{x + 2:.1f} {middle_y:.1f}h2m4 0h2",
        "╭": f"M{middle_x:.1f} {y + height:.1f}v{-height / 2 + 6:.1f}q0-6 6-6H{x + width:.1f}",
        "╮": f"M{middle_x:.1f} {y + height:.1f}v{-height / 2 + 6:.1f}q0-6-6-6H{x:.1f}",
        "╰": f"M{middle_x:.1f} {y:.1f}v{height / 2 - 6:.1f}q0 6 6 6H{x + width:.1f}",
        "╯": f"M{middle_x:.1f} {y:.1f}v{height / 2 - 6:.1f}q0 6-6 6H{x:.1f}",
        "┤": f"{down}M{x:.1f} {middle_y:.1f}H{middle_x:.1f}",
        "┬": f"{across}M{middle_x:.1f} {middle_y:.1f}v{height / 2:.1f}",
        "└": f"M{middle_x:.1f} {y:.1f}V{middle_y:.1f}H{x + width:.1f}",
    }.get(glyph)


def _block_area(glyph: str) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom of a block glyph as shares of its cell."""
    code = ord(glyph)
    if 0x2581 <= code <= 0x2588:
        return 0, 1 - (code - 0x2580) / 8, 1, 1
    if 0x2589 <= code <= 0x258F:
        return 0, 0, (0x2590 - code) / 8, 1
    return {
        "▀": (0, 0, 1, 0.5),
        "▐": (0.5, 0, 1, 1),
        "━": (0, 0.44, 1, 0.56),
        "╸": (0, 0.44, 0.5, 0.56),
        "╺": (0.5, 0.44, 1, 0.56),
    }.get(glyph)
