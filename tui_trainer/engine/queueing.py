"""A queued run: checked and listed at once, then waiting with its lock held and nothing on the device until its turn comes.

It looks at the run that it waits for, takes requests and signals meanwhile, and records why it ended where it never began.
"""

from __future__ import annotations

import time
from typing import Any

from tui_trainer.engine.answers import LauncherAnswers
from tui_trainer.engine.data_loading import load_configured
from tui_trainer.engine.regression_limits import check_regression
from tui_trainer.engine.steering import Ending
from tui_trainer.engine.step_rules import build_rules
from tui_trainer.engine.stop_signals import EXIT_CODES, StopSignals
from tui_trainer.engine.world import ALONE, choose_rank_device
from tui_trainer.runs import control
from tui_trainer.runs.event_log import EventLog
from tui_trainer.runs.memory_budget import check_memory
from tui_trainer.runs.run_directory import NEW_PREFIX, RunDirectory
from tui_trainer.runs.run_lock import Liveness
from tui_trainer.runs.run_queue import find_blocker

POLL_S = 0.1


class UnheardAnswers(LauncherAnswers):
    """For a load after the launcher has gone."""

    def _say(self, answer: dict[str, Any]) -> None:
        pass


def enters_queue(run: RunDirectory) -> bool:
    """Whether `run` is new and is to wait for its turn."""
    return run.path.name.startswith(NEW_PREFIX) and run.info.get("queue") is True


def check_queued(run: RunDirectory, answers: LauncherAnswers) -> None:
    """Raise what `run` would be refused with, as far as that can be known with nothing on the device; the data is let go."""
    config = run.config
    device = choose_rank_device(config.device, ALONE)
    build_rules(config, device)
    dataset = load_configured(config.data, answers.progress)
    if dataset.is_regression:
        check_regression(config, 1)
    check_memory(config, dataset.num_inputs, dataset.num_classes)


class Turn:
    """The wait of one run, whose lock this process holds."""

    def __init__(self, run: RunDirectory, signals: StopSignals) -> None:
        self._run, self._signals = run, signals
        self._log = EventLog(run.events_path, 1)
        self._starts_now = False

    def wait(self) -> Ending | None:
        """Until it is this run's turn (None), or until it is asked to end before that, which is recorded."""
        blocker = find_blocker(self._run)
        self._log.append("queued", behind=blocker.run if blocker else None)
        self._log.sync()
        while blocker is not None and not self._starts_now:
            ending = self._look()
            if ending is not None:
                return self.end(ending)
            time.sleep(POLL_S)
            # Only when that one is gone can it be this one's turn.
            if blocker.liveness() is not Liveness.ALIVE:
                blocker = find_blocker(self._run)
        self._log.sync()
        self._log.close()
        return None

    def end(self, ending: Ending) -> Ending:
        """Record the end of a run that never began."""
        self._log.append(
            "run_ended",
            status=ending.status,
            exit_code=ending.exit_code,
            reason=ending.reason,
            best=None,
            weights_sha256=None,
        )
        self._log.sync()
        self._log.close()
        return ending

    def _look(self) -> Ending | None:
        received = self._signals.received
        if received is not None:
            return Ending("stopped", EXIT_CODES[received], f"{received.name}, while it waited for its turn")
        ending = None
        for request in control.pending(self._run):
            ending = self._answer(request) or ending
            request.remove()
        return ending

    def _answer(self, request: control.Request) -> Ending | None:
        if request.kind not in ("stop", "start"):
            reason = "it waits for its turn and has nothing to change yet"
            self._log.append("control_refused", request=request.request, kind=request.kind, key=None, reason=reason)
            return None
        self._log.append("control_applied", request=request.request, kind=request.kind, key=None, old=None, new=None, step=0)
        self._starts_now = request.kind == "start"
        return Ending("stopped", 0, "request, while it waited for its turn") if request.kind == "stop" else None
