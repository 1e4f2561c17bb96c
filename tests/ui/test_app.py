"""The app: screens, starting, leaving, help; and what of it holds on a real terminal."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import Any

import pytest
from textual._context import active_app
from textual.widgets import Static

from tests.runs_factory import write_run
from tests.ui.app_pilot import DeadProcess, FakeEngines, form_of, go_to, notices_of, opened_app, type_into
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.errors import DataError, MlpTuiError
from tui_trainer.runs.launcher import Progress, StartedRun
from tui_trainer.runs.start_cancel import StartCancel
from tui_trainer.ui.help_dialog import HelpDialog
from tui_trainer.ui.quit_dialog import QuitDialog
from tui_trainer.ui.start_dialog import StartDialog


def name_of(screen: object) -> str:
    return type(screen).__name__


async def test_digits_switch_the_screens_and_back_again() -> None:
    async with opened_app() as pilot:
        for key, name in (
            ("2", "TrainScreen"),
            ("3", "CheckpointsScreen"),
            ("2", "TrainScreen"),
            ("1", "ConfigureScreen"),
            ("3", "CheckpointsScreen"),
            ("1", "ConfigureScreen"),
        ):
            await pilot.press(key)
            await wait_for(pilot, lambda name=name: name_of(pilot.app.screen) == name)


async def test_what_was_set_up_is_still_there_after_another_screen() -> None:
    async with opened_app() as pilot:
        await type_into(pilot, "seed", "42")
        await pilot.press("2")
        await wait_for(pilot, lambda: name_of(pilot.app.screen) == "TrainScreen")
        await pilot.press("1")
        await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))
        assert form_of(pilot).draft.value("seed") == 42


async def test_a_start_shows_its_progress_and_then_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = write_run("quick-0001", status="done", epochs_done=1, steps_per_epoch=4)
    may_go_on: list[bool] = []

    def start(config: Any, *, on_progress: Any, **_: Any) -> StartedRun:
        on_progress(Progress("downloading mnist", 5, 10))
        deadline = time.monotonic() + 5
        while not may_go_on and time.monotonic() < deadline:
            time.sleep(0.01)
        return StartedRun(writer.directory, DeadProcess())  # type: ignore[arg-type]

    monkeypatch.setattr("tui_trainer.ui.run_starter.start_run", start)
    async with opened_app() as pilot:
        num_warmed = pilot.app.engines.num_warmed  # type: ignore[attr-defined]
        await pilot.press("f5")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, StartDialog))
        await wait_for(pilot, lambda: "downloading mnist" in "\n".join(screen_lines(pilot)))
        await wait_for(pilot, lambda: "50%" in "\n".join(screen_lines(pilot)))
        may_go_on.append(True)
        await wait_for(pilot, lambda: name_of(pilot.app.screen) == "TrainScreen")
        assert pilot.app.screen.run == writer.directory  # type: ignore[attr-defined]
        await wait_for(pilot, lambda: pilot.app.engines.num_warmed == num_warmed + 1)  # type: ignore[attr-defined]


async def test_escape_cancels_a_start_and_the_form_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(config: Any, *, cancel: StartCancel, **_: Any) -> StartedRun:
        deadline = time.monotonic() + 5
        while not cancel.is_cancelled and time.monotonic() < deadline:
            time.sleep(0.01)
        cancel.check()
        raise AssertionError("nobody cancelled")

    monkeypatch.setattr("tui_trainer.ui.run_starter.start_run", start)
    async with opened_app() as pilot:
        await type_into(pilot, "seed", "42")
        await pilot.press("f5")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, StartDialog))
        await pilot.press("escape")
        await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot) and notices_of(pilot))
        assert "cancelled" in notices_of(pilot)[0] and form_of(pilot).draft.value("seed") == 42


@pytest.mark.parametrize("error", [DataError("mnist cannot be had; [/] \x1b[31m"), OSError(28, "No space left")])
async def test_a_refused_start_is_a_notice_and_the_form_is_as_it_was(
    monkeypatch: pytest.MonkeyPatch, error: MlpTuiError | OSError
) -> None:
    def refuse(*_: Any, **__: Any) -> StartedRun:
        raise error

    monkeypatch.setattr("tui_trainer.ui.run_starter.start_run", refuse)
    async with opened_app() as pilot:
        await type_into(pilot, "seed", "42")
        for _ in range(2):
            await pilot.press("r")
            await wait_for(pilot, lambda: notices_of(pilot) and pilot.app.screen is form_of(pilot))
        assert "\x1b" not in notices_of(pilot)[0]
        assert form_of(pilot).draft.value("seed") == 42


async def test_opening_attaches_to_the_newest_run_that_is_alive() -> None:
    write_run("old-0001", status="done", epochs_done=1, steps_per_epoch=4)
    writer = write_run("live-0001", day="20261124T231201Z", epochs_done=1, steps_per_epoch=4)
    try:
        async with opened_app() as pilot:
            await wait_for(pilot, lambda: name_of(pilot.app.screen) == "TrainScreen")
            assert pilot.app.screen.run == writer.directory  # type: ignore[attr-defined]
    finally:
        writer.leave()


@pytest.mark.parametrize("is_named", [True, False])
async def test_engines_start_once_a_run_that_is_opened_is_shown(is_named: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    attached: list[bool] = []

    def note(engines: FakeEngines) -> None:
        screen = active_app.get().screen
        attached.append(name_of(screen) == "TrainScreen" and screen.history is not None)  # type: ignore[attr-defined]

    monkeypatch.setattr(FakeEngines, "warm", note)
    writer = write_run("live-0001", day="20261124T231201Z", epochs_done=1, steps_per_epoch=4)
    try:
        async with opened_app(run=writer.directory if is_named else None) as pilot:
            await wait_for(pilot, lambda: attached)
            other = write_run("done-0001", epochs_done=1, steps_per_epoch=4, status="done")
            await pilot.app.show_run(other.directory)  # type: ignore[attr-defined]
            await wait_for(pilot, lambda: pilot.app.screen.history is not None)  # type: ignore[attr-defined]
            assert attached == [True]
    finally:
        writer.leave()


async def test_engines_start_at_once_where_no_run_is_shown() -> None:
    async with opened_app() as pilot:
        await wait_for(pilot, lambda: pilot.app.engines.num_warmed == 1)  # type: ignore[attr-defined]
    async with opened_app(config=resolve_config()) as pilot:
        await wait_for(pilot, lambda: pilot.app.engines.num_warmed == 1)  # type: ignore[attr-defined]


async def test_q_leaves_at_once_where_nothing_trains() -> None:
    async with opened_app() as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert pilot.app._exit and pilot.app.return_code == 0


async def test_q_asks_where_a_run_is_alive_and_cancel_stays_and_detach_leaves() -> None:
    writer = write_run("live-0001", day="20261124T231201Z", epochs_done=1, steps_per_epoch=4)
    try:
        async with opened_app(run=writer.directory) as pilot:
            await wait_for(pilot, lambda: name_of(pilot.app.screen) == "TrainScreen")
            await pilot.press("q")
            await wait_for(pilot, lambda: isinstance(pilot.app.screen, QuitDialog))
            await wait_for(pilot, lambda: f"{writer.directory.shown_name} is training" in "\n".join(screen_lines(pilot)))
            await pilot.press("ctrl+q")
            assert isinstance(pilot.app.screen, QuitDialog)
            await pilot.press("c")
            await wait_for(pilot, lambda: name_of(pilot.app.screen) == "TrainScreen")
            assert not pilot.app._exit
            await pilot.press("ctrl+q")
            await wait_for(pilot, lambda: isinstance(pilot.app.screen, QuitDialog))
            await pilot.press("d")
            await wait_for(pilot, lambda: pilot.app._exit)
            assert list(writer.directory.control_folder.glob("*.json")) == []
    finally:
        writer.leave()


async def test_the_question_tells_a_run_that_waits_from_one_that_trains() -> None:
    blocker = write_run("live-0001", day="20261124T231201Z", epochs_done=1, steps_per_epoch=4)
    waiting = write_run("next-0002", day="20261124T231202Z", behind=blocker.directory)
    try:
        async with opened_app(run=waiting.directory) as pilot:
            await wait_for(pilot, lambda: name_of(pilot.app.screen) == "TrainScreen")
            await pilot.press("q")
            await wait_for(
                pilot, lambda: f"○ {waiting.directory.shown_name} waits for its turn" in "\n".join(screen_lines(pilot))
            )
            assert "it begins when its turn comes" in "\n".join(screen_lines(pilot))
            await pilot.press("c")
            pilot.app._known_runs.append(blocker.directory)  # type: ignore[attr-defined]
            await pilot.press("q")
            await wait_for(pilot, lambda: f"● {blocker.directory.shown_name} is training" in "\n".join(screen_lines(pilot)))
            assert f"○ {waiting.directory.shown_name} waits for its turn" in "\n".join(screen_lines(pilot))
    finally:
        waiting.leave()
        blocker.leave()


async def test_stop_and_save_asks_the_trainer_and_leaves_when_it_is_gone() -> None:
    writer = write_run("live-0001", day="20261124T231201Z", epochs_done=1, steps_per_epoch=4)
    async with opened_app(run=writer.directory) as pilot:
        await wait_for(pilot, lambda: name_of(pilot.app.screen) == "TrainScreen")
        await pilot.press("q")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, QuitDialog))
        await pilot.press("s")
        await wait_for(pilot, lambda: list(writer.directory.control_folder.glob("*.json")))
        request = next(writer.directory.control_folder.glob("*.json")).read_text()
        assert '"kind": "stop"' in request and '"save": true' in request
        assert not pilot.app._exit
        writer.leave()
        await wait_for(pilot, lambda: pilot.app._exit)


async def test_help_begins_with_the_focused_field_and_lists_the_keys_that_work() -> None:
    async with opened_app() as pilot:
        await go_to(pilot, "model.dropout")
        await pilot.press("question_mark")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, HelpDialog))
        await wait_for(pilot, lambda: "Dropout" in "\n".join(screen_lines(pilot)))
        topic = str(pilot.app.screen.query_one("#help-topic", Static).visual)
        assert "Srivastava" in topic
        words = "\n".join(screen_lines(pilot))
        for expected in ("Check the configuration and train it", "Take the last change back", "F5", "space"):
            assert (expected in words) is (expected != "Take the last change back")
        await pilot.press("f1")
        await wait_for(pilot, lambda: pilot.app.screen is form_of(pilot))


def run_on_terminal(environment: dict[str, str], awaited: bytes, *, ended_by: int) -> tuple[int, bytes, bool]:
    """Open the app on a pseudo-terminal, end it once `awaited` was drawn: exit code, its last output, terminal as before."""
    terminal, inner = os.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    before = termios.tcgetattr(inner)
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; from tui_trainer.ui.app import run_app; sys.exit(run_app())"],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env={**os.environ, "TERM": "xterm-256color", **environment},
    )
    seen, at_signal, deadline = b"", 0, time.monotonic() + 30
    try:
        while process.poll() is None and time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.05)[0]:
                seen += os.read(terminal, 1 << 16)
            if not at_signal and awaited in seen:
                at_signal = len(seen)
                process.send_signal(ended_by)
        while select.select([terminal], [], [], 0)[0]:
            seen += os.read(terminal, 1 << 16)
        assert at_signal, seen[-2000:]
        return process.wait(1), seen[at_signal:], termios.tcgetattr(inner) == before
    finally:
        process.kill()
        process.wait()
        os.close(inner)
        os.close(terminal)


@pytest.mark.process
@pytest.mark.parametrize(
    ("environment", "ended_by", "exit_code"),
    [
        ({}, signal.SIGTERM, 143),
        ({}, signal.SIGHUP, 129),
        ({"NO_COLOR": "1"}, signal.SIGTERM, 143),
        ({"TERM": "vt100"}, signal.SIGTERM, 143),
        ({"LC_ALL": "C", "PYTHONUTF8": "0"}, signal.SIGTERM, 143),
    ],
)
def test_a_signal_ends_the_app_with_its_code_and_gives_the_terminal_back(
    environment: dict[str, str], ended_by: int, exit_code: int
) -> None:
    code, last_output, is_as_before = run_on_terminal(environment, b"Device", ended_by=ended_by)
    assert code == exit_code, last_output[-3000:].decode(errors="replace")
    assert b"Traceback" not in last_output
    for sequence in (b"?1049l", b"?25h", b"?1000l", b"?1003l", b"?1006l", b"?2004l"):
        assert sequence in last_output
    assert is_as_before


async def test_without_colours_the_configure_screen_draws_its_plot_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened_app() as pilot:
        await wait_for(pilot, lambda: "epoch 20" in "\n".join(screen_lines(pilot)))
