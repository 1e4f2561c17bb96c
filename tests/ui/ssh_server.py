"""An OpenSSH server of this test alone, on 127.0.0.1, with keys and configuration in a folder of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.waiting import wait_until

SERVER = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile {folder}/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
"""


class SshServer:
    """`login` gives the client's command line; `sessions` are the server's processes that serve one."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self._process, self._port, self._folder = process, port, folder

    def login(self, command: str, *, has_terminal: bool = True) -> list[str]:
        """The client that runs `command` over there, with a terminal of its own."""
        options = ("StrictHostKeyChecking=no", f"UserKnownHostsFile={self._folder}/known_hosts", "BatchMode=yes")
        options += (f"IdentityFile={self._folder}/user_key", "IdentitiesOnly=yes", "LogLevel=ERROR")
        flags = [part for option in options for part in ("-o", option)]
        terminal = "-tt" if has_terminal else "-T"
        return ["ssh", "-F", "none", *flags, terminal, "-p", str(self._port), f"{getpass.getuser()}@127.0.0.1", command]

    @property
    def sessions(self) -> list[psutil.Process]:
        """Below the process that listens, without what a session runs."""
        below = psutil.Process(self._process.pid).children(recursive=True)
        return [process for process in below if _name(process).startswith("sshd")]


def _name(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return process.name()
    return ""


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """A server that lets this user in; skips the test, with the reason, where there can be none."""
    if SERVER is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        pytest.skip("sshd or ssh is not installed (Debian: openssh-server)")
    if os.getuid() == 0:
        # Debian's service makes it, and sshd of root does not start without it.
        try:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        except OSError as error:
            pytest.skip(f"/run/sshd, which sshd of root needs, cannot be made: {error.strerror}")
    folder.mkdir(mode=0o700)
    for name in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True, timeout=30)
    port = _free_port()
    (folder / "sshd_config").write_text(CONFIG.format(port=port, folder=folder))
    with (folder / "sshd.log").open("wb") as log:
        command: Sequence[str] = [SERVER, "-D", "-e", "-f", str(folder / "sshd_config")]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    server = SshServer(process, port, folder)
    try:
        _check_login(server, process, folder / "sshd.log")
        yield server
    finally:
        for left in (*server.sessions, psutil.Process(process.pid)):
            with contextlib.suppress(psutil.Error):
                left.send_signal(signal.SIGKILL)
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _check_login(server: SshServer, process: subprocess.Popen[bytes], log: Path) -> None:
    def answers() -> bool:
        if process.poll() is not None:
            return True
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server._port), 1):
            return True
        return False

    wait_until(answers, within_s=10)
    asked = server.login(f"{sys.executable} -c 'print(6 * 7)'", has_terminal=False)
    said = subprocess.run(asked, capture_output=True, timeout=30, check=False, stdin=subprocess.DEVNULL)
    if said.stdout.strip() != b"42":
        pytest.skip(f"sshd lets nobody in here: {log.read_text().strip().splitlines()[-1:]} {said.stderr[-200:]!r}")
