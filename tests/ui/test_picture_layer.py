"""Graphics on a real terminal: which bytes reach it with sixel, with kitty and with neither, and what takes pictures away."""

from __future__ import annotations

import base64
import fcntl
import io
import re
import struct
import termios
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from PIL import Image
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region, Size
from textual.pilot import Pilot
from textual.screen import Screen

from tests.conftest import REPOSITORY
from tests.runs_factory import write_run
from tests.ui.app_on_pty import AppOnPty
from tests.ui.checkpoints_app import opened
from tests.ui.fake_engine import FakeEngine, examples_answer
from tests.ui.pilot_waiting import screen_lines, wait_for
from tests.ui.sixel_reading import read_sixels
from tui_trainer.runs.ui_settings import Images, UiSettings
from tui_trainer.ui.picture_layer import PictureLayer, _kitty_commands
from tui_trainer.ui.pictured_text import PicturedText

CELL = (9, 18)
TILES = 3
"""Of 20 by 10 cells, in the gallery of a terminal of 120 by 40."""
RIGHT = b"\x1b[C"
SIXEL = re.compile(rb"\x1b7\x1b\[(\d+);(\d+)H(\x1bP[^\x1b]*\x1b\\)\x1b8")
KITTY = re.compile(rb"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")


@contextmanager
def gallery(*arguments: str) -> Iterator[AppOnPty]:
    """The program with the gallery's first page on the screen, its pictures perhaps still to come."""
    write_run(epochs_done=1, status="done")
    with AppOnPty(arguments, {"PYTHONPATH": str(REPOSITORY)}, module="tests.ui.gallery_program") as app:
        fcntl.ioctl(app.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 120 * CELL[0], 40 * CELL[1]))
        app.read_until(b"Evaluate")
        app.press(b"\r")
        app.read_until(b"read as")
        app.press(b"g")
        yield app


def sixels(data: bytes) -> list[tuple[int, int, str]]:
    """(row, column, sequence) of each, from 1."""
    return [(int(row), int(column), sequence.decode("ascii")) for row, column, sequence in SIXEL.findall(data)]


def kitty_commands(data: bytes) -> list[dict[str, str]]:
    """The keys of each command, the payload as `data`."""
    commands = []
    for keys, payload in KITTY.findall(data):
        command = dict(key.split("=", 1) for key in keys.decode("ascii").split(","))
        commands.append({**command, "data": payload.decode("ascii")})
    return commands


def placed(commands: list[dict[str, str]]) -> set[str]:
    """Numbers of the pictures that lie on the screen after `commands`."""
    lying: set[str] = set()
    for command in commands:
        if command.get("a") == "T":
            lying.add(command["i"])
        elif command.get("a") == "d":
            lying.remove(command["i"])
    return lying


def after(app: AppOnPty, key: bytes, count: int, pattern: re.Pattern[bytes]) -> bytes:
    """What came after `key`, once it has `count` sequences and no more follow."""
    start = len(app.seen)
    app.press(key)
    for _ in range(60):
        if not app.read(0.5) and len(pattern.findall(app.seen[start:])) >= count:
            return app.seen[start:]
    raise AssertionError(f"{len(pattern.findall(app.seen[start:]))} pictures, not {count}")


@pytest.mark.process
def test_sixels_fill_the_cells_of_their_tiles_and_others_take_their_place() -> None:
    with gallery("sixel") as app:
        after(app, b"", TILES, SIXEL)
        first = sixels(app.seen)[-TILES:]
        assert [column - first[0][1] for _, column, _ in first] == [0, 21, 42]
        assert len({row for row, _, _ in first}) == 1
        for _, _, sequence in first:
            dots = read_sixels(sequence)
            assert (len(dots[0]), len(dots)) == (20 * CELL[0], 10 * CELL[1])
            assert len({dot for line in dots for dot in line}) > 2

        second = sixels(after(app, RIGHT, TILES, SIXEL))[-TILES:]
        assert [place[:2] for place in second] == [place[:2] for place in first]
        assert not {sequence for _, _, sequence in second} & {sequence for _, _, sequence in first}
        assert b"\x1b_G" not in app.seen


@pytest.mark.process
def test_sixels_come_back_when_the_screen_was_another_programs() -> None:
    with gallery("sixel") as app:
        after(app, b"", TILES, SIXEL)
        first = sixels(app.seen)[-TILES:]
        assert sixels(after(app, b"Z", TILES, SIXEL).partition(b"ASIDE")[2])[-TILES:] == first


@pytest.mark.process
def test_no_sixel_is_drawn_over_a_notice_and_all_are_there_again_after_it() -> None:
    with gallery("sixel") as app:
        after(app, b"", TILES, SIXEL)
        first = sixels(app.seen)[-TILES:]
        assert b"a long word" in (noticed := after(app, b"N", 0, SIXEL))
        assert sixels(noticed) == []
        assert sixels(after(app, b"N", TILES, SIXEL))[-TILES:] == first


@pytest.mark.process
def test_kitty_gets_pngs_for_the_cells_and_is_told_to_answer_nothing() -> None:
    with gallery("kitty") as app:
        after(app, b"", TILES, KITTY)
        commands = kitty_commands(app.seen)
        shown = [command for command in commands if command.get("a") == "T"][-TILES:]
        for command in shown:
            assert {key: command[key] for key in ("f", "c", "r", "C", "q")} == {
                "f": "100",
                "c": "20",
                "r": "10",
                "C": "1",
                "q": "2",
            }
            if command["m"] == "0":
                image = Image.open(io.BytesIO(base64.b64decode(command["data"], validate=True)))
                assert (image.format, image.size) == ("PNG", (20 * CELL[0], 10 * CELL[1]))
        assert all(command["q"] == "2" and len(command["data"]) <= 4096 for command in commands)
        assert b"\x1bP" not in app.seen


@pytest.mark.process
def test_kitty_forgets_the_pictures_of_another_page_and_of_what_is_covered() -> None:
    with gallery("kitty") as app:
        after(app, b"", TILES, KITTY)
        first = placed(kitty_commands(app.seen))
        assert len(first) == TILES
        after(app, RIGHT, 2 * TILES, KITTY)
        second = placed(kitty_commands(app.seen))
        assert len(second) == TILES and not first & second
        after(app, b"N", TILES, KITTY)
        assert placed(kitty_commands(app.seen)) == set()
        after(app, b"N", TILES, KITTY)
        assert len(placed(kitty_commands(app.seen))) == TILES
        assert all(command["d"] == "I" for command in kitty_commands(app.seen) if command.get("a") == "d"), "the pixels too"


@pytest.mark.process
def test_kitty_has_no_picture_while_the_screen_is_another_programs() -> None:
    with gallery("kitty") as app:
        after(app, b"", TILES, KITTY)
        before, word, back = after(app, b"Z", 2 * TILES, KITTY).partition(b"ASIDE")
        assert word and [command["a"] for command in kitty_commands(before)] == ["d"] * TILES
        assert before.rfind(b"\x1b_Ga=d") < before.find(b"\x1b[?1049l"), "while the screen is still its own"
        assert len(placed(kitty_commands(back))) == TILES


@pytest.mark.process
def test_kitty_keeps_nothing_of_an_app_that_is_left() -> None:
    with gallery("kitty") as app:
        after(app, b"", TILES, KITTY)
        assert len(placed(kitty_commands(app.seen))) == TILES
        app.press(b"q")
        app.read_until(b"\x1b[?1049l")
        assert placed(kitty_commands(app.seen.partition(b"\x1b[?1049l")[0])) == set()
        assert app.process.wait(10) == 0


@pytest.mark.process
@pytest.mark.parametrize("arguments", [("blocks",), ("sixel", "ascii"), ("kitty", "ascii")], ids=" ".join)
def test_with_blocks_and_with_ascii_no_graphics_are_sent(arguments: tuple[str, ...]) -> None:
    with gallery(*arguments) as app:
        after(app, RIGHT, 0, SIXEL)
        assert not any(start in app.seen for start in (b"\x1bP", b"\x1b_", b"\x1b7")), "nor is the cursor put aside for any"


@asynccontextmanager
async def shown(kind: Images) -> AsyncIterator[tuple[Pilot[Any], PictureLayer, Screen[Any]]]:
    """The gallery under a pilot with its pictures made, the layer asked for nothing yet."""
    write_run(epochs_done=1, status="done")
    async with opened(ui=UiSettings(images=kind)) as pilot:
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(pilot.app.screen.query_one("#gallery-picture", PicturedText).pictures) == TILES)
        layer = pilot.app.picture_layer  # type: ignore[attr-defined]
        assert isinstance(layer, PictureLayer)
        yield pilot, layer, pilot.app.screen


def whole(screen: Screen[Any]) -> LayoutUpdate:
    return LayoutUpdate([], screen.region)


def cells(*spans: tuple[int, int, int]) -> ChopsUpdate:
    return ChopsUpdate([], list(spans), [])


async def test_only_sixels_whose_cells_were_written_are_sent_again() -> None:
    async with shown(Images.SIXEL) as (_, layer, screen):
        first = sixels(layer.follow(screen, whole(screen)).encode())
        assert len(first) == TILES
        row, column, _ = first[1]
        y, x = row - 1, column - 1
        assert layer.follow(screen, cells()) == ""
        assert layer.follow(screen, cells((y - 1, 0, 120), (y + 10, 0, 120))) == "", "above and below"
        assert sixels(layer.follow(screen, cells((y, x, x + 1))).encode()) == [first[1]]
        assert sixels(layer.follow(screen, cells((y + 9, x + 19, x + 22))).encode()) == first[1:]
        assert sixels(layer.follow(screen, whole(screen)).encode()) == first


async def test_kitty_is_sent_a_picture_once_and_after_a_new_size_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(Images.KITTY) as (_, layer, screen):
        assert len(placed(kitty_commands(layer.follow(screen, whole(screen)).encode()))) == TILES
        assert layer.follow(screen, whole(screen)) == ""
        # All lies where it lay.
        monkeypatch.setattr(type(screen), "size", Size(121, 40))
        commands = kitty_commands(layer.follow(screen, whole(screen)).encode())
        assert [command["a"] for command in commands] == ["d"] * TILES + ["T"] * TILES


@pytest.mark.parametrize("kind", [Images.SIXEL, Images.KITTY])
async def test_another_screen_has_none_of_the_gallerys_pictures(kind: Images) -> None:
    async with shown(kind) as (pilot, layer, screen):
        assert layer.follow(screen, whole(screen))
        await pilot.app.push_screen(Screen())
        taken = layer.follow(pilot.app.screen, whole(pilot.app.screen)).encode()
        assert [command["a"] for command in kitty_commands(taken)] == (["d"] * TILES if kind is Images.KITTY else [])
        assert sixels(taken) == []
        assert layer.take_away() == ""


async def test_no_sixel_ends_on_the_last_line_which_would_move_the_screen_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shown(Images.SIXEL) as (_, layer, screen):
        row = sixels(layer.follow(screen, whole(screen)).encode())[0][0]
        monkeypatch.setattr(type(screen), "size", Size(120, row + 9))
        assert layer.follow(screen, LayoutUpdate([], Region(0, 0, 120, 40))) == ""
        monkeypatch.setattr(type(screen), "size", Size(120, row + 10))
        assert len(sixels(layer.follow(screen, whole(screen)).encode())) == TILES


async def test_a_long_payload_comes_in_pieces_that_make_the_whole() -> None:
    data = "abcd" * 3000
    commands = kitty_commands(_kitty_commands("a=T,i=7", data).encode())
    assert [(command["m"], len(command["data"])) for command in commands] == [("1", 4096), ("1", 4096), ("0", 3808)]
    assert "".join(command["data"] for command in commands) == data
    assert [set(command) - {"m", "data"} for command in commands] == [{"a", "i", "q"}, {"q"}, {"q"}]
    assert all(command["q"] == "2" for command in commands)


async def test_names_in_the_data_get_into_no_sequence() -> None:
    engine = FakeEngine()
    evil = "\x1b\\\x1b]0;owned\x07"

    def answer(params: dict[str, Any]) -> dict[str, Any]:
        return {**examples_answer(params), "class_names": [evil] * 10, "columns": [evil]}

    engine.answers["examples"] = answer
    write_run(epochs_done=1, status="done")
    for kind, allowed in (
        (Images.SIXEL, r"\x1bP[0-9;]*q[0-9;\"?-~#!$-]*\x1b\\"),
        (Images.KITTY, r"(\x1b_G[a-zA-Z0-9=,]*;[\w+/=]*\x1b\\)+"),
    ):
        async with opened(engine, ui=UiSettings(images=kind)) as pilot:
            await pilot.press("enter")
            screen = pilot.app.screen
            await wait_for(pilot, lambda screen=screen: bool(screen.query_one("#gallery-picture", PicturedText).pictures))
            sent = pilot.app.picture_layer.follow(screen, whole(screen))  # type: ignore[attr-defined]
            assert re.fullmatch(rf"(\x1b7\x1b\[\d+;\d+H{allowed}\x1b8)+", sent)
            assert "owned" not in sent


async def test_boxes_lie_exactly_on_the_half_blocks() -> None:
    async with shown(Images.SIXEL) as (pilot, layer, screen):
        lines = screen_lines(pilot)
        for row, column, _ in sixels(layer.follow(screen, whole(screen)).encode()):
            for line in lines[row - 1 : row + 9]:
                assert line[column - 2 : column + 20].strip(" │") == "▀" * 20
            assert "▀" not in lines[row - 2][column - 1 : column + 19]
            assert "▀" not in lines[row + 9][column - 1 : column + 19]
