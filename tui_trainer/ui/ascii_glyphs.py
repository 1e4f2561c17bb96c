"""ASCII in the place of every glyph outside it, cell by cell, so that nothing on a screen moves. Pure functions of text.

Marks stand in a table; box drawing, braille and accented letters are turned by a rule, and what is none of these becomes `?`
for each of its cells.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len

GLYPHS = {
    "★": "*",
    "●": "o",
    "○": "-",
    "■": "#",
    "◆": "&",
    "◇": "-",
    "•": "+",
    "✓": "V",
    "×": "x",
    "·": ".",
    "…": "~",
    "–": "-",
    "—": "-",
    "‖": "|",
    "±": "~",
    "÷": "/",
    "√": "V",
    "←": "<",
    "→": ">",
    "↑": "^",
    "↓": "v",
    "▲": "^",
    "▼": "v",
    "▾": "v",
    "▸": ">",
    "▶": ">",
    "◀": "<",
    "┈": ".",
    "▔": "-",
    "▕": "|",
    "░": ".",
    "▒": ":",
    "▓": "#",
    "🔎": "/ ",
} | dict(zip("▁▂▃▄▅▆▇█▉▊▋▌▍▎▏▐▀", '_.-=+*%####|||||"', strict=True))
"""What each mark, arrow and block becomes; as many characters as it has cells."""
UNKNOWN = "?"
_BRAILLE = 0x2800
_LEFT_DOTS, _RIGHT_DOTS = (0, 1, 2, 6), (3, 4, 5, 7)
"""Bits of the dots of either column, from above."""
MANY_DOTS = 6
"""From so many of its eight on a braille cell is a blot."""


def to_ascii(text: str) -> str:
    """`text` in printable ASCII, in exactly as many cells."""
    if text.isascii() and text.isprintable():
        return text
    width = cell_len(text)
    # Letters that join into one glyph take fewer cells together than one by one.
    return "".join(map(_character, text))[:width].ljust(width)


@lru_cache(maxsize=4096)
def _character(character: str) -> str:
    if " " <= character <= "~":
        return character
    if character in GLYPHS:
        return GLYPHS[character]
    code = ord(character)
    if _BRAILLE <= code < _BRAILLE + 256:
        return _braille(code - _BRAILLE)
    name = unicodedata.name(character, "")
    if name.startswith("BOX DRAWINGS"):
        return _box(name)
    width = cell_len(character)
    base, *marks = list(unicodedata.normalize("NFKD", character))
    if width == 1 and " " <= base <= "~" and all(unicodedata.combining(mark) for mark in marks):
        return base
    return UNKNOWN * width


def _box(name: str) -> str:
    """`-` along, `|` down, `+` where lines meet or turn; `=` for a heavy or double line along."""
    is_along = any(word in name for word in ("HORIZONTAL", "LEFT", "RIGHT"))
    is_down = any(word in name for word in ("VERTICAL", "UP", "DOWN"))
    if "DIAGONAL" in name:
        return "/" if "UPPER RIGHT TO LOWER LEFT" in name else "\\"
    if is_along and is_down:
        return "+"
    if is_down:
        return "|"
    return "=" if "HEAVY" in name or "DOUBLE" in name else "-"


def _braille(pattern: int) -> str:
    """The stroke that eight dots look like: its height by `' - .`, its slope by `/` and backslash."""
    left, right = ([row for row, bit in enumerate(bits) if pattern >> bit & 1] for bits in (_LEFT_DOTS, _RIGHT_DOTS))
    rows = left + right
    if not rows:
        return " "
    if len(rows) >= MANY_DOTS:
        return "#"
    if left and right:
        fall = sum(right) / len(right) - sum(left) / len(left)
        if abs(fall) >= 1:
            return "\\" if fall > 0 else "/"
    if max(len(left), len(right)) > 2:
        return "|"
    is_wide, height = bool(left and right), sum(rows) / len(rows)
    if height < 1:
        return '"' if is_wide else "'"
    if height > 2:
        return "_" if is_wide else "."
    return "=" if len(rows) > 3 else "-"
