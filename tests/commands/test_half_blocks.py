"""Pictures of commands: which pixel stands where, in which colour, and which terminals get none."""

from __future__ import annotations

import io
import sys

import pytest
from rich.text import Text

from tui_trainer.commands.half_blocks import (
    ADDS,
    TAKES,
    UPPER_HALF,
    Picture,
    can_show_pictures,
    format_pictures,
    grey,
    resize,
    signed,
)


class Terminal(io.TextIOWrapper):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def become_terminal(monkeypatch: pytest.MonkeyPatch, encoding: str = "utf-8") -> None:
    """Make standard output a terminal with 256 colours; in the test itself, because pytest sets it anew before each."""
    monkeypatch.setattr(sys, "stdout", Terminal(io.BytesIO(), encoding=encoding))
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLORTERM", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def colours_of(line: Text) -> list[str]:
    return [str(span.style) for span in line.spans]


def draw(*pictures: Picture, columns: int = 80) -> list[Text]:
    return format_pictures(pictures, (3, 2), size=3, columns=columns, colour=grey, paper=9)


def test_two_rows_of_pixels_stand_in_one_line_and_an_odd_one_over_paper() -> None:
    caption, first, second, air = draw(Picture("a", [0, 255, 1, 2, 16, 32]))
    assert [line.plain for line in (caption, first, second, air)] == ["a ", UPPER_HALF * 2, UPPER_HALF * 2, ""]
    assert colours_of(first) == ["#000000 on #010101", "#ffffff on #020202"]
    assert colours_of(second) == ["#101010 on #090909", "#202020 on #090909"]


def test_as_many_stand_beside_each_other_as_fit() -> None:
    pictures = [Picture(f"#{number}", [0] * 6) for number in range(3)]
    assert [line.plain for line in draw(*pictures, columns=6)][::4] == ["#0  #1", "#2"]
    assert [line.plain for line in draw(*pictures, columns=5)][::4] == ["#0", "#1", "#2"]
    assert draw() == []


def test_a_long_caption_is_cut_and_its_control_codes_are_gone() -> None:
    assert draw(Picture("\x1b[31mlong", [0] * 6))[0].cell_len == 2
    assert "\x1b" not in draw(Picture("\x1b[31m", [0] * 6))[0].plain


def test_small_images_grow_and_large_ones_shrink_to_means() -> None:
    assert resize([1, 2], (1, 2), 4) == [[1, 1, 2, 2], [1, 1, 2, 2]]
    assert resize([0, 100, 200, 100], (2, 2), 1) == [[100]]
    assert resize([7, 8, 9, 7], (2, 2), 3) == [[7, 8], [9, 7]]


def test_no_weight_is_white_and_signs_have_colours_of_their_own() -> None:
    assert (signed(255), signed(0), signed(1), signed(128)) == (ADDS, TAKES, TAKES, (255, 255, 255))


def test_a_terminal_with_256_colours_shows_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    become_terminal(monkeypatch)
    assert can_show_pictures()


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("TERM", "linux-16color"), ("NO_COLOR", "1")])
def test_a_terminal_of_few_colours_does_not(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    become_terminal(monkeypatch)
    monkeypatch.setenv(name, value)
    assert not can_show_pictures()


def test_a_terminal_without_unicode_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    become_terminal(monkeypatch, encoding="ascii")
    assert not can_show_pictures()


def test_a_pipe_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    become_terminal(monkeypatch)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert not can_show_pictures()
