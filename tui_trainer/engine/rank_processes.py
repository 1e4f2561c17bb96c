"""RankProcesses: the other ranks of a run on this machine, as children of rank 0.

Each holds the reading end of a pipe whose other end is rank 0's alone: when rank 0 is gone, however it went, the pipe ends and
so do they (`leave_with_parent`). What they print goes where rank 0's standard error goes.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time

from tui_trainer.runs.errors import MlpTuiError, ResourceError

_LEAVE_S = 3.0
_EXIT_ORPHANED = 1
EXIT_LOST = 75
"""A rank's exit code when it was another one that failed."""


class RankProcesses:
    """The processes of ranks 1 and up; made by rank 0, which must `end` them."""

    def __init__(self, world_size: int, port: int) -> None:
        """Start them; they join the store at `port` of this machine. ResourceError where the system refuses."""
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        try:
            for rank in range(1, world_size):
                self._processes[rank] = _start(rank, world_size, port)
        except OSError as error:
            self.end()
            raise ResourceError(f"process {rank} of {world_size} cannot be started ({error.strerror}); take fewer") from None

    def exit_codes(self) -> dict[int, int]:
        """{rank: exit code, negative for a signal} of those that have ended."""
        codes = {rank: process.poll() for rank, process in self._processes.items()}
        return {rank: code for rank, code in codes.items() if code is not None}

    def end(self) -> None:
        """Wait a moment for all to leave, as they do when their work or their pipe ends, and kill those that do not."""
        for process in self._processes.values():
            with contextlib.suppress(OSError):
                if process.stdin:
                    process.stdin.close()
        deadline = time.monotonic() + _LEAVE_S
        for process in self._processes.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait(self) -> None:
        """Wait for those that were told to leave; the ones that stay are `end`ed."""
        deadline = time.monotonic() + _LEAVE_S
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        self.end()


def leave_with_parent() -> None:
    """End this process as soon as standard input, the pipe of its parent, ends: also in the middle of a collective call."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        os._exit(_EXIT_ORPHANED)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def explain_exit(rank: int, exit_code: int) -> MlpTuiError:
    """The error for people that an ended rank stands for."""
    if exit_code >= 0:
        return MlpTuiError(f"rank {rank} ended (exit code {exit_code}); the trainer's log has its last words")
    if exit_code == -9:
        return ResourceError(f"rank {rank} died (signal 9): killed, perhaps for want of memory; take fewer processes then")
    return MlpTuiError(f"rank {rank} died (signal {-exit_code}); the trainer's log has its last words")


def _start(rank: int, world_size: int, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-X", "utf8", "-m", "tui_trainer.engine", "rank", str(rank), str(world_size), str(port)]
    # Standard output may still be the pipe to the launcher, which only rank 0 may answer.
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=sys.stderr.fileno())
