"""`--ascii`: no screen sends a glyph outside ASCII, and nothing on it moves."""

from __future__ import annotations

import os
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from tests.runs_factory import write_run
from tests.ui.app_on_pty import AppOnPty
from tests.ui.app_pilot import SMALL, WIDE, opened_app
from tests.ui.checkpoints_app import evaluated, opened
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.labels import update_labels
from tui_trainer.runs.ui_settings import UiSettings
from tui_trainer.ui.gallery_pane import GalleryPane
from tui_trainer.ui.train_screen import TrainScreen

ASCII = UiSettings(is_ascii=True)


def assert_is_ascii(pilot: Pilot[Any]) -> str:
    """Each cell of the screen; the whole text."""
    lines = screen_lines(pilot)
    for line in lines:
        assert all(" " <= character <= "~" for character in line), line
        assert len(line) == pilot.app.size.width, line
    return "\n".join(lines)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x40", "80x24"])
async def test_configure_train_help_and_palette_are_drawn_in_ascii(size: tuple[int, int]) -> None:
    writer = write_run(epochs_done=3, steps_per_epoch=50, status="done")
    update_labels(writer.directory.path, name="größer 日本 ★")
    async with opened_app(size=size, ui=ASCII) as pilot:
        assert "+-" in assert_is_ascii(pilot)
        for keys in (["question_mark"], ["escape", "p"], ["escape", "ctrl+p"], ["escape", "v"]):
            await pilot.press(*keys)
            await pilot.pause()
            assert_is_ascii(pilot)
        await pilot.press("escape", "2")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, TrainScreen) and pilot.app.screen.history is not None)
        await wait_for(pilot, lambda: "test" in "\n".join(screen_lines(pilot)))
        text = assert_is_ascii(pilot)
        assert "book-3f2a" in text
        for key in ("g", "g", "L", "H", "left", "w"):
            await pilot.press(key)
            await pilot.pause()
            assert_is_ascii(pilot)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x40", "80x24"])
async def test_checkpoints_with_matrix_and_gallery_are_drawn_in_ascii(size: tuple[int, int]) -> None:
    write_run(epochs_done=2, status="done")
    async with opened(FakeEngine(), size=size, ui=ASCII) as pilot:
        assert_is_ascii(pilot)
        await pilot.press("enter")
        await evaluated(pilot)
        assert_is_ascii(pilot)
        await pilot.press("g")
        gallery = pilot.app.screen.query_one(GalleryPane)
        await wait_for(pilot, lambda: gallery.has_class("-pictures") and gallery.has_focus)
        assert "4 read as 9" in assert_is_ascii(pilot)
        for key in ("b", "p", "m", "d"):
            await pilot.press(key)
            await pilot.pause()
            assert_is_ascii(pilot)


async def test_ascii_moves_nothing() -> None:
    write_run(epochs_done=3, steps_per_epoch=50, status="done")
    shown = []
    for ui in (UiSettings(is_ascii=False), ASCII):
        async with opened(size=WIDE, ui=ui) as pilot:
            shown.append(screen_lines(pilot))
    for usual, ascii_line in zip(*shown, strict=True):
        assert cell_len(usual) == len(ascii_line)
        column = 0
        for character in usual:
            if character.isascii():
                assert ascii_line[column] == character
            column += cell_len(character)


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--ascii"], {}),
        (["--ascii"], {"NO_COLOR": "1"}),
        ([], {"LC_ALL": "C", "PYTHONUTF8": "0"}),
    ],
    ids=["ascii", "ascii without colours", "a locale without UTF-8"],
)
def test_no_byte_outside_ascii_reaches_the_terminal(arguments: list[str], environment: dict[str, str]) -> None:
    run = write_run(epochs_done=3, steps_per_epoch=50, status="done").directory
    assert os.environ.get("NO_COLOR") is None
    with AppOnPty(["open", run.run, *arguments], environment) as app:
        app.read_until(b"test 0.")
        app.press(b"g")
        app.read(0.5)
        app.press(b"3")
        app.read(1.0)
        app.read(0.5)
        code = app.end()
        app.read(0.2)
        assert code == 143, app.seen[-3000:].decode(errors="replace")
        assert app.seen.isascii()
        assert b"\\u" not in app.seen, "a glyph as its number is no glyph"
