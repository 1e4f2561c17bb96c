"""ASCII in the place of other glyphs: same cells, and still readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tui_trainer.ui.ascii_filter import RAMP, AsciiFilter
from tui_trainer.ui.ascii_glyphs import GLYPHS, to_ascii


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("★ ● → · × ━ █", "* o > . x = #"),
        ("╭─ loss ─╮", "+- loss -+"),
        ("│", "|"),
        ("← ↑ ↓ →", "< ^ v >"),
        ("⠉⠒⠤⣀", '"--_'),
        ("⣀⡠⠔⠊⠉", '_///"'),
        ("⡇⣿⠿", "|##"),
        ("naïve Übung", "naive Ubung"),
        ("µ日本", "?????"),
        ("\u200bx", "x"),
    ],
)
def test_a_glyph_becomes_what_looks_like_it(text: str, expected: str) -> None:
    assert to_ascii(text) == expected


def test_every_entry_of_the_table_keeps_its_cells() -> None:
    for glyph, replacement in GLYPHS.items():
        assert len(replacement) == cell_len(glyph) and replacement.isascii() and replacement.isprintable(), glyph


@given(st.text())
def test_any_text_becomes_printable_ascii_of_the_same_width(text: str) -> None:
    result = to_ascii(text)
    assert all(" " <= character <= "~" for character in result)
    assert len(result) == cell_len(text)


@pytest.mark.parametrize(("paper", "ink"), [("#1b1e22", "#dadde2"), ("#f1efea", "#1d2329")], ids=["dark", "light"])
def test_half_blocks_are_as_dense_as_their_ink_on_either_paper(paper: str, ink: str) -> None:
    background = Color.parse(paper)
    pairs = [Style(color=paper, bgcolor=paper), Style(color=ink, bgcolor=paper), Style(color=ink, bgcolor=ink)]
    drawn = AsciiFilter().apply([Segment("▀▀", style) for style in pairs], background)
    empty, half, full = (segment.text for segment in drawn)
    assert empty == "  "
    assert 0 < RAMP.index(half[0]) < RAMP.index(full[0])
    assert drawn[1].style is not None and drawn[1].style.color == pairs[1].color
