"""What is made ready while a person reads the form, and what a key then need not wait for."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot

from tests.runs_factory import write_run
from tests.ui.app_pilot import SMALL, WIDE, opened_app
from tests.ui.checkpoints_app import evaluated, opened
from tests.ui.pilot_waiting import wait_for
from tui_trainer.ui import later_screens
from tui_trainer.ui.checkpoints_screen import CheckpointsScreen


async def prepared(pilot: Pilot[Any]) -> None:
    """Wait until all is ready."""
    await wait_for(pilot, lambda: not [worker for worker in pilot.app.workers if worker.group == "prepare"])


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_screen_that_was_prepared_is_opened_without_parsing_styles_again(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    write_run(epochs_done=1, status="done")
    async with opened_app(size=size) as pilot:
        await prepared(pilot)

        def fail(_stylesheet: Stylesheet) -> None:
            raise AssertionError("all styles were parsed again")

        monkeypatch.setattr(Stylesheet, "reparse", fail)
        await pilot.press("3")
        await wait_for(pilot, lambda: type(pilot.app.screen.focused).__name__ == "RunTable")
        await pilot.press("2")
        await wait_for(pilot, lambda: type(pilot.app.screen).__name__ == "TrainScreen")
        assert pilot.app.screen.query_one("#frame-body").region.area
        await wait_for(pilot, lambda: pilot.app.screen.history is not None)
        await pilot.press("o")
        await wait_for(pilot, lambda: type(pilot.app.screen).__name__ == "OverlayScreen")


async def test_modules_are_imported_where_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    imported: dict[str, bool] = {}

    def note(name: str) -> Any:
        imported[name] = threading.current_thread() is threading.main_thread()
        return import_module(name)

    monkeypatch.setattr(later_screens, "import_module", note)
    async with opened_app() as pilot:
        await prepared(pilot)
        await pilot.press("3")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, CheckpointsScreen))
    assert {"tui_trainer.ui.checkpoints_screen", "tui_trainer.ui.train_screen"} < set(imported)
    assert not any(imported.values())


async def test_a_key_that_comes_before_all_is_ready_opens_its_screen() -> None:
    async with opened_app() as pilot:
        await pilot.press("3")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, CheckpointsScreen))
        assert pilot.app.screen.query_one("#runs").region.area


@pytest.mark.parametrize(("size", "expected"), [(WIDE, "-wide"), (SMALL, "-small")])
async def test_a_screen_knows_its_width_before_it_is_laid_out(size: tuple[int, int], expected: str) -> None:
    async with opened_app(size=size) as pilot:
        screen = pilot.app._build_screen(3)  # type: ignore[attr-defined]
        screen.expect_width(size[0])
        assert {"-wide", "-small"} & set(screen.classes) == {expected}


async def test_going_from_pane_to_pane_draws_no_more_than_these(monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(epochs_done=2, status="done")
    async with opened() as pilot:
        await pilot.press("enter")
        await evaluated(pilot)
        gallery = pilot.app.screen.query_one("#gallery")
        await wait_for(pilot, lambda: gallery.has_class("-pictures"))
        drawn: list[str] = []
        for name in ("render_full_update", "render_partial_update"):
            monkeypatch.setattr(Compositor, name, noting(getattr(Compositor, name), name, drawn))
        await pilot.press("g")
        await wait_for(pilot, lambda: gallery.has_focus)
        await pilot.press("escape")
        await wait_for(pilot, lambda: type(pilot.app.screen.focused).__name__ == "RunTable")
        assert "render_full_update" not in drawn
        assert "render_partial_update" in drawn


def noting(method: Any, name: str, drawn: list[str]) -> Any:
    """The same method, whose calls are listed in `drawn`."""

    def call(self: Compositor, *arguments: Any, **named: Any) -> Any:
        drawn.append(name)
        return method(self, *arguments, **named)

    return call
