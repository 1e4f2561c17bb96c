"""The app on a terminal that does not read: it lives, waits for nobody, keeps nothing, and draws itself anew afterwards."""

from __future__ import annotations

import signal
import time

import pytest

from tests.runs_factory import write_run
from tests.ui.app_on_pty import AppOnPty


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
        assert app.read(3.0) < 150_000, "pictures that nobody could see were kept"
        # After all that was drawn before, the last picture is a whole one.
        last = app.seen[start:].rpartition(b"Checkpoints")[0]
        assert b"mlp-tui" in last
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
