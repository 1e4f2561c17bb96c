"""EngineServer: the client of the engine's `serve` process, which evaluates and inspects so that no screen needs torch.

Requests go out as JSON lines {id, method, params}; answers come as {id, progress} and one {id, result} or {id, error}.
Safe to call from several threads: one request is answered at a time, in order.
"""

from __future__ import annotations

import json
import subprocess
import threading
from typing import Any

from tui_trainer.runs.errors import MlpTuiError, error_of
from tui_trainer.runs.launcher import OnProgress, Progress, end_process, ignore_progress, spawn_engine
from tui_trainer.runs.safe_text import safe_text


class EngineServer:
    """A `serve` process that is started at first need, and started anew after it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False
        self._last_id = 0

    def start(self) -> None:
        """Start the process, if it does not run; it imports torch while the caller goes on."""
        with self._lock:
            self._running()

    def request(self, method: str, params: dict[str, Any], on_progress: OnProgress = ignore_progress) -> dict[str, Any]:
        """Ask and wait for the result; raises the MlpTuiError that the engine answered with."""
        with self._lock:
            process = self._running()
            self._last_id += 1
            try:
                return self._exchange(process, self._last_id, method, params, on_progress)
            except OSError:
                raise self._died(process) from None

    def close(self) -> None:
        """End the process, also in the middle of a request, within two seconds."""
        self._is_closed = True
        process, self._process = self._process, None
        if process is not None:
            end_process(process)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._is_closed:
            raise MlpTuiError("the engine's server is closed already")
        if self._process is None or self._process.poll() is not None:
            self._process = spawn_engine(["serve"], stdin=subprocess.PIPE)
        return self._process

    def _exchange(
        self, process: subprocess.Popen[bytes], request_id: int, method: str, params: dict[str, Any], on_progress: OnProgress
    ) -> dict[str, Any]:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps({"id": request_id, "method": method, "params": params}).encode() + b"\n")
        process.stdin.flush()
        for line in process.stdout:
            match json.loads(line):
                case {"id": int(answered)} if answered != request_id:
                    continue
                case {"progress": {"what": str(what), "done": int(done), "total": int() | None as total}}:
                    on_progress(Progress(what, done, total))
                case {"result": dict(result)}:
                    return result
                case {"error": {"exit_code": int(exit_code), "message": str(message)}}:
                    raise error_of(exit_code, safe_text(message))
        raise self._died(process)

    def _died(self, process: subprocess.Popen[bytes]) -> MlpTuiError:
        end_process(process)
        self._process = None
        return MlpTuiError("the engine ended in the middle of its answer; ask again, it starts anew")
