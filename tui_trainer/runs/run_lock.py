"""A run's lock: an flock that the trainer itself holds, with a record of who it is.

The file is written in place and never replaced or deleted, because after a replacement two processes could hold "the" lock.
Viewers never hold it: liveness is host, boot, pid and start time first, and one shared probe that is given back at once.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from enum import StrEnum
from pathlib import Path
from typing import Any

from tui_trainer.runs.errors import ResourceError, RunBusyError
from tui_trainer.runs.processes import is_alive, own_identity
from tui_trainer.runs.publisher import FILE_MODE, write_all

ACQUIRE_S = 2.0
_RETRY_S = 0.05
_MAX_RECORD_BYTES = 4096


class Liveness(StrEnum):
    """What can be told of a run's trainer from here."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"


class RunLock:
    """The exclusive lock of a run, for its trainer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self, attempt: int, wait_s: float = ACQUIRE_S) -> None:
        """Take the lock within `wait_s` and write who holds it; RunBusyError names the holder, ResourceError a file system
        that has no locks."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
        except OSError as error:
            raise ResourceError(
                f"{self._path} cannot be opened ({error.strerror}); the run's folder must be writable"
            ) from error
        try:
            _lock_within(descriptor, wait_s, self._path)
            _write_record(descriptor, attempt)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        # A forked worker of a data loader must not keep the lock alive after its trainer's death.
        os.register_at_fork(after_in_child=self._close)

    def release(self) -> None:
        """Give the lock back; the record stays."""
        self._close()

    def _close(self) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None


def _write_record(descriptor: int, attempt: int) -> None:
    """Written over the last holder's record and cut after it, so that a reader never meets an empty file in between."""
    record = json.dumps({**own_identity(), "attempt": attempt}).encode() + b"\n"
    os.lseek(descriptor, 0, os.SEEK_SET)
    write_all(descriptor, record)
    os.ftruncate(descriptor, len(record))
    os.fsync(descriptor)


def _lock_within(descriptor: int, wait_s: float, path: Path) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise ResourceError(f"{path} cannot be locked ({error.strerror}); put MLP_TUI_HOME on a local disk") from error
        if time.monotonic() > deadline:
            holder = read_holder(path)
            raise RunBusyError(
                f"{path.parent.name} is held by process {holder.get('pid', '?')} on {holder.get('host', '?')}; "
                f"watch it with `mlp-tui follow`, or stop it first"
            )
        time.sleep(_RETRY_S)


def read_holder(path: Path) -> dict[str, Any]:
    """The record of who holds or last held the lock: pid, start_time, boot_id, host, attempt; empty where unreadable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return {}
    try:
        record = json.loads(os.pread(descriptor, _MAX_RECORD_BYTES, 0).partition(b"\n")[0])
    except (OSError, ValueError, RecursionError):
        return {}
    finally:
        os.close(descriptor)
    return record if isinstance(record, dict) else {}


def read_liveness(path: Path) -> Liveness:
    """Whether the trainer that holds the lock at `path` lives."""
    holder = read_holder(path)
    if not holder:
        # A trainer takes the lock a moment before it writes its first record.
        return Liveness.ALIVE if _is_locked(path) else Liveness.DEAD
    here = own_identity()
    if holder.get("host") != here["host"]:
        return Liveness.UNKNOWN
    pid, start_time = holder.get("pid"), holder.get("start_time")
    if holder.get("boot_id") != here["boot_id"] or not isinstance(pid, int) or not is_alive(pid, str(start_time)):
        return Liveness.DEAD
    return Liveness.ALIVE if _is_locked(path) else Liveness.DEAD


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        return False
    except OSError as error:
        return error.errno in (errno.EWOULDBLOCK, errno.EACCES)
    finally:
        os.close(descriptor)
