"""The list under a pilot: finding by typing, sorting, marking."""

from __future__ import annotations

import pytest

from tests.runs_factory import write_run
from tests.ui.checkpoints_app import SMALL, cells_of, evaluated, opened, table_of
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.config import validate_config
from tui_trainer.runs.labels import read_labels
from tui_trainer.ui import run_rows, runs_pane
from tui_trainer.ui.run_cells import MARK, format_changes
from tui_trainer.ui.runs_pane import FilterLine, RunsPane


def names_of(pilot: object) -> list[str]:
    return [row[0].strip("▸▾ ") for row in cells_of(pilot) if not row[0].startswith("epoch")]  # type: ignore[arg-type]


def write_three() -> None:
    for index, name in enumerate(("alpha-0001", "beta-0002", "gamma-0003")):
        write_run(name, epochs_done=index + 1, status="done", day=f"2026112{index}T000000Z", seed=index)


async def test_slash_finds_runs_while_one_types_and_escape_lists_all_again() -> None:
    write_three()
    async with opened() as pilot:
        await pilot.press("slash")
        line = pilot.app.screen.query_one(FilterLine)
        await wait_for(pilot, lambda: line.has_focus)
        await pilot.press(*"beta")
        await wait_for(pilot, lambda: names_of(pilot) == ["beta-0002"])
        assert "1 of 3 runs" in "\n".join(screen_lines(pilot))
        await pilot.press("enter")
        await wait_for(pilot, lambda: table_of(pilot).has_focus)
        assert line.display
        await pilot.press("slash")
        await wait_for(pilot, lambda: line.has_focus)
        await pilot.press("escape")
        await wait_for(pilot, lambda: len(names_of(pilot)) == 3 and table_of(pilot).has_focus)
        assert not line.display


async def test_what_no_run_fits_is_said_in_words() -> None:
    write_three()
    async with opened(size=SMALL) as pilot:
        await pilot.press("slash")
        await wait_for(pilot, lambda: pilot.app.screen.query_one(FilterLine).has_focus)
        await pilot.press(*"zeta")
        await wait_for(pilot, lambda: "no run fits what is typed" in "\n".join(screen_lines(pilot)))
        await pilot.press("escape")
        await wait_for(pilot, lambda: table_of(pilot).has_focus)


async def test_s_sorts_by_a_column_and_the_head_shows_it() -> None:
    write_three()
    async with opened() as pilot:
        await pilot.press("s")
        await wait_for(pilot, lambda: type(pilot.app.screen).__name__ == "ChoiceDialog")
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: names_of(pilot) == ["alpha-0001", "beta-0002", "gamma-0003"])
        assert "run ↑" in "\n".join(screen_lines(pilot))
        pilot.app.screen.query_one(RunsPane).sort_by("run")
        await wait_for(pilot, lambda: names_of(pilot) == ["gamma-0003", "beta-0002", "alpha-0001"])


async def test_space_marks_and_x_compares_the_two_last_marked() -> None:
    write_three()
    async with opened() as pilot:
        screen = pilot.app.screen
        assert screen.check_action("compare", ()) is False
        await pilot.press("space")
        assert len(table_of(pilot).marked) == 1
        assert MARK in table_of(pilot).get_row_at(0)[0].plain
        await pilot.press("space")
        await wait_for(pilot, lambda: screen.compared_subjects is not None)
        await pilot.press("x")
        await wait_for(pilot, lambda: type(pilot.app.screen).__name__ == "CompareScreen")


async def test_more_runs_than_the_table_holds_are_found_by_typing(monkeypatch: object) -> None:
    write_three()
    monkeypatch.setattr(runs_pane, "MAX_SHOWN", 2)  # type: ignore[attr-defined]
    async with opened() as pilot:
        assert names_of(pilot) == ["gamma-0003", "beta-0002"]
        assert "2 of 3 runs · / finds the others" in "\n".join(screen_lines(pilot))
        await pilot.press("slash")
        await wait_for(pilot, lambda: pilot.app.screen.query_one(FilterLine).has_focus)
        await pilot.press(*"alpha")
        await wait_for(pilot, lambda: names_of(pilot) == ["alpha-0001"])


async def test_a_note_name_and_tags_are_written_and_seen() -> None:
    write_three()
    async with opened() as pilot:
        await pilot.press("n")
        await wait_for(pilot, lambda: type(pilot.app.screen).__name__ == "LabelsDialog")
        await pilot.press(*"try", "tab", *"one", "space", *"two", "shift+tab", "shift+tab", *"mine", "enter")
        await wait_for(pilot, lambda: names_of(pilot)[0] == "mine")
        entry = table_of(pilot).rows_shown[0].entry
        labels = read_labels(entry.run.path)
        assert (labels.name, labels.note, labels.tags) == ("mine", "try", ("one", "two"))
        await wait_for(pilot, lambda: "#one #two  try" in "\n".join(screen_lines(pilot)))
        await pilot.press("slash")
        await wait_for(pilot, lambda: pilot.app.screen.query_one(FilterLine).has_focus)
        await pilot.press(*"two")
        await wait_for(pilot, lambda: names_of(pilot) == ["mine"])


async def test_k_keeps_a_checkpoint_and_lets_it_go_again() -> None:
    write_three()
    async with opened() as pilot:
        await pilot.press("down", "k")
        await wait_for(pilot, lambda: cells_of(pilot)[1][-1] == "kept")
        row = table_of(pilot).row
        assert row is not None and row.checkpoint is not None
        assert read_labels(row.entry.run.path).keep == (row.checkpoint.id,)
        await pilot.press("k")
        await wait_for(pilot, lambda: cells_of(pilot)[1][-1] == "")


async def test_a_deleted_run_comes_back_with_u() -> None:
    write_three()
    async with opened() as pilot:
        path = table_of(pilot).rows_shown[0].entry.run.path
        await pilot.press("D")
        await wait_for(pilot, lambda: names_of(pilot) == ["beta-0002", "alpha-0001"])
        assert not path.exists()
        assert pilot.app.screen.check_action("undelete", ())
        await pilot.press("u")
        await wait_for(pilot, lambda: names_of(pilot)[0] == "gamma-0003")
        assert path.exists()


async def test_a_run_that_trains_cannot_be_deleted_by_key() -> None:
    writer = write_run("live-0009", epochs_done=1)
    async with opened() as pilot:
        assert pilot.app.screen.check_action("delete", ()) is False
        await pilot.press("D")
        await pilot.pause()
        assert writer.directory.path.exists()
        assert names_of(pilot) == ["live-0009"]
    writer.leave()


async def test_z_gives_the_list_all_its_columns_and_back() -> None:
    config = validate_config({"data": {"source": "mnist"}, "optimizer": {"name": "adam"}, "model": {"dropout": 0.2}})
    write_run("wide-0001", config=config, epochs_done=1, status="done")
    async with opened() as pilot:
        await pilot.press("z")
        await wait_for(pilot, lambda: "109,386" in "".join(cells_of(pilot)[0]))
        text = "\n".join(screen_lines(pilot))
        assert "done" in cells_of(pilot)[0]
        assert "dropout 0.2" in text
        changes = format_changes(table_of(pilot).rows_shown[0].entry).split(" · ")
        assert {"adam", "dropout 0.2", "lr 0.001"} <= set(changes)
        table = table_of(pilot)
        assert table.virtual_size.width <= table.size.width
        await pilot.press("z")
        await wait_for(pilot, lambda: pilot.app.screen.query_one("#evaluation").display and len(cells_of(pilot)[0]) == 4)


async def test_runs_beyond_the_first_are_listed_by_their_summaries_then_read_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    write_three()
    monkeypatch.setattr(runs_pane, "NEW_AT_ONCE", 1)
    monkeypatch.setattr(runs_pane, "FULL_AT_ONCE", 1)
    monkeypatch.setattr(run_rows, "ROWS_AT_FIRST", 1)
    monkeypatch.setattr(run_rows, "ROWS_AT_ONCE", 1)
    async with opened() as pilot:
        await wait_for(pilot, lambda: names_of(pilot) == ["gamma-0003", "beta-0002", "alpha-0001"])
        await wait_for(pilot, lambda: all(row.entry.details for row in table_of(pilot).rows_shown))
        await pilot.press("end", "enter")
        await evaluated(pilot)
