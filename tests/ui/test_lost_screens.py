"""Whatever becomes of the screen, the run goes on at its speed, nothing else stays behind, and a new screen shows it all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.commands.command_process import COMMAND
from tests.ui.live_training import (
    EPOCHS,
    LEAST_SPEED,
    LiveTraining,
    await_training,
    check_shown_whole,
    cleared,
    engine_processes,
    last_epoch_shown,
    write_lasting_config,
)
from tests.ui.terminal_app import TerminalApp, on_terminal, opened
from tests.waiting import wait_until
from tui_trainer.runs.errors import EXIT_HUP, EXIT_TERM

pytestmark = pytest.mark.process

GONE_S = 5.0
"""Seconds in which an app ends."""
KEPT_S = 20.0
"""Seconds in which what an app kept is gone after a KILL; it stays while torch is mapped, 5 s on a busy machine."""
CATCH_UP_S = 2.0
MOST_GROWTH = 100_000_000
"""Bytes that an app may grow by while nobody takes what it draws."""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[TerminalApp]:
    """The app, which starts a long training at once."""
    with cleared(), opened(write_lasting_config(tmp_path), "--start") as app:
        yield app


def check_goes_on(training: LiveTraining, before: float) -> None:
    """The trainer is alone and as fast as it was; a new app shows all of it; and it ends as it was asked to."""
    wait_until(lambda: engine_processes() == [training.trainer], within_s=KEPT_S)
    assert training.steps_per_s() >= LEAST_SPEED * before
    check_shown_whole(training)
    wait_until(lambda: engine_processes() == [training.trainer], within_s=KEPT_S)
    training.let_end()
    ended = training.history.ended
    assert ended is not None and (ended["status"], ended["exit_code"]) == ("done", 0)
    assert training.history.attempt == 1 and training.history.warnings == []
    wait_until(lambda: engine_processes() == [], within_s=GONE_S)


def test_a_run_outlives_an_app_that_is_killed(app: TerminalApp) -> None:
    training = await_training()
    before = training.steps_per_s()
    app.kill()
    check_goes_on(training, before)


def test_a_run_outlives_a_terminal_that_is_closed(app: TerminalApp) -> None:
    training = await_training()
    before = training.steps_per_s()
    app.hang_up()
    assert app.process.wait(GONE_S) == EXIT_HUP
    check_goes_on(training, before)


def test_an_app_ends_with_a_terminal_that_does_not_control_its_session() -> None:
    with cleared(), on_terminal(COMMAND, controls=False) as app:
        app.await_shown("Device")
        app.hang_up()
        assert app.process.wait(GONE_S) == EXIT_HUP
        wait_until(lambda: engine_processes() == [], within_s=KEPT_S)


def drawn_anew(app: TerminalApp) -> int:
    """The mark before a picture that is drawn for the question."""
    mark = app.draw_anew()
    app.await_shown(EPOCHS, KEPT_S, since=mark)
    return mark


@pytest.mark.parametrize("seconds", [5.0, pytest.param(30.0, marks=pytest.mark.slow)])
def test_a_run_does_not_wait_for_a_terminal_that_is_not_read(app: TerminalApp, seconds: float) -> None:
    training = await_training()
    before, resident = training.steps_per_s(), psutil.Process(app.process.pid).memory_info().rss
    app.stop_reading()
    assert training.steps_per_s(seconds) >= LEAST_SPEED * before
    assert psutil.Process(app.process.pid).memory_info().rss - resident < MOST_GROWTH

    num_epochs, began_s = training.num_epochs, app.now_s()
    app.go_on_reading()
    mark = drawn_anew(app)
    while last_epoch_shown(app, since=mark) < num_epochs and app.now_s() - began_s < KEPT_S:
        mark = drawn_anew(app)
    assert app.await_shown(EPOCHS, since=mark) - began_s < CATCH_UP_S
    app.process.terminate()
    assert app.process.wait(GONE_S) == EXIT_TERM
    check_goes_on(training, before)


@pytest.mark.parametrize("is_closed", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["closed", "terminated"])
def test_an_app_whose_terminal_is_not_read_can_still_be_ended(app: TerminalApp, is_closed: bool) -> None:
    training = await_training()
    before = training.steps_per_s()
    app.stop_reading()
    training.steps_per_s(3.0)
    if is_closed:
        app.hang_up()
    else:
        app.process.terminate()
    assert app.process.wait(GONE_S) == (EXIT_HUP if is_closed else EXIT_TERM)
    check_goes_on(training, before)
