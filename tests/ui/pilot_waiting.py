"""How a test with a pilot waits, and how it reads what is on the screen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot


async def wait_for(pilot: Pilot[Any], claim: Callable[[], object], within_s: float = 20.0) -> None:
    """Return as soon as `claim()` is true and the app is idle; AssertionError after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while not claim():
        assert time.monotonic() < deadline, f"still not true after {within_s} s"
        await pilot.pause(0.01)
    await pilot.pause()


def screen_lines(pilot: Pilot[Any]) -> list[str]:
    """The rows of the terminal as text, without their colours."""
    return ["".join(segment.text for segment in strip) for strip in pilot.app.screen._compositor.render_strips()]
