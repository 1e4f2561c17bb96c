"""Engines: the two processes that the app keeps, a spare trainer and a server, so that torch's import is waited for only once.

Both start in the background after the first frame and are gone within two seconds of `close`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_trainer.runs.errors import MlpTuiError

if TYPE_CHECKING:
    from tui_trainer.runs.engine_server import EngineServer
    from tui_trainer.runs.launcher import SpareEngine

CLOSE_TIMEOUT_S = 3.0


class Engines:
    """A spare trainer and a server; every method may be called from any thread."""

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._spare: SpareEngine | None = None
        self._server: EngineServer | None = None
        self._is_closed = False

    @property
    def spare(self) -> SpareEngine:
        """Waits for a train job, torch imported."""
        from tui_trainer.runs.launcher import SpareEngine

        with self._making:
            self._spare = self._spare or SpareEngine()
            return self._spare

    @property
    def server(self) -> EngineServer:
        """Answers requests."""
        from tui_trainer.runs.engine_server import EngineServer

        with self._making:
            self._server = self._server or EngineServer()
            return self._server

    def warm(self) -> None:
        """Start what does not run, in the background."""
        for start in (lambda: self.spare.start(), lambda: self.server.start()):
            threading.Thread(target=self._start, args=(start,), name="mlp-tui-warm", daemon=True).start()

    def _start(self, start: Callable[[], None]) -> None:
        # What cannot be started now is started, and told about, when it is needed.
        with contextlib.suppress(MlpTuiError, OSError):
            if not self._is_closed:
                start()
        if self._is_closed:
            self.spare.close()

    def close(self) -> None:
        """End both at the same time and wait for it."""
        self._is_closed = True
        with self._making:
            kept = [engine for engine in (self._spare, self._server) if engine is not None]
        closing = [threading.Thread(target=engine.close, daemon=True) for engine in kept]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join(CLOSE_TIMEOUT_S)
