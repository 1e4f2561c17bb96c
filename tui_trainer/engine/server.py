"""The engine's `serve` process: JSON lines both ways while standard input is open, so that no screen needs torch.

Request {id, method, params}; answers {id, progress} and one {id, result} or {id, error: {exit_code, message}}. {cancel: id}
ends that request at its next progress, with an error. It writes nothing into a run but `evaluations/`. Anything else that
prints goes to standard error, never between the answers.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from tui_trainer.engine.failures import classify
from tui_trainer.engine.server_methods import METHODS
from tui_trainer.runs.errors import UsageError


def serve() -> int:
    """Answer requests until standard input ends; 0."""
    channel = _private_output()
    requests = Requests()
    threading.Thread(target=requests.read, args=(sys.stdin,), name="requests", daemon=True).start()
    for line in requests:
        _answer(line, channel, requests)
    return 0


class Requests:
    """The lines of standard input, read beside the work so that a request can be cancelled while it is answered."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._cancelled: set[int] = set()

    def read(self, stream: Iterable[str]) -> None:
        """Take each line as it comes; the work of a thread."""
        for line in stream:
            cancelled = _cancelled_id(line)
            if cancelled is None:
                self._lines.put(line)
            else:
                self._cancelled.add(cancelled)
        self._lines.put(None)

    def __iter__(self) -> Iterator[str]:
        """The requests, in order."""
        while (line := self._lines.get()) is not None:
            yield line

    def is_cancelled(self, request_id: Any) -> bool:
        """Whether this request is no longer wanted."""
        return isinstance(request_id, int) and request_id in self._cancelled


def _cancelled_id(line: str) -> int | None:
    """The id in {cancel: id}; None where the line is another one."""
    if '"cancel"' not in line:
        return None
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return None
    cancelled = request.get("cancel") if isinstance(request, dict) and "method" not in request else None
    return cancelled if isinstance(cancelled, int) else None


def _private_output() -> TextIO:
    """Standard output kept for answers alone; what others print to descriptor 1 goes to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    return channel


def _answer(line: str, channel: TextIO, requests: Requests) -> None:
    request_id: Any = None

    def say(**answer: Any) -> None:
        channel.write(json.dumps({"id": request_id, **answer}, allow_nan=False) + "\n")
        channel.flush()

    def say_progress(what: str, done: int, total: int | None) -> None:
        if requests.is_cancelled(request_id):
            raise UsageError("cancelled, as it was asked for")
        say(progress={"what": what, "done": done, "total": total})

    try:
        request = json.loads(line)
        request_id = request["id"]
        method = METHODS.get(request["method"])
        if method is None:
            raise UsageError(f'the engine has no method "{str(request["method"])[:40]}"')
        say(result=method(request.get("params", {}), say_progress))
    except Exception as error:
        failure = classify(error)
        if failure.exit_code == 1:
            traceback.print_exception(error)
        say(error={"exit_code": failure.exit_code, "message": failure.message})
