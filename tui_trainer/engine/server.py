"""The engine's `serve` process: JSON lines both ways while standard input is open, so that no screen needs torch.

Request {id, method, params}; answers {id, progress} and one {id, result} or {id, error: {exit_code, message}}. It writes
nothing into a run but `evaluations/`. Anything else that prints goes to standard error, never between the answers.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any, TextIO

from tui_trainer.engine.failures import classify
from tui_trainer.engine.server_methods import METHODS
from tui_trainer.runs.errors import UsageError


def serve() -> int:
    """Answer requests until standard input ends; 0."""
    channel = _private_output()
    for line in sys.stdin:
        _answer(line, channel)
    return 0


def _private_output() -> TextIO:
    """Standard output kept for answers alone; what others print to descriptor 1 goes to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    return channel


def _answer(line: str, channel: TextIO) -> None:
    request_id: Any = None

    def say(**answer: Any) -> None:
        channel.write(json.dumps({"id": request_id, **answer}, allow_nan=False) + "\n")
        channel.flush()

    def say_progress(what: str, done: int, total: int | None) -> None:
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
