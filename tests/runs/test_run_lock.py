from __future__ import annotations

import errno
import fcntl
import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runs.descriptors import count_descriptors
from tui_trainer.runs import run_lock
from tui_trainer.runs.errors import ResourceError, RunBusyError
from tui_trainer.runs.processes import own_identity, start_time_of
from tui_trainer.runs.run_lock import Liveness, RunLock, read_holder, read_liveness

HOLDER = """
import sys
from pathlib import Path
from tui_trainer.runs.run_lock import RunLock
RunLock(Path(sys.argv[1])).acquire(attempt=7)
print("held", flush=True)
sys.stdin.read()
"""


def short(content: bytes) -> str:
    return repr(content)[:24]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book-3f2a" / "lock"


@pytest.fixture(autouse=True)
def _run_folder(path: Path) -> None:
    path.parent.mkdir()


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdin is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.stdin.close()
    process.kill()
    process.wait()
    process.stdout.close()


def write_record(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**own_identity(), "attempt": 1, **changes}) + "\n")


def test_a_second_process_is_told_who_holds_the_lock(path: Path, holder: subprocess.Popen[bytes]) -> None:
    assert read_liveness(path) is Liveness.ALIVE
    with pytest.raises(RunBusyError) as caught:
        RunLock(path).acquire(attempt=8, wait_s=0.1)
    assert caught.value.exit_code == 7
    assert str(holder.pid) in caught.value.message and "book-3f2a" in caught.value.message
    assert read_holder(path)["attempt"] == 7


def test_the_lock_of_a_killed_process_is_free_at_once_and_reads_as_dead(path: Path, holder: subprocess.Popen[bytes]) -> None:
    holder.kill()
    holder.wait()
    assert read_liveness(path) is Liveness.DEAD
    lock = RunLock(path)
    lock.acquire(attempt=8, wait_s=0)
    assert read_liveness(path) is Liveness.ALIVE
    lock.release()
    assert read_liveness(path) is Liveness.DEAD


def test_a_zombie_is_dead(path: Path, holder: subprocess.Popen[bytes]) -> None:
    holder.kill()
    os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)
    assert Path(f"/proc/{holder.pid}").exists()
    assert start_time_of(holder.pid) is None
    assert read_liveness(path) is Liveness.DEAD


def test_a_pid_that_another_process_got_is_not_taken_for_the_trainer(path: Path) -> None:
    lock = RunLock(path)
    lock.acquire(attempt=1)
    write_record(path, start_time="1")  # in place: the lock itself stays held
    assert read_liveness(path) is Liveness.DEAD
    lock.release()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"boot_id": "an earlier boot"}, Liveness.DEAD),
        ({"host": "another machine"}, Liveness.UNKNOWN),
        ({"host": "another machine", "boot_id": "x", "pid": 0}, Liveness.UNKNOWN),
        ({"pid": "12"}, Liveness.DEAD),
        ({"pid": -1}, Liveness.DEAD),
        ({"pid": 10**18}, Liveness.DEAD),
        ({"start_time": ""}, Liveness.DEAD),
        ({}, Liveness.ALIVE),
    ],
)
def test_liveness_asks_host_then_boot_then_process_then_lock(path: Path, changes: dict[str, Any], expected: Liveness) -> None:
    lock = RunLock(path)
    lock.acquire(attempt=1)
    write_record(path, **changes)  # in place: the lock itself stays held
    assert read_liveness(path) is expected
    lock.release()


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 4096, b"\0" * 100], ids=short)
def test_a_damaged_record_is_dead_unless_the_lock_is_held(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert read_liveness(path) is Liveness.DEAD
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert read_liveness(path) is Liveness.ALIVE


@pytest.mark.parametrize("kind", ["absent", "fifo", "folder", "link"])
def test_what_is_no_lock_reads_as_dead_without_waiting(path: Path, kind: str) -> None:
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(path.parent / "elsewhere")
    assert read_liveness(path) is Liveness.DEAD


def test_a_probe_gives_the_lock_back_at_once(path: Path) -> None:
    write_record(path)
    before = count_descriptors()
    assert read_liveness(path) is Liveness.DEAD
    assert count_descriptors() == before
    RunLock(path).acquire(attempt=1, wait_s=0)


def test_a_new_holder_never_shows_an_empty_record(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_record(path, host="h" * 200)
    seen: list[dict[str, Any]] = []
    for name in ("write", "ftruncate", "fsync"):
        monkeypatch.setattr(os, name, watched(getattr(os, name), path, seen))
    lock = RunLock(path)
    lock.acquire(attempt=2)
    assert len(seen) == 6 and all("pid" in record for record in seen)
    assert path.read_bytes().count(b"\n") == 1 and read_holder(path)["attempt"] == 2
    lock.release()


def watched(real: Callable[..., Any], path: Path, seen: list[dict[str, Any]]) -> Callable[..., Any]:
    def operation(*args: Any) -> Any:
        seen.append(read_holder(path))
        result = real(*args)
        seen.append(read_holder(path))
        return result

    return operation


def test_a_forked_child_does_not_keep_the_lock(path: Path) -> None:
    lock = RunLock(path)
    lock.acquire(attempt=1)
    ready_read, ready_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(ready_write, b"up")
        select.select([], [], [], 30)
        os._exit(0)
    try:
        assert os.read(ready_read, 2) == b"up"
        lock.release()
        again = RunLock(path)
        again.acquire(attempt=2, wait_s=0)
        again.release()
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(ready_read)
        os.close(ready_write)


def test_a_lock_whose_record_cannot_be_written_is_not_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(run_lock, "write_all", refuse)
    with pytest.raises(OSError, match="no space"):
        RunLock(path).acquire(attempt=1)
    monkeypatch.undo()
    RunLock(path).acquire(attempt=1, wait_s=0)


def test_a_file_system_without_locks_is_said_and_never_ignored(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(ResourceError, match="local disk"):
        RunLock(path).acquire(attempt=1)


def test_a_lock_that_is_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ResourceError):
        RunLock(path).acquire(attempt=1)
    assert not (tmp_path / "elsewhere").exists()
