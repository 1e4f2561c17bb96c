"""The app over a real SSH connection that is cut in mid-run: the run goes on, and the next connection shows it all."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands.command_process import COMMAND
from tests.ui.live_training import (
    EPOCHS,
    FIRST_FRAME,
    LEAST_SPEED,
    LiveTraining,
    await_training,
    check_shown_whole,
    cleared,
    engine_processes,
    last_epoch_shown,
    processes_of,
    write_lasting_config,
)
from tests.ui.ssh_server import SshServer, ssh_server
from tests.ui.terminal_app import TerminalApp, on_terminal
from tests.waiting import wait_until
from tui_trainer.runs.paths import home

pytestmark = [pytest.mark.process, pytest.mark.slow]

GONE_S = 5.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    """A server of this test alone."""
    with cleared(), ssh_server(tmp_path / "ssh") as server:
        yield server


def remote(*arguments: str | Path) -> str:
    """`mlp-tui open ARGUMENTS` for the bare environment of a session, with this test's home."""
    return shlex.join(["env", f"MLP_TUI_HOME={home()}", "COLORTERM=truecolor", *COMMAND, "open", *map(str, arguments)])


def kill_the_server_side(server: SshServer, client: TerminalApp, training: LiveTraining) -> None:
    """As where the machine that one is logged into drops the connection."""
    sessions = server.sessions
    assert sessions
    for session in sessions:
        session.send_signal(signal.SIGKILL)


def kill_the_client(server: SshServer, client: TerminalApp, training: LiveTraining) -> None:
    """As where the laptop at the other end dies."""
    client.kill()


def stall_then_kill_the_client(server: SshServer, client: TerminalApp, training: LiveTraining) -> None:
    """As where the line is silent for a while first: what the app draws fills the connection and its terminal."""
    client.process.send_signal(signal.SIGSTOP)
    training.steps_per_s(10.0)
    client.kill()


@pytest.mark.parametrize(
    "cut", [kill_the_server_side, kill_the_client, stall_then_kill_the_client], ids=lambda cut: cut.__name__
)
def test_a_run_outlives_the_connection_that_it_was_started_over(
    server: SshServer, tmp_path: Path, cut: Callable[[SshServer, TerminalApp, LiveTraining], None]
) -> None:
    with on_terminal(server.login(remote(write_lasting_config(tmp_path), "--start"))) as client:
        training = await_training()
        client.await_shown(EPOCHS)
        before = training.steps_per_s()
        assert len(processes_of("tui_trainer")) == 1
        cut(server, client, training)
        wait_until(lambda: processes_of("tui_trainer") == [], within_s=GONE_S)
    wait_until(lambda: engine_processes() == [training.trainer], within_s=GONE_S)
    assert training.steps_per_s() >= LEAST_SPEED * before

    num_epochs = training.num_epochs
    with on_terminal(server.login(remote(training.run.path))) as client:
        client.await_shown(EPOCHS)
        assert last_epoch_shown(client) >= num_epochs
        assert client.await_shown(EPOCHS) - client.await_shown(FIRST_FRAME) < 2.0
    wait_until(lambda: engine_processes() == [training.trainer], within_s=GONE_S)
    check_shown_whole(training)
    training.let_end()
    assert training.history.ended is not None and training.history.ended["status"] == "done"
    assert training.history.attempt == 1
