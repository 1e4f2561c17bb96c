"""EngineServer: the client of the engine's `serve` process, which evaluates and inspects so that no screen needs torch.

Requests go out as JSON lines {id, method, params}; answers come as {id, progress} and one {id, result} or {id, error}.
{cancel: id} ends a request early. Safe to call from several threads: one request is answered at a time, in order.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

from tui_trainer.runs.errors import MlpTuiError, error_of
from tui_trainer.runs.launcher import OnProgress, Progress, end_process, ignore_progress, spawn_engine
from tui_trainer.runs.safe_text import safe_text


class EngineServer:
    """A `serve` process that is started at first need, and started anew after it died."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        """Held for a whole request."""
        self._change = threading.Lock()
        """Held while the process is started or taken away, so that `close` need not wait for a request."""
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False
        self._last_id = 0

    def start(self) -> None:
        """Start the process, if it does not run; it imports torch while the caller goes on."""
        self._running()

    def request(self, method: str, params: dict[str, Any], on_progress: OnProgress = ignore_progress) -> dict[str, Any]:
        """Ask and wait for the result; raises the MlpTuiError that the engine answered with."""
        with self._turn:
            process = self._running()
            self._last_id += 1
            line = json.dumps({"id": self._last_id, "method": method, "params": params}).encode() + b"\n"
            if _send(process, line):
                for answer in _answers(process):
                    match answer:
                        case {"id": int(answered)} if answered != self._last_id:
                            continue
                        case {"progress": {"what": str(what), "done": int(done), "total": int() | None as total}}:
                            on_progress(Progress(what, done, total))
                        case {"result": dict(result)}:
                            return result
                        case {"error": {"exit_code": int(exit_code), "message": str(message)}}:
                            raise error_of(exit_code, safe_text(message))
            raise self._died(process)

    def cancel(self) -> None:
        """Let the request that is being answered end at its next progress, with a UsageError; at once, from any thread."""
        with self._change:
            process = self._process
        if process is not None:
            _send(process, json.dumps({"cancel": self._last_id}).encode() + b"\n")

    def close(self) -> None:
        """End the process, also in the middle of a request, within two seconds."""
        with self._change:
            self._is_closed = True
            process, self._process = self._process, None
        if process is not None:
            end_process(process)

    def _running(self) -> subprocess.Popen[bytes]:
        with self._change:
            if self._is_closed:
                raise MlpTuiError("the engine's server is closed already")
            if self._process is not None and self._process.poll() is not None:
                end_process(self._process)
                self._process = None
            if self._process is None:
                self._process = spawn_engine(["serve"], stdin=subprocess.PIPE)
            return self._process

    def _died(self, process: subprocess.Popen[bytes]) -> MlpTuiError:
        with self._change:
            if self._process is process:
                self._process = None
        end_process(process)
        return MlpTuiError("the engine ended in the middle of its answer; ask again, it starts anew")


def _send(process: subprocess.Popen[bytes], line: bytes) -> bool:
    assert process.stdin is not None
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except (OSError, ValueError):  # ValueError: closed by `close` in another thread
        return False
    return True


def _answers(process: subprocess.Popen[bytes]) -> Iterator[Any]:
    """Each line that is JSON, until the process ends or its pipe is closed."""
    assert process.stdout is not None
    while True:
        try:
            line = process.stdout.readline()
        except (OSError, ValueError):
            return
        if not line:
            return
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):  # a library's print
            continue
        yield answer
