"""The learning-rate finder as a dialog: progress, curve, suggestions, taking one, leaving early."""

from __future__ import annotations

import threading
from typing import Any

from tests.ui.app_pilot import SMALL, FakeServer, form_of, opened_app
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.errors import DataError, UsageError
from tui_trainer.runs.launcher import OnProgress, Progress, ignore_progress
from tui_trainer.ui.rate_search_dialog import RateSearchDialog
from tui_trainer.ui.rate_search_plot import RateSearchPlot

ANSWER: dict[str, Any] = {
    "points": [[1e-7 * 10 ** (index / 10), abs(70 - index) / 30 + 0.3] for index in range(80)],
    "suggestions": [
        {"name": "steep", "lr": 0.7, "help": "where the loss falls fastest", "source": "fastai"},
        {"name": "valley", "lr": 0.0456, "help": "[b]half-way", "source": "fastai"},
    ],
    "suggested": 0.0456,
    "suggested_by": "valley",
    "stopped": "diverged",
    "note": None,
}


class WaitingServer(FakeServer):
    """Its search waits until it is let go on or cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.is_cancelled = False
        self.gate = threading.Event()

    def request(self, method: str, params: dict[str, Any], on_progress: OnProgress = ignore_progress) -> dict[str, Any]:
        if method == "lr_find":
            on_progress(Progress("learning rates tried", 37, 100))
            assert self.gate.wait(10), "nobody let the search go on"
            if self.is_cancelled:
                raise UsageError("cancelled")
        return super().request(method, params, on_progress)

    def cancel(self) -> None:
        self.is_cancelled = True
        self.gate.set()


async def test_enter_takes_the_chosen_rate_and_undo_takes_it_back() -> None:
    for size, keys, lr in (((120, 40), ["enter"], 0.0456), (SMALL, ["down", "enter"], 0.7)):
        async with opened_app(size=size) as pilot:
            server = pilot.app.engines.server = WaitingServer()  # type: ignore[attr-defined]
            server.answers["lr_find"] = ANSWER
            await pilot.press("l")
            await wait_for(pilot, lambda: "37%" in "".join(screen_lines(pilot)))
            server.gate.set()
            await wait_for(pilot, lambda: "▎◆ valley" in "".join(screen_lines(pilot)))
            text = "\n".join(screen_lines(pilot))
            assert "0.0456   [b]half-way" in text and "1e-7" in text and "4 times the best" in text
            assert pilot.app.screen.query_one(RateSearchPlot).display
            await pilot.press(*keys)
            await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))
            assert form_of(pilot).draft.value("optimizer.lr") == lr
            await pilot.press("u")
            assert form_of(pilot).draft.value("optimizer.lr") == 0.5
            (asked,) = [params for method, params in server.asked if method == "lr_find"]
            assert asked["config"]["data"]["source"] == "digits"


async def test_escape_cancels_a_search_and_changes_nothing() -> None:
    async with opened_app() as pilot:
        server = pilot.app.engines.server = WaitingServer()  # type: ignore[attr-defined]
        await pilot.press("l")
        await wait_for(pilot, lambda: "37%" in "".join(screen_lines(pilot)))
        await pilot.press("enter", "escape")
        await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))
        assert server.is_cancelled and not form_of(pilot).draft.can_undo


async def test_what_the_engine_refuses_is_said_in_the_dialog() -> None:
    async with opened_app() as pilot:
        for answer, words in ((DataError("row 3 is [empty]"), "row 3 is [empty]"), ({"points": 3}, "cannot be read")):
            pilot.app.engines.server.answers["lr_find"] = answer  # type: ignore[attr-defined]
            await pilot.press("l")
            await wait_for(pilot, lambda words=words: words in "".join(screen_lines(pilot)))
            await pilot.press("enter", "down")
            assert isinstance(pilot.app.screen, RateSearchDialog)
            await pilot.press("escape")
            await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))
