"""The engine's form `bench`: one JSON line in, a job; JSON lines out: {"progress": ...} and one {"result"} or {"error"}.

A job is {job: "compare" | "threads", config, threads, rounds}. The process ends at TERM, and when its standard input ends, so
it never outlives who asked; what it wrote on disk goes with it, or is swept by the next one.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui_trainer.engine.bench.comparison import compare
from tui_trainer.engine.bench.contender import bench_data
from tui_trainer.engine.bench.thread_probe import probe_threads
from tui_trainer.engine.data_loading import load_dataset
from tui_trainer.engine.failures import classify
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.runs.config import validate_config
from tui_trainer.runs.memory_budget import check_memory
from tui_trainer.runs.paths import ensure_folder, home
from tui_trainer.runs.processes import start_time_of
from tui_trainer.runs.publisher import delete, sweep
from tui_trainer.runs.threads import num_cores


def answer_job() -> int:
    """Read the job, do it and answer; the exit code."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    # What a library prints must not stand between the answers.
    os.dup2(2, 1)
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        return 0
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_input, daemon=True).start()

    def say(**answer: Any) -> None:
        with contextlib.suppress(OSError, ValueError):
            channel.write(json.dumps(answer, allow_nan=False) + "\n")

    def say_progress(what: str, done: int, total: int | None) -> None:
        say(progress={"what": what, "done": done, "total": total})

    try:
        say(result=do_job(json.loads(line), say_progress))
    except Exception as error:
        failure = classify(error)
        if failure.exit_code == 1:
            traceback.print_exception(error)
        say(error={"exit_code": failure.exit_code, "message": failure.message})
        return failure.exit_code
    return 0


def do_job(job: dict[str, Any], progress: OnProgress) -> dict[str, Any]:
    """The result of `job`; raises what its data, configuration or machine refuse."""
    config, num_rounds = validate_config(job["config"]), int(job["rounds"])
    dataset = load_dataset(str(config.data.source), config.data.split_seed, progress)
    check_memory(config, dataset.num_inputs, dataset.num_classes)
    with working_folder() as folder:
        if job["job"] == "threads":
            return probe_threads(dataset, config, num_cores(), num_rounds, folder, progress)
        return compare(bench_data(dataset), config, int(job["threads"]), num_rounds, folder, progress)


@contextlib.contextmanager
def working_folder() -> Iterator[Path]:
    """A folder beside the runs, on their disk, that goes in the end; those of dead owners are swept first."""
    pid = os.getpid()
    folder = ensure_folder(home()) / f".tmp-bench-{pid}-{start_time_of(pid) or 0}"
    sweep(folder.parent)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        delete(folder)


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _end_with_input() -> None:
    """Nobody listens any more once standard input has ended."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
