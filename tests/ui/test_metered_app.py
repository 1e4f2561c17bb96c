"""The app on a terminal that does not read: it lives, waits for nobody, keeps nothing, and draws itself anew afterwards."""

from __future__ import annotations

import signal
import time

import pytest
from textual._compositor import LayoutUpdate

from tests.runs_factory import write_run
from tests.ui.app_on_pty import AppOnPty
from tests.ui.app_pilot import form_of, opened_app
from tests.ui.pilot_waiting import wait_for
from tui_trainer.ui.field_help import FieldHelp
from tui_trainer.ui.train_screen import TrainScreen


async def test_what_changes_on_a_screen_below_another_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = write_run(epochs_done=3, steps_per_epoch=50, status="done")
    async with opened_app() as pilot:
        app = pilot.app
        await app.show_run(writer.directory)  # type: ignore[attr-defined]
        await wait_for(pilot, lambda: isinstance(app.screen, TrainScreen) and app.screen.history is not None)
        await pilot.pause(0.3)
        drawn: list[object] = []
        monkeypatch.setattr(app, "_display", lambda _, update: drawn.append(update) if update is not None else None)
        form_of(pilot).query_one(FieldHelp).update("another text\nof more\nlines than before")
        await pilot.pause(0.2)
        assert drawn == []
        monkeypatch.undo()
        await pilot.press("1")
        await pilot.pause(0.2)
        assert not form_of(pilot)._layout_required, "it is laid out when it is seen again"


async def test_moving_the_focus_repaints_no_whole_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened_app() as pilot:
        await pilot.pause(0.3)
        drawn: list[object] = []
        monkeypatch.setattr(pilot.app, "_display", lambda _, update: drawn.append(update) if update is not None else None)
        before = pilot.app.focused
        await pilot.press("down")
        await pilot.pause(0.1)
        assert pilot.app.focused is not before
        assert drawn and not any(isinstance(update, LayoutUpdate) for update in drawn)


@pytest.mark.process
def test_a_terminal_that_stops_reading_gets_the_whole_screen_when_it_reads_again() -> None:
    run = write_run(epochs_done=3, steps_per_epoch=50, status="done").directory
    with AppOnPty(["open", run.run]) as app:
        app.read_until(b"accuracy")
        app.read(2.0)
        before = app.rss_bytes()
        # Each pair of keys draws some twenty kilobytes: far more than any buffer between the two.
        for _ in range(20):
            app.press(b"32")
            time.sleep(0.1)
        app.wait_until_idle()
        assert app.process.poll() is None
        assert app.rss_bytes() - before < 30_000_000
        start = len(app.seen)
        # After all that was drawn before, the last picture is a whole one.
        deadline = time.monotonic() + 20
        while app.read(1.0) or b"mlp-tui" not in app.seen[start:].rpartition(b"Checkpoints")[0]:
            assert time.monotonic() < deadline, "the whole screen was not drawn"
        assert len(app.seen) - start < 150_000, "pictures that nobody could see were kept"
        app.press(b"3")
        app.read_until(b"confusion")
        assert app.end() == 143


@pytest.mark.process
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_app_though_nobody_reads_its_terminal(number: int, exit_code: int) -> None:
    run = write_run(epochs_done=3, steps_per_epoch=50, status="done").directory
    with AppOnPty(["open", run.run]) as app:
        app.read_until(b"accuracy")
        app.read(2.0)
        for _ in range(10):
            app.press(b"32")
            time.sleep(0.1)
        app.wait_until_idle()
        begun_at = time.monotonic()
        assert app.end(number) == exit_code
        assert time.monotonic() - begun_at < 4
