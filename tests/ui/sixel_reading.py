"""What a terminal would draw for a sixel sequence: strict, so that one that is not well formed is an error."""

from __future__ import annotations

import re

_SEQUENCE = re.compile(r'\x1bP[0-9;]*q"1;1;(\d+);(\d+)([#-~$!-]*)\x1b\\', re.DOTALL)
_PARTS = re.compile(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|([$])|(-)")
Colour = tuple[int, int, int]


def read_sixels(sequence: str) -> list[list[Colour | None]]:
    """Rows of colours in per cent of red, green and blue, None where nothing is drawn; of the size that the sequence names."""
    whole = _SEQUENCE.fullmatch(sequence)
    assert whole, sequence[:80]
    width, height, body = int(whole[1]), int(whole[2]), whole[3]
    dots: list[list[Colour | None]] = [[None] * width for _ in range(height)]
    registers: dict[int, Colour] = {}
    colour, x, top, end = -1, 0, 0, 0
    for part in _PARTS.finditer(body):
        assert part.start() == end, body[end : end + 40]
        end = part.end()
        if part[1]:
            # The number of a register both defines and chooses it.
            colour = int(part[1])
            registers[colour] = int(part[2]), int(part[3]), int(part[4])
        elif part[5]:
            colour = int(part[5])
        elif part[9]:
            x = 0
        elif part[10]:
            x, top = 0, top + 6
        else:
            bits, times = ord(part[7] or part[8]) - ord("?"), int(part[6] or 1)
            assert x + times <= width, "beyond the right edge"
            for bit in range(6):
                if bits >> bit & 1:
                    dots[top + bit][x : x + times] = [registers[colour]] * times
            x += times
    assert end == len(body)
    return dots
