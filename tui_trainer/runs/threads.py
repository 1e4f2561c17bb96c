"""`training.threads = "auto"`: resolved by the launcher, without torch, and remembered for each machine and shape.

The thread count changes the last bits of a run, so one configuration must get one count on one machine: the answer of the
rule is written to machine.json at once and taken from there ever after.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import itertools
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.paths import ensure_folder, machine_file
from tui_trainer.runs.publisher import FILE_MODE, publish_file

SCHEMA = 1
WORK_PER_THREAD = 8_000_000
"""Multiply-adds of one layer in one forward pass that are worth a thread; below it the hand-over costs more than it gives."""


def resolve_threads(config: RunConfig) -> int:
    """The thread count of a run on this machine: as written, else as remembered, else by the rule, which is then remembered."""
    if config.training.threads != "auto":
        return config.training.threads
    key = _key(config)
    with _locked(machine_file()):
        entries = _read_entries(machine_file())
        remembered = entries["threads"].get(key)
        if isinstance(remembered, int) and 1 <= remembered <= 1024:
            return remembered
        entries["threads"][key] = suggest_threads(config, num_cores())
        with contextlib.suppress(OSError):
            publish_file(machine_file(), json.dumps(entries, indent=1).encode())
        return int(entries["threads"][key])


def remember_threads(config: RunConfig, threads: int) -> None:
    """Make `threads` the answer for later runs of this shape on this machine; OSError where the home cannot be written."""
    with _locked(machine_file()):
        entries = _read_entries(machine_file())
        entries["threads"][_key(config)] = threads
        publish_file(machine_file(), json.dumps(entries, indent=1).encode())


def _key(config: RunConfig) -> str:
    """What an answer holds for: CPU, cores, torch, layer widths and batch size."""
    return json.dumps([_cpu_model(), num_cores(), _torch_version(), list(config.model.hidden), config.data.batch_size])


def suggest_threads(config: RunConfig, cores: int) -> int:
    """The rule: one thread for each WORK_PER_THREAD of the largest layer, at least one and at most one a core."""
    widths = [1024, *config.model.hidden]
    largest = max(
        (inputs * units for inputs, units in itertools.pairwise(widths)),
        default=1024,
    )
    return max(1, min(cores, config.data.batch_size * largest // WORK_PER_THREAD))


def num_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Two launchers at once must remember one answer; without a writable home there is nothing to remember."""
    try:
        ensure_folder(path.parent)
        descriptor = os.open(
            path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE
        )
    except OSError:
        yield
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read_entries(path: Path) -> dict[str, Any]:
    try:
        entries = json.loads(path.read_bytes())
        if isinstance(entries.get("threads"), dict):
            return dict(entries)
    except (OSError, ValueError, AttributeError, RecursionError):
        pass
    return {"schema": SCHEMA, "threads": {}}


def _cpu_model() -> str:
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _torch_version() -> str:
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return "none"
