"""What a run's trainer takes of this machine now: processor time and memory, asked of the process that the lock names.

For viewers. The first answer after a start has no processor share yet, because that is a difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_trainer.runs.processes import is_alive
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_lock import read_holder

if TYPE_CHECKING:
    import psutil


@dataclass(frozen=True, slots=True)
class TrainerLoad:
    """`cpu_share` is 1.0 for one core fully used since the last reading, None for the first; `rss_bytes` resident memory."""

    cpu_share: float | None
    rss_bytes: int


class TrainerGauge:
    """Reads the load of one run's trainer, whichever process that is at the moment."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._process: psutil.Process | None = None

    def read(self) -> TrainerLoad | None:
        """The load now; None where no trainer runs here. Touches a few files, so not for the loop of a screen."""
        import psutil

        holder = read_holder(self._run.lock_path)
        pid = holder.get("pid")
        if not isinstance(pid, int) or not is_alive(pid, str(holder.get("start_time"))):
            self._process = None
            return None
        try:
            is_first = self._process is None or self._process.pid != pid
            if self._process is None or is_first:
                self._process = psutil.Process(pid)
            cpu_percent = self._process.cpu_percent(interval=None)
            return TrainerLoad(None if is_first else cpu_percent / 100, self._process.memory_info().rss)
        except psutil.Error:
            self._process = None
            return None
