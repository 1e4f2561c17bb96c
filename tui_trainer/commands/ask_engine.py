"""One question to an engine process of its own, with its progress on a terminal; for commands that evaluate and inspect."""

from __future__ import annotations

import sys
from typing import Any

from tui_trainer.commands.start_view import StartView
from tui_trainer.commands.streams import is_terminal
from tui_trainer.runs.engine_server import EngineServer


def ask_engine(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """The result of the engine's `method`; raises the MlpTuiError that it answered with."""
    server = EngineServer()
    try:
        with StartView() as view:
            return server.request(method, params, view.show if is_terminal(sys.stderr) else _ignore)
    finally:
        server.close()


def _ignore(progress: object) -> None:
    """A pipe needs no progress of something that takes a second."""
