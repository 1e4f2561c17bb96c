"""The family of a run as a tree, from Train and from the list."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from tests.runs_factory import write_run
from tests.ui.app_pilot import notices_of, opened_app
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.ui.family_dialog import FamilyDialog
from tui_trainer.ui.run_table import RunTable
from tui_trainer.ui.train_screen import TrainScreen


def _family() -> tuple[RunDirectory, RunDirectory]:
    parent = write_run("book-aaaa", epochs_done=2, status="done", day="20261101T000000Z").directory
    record = {"run": parent.run, "checkpoint": "x", "step": 938, "changes": {"optimizer.lr": "[b]0.1\x1b"}, "kind": "fork"}
    child = write_run("book-bbbb", epochs_done=1, status="done", info={"parent": record}).directory
    return parent, child


async def _on_train(pilot: Pilot[Any], run: RunDirectory) -> None:
    await wait_for(pilot, lambda: isinstance(pilot.app.screen, TrainScreen) and pilot.app.screen.run == run)
    await wait_for(pilot, lambda: pilot.app.screen.history is not None)  # type: ignore[attr-defined]


async def test_the_tree_says_what_was_changed_and_enter_opens_the_run_under_the_cursor() -> None:
    parent, child = _family()
    async with opened_app(run=child) as pilot:
        await _on_train(pilot, child)
        await pilot.press("B")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, FamilyDialog))
        text = "\n".join(screen_lines(pilot))
        assert "└─ ✓ book-bbbb" in text and "fork at step 938  optimizer.lr=[b]0.1" in text
        assert "\x1b" not in text
        await pilot.press("up", "enter")
        await _on_train(pilot, parent)


async def test_the_list_shows_the_same_tree() -> None:
    _family()
    async with opened_app() as pilot:
        await pilot.press("3")
        await wait_for(
            pilot, lambda: any(table.row is not None and table.has_focus for table in pilot.app.screen.query(RunTable))
        )
        await pilot.press("B")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, FamilyDialog))
        assert "book-aaaa" in "\n".join(screen_lines(pilot))


async def test_a_run_without_relations_says_so_and_a_deleted_parent_cannot_be_opened() -> None:
    parent, child = _family()
    alone = write_run("book-cccc", epochs_done=1, status="done").directory
    async with opened_app(run=alone) as pilot:
        await _on_train(pilot, alone)
        await pilot.press("B")
        await wait_for(pilot, lambda: any("was made of no run" in notice for notice in notices_of(pilot)))
    parent.path.rename(parent.path.with_name("elsewhere"))
    async with opened_app(run=child) as pilot:
        await _on_train(pilot, child)
        await pilot.press("B")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, FamilyDialog))
        assert "deleted" in "\n".join(screen_lines(pilot))
        await pilot.press("up", "enter")
        await _on_train(pilot, child)
