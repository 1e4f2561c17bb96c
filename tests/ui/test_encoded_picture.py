"""Pixels as graphics: of the exact size of their cells, the same pixels again when they are read, and nothing else in them."""

from __future__ import annotations

import base64
import fcntl
import io
import os
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from PIL import Image

from tests.ui.sixel_reading import read_sixels
from tui_trainer.runs.ui_settings import Images
from tui_trainer.ui.encoded_picture import DEFAULT_CELL, PictureBox, encode, read_cell_size

STRIPES = (bytes([0, 255, 0]), bytes([255, 0, 255]), bytes([0, 0, 128]))


def box(pixels: tuple[bytes, ...] = STRIPES, columns: int = 6, rows: int = 3) -> PictureBox:
    return PictureBox(0, 0, columns, rows, pixels, "#102030", "#f0e0d0")


def test_a_sixel_has_all_dots_of_its_cells_and_the_pixels_as_squares() -> None:
    dots = read_sixels(encode(box(), Images.SIXEL, (8, 16)).data)
    assert (len(dots[0]), len(dots)) == (48, 48)
    paper, ink = (6, 13, 19), (94, 88, 82)
    for y, row in enumerate(STRIPES):
        for x, value in enumerate(row):
            square = {dot for line in dots[16 * y : 16 * (y + 1)] for dot in line[16 * x : 16 * (x + 1)]}
            assert len(square) == 1
            (colour,) = square
            if value in (0, 255):
                assert colour == (ink if value else paper)
            else:
                assert colour is not None and paper[0] < colour[0] < ink[0]


@pytest.mark.parametrize(
    ("cell", "size"), [((8, 16), (48, 48)), ((10, 20), (60, 60)), ((9, 21), (54, 63)), ((7, 15), (42, 45))]
)
def test_no_dot_of_the_cells_is_left_out_whatever_their_size(cell: tuple[int, int], size: tuple[int, int]) -> None:
    dots = read_sixels(encode(box(), Images.SIXEL, cell).data)
    assert (len(dots[0]), len(dots)) == size
    assert all(dot is not None for line in dots for dot in line)


def test_all_pixels_are_of_one_size_though_the_cells_are_no_multiple_of_them() -> None:
    dots = read_sixels(encode(box((bytes([255, 0, 255, 255]),) * 4), Images.SIXEL, (9, 18)).data)
    gap = [x for x in range(1, 53) if dots[27][x] == (6, 13, 19)]
    # 54 dots for 4 pixels: 13 each and one of paper at either side.
    assert (dots[27][0], gap, dots[27][53]) == ((6, 13, 19), list(range(14, 27)), (6, 13, 19))


def test_for_kitty_the_same_picture_is_a_png_in_base64() -> None:
    data = encode(box(), Images.KITTY, (8, 16)).data
    assert re.fullmatch(r"[A-Za-z0-9+/]+=*", data)
    image = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
    assert (image.format, image.size) == ("PNG", (48, 48))
    colours = image.convert("RGB")
    assert [colours.getpixel((x, 8)) for x in (8, 24, 40)] == [(16, 32, 48), (240, 224, 208), (16, 32, 48)]


def test_an_image_larger_than_its_cells_is_shrunk_and_keeps_its_shape() -> None:
    dots = read_sixels(encode(box((bytes([255] * 400),) * 100), Images.SIXEL, (8, 16)).data)
    inked = [y for y, line in enumerate(dots) if line[24] == (94, 88, 82)]
    assert (len(dots[0]), len(dots), inked) == (48, 48, list(range(18, 30)))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal in the place of standard error."""
    outer, inner = os.openpty()
    monkeypatch.setattr(sys, "__stderr__", SimpleNamespace(fileno=lambda: inner))
    yield inner
    os.close(inner)
    os.close(outer)


@pytest.mark.parametrize(
    ("size", "cell"),
    [
        ((40, 120, 1080, 840), (9, 21)),
        ((40, 120, 0, 0), DEFAULT_CELL),
        ((0, 0, 1080, 840), DEFAULT_CELL),
        ((1, 1, 60000, 60000), DEFAULT_CELL),
        ((40, 120, 100, 20), DEFAULT_CELL),
    ],
)
def test_the_size_of_a_cell_is_what_the_system_says_or_the_vt340s(
    terminal: int, size: tuple[int, int, int, int], cell: tuple[int, int]
) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size))
    assert read_cell_size() == cell


def test_without_a_terminal_a_cell_is_the_vt340s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stderr__", None)
    assert read_cell_size() == DEFAULT_CELL


@pytest.mark.process
def test_encoding_asks_the_terminal_nothing_and_imports_nothing_that_does() -> None:
    """textual_image.renderable and .widget write queries to standard output and read keys when they are imported."""
    outer, inner = os.openpty()
    program = (
        "import sys; from tests.ui.test_encoded_picture import box; from tui_trainer.runs.ui_settings import Images;"
        "from tui_trainer.ui.encoded_picture import encode, read_cell_size;"
        "[encode(box(), kind, read_cell_size()) for kind in (Images.SIXEL, Images.KITTY)];"
        "assert 'textual_image._sixel' in sys.modules;"
        "assert not {'textual_image.renderable', 'textual_image.widget', 'textual_image._terminal'} & set(sys.modules);"
        "print('done')"
    )
    try:
        ended = subprocess.run([sys.executable, "-c", program], stdin=inner, stdout=inner, stderr=inner, timeout=60)
        seen = os.read(outer, 4096)
    finally:
        os.close(inner)
        os.close(outer)
    assert (ended.returncode, seen) == (0, b"done\r\n")
