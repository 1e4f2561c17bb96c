"""Requests of viewers to a running trainer: one small file each in the run's `control/`, published like every file.

Kinds are states, not toggles. The trainer takes them in name order at a step boundary, answers each with
`control_applied` or `control_refused` in the event log and deletes it.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tui_trainer.runs.manifest import read_regular
from tui_trainer.runs.paths import ensure_folder
from tui_trainer.runs.publisher import delete, publish_file
from tui_trainer.runs.run_directory import RunDirectory

SCHEMA = 1
KINDS = ("pause", "continue", "stop", "save", "set")
_MAX_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the trainer reads it; `kind` is None where the file is damaged."""

    request: str
    kind: str | None
    attempt: int
    args: dict[str, Any]
    path: Path

    def remove(self) -> None:
        """Delete its file, once it was answered."""
        delete(self.path)


def request(run: RunDirectory, kind: str, attempt: int, **args: Any) -> str:
    """Ask the trainer of `attempt` for `kind`; the request's name, which its answer in the log carries."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    name = f"{moment}-{secrets.token_hex(4)}"
    by = {"pid": os.getpid(), "host": socket.gethostname(), "user": _user()}
    record = {"schema": SCHEMA, "request": name, "attempt": attempt, "kind": kind, "args": args, "by": by}
    publish_file(ensure_folder(run.control_folder) / f"{name}.json", json.dumps(record, allow_nan=False).encode())
    return name


def pending(run: RunDirectory) -> list[Request]:
    """Requests that wait, in name order; for the trainer alone."""
    try:
        names = sorted(entry.name for entry in os.scandir(run.control_folder) if entry.name.endswith(".json"))
    except OSError:
        return []
    return [_read(run.control_folder / name) for name in names if not name.startswith(".")]


def _read(path: Path) -> Request:
    try:
        record = json.loads(read_regular(path, _MAX_BYTES))
        return Request(path.stem, str(record["kind"]), int(record["attempt"]), dict(record.get("args", {})), path)
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return Request(path.stem, None, 0, {}, path)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
