"""LoopLag: how long an event loop kept everything else waiting, seen by a timer that wants its turn every millisecond.

With `has_stacks` a second thread looks at what the loop's thread does meanwhile; that costs a little itself.
"""

from __future__ import annotations

import asyncio
import collections
import gc
import sys
import threading
import time
from dataclasses import dataclass, field
from types import FrameType

TICK_S = 0.001
LOOK_S = 0.002
LONG_S = 0.02
"""A gap from which on it is looked at."""
STACK_DEPTH = 6


@dataclass
class Gap:
    """One wait of the timer beyond its tick; `cpu_ms` is what the loop's own thread worked in it, `gc_ms` how long garbage
    was looked for, in any thread."""

    stall_ms: float
    cpu_ms: float
    gc_ms: float
    stacks: collections.Counter[str] = field(default_factory=collections.Counter)


class LoopLag:
    """Watches the running loop from `start` to `stop`."""

    def __init__(self, *, has_stacks: bool = False) -> None:
        self._loop = asyncio.get_running_loop()
        self._has_stacks, self._thread = has_stacks, threading.get_ident()
        self._gaps: list[Gap] = []
        self._stacks: collections.Counter[str] = collections.Counter()
        self._is_watching = False
        self._ticked_at = self._cpu_at = self._gc_at = self._gc_s = self._gc_begun = 0.0
        gc.callbacks.append(self._note_collection)

    def start(self) -> None:
        """Begin anew."""
        self._gaps, self._is_watching = [], True
        self._ticked_at, self._cpu_at, self._gc_at = time.perf_counter(), time.thread_time(), self._gc_s
        self._loop.call_later(TICK_S, self._tick)
        if self._has_stacks:
            threading.Thread(target=self._look, daemon=True).start()

    def stop(self) -> list[Gap]:
        """The gaps, the longest first."""
        self._is_watching = False
        return sorted(self._gaps, key=lambda gap: -gap.stall_ms)

    def _tick(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        stall_ms = max(0.0, now - self._ticked_at - TICK_S) * 1000
        figures = (stall_ms, (cpu - self._cpu_at) * 1000, (self._gc_s - self._gc_at) * 1000)
        self._gaps.append(Gap(*(round(figure, 1) for figure in figures), self._stacks))
        self._stacks = collections.Counter()
        self._ticked_at, self._cpu_at, self._gc_at = now, cpu, self._gc_s
        if self._is_watching:
            self._loop.call_later(TICK_S, self._tick)

    def _note_collection(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._gc_begun = time.perf_counter()
        else:
            self._gc_s += time.perf_counter() - self._gc_begun

    def _look(self) -> None:
        while self._is_watching:
            time.sleep(LOOK_S)
            if time.perf_counter() - self._ticked_at > LONG_S and (frame := sys._current_frames().get(self._thread)):
                self._stacks[describe(frame)] += 1


def describe(frame: FrameType | None) -> str:
    """`render_line < _compose < ...`: the innermost functions with their modules."""
    names: list[str] = []
    while frame is not None and len(names) < STACK_DEPTH:
        module = frame.f_globals.get("__name__", "?").rpartition(".")[2]
        names.append(f"{module}.{frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(names)
