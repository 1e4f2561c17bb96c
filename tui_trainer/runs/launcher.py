"""Starting engine processes: a train job on a new or an old run, and the handshake with it.

The launcher writes run.toml and run.json to `runs/.new-<run>/`; the trainer does the rest and answers on its standard output:
any number of {"progress": ...} lines, then one {"accepted": run} or {"refused": exit_code, "message": ...}. Every function
here blocks; a screen calls them from a thread.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_file import format_config
from tui_trainer.runs.data_source import resolve_source
from tui_trainer.runs.errors import MlpTuiError, ResourceError, TrainerDiedError, error_of
from tui_trainer.runs.event_log import format_time
from tui_trainer.runs.memory_budget import check_least_memory
from tui_trainer.runs.paths import data_folder, ensure_folder, home, runs_folder
from tui_trainer.runs.processes import boot_id, is_alive, own_identity
from tui_trainer.runs.publisher import FILE_MODE, delete, publish_folder, sweep
from tui_trainer.runs.run_directory import NEW_PREFIX, SCHEMA, RunDirectory
from tui_trainer.runs.run_lock import Liveness, read_liveness
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.start_cancel import StartCancel
from tui_trainer.runs.threads import resolve_threads

_DROPPED_VARIABLES = ("PYTHONPATH", "PYTHONSTARTUP", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
_STOP_S = 1.5
PREPARED_S = 7 * 24 * 3600
"""Age, in seconds, at which a prepared run that nobody started is swept."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long step before the start is: `done` of `total` (None: no measure), in the unit that `what` names."""

    what: str
    done: int
    total: int | None


OnProgress = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """For callers that show none."""


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run whose trainer has accepted; `process` is the trainer, a child of this process that must be reaped."""

    directory: RunDirectory
    process: subprocess.Popen[bytes]


class SpareEngine:
    """An engine process that has imported torch and waits for a train job, so that the next start is immediate."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, if it does not wait already."""
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._process = spawn_engine(["spare"], stdin=subprocess.PIPE)

    def take(self) -> subprocess.Popen[bytes] | None:
        """Hand the waiting process out, for one job; None where none waits."""
        if self._process is not None and self._process.poll() is not None:
            self.close()
        process, self._process = self._process, None
        return process

    def close(self) -> None:
        """End the waiting process, also in mid-import, within two seconds."""
        process, self._process = self._process, None
        if process is not None:
            end_process(process)


def start_run(
    config: RunConfig,
    *,
    parent: Mapping[str, Any] | None = None,
    spare: SpareEngine | None = None,
    on_progress: OnProgress = ignore_progress,
    nproc: int = 1,
    cancel: StartCancel | None = None,
    facts: Mapping[str, Any] | None = None,
    threads: int | None = None,
    queue: bool = False,
) -> StartedRun:
    """Start a new run on `nproc` processes and wait until its trainer has accepted it; raises what it was refused with.

    `facts` are further fields of run.json; `threads` None: what suits the machine. With `queue` it may have to wait for its
    turn after it was accepted.
    """
    folder = prepare_run(config, parent, nproc=nproc, facts={**(facts or {}), "queue": queue}, threads=threads)
    try:
        return _launch(folder, spare, on_progress, cancel=cancel or StartCancel())
    except BaseException:
        delete(folder)
        raise


def resume_run(
    run: RunDirectory,
    *,
    spare: SpareEngine | None = None,
    on_progress: OnProgress = ignore_progress,
    nproc: int | None = None,
    cancel: StartCancel | None = None,
) -> StartedRun:
    """Start a new attempt of `run` from its last verified save; raises what the trainer refused it with.

    On `nproc` processes, None: on as many as it was started with.
    """
    return _launch(run.path, spare, on_progress, nproc, cancel=cancel or StartCancel())


def prepare_run(
    config: RunConfig,
    parent: Mapping[str, Any] | None = None,
    *,
    nproc: int = 1,
    is_prepared: bool = False,
    facts: Mapping[str, Any] | None = None,
    threads: int | None = None,
) -> Path:
    """Write run.toml and run.json to a new `.new-<run>` folder, the data source and the threads resolved; its path.

    ConfigError where the network cannot fit whatever its data, before any process is started for it.
    `is_prepared`: somebody else will start it, so that it outlives this process; for PREPARED_S seconds.
    """
    source = resolve_source(config.data.source, data_folder()).source
    config = config.model_copy(update={"data": config.data.model_copy(update={"source": source})})
    if not is_prepared:  # that may be another machine's business
        check_least_memory(config)
    created = datetime.now(UTC)
    run = f"{created:%Y%m%dT%H%M%SZ}-{_slug(config.name)}-{secrets.token_hex(2)}"
    info = {
        "schema": SCHEMA,
        "run": run,
        "created": format_time(created),
        "parent": dict(parent) if parent else None,
        "group": None,
        "threads": threads or resolve_threads(config),
        "nproc": nproc,
        "prepared": is_prepared,
        "launcher": own_identity(),
        **(facts or {}),
    }
    folder = runs_folder() / f"{NEW_PREFIX}{run}"
    files = {"run.toml": format_config(config).encode(), "run.json": json.dumps(info, indent=1).encode()}
    try:
        sweep_unborn(ensure_folder(runs_folder()))
        # Whole at once: a half-written folder would look abandoned to another launcher's sweep.
        publish_folder(folder, files)
    except OSError as error:
        raise ResourceError(
            f"{runs_folder()} cannot be written ({error.strerror}); set MLP_TUI_HOME to a folder that can"
        ) from None
    return folder


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:64]


def sweep_unborn(folder: Path) -> None:
    """Delete the `.new-*` folders in `folder` whose launcher and trainer are both dead, and a dead launcher's `.tmp-*`.

    A prepared one is kept until it is PREPARED_S old.
    """
    sweep(folder)
    for path in folder.glob(f"{NEW_PREFIX}*"):
        try:
            launcher = json.loads((path / "run.json").read_bytes())["launcher"]
            is_owned = launcher["host"] != own_identity()["host"] or _is_running_here(launcher)
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            is_owned = False
        if not is_owned and not is_prepared(path) and read_liveness(path / "lock") is Liveness.DEAD:
            with contextlib.suppress(OSError):
                delete(path)


def is_prepared(folder: Path) -> bool:
    """Whether the `.new-*` folder waits for somebody to start it, and is not too old for that."""
    try:
        info_path = folder / "run.json"
        age_s = time.time() - info_path.stat().st_mtime
        return json.loads(info_path.read_bytes())["prepared"] is True and age_s < PREPARED_S
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _is_running_here(launcher: Mapping[str, Any]) -> bool:
    return launcher["boot_id"] == boot_id() and is_alive(int(launcher["pid"]), str(launcher["start_time"]))


def spawn_engine(arguments: list[str], *, stdin: int, stderr: int | IO[bytes] = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start `python -m tui_trainer.engine` in a session of its own; -P keeps the working folder out of its imports."""
    environment = {name: value for name, value in os.environ.items() if name not in _DROPPED_VARIABLES}
    environment["MLP_TUI_HOME"] = str(home())
    command = [sys.executable, "-P", "-X", "utf8", "-m", "tui_trainer.engine", *arguments]
    return subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=ensure_folder(home()),
        env=environment,
        start_new_session=True,
    )


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Close the input of a spare or a server and end it: TERM, and KILL within two seconds; reaps it."""
    with contextlib.suppress(OSError):
        process.terminate()
    # After the signal: closing waits for a thread that is writing, and that one waits for a reader.
    with contextlib.suppress(OSError):
        if process.stdin:
            process.stdin.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def _launch(
    folder: Path, spare: SpareEngine | None, on_progress: OnProgress, nproc: int | None = None, *, cancel: StartCancel
) -> StartedRun:
    cancel.check()
    try:
        # A spare takes no other number of processes than run.json's.
        process = _hand_to_spare(folder, spare if nproc is None else None) or _start_trainer(folder, nproc)
    except OSError as error:
        raise ResourceError(f"no trainer can be started on {folder} ({error.strerror}); check the folder's rights") from None
    cancel.watch(process)
    try:
        directory = _await_answer(process, folder, on_progress)
    except BaseException:
        end_process(process)
        cancel.check()
        raise
    cancel.accepted()
    assert process.stdout is not None
    process.stdout.close()
    return StartedRun(directory, process)


def _hand_to_spare(folder: Path, spare: SpareEngine | None) -> subprocess.Popen[bytes] | None:
    process = spare.take() if spare else None
    if process is None or process.stdin is None:
        return None
    try:
        process.stdin.write(json.dumps({"train": str(folder)}).encode() + b"\n")
        process.stdin.close()
    except OSError:
        end_process(process)
        return None
    return process


def _start_trainer(folder: Path, nproc: int | None) -> subprocess.Popen[bytes]:
    options = [] if nproc is None else ["--nproc", str(nproc)]
    descriptor = os.open(
        folder / "trainer.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE
    )
    with open(descriptor, "ab") as log:
        return spawn_engine(["train", str(folder), *options], stdin=subprocess.DEVNULL, stderr=log)


def _await_answer(process: subprocess.Popen[bytes], folder: Path, on_progress: OnProgress) -> RunDirectory:
    assert process.stdout is not None
    for line in process.stdout:
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            continue
        match answer:
            case {"progress": {"what": str(what), "done": int(done), "total": int() | None as total}}:
                on_progress(Progress(what, done, total))
            case {"accepted": str(run)}:
                return RunDirectory(folder.parent / run)
            case {"refused": int(exit_code), "message": str(message)}:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_S)
                raise error_of(exit_code, safe_text(message))
    exit_code = process.wait()
    raise TrainerDiedError(f"the trainer ended before it could start (exit code {exit_code}): {last_log_line(folder)}")


def last_log_line(folder: Path) -> str:
    """The last words of a trainer.log, or where to look."""
    try:
        with (folder / "trainer.log").open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 4096))
            lines = file.read(4096).decode(errors="replace").split("\n")
    except OSError:
        lines = []
    return next((safe_text(line, 160) for line in reversed(lines) if line.strip()), "it said nothing; try `mlp-tui doctor`")


def reap(started: StartedRun) -> MlpTuiError | None:
    """Collect an ended trainer without waiting; TrainerDiedError where it ended by a signal."""
    exit_code = started.process.poll()
    if exit_code is not None and exit_code < 0:
        return TrainerDiedError(
            f"the trainer was ended by signal {-exit_code}; `mlp-tui resume {started.directory.shown_name}`"
        )
    return None
