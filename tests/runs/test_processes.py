from __future__ import annotations

import os
import subprocess
import sys

from tui_trainer.runs.processes import boot_id, is_alive, own_identity, start_time_of


def test_an_identity_is_that_of_this_process() -> None:
    identity = own_identity()
    assert identity["pid"] == os.getpid() and identity["boot_id"] == boot_id() != "" and identity["host"]
    assert is_alive(identity["pid"], identity["start_time"])


def test_another_start_time_is_another_process() -> None:
    assert not is_alive(os.getpid(), "1") and not is_alive(os.getpid(), "")


def test_a_pid_that_cannot_be_is_no_process() -> None:
    assert [start_time_of(pid) for pid in (0, -1, 10**18)] == [None] * 3


def test_a_process_is_alive_until_it_ends_and_dead_as_a_zombie() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    start_time = start_time_of(child.pid)
    assert start_time is not None and is_alive(child.pid, start_time)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(child.pid, start_time)
    child.communicate()
    assert start_time_of(child.pid) is None


def test_a_command_with_brackets_in_its_name_is_read_right() -> None:
    script = "import sys; open('/proc/self/comm', 'w').write(') Z 1 (x'); print('up', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-S", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"up\n"
        start_time = start_time_of(child.pid)
        child.kill()
    assert start_time is not None and start_time.isdigit() and int(start_time) > 1
