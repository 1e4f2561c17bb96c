"""An app that shows the Checkpoints screen alone, with a fake engine, and remembers what it was asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot_waiting import wait_for
from tui_trainer.runs.ui_settings import DEFAULT_UI, UiSettings
from tui_trainer.ui.checkpoints_screen import CheckpointsScreen
from tui_trainer.ui.key_bar import KeyBarTable
from tui_trainer.ui.run_requests import RunRequest
from tui_trainer.ui.run_table import RunTable
from tui_trainer.ui.themed_app import ThemedApp

WIDE, SMALL = (120, 40), (80, 24)


class CheckpointsApp(ThemedApp):
    """What the screen needs of its app, and the keys that the real one adds to the key bar."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "show_help", "Help"),
        Binding("q", "leave", "Quit"),
    ]
    KEY_BAR: ClassVar[KeyBarTable] = {"show_help": 2, "leave": 1}

    def __init__(self, engine: FakeEngine, ui: UiSettings = DEFAULT_UI) -> None:
        super().__init__(ui=ui)
        self.engine_server = engine
        self.requests: list[RunRequest] = []

    def on_mount(self) -> None:
        self.push_screen(CheckpointsScreen())

    def action_show_help(self) -> None:
        """Nothing."""

    def action_leave(self) -> None:
        """Nothing."""

    async def on_event(self, event: Any) -> None:
        await super().on_event(event)

    def on_rerun_requested(self, message: RunRequest) -> None:
        self.requests.append(message)

    on_edit_requested = on_resume_requested = on_open_requested = on_rerun_requested


@asynccontextmanager
async def opened(
    engine: FakeEngine | None = None, *, size: tuple[int, int] = WIDE, has_runs: bool = True, ui: UiSettings = DEFAULT_UI
) -> AsyncIterator[Pilot[Any]]:
    """The screen, with the keys at the list once it was read."""
    app = CheckpointsApp(engine or FakeEngine(), ui)
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: isinstance(app.screen, CheckpointsScreen) and app.screen.is_mounted)
        await wait_for(pilot, lambda: not app.screen.query_one("#runs").has_class("-reading"))
        if has_runs:
            await wait_for(pilot, lambda: table_of(pilot).has_focus)
        yield pilot


def table_of(pilot: Pilot[Any]) -> RunTable:
    """The list of the screen."""
    return pilot.app.screen.query_one(RunTable)


def words_of(app: App[Any], selector: str) -> str:
    """What a Static says."""
    content = app.screen.query_one(selector, Static).visual
    return str(content)


def cells_of(pilot: Pilot[Any]) -> list[list[str]]:
    """The text of all cells of the list, row by row."""
    table = table_of(pilot)
    return [[cell.plain.strip() for cell in table.get_row_at(index)] for index in range(table.row_count)]


async def evaluated(pilot: Pilot[Any]) -> None:
    """Wait until a result is shown."""
    await wait_for(pilot, lambda: pilot.app.screen.has_class("-evaluated"))


def lies_within(widget: Widget, size: tuple[int, int]) -> bool:
    """Whether a displayed widget is wholly on the screen."""
    region = widget.region
    return region.x >= 0 and region.y >= 0 and region.right <= size[0] and region.bottom <= size[1]
