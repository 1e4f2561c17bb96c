"""What a data source holds, as a dialog: counts, bars, sparklines, images; choosing a target; fetching what is not here."""

from __future__ import annotations

from typing import Any

from tests.ui.app_pilot import SMALL, FakeServer, form_of, opened_app
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.config_layers import change
from tui_trainer.runs.errors import DataError
from tui_trainer.runs.launcher import OnProgress, ignore_progress
from tui_trainer.runs.presets import preset_config
from tui_trainer.ui.choice_dialog import FindDialog
from tui_trainer.ui.data_description import read_data_description
from tui_trainer.ui.data_dialog import DataDialog
from tui_trainer.ui.data_words import format_description, format_histogram
from tui_trainer.ui.theme import DARK, LIGHT

PLACE: dict[str, Any] = {"source": "csv:/a.csv", "is_here": True, "download_bytes": None, "path": "/a.csv", "bytes": 12_345}
TABLE: dict[str, Any] = PLACE | {
    "num_train": 142,
    "num_test": 36,
    "num_inputs": 5,
    "task": "classification",
    "target": "kind",
    "target_histogram": None,
    "num_classes": 2,
    "classes": [{"name": "[b]red", "train": 100, "test": 25}, {"name": "white", "train": 42, "test": 11}],
    "columns": [
        {"name": "ash", "kind": "number", "missing": 3, "histogram": [1, 0, 8, 4], "low": 1.5, "high": 30.25},
        {
            "name": "soil",
            "kind": "category",
            "missing": 0,
            "histogram": [9, 5],
            "categories": ["clay", "sand"],
            "num_categories": 4,
        },
    ],
    "num_columns": 2,
    "column_names": ["ash", "soil", "kind"],
    "image_shape": None,
    "samples": [],
    "notes": ["one row was empty"],
}
IMAGES: dict[str, Any] = TABLE | {
    "columns": [],
    "num_columns": 64,
    "num_inputs": 64,
    "image_shape": [8, 8],
    "samples": [{"label": str(label), "pixels": [255, 0] * 32} for label in range(10)],
}


def words_of(answer: dict[str, Any], width: int = 100) -> list[str]:
    """The rows that say it."""
    return format_description(read_data_description(answer), width, DARK).plain.split("\n")


def test_a_table_is_said_with_counts_bars_sparklines_and_its_empty_cells() -> None:
    text = "\n".join(words_of(TABLE))
    for expected in ("142 to train, 36 to test", "kind, 2 classes", "/a.csv   12 kB", "one row was empty", "3 cells"):
        assert expected in text, expected
    red, white = (row.count("━") for row in words_of(TABLE) if row.startswith(("[b]red", "white")))
    assert red == 40 and white == 17
    assert "1.5 to 30.25" in text and "clay, sand, 2 more" in text and "5 made of 2 columns" in text


def test_a_histogram_shows_empty_bins_as_blanks_and_single_counts_as_the_lowest_bar() -> None:
    assert format_histogram((1, 0, 1000, 500)) == "▁ █▄"
    assert format_histogram(()) == ""


def test_images_are_drawn_in_half_blocks_as_many_as_fit_in_both_themes() -> None:
    for width, across in ((100, 4), (70, 3), (20, 1)):
        rows = words_of(IMAGES, width)
        assert max(map(len, rows)) <= width
        labels = next(row for row in rows if row.split() == [str(label) for label in range(across)])
        assert rows[rows.index(labels) - 1].count("▀") == 20 * across
    dark, light = (format_description(read_data_description(IMAGES), 100, palette) for palette in (DARK, LIGHT))
    assert dark.plain == light.plain and dark != light


def test_a_source_that_is_not_here_says_what_it_would_cost() -> None:
    text = "\n".join(words_of(PLACE | {"source": "mnist", "is_here": False, "download_bytes": 15_000_000}))
    assert "not here" in text and "15.0 MB" in text and "f fetches it" in text


async def test_the_target_of_a_table_is_chosen_from_its_columns_and_its_sizes_reach_the_form() -> None:
    for size in ((120, 40), SMALL):
        config = change(preset_config("book"), "data.source", "csv:/a.csv")
        server = FakeServer()
        server.answers["describe_data"] = TABLE
        async with opened_app(config=config, size=size, server=server) as pilot:
            await wait_for(pilot, lambda: "3 steps" in "".join(screen_lines(pilot)))
            await pilot.press("d")
            await wait_for(pilot, lambda: "t target" in "".join(screen_lines(pilot)))
            await pilot.press("t")
            await wait_for(pilot, lambda: isinstance(pilot.app.screen, FindDialog) and pilot.app.focused is not None)
            await pilot.press(*"soi", "enter")
            await wait_for(pilot, lambda: form_of(pilot).draft.value("data.target") == "soil")
            await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))


async def test_a_source_that_is_not_here_is_fetched_on_request_and_then_described() -> None:
    class Fetching(FakeServer):
        def request(self, method: str, params: dict[str, Any], on_progress: OnProgress = ignore_progress) -> dict[str, Any]:
            if method == "fetch_data":
                self.answers["describe_data"] = IMAGES
            return super().request(method, params, on_progress)

    server = Fetching()
    server.answers |= {"describe_data": PLACE | {"is_here": False, "download_bytes": 15_000_000}, "fetch_data": {}}
    async with opened_app(server=server) as pilot:
        await pilot.press("d")
        await wait_for(pilot, lambda: "15.0 MB" in "".join(screen_lines(pilot)))
        assert "fetch_data" not in [method for method, _ in server.asked]
        await pilot.press("f")
        await wait_for(pilot, lambda: "samples" in "".join(screen_lines(pilot)))
        await pilot.press("escape")
        await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))


async def test_bad_data_is_said_in_the_dialog_and_another_source_can_be_chosen_from_it() -> None:
    server = FakeServer()
    server.answers["describe_data"] = DataError("row 3, column ash: [text] is no number")
    async with opened_app(server=server) as pilot:
        await pilot.press("d")
        await wait_for(pilot, lambda: "row 3, column ash: [text]" in "".join(screen_lines(pilot)))
        assert isinstance(pilot.app.screen, DataDialog)
        await pilot.press("s")
        await wait_for(pilot, lambda: "csv:FILE" in "".join(screen_lines(pilot)))
