"""events.jsonl: the append-only log of a run, strict JSON, one line and one write for each event.

`EventLog` is the trainer's end and adds `seq` (the number of the line), `time`, `elapsed_s` and `attempt` to each event;
it ends a torn last line before it writes. `EventReader` is everybody else's: whole lines from the last offset on, damaged
ones skipped and counted. A full disk keeps lines in memory until there is room again.
"""

from __future__ import annotations

import errno
import json
import math
import os
import threading
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from tui_trainer.runs.errors import ResourceError
from tui_trainer.runs.publisher import FILE_MODE, sync_folder

Event = dict[str, Any]

MAX_LINE_BYTES = 1 << 20
MAX_BUFFERED_LINES = 10_000
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class EventLog:
    """The writing end, one for each attempt; only the holder of the run's lock may open it. Its threads may share it."""

    def __init__(self, path: Path, attempt: int) -> None:
        self.attempt = attempt
        self._path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, FILE_MODE)
        # Without this a power cut may take the name of the file away, however often its lines were fsynced.
        sync_folder(path.parent)
        self._started_at = time.monotonic()
        # Epochs are evaluated and recorded beside the steps of the next one.
        self._turn = threading.RLock()
        self._unwritten = bytearray()
        num_lines, is_torn = _count_lines(self._descriptor)
        self._seq = num_lines
        if is_torn:
            self._unwritten += b"\n"
            self._seq += 1

    def append(self, event: str, **fields: Any) -> Event:
        """Write one event and give back the whole record; ValueError for NaN or infinity, ResourceError past the buffer."""
        with self._turn:
            record: Event = {
                "seq": self._seq + 1,
                "time": format_time(datetime.now(UTC)),
                "elapsed_s": round(time.monotonic() - self._started_at, 3),
                "attempt": self.attempt,
                "event": event,
                **fields,
            }
            self._unwritten += json.dumps(record, allow_nan=False, separators=(",", ":")).encode() + b"\n"
            self._seq += 1
            self._write()
            return record

    @property
    def is_behind(self) -> bool:
        """Whether lines wait in memory for room on the disk."""
        return bool(self._unwritten)

    def sync(self) -> None:
        """Bring all lines to the disk; ResourceError where it is still full."""
        with self._turn:
            self._write()
            if self._unwritten:
                raise ResourceError(f"no room on the disk for {self._path}; free some and `mlp-tui resume` the run")
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Give the descriptor back; lines that found no room are lost."""
        os.close(self._descriptor)

    def _write(self) -> None:
        try:
            while self._unwritten:
                del self._unwritten[: os.write(self._descriptor, self._unwritten)]
        except OSError as error:
            if error.errno not in _DISK_FULL:
                raise
            if self._unwritten.count(b"\n") > MAX_BUFFERED_LINES:
                raise ResourceError(f"no room on the disk for {self._path} since {MAX_BUFFERED_LINES:,} events") from error


class EventReader:
    """The reading end: any number of them, in any process, at any time."""

    def __init__(self, path: Path, skip: Collection[str] = ()) -> None:
        """`skip` names events that are not parsed at all, for readers that list many runs."""
        self.offset = 0
        self.damaged_lines = 0
        self._path = path
        self._skip = tuple(f'"event":"{name}"'.encode() for name in skip)
        self._is_inside_long_line = False

    def read_new(self, max_bytes: int = MAX_LINE_BYTES) -> list[Event]:
        """Events of the whole lines since the last call, at most `max_bytes` of them; empty where nothing is new."""
        chunk = self._read_chunk(max_bytes)
        end = chunk.rfind(b"\n") + 1
        if end == 0 and len(chunk) == max_bytes:
            self._skip_part_of_long_line(len(chunk))
        self.offset += end
        lines = chunk[:end].split(b"\n")[:-1]
        if lines and self._is_inside_long_line:
            del lines[0]
            self._is_inside_long_line = False
        return [event for line in lines if (event := self._parse(line)) is not None]

    def read_all(self) -> Iterator[Event]:
        """Events from the last offset to the end of the file as it is now."""
        before = -1
        while self.offset != before:
            before = self.offset
            yield from self.read_new()

    def _read_chunk(self, max_bytes: int) -> bytes:
        """Bytes from the offset on; none where the log is not there, no regular file, or cannot be read at the moment."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return b""
        try:
            return os.pread(descriptor, max_bytes, self.offset)
        except OSError:
            return b""
        finally:
            os.close(descriptor)

    def _skip_part_of_long_line(self, num_bytes: int) -> None:
        self.damaged_lines += not self._is_inside_long_line
        self._is_inside_long_line = True
        self.offset += num_bytes

    def _parse(self, line: bytes) -> Event | None:
        if any(mark in line[:200] for mark in self._skip):
            return None
        try:
            event = json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            self.damaged_lines += 1
            return None
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            self.damaged_lines += 1
            return None
        return event


def finite_number(value: object) -> float | None:
    """A field's value as a float; None where it is no number, not finite, or larger than any float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _count_lines(descriptor: int) -> tuple[int, bool]:
    """(number of newlines, whether the file ends in the middle of a line)."""
    num_lines, offset, last = 0, 0, b"\n"
    while chunk := os.pread(descriptor, MAX_LINE_BYTES, offset):
        num_lines += chunk.count(b"\n")
        offset += len(chunk)
        last = chunk[-1:]
    return num_lines, last != b"\n"


def format_time(moment: datetime) -> str:
    """2026-11-23T23:12:01.123Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
