"""Questions: a widget's way to ask the engine's server, one at a time, where only the newest question matters.

What is asked while an answer is awaited takes the place of what was to be asked next, so that keys held down or a moving
pen never queue up. The wait is in a daemon thread; answers come on the UI loop.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from textual.dom import DOMNode

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.launcher import OnProgress
from tui_trainer.ui.daemon_thread import run_in_daemon


class Server(Protocol):
    """The engine's `serve` process, as `EngineServer` is its client."""

    def request(self, method: str, params: dict[str, Any], on_progress: OnProgress = ...) -> dict[str, Any]:
        """Ask and wait; raises the MlpTuiError that the engine answered with."""


OnAnswer = Callable[[dict[str, Any]], object]
OnRefusal = Callable[[str], object]


class Questions:
    """The questions of `node`, which has them asked as long as it is mounted."""

    def __init__(self, node: DOMNode, server: Server) -> None:
        self._node, self._server = node, server
        self._next: tuple[str, dict[str, Any], OnAnswer, OnRefusal] | None = None
        self._is_asking = False

    @property
    def is_asking(self) -> bool:
        """Whether an answer is awaited."""
        return self._is_asking

    def ask(self, method: str, params: dict[str, Any], on_answer: OnAnswer, on_refusal: OnRefusal) -> None:
        """Ask as soon as the present question is answered; each answer but those of forgotten questions is handed on."""
        self._next = (method, params, on_answer, on_refusal)
        if not self._is_asking:
            self._is_asking = True
            self._node.run_worker(self._ask_all(), group="questions")

    def forget(self) -> None:
        """Ask nothing more; what is being asked is still answered."""
        self._next = None

    async def _ask_all(self) -> None:
        try:
            while self._next is not None:
                (method, params, on_answer, on_refusal), self._next = self._next, None
                try:
                    result = await run_in_daemon(partial(self._server.request, method, params), "mlp-tui question")
                    on_answer(result)
                except MlpTuiError as error:
                    on_refusal(error.message)
        finally:
            self._is_asking = False
