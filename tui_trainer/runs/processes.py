"""Who a process is: pid, start time, boot and host together, so that a reused pid is never taken for its predecessor."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path
from typing import TypedDict


class ProcessIdentity(TypedDict):
    """What a lock or a temporary file says of its owner."""

    pid: int
    start_time: str
    boot_id: str
    host: str


def own_identity() -> ProcessIdentity:
    """The identity of this process; read anew after a fork."""
    pid = os.getpid()
    return {"pid": pid, "start_time": start_time_of(pid) or "", "boot_id": boot_id(), "host": socket.gethostname()}


def start_time_of(pid: int) -> str | None:
    """When `pid` started, as an opaque text that no other process of this boot with that pid has; None: no such process.

    A zombie counts as no process: it can do nothing any more.
    """
    if pid <= 0:
        return None
    if Path("/proc/self/stat").exists():
        try:
            # Fields after the command's closing parenthesis: state is the third, start time in ticks the 22nd of all.
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            return None
        if len(fields) < 20:
            return None
        return None if fields[0] in (b"Z", b"X") else fields[19].decode()
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else repr(process.create_time())
    except psutil.Error:
        return None


@cache
def boot_id() -> str:
    """An opaque text that changes with each boot of this machine."""
    linux = Path("/proc/sys/kernel/random/boot_id")
    if linux.exists():
        return linux.read_text().strip()
    import psutil

    return str(int(psutil.boot_time()))


def is_alive(pid: int, start_time: str) -> bool:
    """Whether the process with this pid and start time still runs on this machine."""
    return bool(start_time) and start_time_of(pid) == start_time
