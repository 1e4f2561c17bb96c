"""EvaluationRequest: one question to the engine's server, from enter to its result, as messages to the screen.

Requests are numbered, so that what comes late of an earlier one can be told from the one that is wanted. `ask_engine` waits in
a thread; the engine works through requests one at a time, and a screen that is gone hears nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from textual.message import Message

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.launcher import Progress
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.evaluation import Evaluation, Regression, parse_answer
from tui_trainer.ui.questions import Server
from tui_trainer.ui.subject import Subject


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """The wish for an evaluation of `subject` on its data."""

    number: int
    subject: Subject


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

    def __init__(self, request: EvaluationRequest, evaluation: Evaluation | Regression) -> None:
        super().__init__(request)
        self.evaluation = evaluation


class EvaluationRefused(EvaluationMessage):
    """An evaluation cannot be; `reason` is one line for people."""

    def __init__(self, request: EvaluationRequest, reason: str) -> None:
        super().__init__(request)
        self.reason = reason


async def ask_engine(server: Server, request: EvaluationRequest, post: Callable[[Message], object]) -> None:
    """Have the request answered and `post` what happens, progress from another thread; ends with an ended or a refused."""
    if request.subject.obstacle:
        post(EvaluationRefused(request, request.subject.obstacle))
        return

    def on_progress(progress: Progress) -> None:
        post(EvaluationAdvanced(request, progress))

    try:
        result = await run_in_daemon(
            partial(server.request, "evaluate", request.subject.params_with_data, on_progress), "mlp-tui evaluation"
        )
        post(EvaluationEnded(request, parse_answer(result)))
    except MlpTuiError as error:
        post(EvaluationRefused(request, error.message))
