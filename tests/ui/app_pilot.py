"""The whole app under a pilot, with engines that start nothing and no network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from tests.ui.pilot_waiting import wait_for
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.launcher import OnProgress, ignore_progress
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.ui_settings import DEFAULT_UI, UiSettings
from tui_trainer.ui.app import MlpTuiApp
from tui_trainer.ui.configure_screen import ConfigureScreen
from tui_trainer.ui.field import Field
from tui_trainer.ui.form import Form

WIDE, SMALL = (120, 40), (80, 24)


class FakeServer:
    """Knows one device and a rate that falls by steps; other methods are in `answers`, or refused."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        """(method, params) of every request."""
        self.answers: dict[str, Any] = {
            "devices": {"devices": [{"device": "cpu", "name": "a processor"}]},
            "schedule_curve": {"points": [[0.0, 0.5], [10.0, 0.05]], "epochs_shown": 20, "cadence": "epoch", "assumed": None},
        }

    def request(self, method: str, params: dict[str, Any], on_progress: OnProgress = ignore_progress) -> dict[str, Any]:
        self.asked.append((method, params))
        answer = self.answers.get(method, UsageError(f"no {method} here"))
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


class FakeEngines:
    """Counts what it was asked for."""

    def __init__(self, server: FakeServer | None = None) -> None:
        self.server = server or FakeServer()
        self.spare = None
        self.num_warmed = 0

    def warm(self) -> None:
        self.num_warmed += 1

    def close(self) -> None:
        """Nothing runs."""


class DeadProcess:
    """A trainer that has ended well."""

    def poll(self) -> int:
        return 0


@asynccontextmanager
async def opened_app(
    *,
    size: tuple[int, int] = WIDE,
    config: RunConfig | None = None,
    run: RunDirectory | None = None,
    server: FakeServer | None = None,
    ui: UiSettings = DEFAULT_UI,
) -> AsyncIterator[Pilot[Any]]:
    """The app on its first screen, with the first field focused and the size of the data known."""
    app = MlpTuiApp(config, run, engines=FakeEngines(server), ui=ui)  # type: ignore[arg-type]
    async with app.run_test(size=size) as pilot:
        screen = app.configure_screen
        await wait_for(
            pilot,
            lambda: screen.is_mounted and screen.focused is not None and screen.facts.shape_of(screen.draft.config) is not None,
        )
        yield pilot


def form_of(pilot: Pilot[Any]) -> ConfigureScreen:
    """The Configure screen."""
    screen: ConfigureScreen = pilot.app.configure_screen  # type: ignore[attr-defined]
    return screen


def field_of(pilot: Pilot[Any], key: str) -> Field:
    """The field of a key, which must be there."""
    field = form_of(pilot).query_one(Form).field(key)
    assert field is not None, key
    return field


async def go_to(pilot: Pilot[Any], key: str) -> Field:
    """Focus the field of a key."""
    field = field_of(pilot, key)
    form_of(pilot).set_focus(field)
    await pilot.pause()
    return field


async def type_into(pilot: Pilot[Any], key: str, text: str) -> None:
    """Replace the value of a field by typing."""
    field = await go_to(pilot, key)
    await pilot.press("enter")
    await wait_for(pilot, lambda: field.is_editing and pilot.app.focused is not field)
    await pilot.press(*text, "enter")
    await wait_for(pilot, lambda: not field.is_editing)


def notices_of(pilot: Pilot[Any]) -> list[str]:
    """Texts of the notices that are shown."""
    return [notice.message for notice in pilot.app._notifications]
