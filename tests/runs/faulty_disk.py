"""A disk that fails at one chosen operation: the process is killed before or after it, a write is short, or an error comes.

Every file operation of the code under test goes through functions of `os`; each is counted and may be struck. After a kill
all later ones are refused too, because a dead process cleans nothing up.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any

OPERATIONS = ("open", "write", "fsync", "close", "replace", "rename", "mkdir", "unlink", "rmdir")


class Killed(BaseException):
    """The process is dead."""


class FaultyDisk:
    """Strikes operation `strike_at` (from 0; None: none) with `fault`: kill_before, kill_after, short or an errno."""

    def __init__(self, strike_at: int | None = None, fault: str | int = "kill_before") -> None:
        self.operations: list[str] = []
        self._strike_at = strike_at
        self._fault = fault
        self._is_dead = False
        self._real: dict[str, Any] = {}
        self._open_descriptors: set[int] = set()

    def __enter__(self) -> FaultyDisk:
        for name in OPERATIONS:
            self._real[name] = getattr(os, name)
            setattr(os, name, self._wrapped(name))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        for name, real in self._real.items():
            setattr(os, name, real)
        for descriptor in self._open_descriptors:
            os.close(descriptor)
        return kind is Killed

    def _wrapped(self, name: str) -> Any:
        def operation(*args: Any, **kwargs: Any) -> Any:
            return self._perform(name, *args, **kwargs)

        return operation

    def _perform(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if self._is_dead:
            raise Killed
        is_struck = len(self.operations) == self._strike_at
        self.operations.append(name)
        if is_struck and self._fault == "kill_before":
            self._is_dead = True
            raise Killed
        if is_struck and isinstance(self._fault, int):
            raise OSError(self._fault, os.strerror(self._fault))
        if is_struck and name == "write" and self._fault == "short":
            args = (args[0], bytes(args[1])[: max(1, len(args[1]) // 2)])
        result = self._real[name](*args, **kwargs)
        if name == "open":
            self._open_descriptors.add(result)
        elif name == "close":
            self._open_descriptors.discard(args[0])
        if is_struck and self._fault == "kill_after":
            self._is_dead = True
            raise Killed
        return result
