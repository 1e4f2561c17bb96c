"""EvaluationRequest: one question to the engine's server, from enter to its result, as messages to the screen.

Requests are numbered, so that what comes late of an earlier one can be told from the one that is wanted. `ask_engine` waits in
a thread; the engine works through requests one at a time, and a screen that is gone hears nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from textual.message import Message

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.launcher import OnProgress, Progress
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.evaluation import Evaluation, parse_evaluation
from tui_trainer.ui.run_table import Row


class Server(Protocol):
    """The engine's `serve` process, as `EngineServer` is its client."""

    def request(self, method: str, params: dict[str, Any], on_progress: OnProgress = ...) -> dict[str, Any]:
        """Ask and wait; raises the MlpTuiError that the engine answered with."""


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """The wish for an evaluation of what `row` stands for, on the run's own test set."""

    number: int
    row: Row

    @property
    def params(self) -> dict[str, Any]:
        """What the engine's `evaluate` takes; only for a row with a usable checkpoint."""
        assert self.row.chosen is not None
        return {"run": str(self.row.entry.run.path), "checkpoint": self.row.chosen.id, "data": None, "split": "test"}

    @property
    def obstacle(self) -> str:
        """Why the engine need not be asked, in one line for people; empty where it must."""
        if self.row.chosen is None:
            return f"{self.row.entry.run.shown_name} has no checkpoint to evaluate yet"
        return self.row.chosen.problem


class EvaluationMessage(Message):
    """Something about an evaluation that was asked for."""

    def __init__(self, request: EvaluationRequest) -> None:
        super().__init__()
        self.request = request


class EvaluationAdvanced(EvaluationMessage):
    """An evaluation went on."""

    def __init__(self, request: EvaluationRequest, progress: Progress) -> None:
        super().__init__(request)
        self.progress = progress

    def can_replace(self, message: Message) -> bool:
        """Only the newest counts."""
        return isinstance(message, EvaluationAdvanced)


class EvaluationEnded(EvaluationMessage):
    """An evaluation has its result."""

    def __init__(self, request: EvaluationRequest, evaluation: Evaluation) -> None:
        super().__init__(request)
        self.evaluation = evaluation


class EvaluationRefused(EvaluationMessage):
    """An evaluation cannot be; `reason` is one line for people."""

    def __init__(self, request: EvaluationRequest, reason: str) -> None:
        super().__init__(request)
        self.reason = reason


async def ask_engine(server: Server, request: EvaluationRequest, post: Callable[[Message], object]) -> None:
    """Have the request answered and `post` what happens, progress from another thread; ends with an ended or a refused."""
    if request.obstacle:
        post(EvaluationRefused(request, request.obstacle))
        return

    def on_progress(progress: Progress) -> None:
        post(EvaluationAdvanced(request, progress))

    try:
        result = await run_in_daemon(partial(server.request, "evaluate", request.params, on_progress), "mlp-tui evaluation")
        post(EvaluationEnded(request, parse_evaluation(result)))
    except MlpTuiError as error:
        post(EvaluationRefused(request, error.message))
