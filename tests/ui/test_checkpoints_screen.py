"""The Checkpoints screen under a pilot: what is listed, what enter does, what keys ask the app for, and at 80 x 24."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from textual.events import DescendantFocus
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import DataTable

from tests.runs.fake_run import make_run
from tests.runs_factory import write_run
from tests.ui.checkpoints_app import SMALL, WIDE, cells_of, evaluated, lies_within, opened, table_of
from tests.ui.fake_engine import FakeEngine, evaluation_answer
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.config import validate_config
from tui_trainer.runs.errors import CheckpointError
from tui_trainer.runs.manifest import WEIGHTS
from tui_trainer.ui import listed_row
from tui_trainer.ui.confusion_matrix import ConfusionMatrix
from tui_trainer.ui.evaluation import parse_evaluation
from tui_trainer.ui.evaluation_request import EvaluationEnded, EvaluationRequest
from tui_trainer.ui.key_bar import KeyBar
from tui_trainer.ui.per_class_table import PerClassTable
from tui_trainer.ui.run_card import RunCard
from tui_trainer.ui.run_requests import EditRequested, OpenRequested, RerunRequested, ResumeRequested
from tui_trainer.ui.runs_pane import RunsPane
from tui_trainer.ui.subject import subject_of
from tui_trainer.ui.theme import DARK, LIGHT, LIGHT_THEME


def key_labels(screen: Screen[object]) -> list[str]:
    return [shown.label for shown in screen.query_one(KeyBar).shown_keys()]


@asynccontextmanager
async def on_matrix() -> AsyncIterator[tuple[Pilot[Any], Any, ConfusionMatrix]]:
    """The screen where one pane is seen at a time, after an evaluation, with the keys on its matrix."""
    write_run(epochs_done=1, status="done")
    async with opened(size=SMALL) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        screen = pilot.app.screen
        matrix = screen.query_one(ConfusionMatrix)
        await wait_for(pilot, lambda: matrix.has_focus)
        yield pilot, screen, matrix


async def test_late_news_of_the_focus_does_not_take_the_keys_back() -> None:
    """The matrix's own news of its focus came after the key that went to the gallery, and won."""
    async with on_matrix() as (pilot, screen, matrix):
        screen.go_to("gallery")
        screen.on_descendant_focus(DescendantFocus(matrix))
        await wait_for(pilot, lambda: screen.query_one("#gallery").has_focus)
        assert screen.has_class("-view-gallery")


async def test_news_of_a_focus_that_has_gone_on_does_not_take_the_view_back() -> None:
    """A widget says that it has the focus until it has heard of its loss, which comes by another way than the news."""
    async with on_matrix() as (_, screen, matrix):
        screen.set_view("gallery")
        screen.set_focus(screen.query_one("#gallery"))
        assert matrix.has_focus
        screen.on_descendant_focus(DescendantFocus(matrix))
        assert screen.has_class("-view-gallery")


async def test_without_runs_each_pane_says_what_will_be_there() -> None:
    async with opened(has_runs=False) as pilot:
        text = "\n".join(screen_lines(pilot))
        assert "no run yet" in text
        assert "1 to configure one" in text
        assert "confusion matrix appear here" in text
        assert "the examples that were read wrongly" in text
        assert key_labels(pilot.app.screen) == ["Open file", "Help", "Quit"]
        await pilot.press("enter", "r", "C", "y", "p", "m", "o", "left", "right", "escape")
        assert not pilot.app.requests


async def test_the_newest_run_is_unfolded_with_a_star_at_its_best() -> None:
    write_run("old-0001", epochs_done=2, status="done", day="20261120T000000Z")
    writer = write_run("book-3f2a", day="20261121T000000Z")
    for accuracy in (0.95, 0.9784, 0.97):
        writer.add_epoch(test_acc=accuracy)
    async with opened() as pilot:
        rows = cells_of(pilot)
        assert [row[:3] for row in rows[:4]] == [
            ["▾ book-3f2a", "● 3", "0.9784 ★"],
            ["epoch 3", "", "0.9700"],
            ["epoch 2 ★", "", "0.9784"],
            ["epoch 1", "", "0.9500"],
        ]
        assert rows[4][0] == "▸ old-0001"
        assert len(rows) == 5
        assert "2 runs · 5 checkpoints" in "\n".join(screen_lines(pilot))
    writer.leave()


async def test_a_failed_run_has_an_x_and_its_reason_in_the_card() -> None:
    writer = write_run("hot-2c9f", epochs_done=1)
    writer.add_nan_step()
    writer.end("failed", exit_code=5, reason="loss became NaN at step 939")
    async with opened() as pilot:
        assert cells_of(pilot)[0][0] == "x hot-2c9f"
        assert "! loss became NaN at step 939" in "\n".join(screen_lines(pilot))


async def test_left_folds_and_right_unfolds() -> None:
    write_run(epochs_done=2, status="done")
    async with opened() as pilot:
        table = table_of(pilot)
        await pilot.press("down", "left")
        assert table.cursor_row == 0
        await pilot.press("left")
        assert [row[0] for row in cells_of(pilot)] == ["▸ book-3f2a"]
        await pilot.press("right", "right")
        assert len(cells_of(pilot)) == 3
        assert table.cursor_row == 1


async def test_a_click_on_a_run_folds_it_and_evaluates_nothing() -> None:
    write_run(epochs_done=2, status="done")
    engine = FakeEngine()
    async with opened(engine) as pilot:
        await pilot.click(DataTable, offset=(6, 1))
        await wait_for(pilot, lambda: len(cells_of(pilot)) == 1)
        await pilot.click(DataTable, offset=(6, 1))
        await wait_for(pilot, lambda: len(cells_of(pilot)) == 3)
    assert engine.asked == []


async def test_enter_on_a_checkpoint_shows_its_accuracy_and_a_matrix_of_all_examples() -> None:
    writer = write_run(epochs_done=3, status="done")
    engine = FakeEngine()
    async with opened(engine) as pilot:
        await pilot.press("down", "enter")
        await evaluated(pilot)
        newest = table_of(pilot).rows_shown[1].checkpoint
        assert newest is not None
        assert engine.params_of("evaluate") == [
            {"run": str(writer.directory.path), "checkpoint": newest.id, "data": None, "split": "test"}
        ]
        text = "\n".join(screen_lines(pilot))
        assert "test 0.9807" in text
        assert "95 % 0.9778 – 0.9832" in text
        assert "of 10,000" in text
        assert "most confused  4→9 11" in text
        matrix = pilot.app.screen.query_one(ConfusionMatrix).render().plain.split("\n")[1:]
        figures = "".join(row[4:54].replace("▸", " ").replace("·", "0") for row in matrix)
        assert sum(int(figures[start : start + 5]) for start in range(0, len(figures), 5)) == 10_000
        classes = pilot.app.screen.query_one(PerClassTable)
        await pilot.press("p")
        await wait_for(pilot, lambda: classes.row_count == 11)
        assert [cell.plain for cell in classes.get_row_at(4)[:3]] == ["4", "0.9796", "0.9766"]


async def test_enter_on_a_run_evaluates_its_best() -> None:
    writer = write_run()
    for accuracy in (0.95, 0.9784, 0.97):
        writer.add_epoch(test_acc=accuracy)
    writer.end()
    engine = FakeEngine()
    async with opened(engine) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        assert "book-3f2a epoch 2 ★" in "\n".join(screen_lines(pilot))
    assert engine.asked[0][1]["checkpoint"] == "s000001876-a1"


@pytest.mark.parametrize(("recorded", "words"), [(0.9807, "✓ as recorded"), (0.9784, "! recorded 0.9784")])
async def test_a_result_is_held_against_the_recorded_accuracy(recorded: float, words: str) -> None:
    writer = write_run()
    writer.add_epoch(test_acc=recorded)
    writer.end()
    async with opened() as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        assert words in "\n".join(screen_lines(pilot))


async def test_progress_is_shown_while_the_engine_works() -> None:
    write_run(epochs_done=1, status="done")
    engine = FakeEngine()
    engine.gate.clear()
    async with opened(engine) as pilot:
        await pilot.press("enter")
        await wait_for(pilot, lambda: "2,560 of 10,000 examples" in "\n".join(screen_lines(pilot)))
        engine.gate.set()
        await evaluated(pilot)
        assert "2,560" not in "\n".join(screen_lines(pilot))


async def test_a_refused_evaluation_is_a_line_and_the_list_works_on() -> None:
    write_run(epochs_done=2, status="done")
    engine = FakeEngine(error=CheckpointError("checkpoint [/] is damaged\x1b[31m; take another checkpoint"))
    async with opened(engine) as pilot:
        await pilot.press("enter")
        await wait_for(pilot, lambda: "! checkpoint [/] is damaged" in "\n".join(screen_lines(pilot)))
        assert pilot.app.is_running
        engine.error = None
        await pilot.press("down", "enter")
        await evaluated(pilot)
        assert "test 0.9807" in "\n".join(screen_lines(pilot))


async def test_an_answer_that_makes_no_sense_is_refused_too() -> None:
    write_run(epochs_done=1, status="done")
    async with opened(FakeEngine({**evaluation_answer(), "confusion": [[1]]})) as pilot:
        await pilot.press("enter")
        await wait_for(pilot, lambda: "! the engine's evaluation" in "\n".join(screen_lines(pilot)))


async def test_only_the_last_evaluation_that_was_asked_for_is_shown() -> None:
    write_run(epochs_done=2, status="done")
    engine = FakeEngine()
    engine.gate.clear()
    async with opened(engine) as pilot:
        await pilot.press("down", "enter", "down", "enter")
        await wait_for(pilot, lambda: len(engine.params_of("evaluate")) == 2)
        engine.gate.set()
        await evaluated(pilot)
        assert "─ book-3f2a epoch 1 ─" in "\n".join(screen_lines(pilot))


async def test_a_result_that_comes_too_late_is_not_shown() -> None:
    write_run(epochs_done=2, status="done")
    async with opened() as pilot:
        row = table_of(pilot).row
        assert row is not None
        late = EvaluationEnded(EvaluationRequest(-1, subject_of(row)), parse_evaluation(evaluation_answer()))
        pilot.app.screen.post_message(late)
        await pilot.pause()
        await pilot.pause()
        assert not pilot.app.screen.has_class("-evaluated")
        assert "0.9807" not in "\n".join(screen_lines(pilot))


async def test_a_damaged_checkpoint_says_why_without_the_engine() -> None:
    write_run(epochs_done=1, status="done")
    engine = FakeEngine()
    async with opened(engine) as pilot:
        checkpoint = table_of(pilot).rows_shown[1].checkpoint
        assert checkpoint is not None
        os.truncate(checkpoint.folder / WEIGHTS, 5)
        os.utime(checkpoint.folder.parent)
        runs = pilot.app.screen.query_one(RunsPane)
        runs._listing._runs.clear()
        runs.read_runs()
        await wait_for(pilot, lambda: any(row[2] == "damaged" for row in cells_of(pilot)))
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: "truncated: 5 of" in "\n".join(screen_lines(pilot)))
    assert engine.asked == []


async def test_a_run_without_a_checkpoint_says_so() -> None:
    writer = write_run()
    async with opened() as pilot:
        await pilot.press("enter")
        await wait_for(pilot, lambda: "has no checkpoint to evaluate yet" in "\n".join(screen_lines(pilot)))
    writer.leave()


async def test_a_growing_run_gains_rows_and_the_cursor_stays_on_its_own() -> None:
    writer = write_run(epochs_done=2)
    async with opened() as pilot:
        await pilot.press("down", "down")
        before = table_of(pilot).row
        assert before is not None and before.checkpoint is not None
        writer.add_epoch()
        pilot.app.screen.query_one(RunsPane).read_runs()
        await wait_for(pilot, lambda: len(cells_of(pilot)) == 4)
        after = table_of(pilot).row
        assert after is not None and after.checkpoint is not None
        assert after.checkpoint.id == before.checkpoint.id
        assert cells_of(pilot)[0][1] == "● 3"
    writer.leave()


async def test_ages_grow_though_nothing_else_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = datetime.now(UTC).replace(microsecond=0)
    write_run(epochs_done=1, status="done", info={"created": now_s.isoformat()})
    async with opened() as pilot:
        assert cells_of(pilot)[0][3] == "now"
        monkeypatch.setattr(listed_row, "time", SimpleNamespace(time=lambda: now_s.timestamp() + 3 * 3600))
        pilot.app.screen.query_one(RunsPane).read_runs()
        await wait_for(pilot, lambda: cells_of(pilot)[0][3] == "3 h")


async def test_a_matrix_that_gets_its_room_late_takes_the_keys() -> None:
    write_run(epochs_done=1, status="done")
    async with opened(size=(40, 24)) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        matrix = pilot.app.screen.query_one(ConfusionMatrix)
        assert not matrix.display
        await pilot.resize_terminal(*SMALL)
        await wait_for(pilot, lambda: matrix.has_focus)


async def test_a_focus_that_comes_late_does_not_take_the_view_back() -> None:
    write_run(epochs_done=1, status="done")
    async with opened(size=SMALL) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        await wait_for(pilot, lambda: pilot.app.screen.query_one(ConfusionMatrix).has_focus)
        pilot.app.screen.focus_view("list")
        await pilot.pause()
        assert pilot.app.screen.query_one(ConfusionMatrix).has_focus


async def test_a_new_run_does_not_move_what_is_looked_at() -> None:
    write_run("old-0001", epochs_done=2, status="done", day="20261120T000000Z")
    async with opened() as pilot:
        await pilot.press("down")
        before = table_of(pilot).row
        write_run("new-0002", epochs_done=1, status="done", day="20261121T000000Z")
        pilot.app.screen.query_one(RunsPane).read_runs()
        await wait_for(pilot, lambda: len(cells_of(pilot)) == 4)
        assert before is not None
        assert table_of(pilot).row is not None
        assert table_of(pilot).row.key == before.key
        assert [row[0] for row in cells_of(pilot)][:2] == ["▸ new-0002", "▾ old-0001"]


async def test_a_screen_that_is_not_seen_reads_nothing() -> None:
    writer = write_run(epochs_done=1)
    async with opened() as pilot:
        runs = pilot.app.screen.query_one(RunsPane)
        read: list[bool] = []
        runs._listing.read = lambda *_, **__: read.append(True) or ()  # type: ignore[method-assign]
        await pilot.app.push_screen(Screen())
        await pilot.pause()
        runs._read_again()
        assert not runs._is_reading
        await pilot.app.pop_screen()
        await wait_for(pilot, lambda: read)
    writer.leave()


async def test_keys_ask_the_app_for_what_a_stopped_run_can_do() -> None:
    writer = write_run(epochs_done=1, status="stopped")
    async with opened() as pilot:
        await pilot.press("r", "R", "e", "o", "C")
        await wait_for(pilot, lambda: len(pilot.app.requests) == 5)
        kinds = [type(request) for request in pilot.app.requests]
        assert kinds == [RerunRequested, RerunRequested, EditRequested, OpenRequested, ResumeRequested]
        assert [request.has_new_seed for request in pilot.app.requests[:2]] == [False, True]
        assert {request.run for request in pilot.app.requests} == {writer.directory}
        assert "Resume" in key_labels(pilot.app.screen)


async def test_a_done_run_cannot_be_resumed() -> None:
    write_run(epochs_done=1, status="done")
    async with opened() as pilot:
        await pilot.press("C")
        await pilot.pause()
        assert pilot.app.requests == []
        assert "Resume" not in key_labels(pilot.app.screen)


async def test_y_copies_the_path_of_the_weights_or_of_the_run() -> None:
    writer = write_run(epochs_done=1, status="done")
    async with opened() as pilot:
        await pilot.press("y")
        assert pilot.app.clipboard == str(writer.directory.path)
        await pilot.press("down", "y")
        assert pilot.app.clipboard.endswith(f"s000000938-a1/{WEIGHTS}")


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_names_with_markup_and_escape_bytes_are_drawn_as_they_are(size: tuple[int, int]) -> None:
    hostile = validate_config({"data": {"source": "idx:/data/[red]\x1b]0;t\x07"}})
    writer = write_run("[red]x[b]-zz", epochs_done=1, day="[@click=app.bell]", config=hostile)
    words = {"device": "[b]\x1b[31m\u202e", "versions": {"torch": "[/]\x1b[2J"}}
    writer.log.append("run_started", resumed_from={"checkpoint": "x", "step": 938}, epochs=20, **words)
    engine = FakeEngine(evaluation_answer([[3, 1], [0, 4]], ["[b]\x1b]0;t\x07", "[/]"]))
    async with opened(engine, size=size) as pilot:
        await pilot.press("down", "enter")
        await evaluated(pilot)
        lines = screen_lines(pilot)
        await pilot.press("p", "escape")
        await pilot.pause()
        lines += screen_lines(pilot)
        text = "".join(lines)
        assert not [character for character in text if unicodedata.category(character) in ("Cc", "Cf")]
        assert "[@click=app.bell]-[red]x[b]" in text
        assert pilot.app.is_running
    writer.leave()


async def test_another_theme_colours_the_list_anew() -> None:
    write_run(epochs_done=1, status="done")
    async with opened() as pilot:
        styles = [span.style for span in table_of(pilot).get_row_at(0)[0].spans]
        assert f"bold {DARK['text']}" in styles
        pilot.app.theme = LIGHT_THEME
        await wait_for(
            pilot, lambda: f"bold {LIGHT['text']}" in [span.style for span in table_of(pilot).get_row_at(0)[0].spans]
        )


async def test_arrows_move_the_cell_and_the_border_says_what_it_counts() -> None:
    write_run(epochs_done=1, status="done")
    async with opened() as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        await pilot.press("m")
        matrix = pilot.app.screen.query_one(ConfusionMatrix)
        await wait_for(pilot, lambda: matrix.has_focus)
        assert matrix.cell == (4, 9)
        await pilot.press("right", "up", "left")
        assert matrix.cell == (3, 8)
        assert "3 read as 8: 4 of 1,010, 0.4 %" in "\n".join(screen_lines(pilot))
        await pilot.press("escape")
        await wait_for(pilot, lambda: table_of(pilot).has_focus)


async def test_twelve_classes_and_more_are_shown_as_pairs() -> None:
    write_run(epochs_done=1, status="done")
    confusion = [[40 if row == column else (row + column) % 2 for column in range(12)] for row in range(12)]
    async with opened(FakeEngine(evaluation_answer(confusion))) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        assert not pilot.app.screen.query_one(ConfusionMatrix).display
        assert "read as" in "\n".join(screen_lines(pilot))
        assert "pairs confused" in "\n".join(screen_lines(pilot))


async def test_at_80_columns_one_pane_is_seen_at_a_time_and_escape_goes_back() -> None:
    write_run(epochs_done=3, status="done")
    async with opened(size=SMALL) as pilot:
        screen = pilot.app.screen
        seen = lambda: [pane.id for pane in screen.query("Pane") if pane.region.area]  # noqa: E731
        assert seen() == ["runs"]
        await pilot.press("enter")
        await evaluated(pilot)
        await wait_for(pilot, lambda: screen.query_one(ConfusionMatrix).has_focus)
        assert seen() == ["evaluation"]
        await pilot.press("p")
        await wait_for(pilot, lambda: screen.query_one(PerClassTable).has_focus)
        assert seen() == ["classes"]
        await pilot.press("m")
        await wait_for(pilot, lambda: seen() == ["evaluation"])
        await pilot.press("escape")
        await wait_for(pilot, lambda: table_of(pilot).has_focus)
        assert seen() == ["runs"]


async def test_a_refusal_at_80_columns_is_seen_and_escape_goes_back() -> None:
    write_run(epochs_done=1, status="done")
    async with opened(FakeEngine(error=CheckpointError("no good")), size=SMALL) as pilot:
        await pilot.press("enter")
        await wait_for(pilot, lambda: "! no good" in "\n".join(screen_lines(pilot)))
        await pilot.press("escape")
        await wait_for(pilot, lambda: table_of(pilot).has_focus)


async def test_nothing_is_cut_at_80_by_24() -> None:
    write_run("regularised-with-a-name-too-long-for-any-column-0b77", epochs_done=20, status="done")
    async with opened(size=SMALL) as pilot:
        screen, table = pilot.app.screen, table_of(pilot)
        assert table.virtual_size.width <= table.size.width
        assert cells_of(pilot)[0][0].endswith("-0b77")
        for index in range(table.row_count):
            for cell, column in zip(table.get_row_at(index), table.ordered_columns, strict=True):
                assert cell.cell_len <= column.width, cell.plain
        card = screen.query_one(RunCard)
        assert lies_within(card, SMALL)
        text = "\n".join(screen_lines(pilot))
        for fact in ("SGD lr 0.5", "784 → 128 → 64 → 10", "109,386 parameters", "seed 0", "torch 2.13.0", "train ", "20 of 20"):
            assert fact in text, fact
        assert {"Evaluate", "Rerun", "Help", "Quit"} <= set(key_labels(screen))
        await pilot.press("enter")
        await evaluated(pilot)
        for widget in screen.query("#evaluation > *"):
            assert not widget.display or lies_within(widget, (79, 22)), widget
        text = "\n".join(screen_lines(pilot))
        for word in ("baseline 0.1135", "recall", "precision", "shade", "% of the row", "3→7 5", "4 read as 9"):
            assert word in text, word
        await pilot.press("p")
        classes = screen.query_one(PerClassTable)
        await wait_for(pilot, lambda: classes.has_focus)
        assert classes.virtual_size.width <= classes.size.width
        assert classes.virtual_size.height <= classes.size.height


@pytest.mark.parametrize("size", [(200, 60), (116, 30), (100, 30), (60, 18), (40, 12), (20, 5)])
async def test_other_sizes_do_not_break_it(size: tuple[int, int]) -> None:
    write_run(epochs_done=2, status="done")
    async with opened(size=SMALL) as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        await pilot.press("p", "m", "escape", "down")
        await pilot.resize_terminal(*WIDE)
        await wait_for(pilot, lambda: "test 0.9807" in "\n".join(screen_lines(pilot)))
        assert table_of(pilot).virtual_size.width <= table_of(pilot).size.width


async def test_a_run_that_never_started_is_listed_with_what_is_known() -> None:
    make_run("quiet-0001")
    async with opened() as pilot:
        assert cells_of(pilot)[0][0] == "x quiet-0001"
        await pilot.press("right", "left", "enter")
        await wait_for(pilot, lambda: "has no checkpoint" in "\n".join(screen_lines(pilot)))


async def test_the_help_explains_the_marks_and_every_key_of_the_screen() -> None:
    write_run(epochs_done=1, status="stopped")
    async with opened() as pilot:
        topic = pilot.app.screen.help_topic()
        assert topic is not None
        assert "★ best on the test set" in topic.plain
        tooltips = {
            binding.tooltip or binding.description for _, binding, is_enabled, _ in pilot.app.screen.active_bindings.values()
        }
        assert "Evaluate the checkpoint on its run's test set; on a run, its best" in tooltips
        assert all(binding.tooltip for binding in pilot.app.screen.BINDINGS)
