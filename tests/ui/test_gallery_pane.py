"""The gallery under a pilot: what it asks for, what it draws, and how its keys go through pages, orders and cells."""

from __future__ import annotations

import pytest

from tests.runs_factory import write_run
from tests.ui.checkpoints_app import SMALL, WIDE, evaluated, opened
from tests.ui.fake_engine import TEN_DIGITS, FakeEngine, evaluation_answer, examples_answer
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.errors import DataError
from tui_trainer.ui.confusion_matrix import ConfusionMatrix
from tui_trainer.ui.gallery_pane import GalleryPane


async def test_from_the_list_two_keys_show_the_images_of_the_most_confused_pair_at_80_columns() -> None:
    write_run(epochs_done=2, status="done")
    engine = FakeEngine()
    async with opened(engine, size=SMALL) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        await pilot.press("g")
        gallery = pilot.app.screen.query_one(GalleryPane)
        await wait_for(pilot, lambda: gallery.has_class("-pictures") and gallery.has_focus)
        asked = engine.params_of("examples")[-1]
        assert (asked["true"], asked["predicted"], asked["limit"]) == (4, 9, 3)
        text = "\n".join(screen_lines(pilot))
        assert text.count("4 read as 9") == 3
        assert "4→9 1–3 of 11" in text
        assert "▀▀" in text
        assert "0.72" in text


async def test_an_answer_that_comes_before_the_layout_has_its_images_too() -> None:
    """The pane had no size yet, so no matrix and no chosen cell, and the gallery waited for ever."""
    write_run(epochs_done=2, status="done")
    engine = FakeEngine()
    async with opened(engine, size=SMALL) as pilot:
        with pilot.app.batch_update():
            await pilot.press("enter")
            await evaluated(pilot)
            await pilot.pause(0.05)
        await pilot.press("g")
        await wait_for(pilot, lambda: pilot.app.screen.query_one(GalleryPane).has_class("-pictures"))
        assert "4 read as 9" in "\n".join(screen_lines(pilot))


async def test_of_too_many_classes_for_a_matrix_the_most_confused_pair_is_shown() -> None:
    write_run(epochs_done=1, status="done")
    confusion = [[40 if row == column else 0 for column in range(12)] for row in range(12)]
    confusion[7][3] = 5
    engine = FakeEngine(evaluation_answer(confusion))
    async with opened(engine) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        await wait_for(pilot, lambda: pilot.app.screen.query_one(GalleryPane).has_class("-pictures"))
        asked = engine.params_of("examples")[-1]
        assert (asked["true"], asked["predicted"]) == (7, 3)


async def test_the_gallery_follows_the_cursor_of_the_matrix() -> None:
    write_run(epochs_done=1, status="done")
    engine = FakeEngine()
    async with opened(engine) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        gallery = pilot.app.screen.query_one(GalleryPane)
        await wait_for(pilot, lambda: gallery.has_class("-pictures"))
        await pilot.press("m")
        await wait_for(pilot, lambda: pilot.app.screen.query_one(ConfusionMatrix).has_focus)
        await pilot.press("up", "left")
        await wait_for(pilot, lambda: engine.params_of("examples")[-1]["predicted"] == 8)
        assert engine.params_of("examples")[-1]["true"] == 3
        await wait_for(pilot, lambda: "3→8" in "\n".join(screen_lines(pilot)))


async def test_pages_turn_to_the_last_and_no_further() -> None:
    write_run(epochs_done=1, status="done")
    async with opened() as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        gallery = pilot.app.screen.query_one(GalleryPane)
        await wait_for(pilot, lambda: gallery.has_class("-pictures"))
        await pilot.press("g")
        await wait_for(pilot, lambda: gallery.has_focus)
        for _ in range(6):
            await pilot.press("right")
            await pilot.pause(0.05)
        await wait_for(pilot, lambda: gallery.page is not None and gallery.page.offset == 9)
        assert "10–11 of 11" in "\n".join(screen_lines(pilot))
        await pilot.press("left")
        await wait_for(pilot, lambda: gallery.page is not None and gallery.page.offset == 6)


async def test_order_and_cell_choose_what_is_asked_for() -> None:
    write_run(epochs_done=1, status="done")
    engine = FakeEngine()
    async with opened(engine) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        await wait_for(pilot, lambda: engine.params_of("examples"))
        await pilot.press("g")
        await wait_for(pilot, lambda: pilot.app.screen.query_one(GalleryPane).has_focus)
        await pilot.press("O")
        await wait_for(pilot, lambda: engine.params_of("examples")[-1]["which"] == "right")
        assert engine.params_of("examples")[-1]["true"] == 4
        await wait_for(pilot, lambda: "most certain right ones first" in "\n".join(screen_lines(pilot)))
        await pilot.press("O", "A")
        await wait_for(pilot, lambda: engine.params_of("examples")[-1]["which"] == "wrong")
        assert engine.params_of("examples")[-1]["true"] is None


async def test_a_table_shows_the_rows_values() -> None:
    write_run(epochs_done=1, status="done")
    engine = FakeEngine({**evaluation_answer([[30, 2], [1, 20]], ["benign", "malign"]), "image_shape": None})

    def answer(params: dict[str, object]) -> dict[str, object]:
        row = {"index": 7, "true": 0, "predicted": 1, "loss": 2.5, "probabilities": [0.08, 0.92], "pixels": None}
        shape = {"class_names": ["benign", "malign"], "image_shape": None, "columns": ["radius", "[b]texture\x1b"]}
        return {"total": 1, "offset": 0, **shape, "examples": [{**row, "values": [17.99, "[/]\x1b[2J"]}]}

    engine.answers["examples"] = answer
    async with opened(engine) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        await wait_for(pilot, lambda: "benign read as malign" in "\n".join(screen_lines(pilot)))
        text = "\n".join(screen_lines(pilot))
        assert "radius 17.99" in text
        assert "\x1b" not in text
        assert "#7" in text


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_why_there_are_no_examples_is_said_in_words(size: tuple[int, int]) -> None:
    write_run(epochs_done=1, status="done")
    engine = FakeEngine()

    def refuse(params: dict[str, object]) -> dict[str, object]:
        raise DataError("the data is gone; fetch it again")

    engine.answers["examples"] = refuse
    async with opened(engine, size=size) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        await pilot.press("g")
        await wait_for(pilot, lambda: "! the data is gone" in "\n".join(screen_lines(pilot)))


async def test_an_answer_to_an_earlier_cell_is_not_drawn() -> None:
    write_run(epochs_done=1, status="done")
    engine = FakeEngine()
    async with opened(engine) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        gallery = pilot.app.screen.query_one(GalleryPane)
        await wait_for(pilot, lambda: gallery.has_class("-pictures"))
        params = engine.params_of("examples")[-1]
        gallery._show_answer({**params, "true": 0}, examples_answer({**params, "true": 0}))
        await pilot.pause()
        assert "0 read as" not in "\n".join(screen_lines(pilot))


async def test_n_normalises_the_matrix() -> None:
    write_run(epochs_done=1, status="done")
    async with opened() as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        await pilot.press("m")
        matrix = pilot.app.screen.query_one(ConfusionMatrix)
        await wait_for(pilot, lambda: matrix.has_focus)
        await pilot.press("N")
        assert f"{100 * 971 / sum(TEN_DIGITS[0]):.1f}" in matrix.render().plain
        await pilot.press("N")
        assert " 971 " in matrix.render().plain
