"""ScreenText: what stands on a terminal after what was sent to it; as much of a terminal as Textual's output needs.

Knows where the cursor is put and what is written; colours, modes and queries change no text. Every glyph takes the cells that
rich counts for it.
"""

from __future__ import annotations

import codecs
import re

from rich.cells import cell_len

_PARTS = re.compile(
    r"\x1b\[([\d;]*)H|\x1b\[[<>=?]?[\d;]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|([^\x1b])", re.DOTALL
)
_UNFINISHED = re.compile(r"\x1b[^A-Za-z~]*$")


class ScreenText:
    """Rows of text, of a fixed size."""

    def __init__(self, columns: int, rows: int) -> None:
        self._cells = [[" "] * columns for _ in range(rows)]
        self._row = self._column = 0
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self._rest = ""

    def write(self, data: bytes) -> None:
        """Take in the next bytes; a sequence that is cut in two is kept until its end comes."""
        text = self._rest + self._decode(data)
        unfinished = _UNFINISHED.search(text)
        end = unfinished.start() if unfinished else len(text)
        text, self._rest = text[:end], text[end:]
        for match in _PARTS.finditer(text):
            if match[1] is not None:
                row, _, column = match[1].partition(";")
                self._row, self._column = int(row or 1) - 1, int(column or 1) - 1
            elif match[2] is not None:
                self._put(match[2])

    def clear(self) -> None:
        """Forget what stands there, as before a picture of the whole screen."""
        for row in self._cells:
            row[:] = " " * len(row)

    def _put(self, character: str) -> None:
        if character == "\n":
            self._row, self._column = self._row + 1, 0
        elif character == "\r":
            self._column = 0
        elif character.isprintable():
            row = self._cells[min(self._row, len(self._cells) - 1)]
            if self._column < len(row):
                row[self._column] = character
            self._column += cell_len(character)

    @property
    def lines(self) -> list[str]:
        """The rows."""
        return ["".join(row) for row in self._cells]
