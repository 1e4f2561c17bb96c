"""The engine's process `bench`, asked for one job and waited for; it ends with the command, however that ends."""

from __future__ import annotations

import contextlib
import json
import subprocess
from typing import Any

from tui_trainer.runs.errors import MlpTuiError, ResourceError, error_of
from tui_trainer.runs.launcher import OnProgress, Progress, end_process, spawn_engine
from tui_trainer.runs.paths import home
from tui_trainer.runs.safe_text import safe_text


def measure(job: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """The result of `job` (see `engine.bench.process`); raises the MlpTuiError that the engine answered with."""
    try:
        process = spawn_engine(["bench"], stdin=subprocess.PIPE)
    except OSError as error:
        raise ResourceError(f"no engine can be started in {home()} ({error.strerror}); check the folder's rights") from None
    try:
        return _ask(process, job, on_progress)
    finally:
        end_process(process)


def _ask(process: subprocess.Popen[bytes], job: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    assert process.stdin is not None and process.stdout is not None
    # The pipe stays open: its end would tell the engine that nobody waits any more.
    with contextlib.suppress(OSError):
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()
    for line in process.stdout:
        match json.loads(line):
            case {"progress": {"what": str(what), "done": int(done), "total": int() | None as total}}:
                on_progress(Progress(what, done, total))
            case {"result": dict(result)}:
                return result
            case {"error": {"exit_code": int(exit_code), "message": str(message)}}:
                raise error_of(exit_code, safe_text(message))
    raise MlpTuiError("the engine ended in the middle of the measurement; try `mlp-tui doctor`")
