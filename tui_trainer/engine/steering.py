"""Steering: what viewers and signals ask of a running training, acted on at step boundaries."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tui_trainer.engine.live_changes import LiveChanges
from tui_trainer.engine.stop_signals import EXIT_CODES, StopSignals
from tui_trainer.runs import control
from tui_trainer.runs.errors import ConfigError
from tui_trainer.runs.event_log import EventLog
from tui_trainer.runs.run_directory import RunDirectory

POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Ending:
    """How a training ends: `status` and `exit_code` as in `run_ended`, and whether to save before."""

    status: str
    exit_code: int
    reason: str
    saves: bool = False


def do_nothing() -> None:
    """For a run of one process: nobody waits while it is paused."""


class Steering:
    """Asked by the loop after every step; looks at the control folder twenty times a second at most."""

    def __init__(
        self,
        run: RunDirectory,
        log: EventLog,
        signals: StopSignals,
        live: LiveChanges,
        while_paused: Callable[[], None] = do_nothing,
    ) -> None:
        """`live` carries out what is set; `while_paused` is called every POLL_S seconds of a pause."""
        self._run, self._log, self._signals, self._live, self._while_paused = run, log, signals, live, while_paused
        self._looked_at = 0.0
        self._is_paused = False
        self._ending: Ending | None = None

    def poll(self, step: int, save: Callable[[], None], *, may_change: bool = True) -> Ending | None:
        """Act on what was asked; waits while paused. `save` takes a checkpoint now. None: go on.

        Without `may_change` only a stop is acted on; anything else, and what was asked after it, waits for the next poll. A
        pause waits too, because nothing could be changed in it.
        """
        ending = self._look(step, save, may_change)
        while self._is_paused and ending is None:
            time.sleep(POLL_S)
            self._while_paused()
            ending = self._look(step, save, may_change)
        return ending

    def _look(self, step: int, save: Callable[[], None], may_change: bool) -> Ending | None:
        received = self._signals.received
        if received is not None:
            return Ending("stopped", EXIT_CODES[received], received.name, saves=not self._signals.is_urgent)
        now = time.monotonic()
        if now - self._looked_at >= POLL_S:
            self._looked_at = now
            for request in control.pending(self._run):
                if request.kind != "stop" and not may_change:
                    break
                self._answer(request, step, save)
                request.remove()
        return self._ending

    def _answer(self, request: control.Request, step: int, save: Callable[[], None]) -> None:
        refusal = self._refusal(request)
        if refusal:
            self._refuse(request, None, refusal)
            return
        if request.kind == "set":
            self._set(request, save)
            return
        if request.kind == "save":
            # Answered when it is on disk, so that whoever asked can use it.
            save()
        self._log.append("control_applied", request=request.request, kind=request.kind, key=None, old=None, new=None, step=step)
        match request.kind:
            case "stop":
                self._ending = Ending("stopped", 0, "request", saves=request.args.get("save") is not False)
            case "pause" | "continue":
                self._set_paused(request.kind == "pause", step)

    def _set(self, request: control.Request, save: Callable[[], None]) -> None:
        """Change one key, after a save of the state before."""
        key, value = str(request.args.get("key"))[:100], request.args.get("value")
        try:
            self._live.check(key, value)
            save()
            applied = self._live.apply(key, value)
        except ConfigError as error:
            self._refuse(request, key, error.message)
            return
        words = {"note": applied.note} if applied.note else {}
        self._log.append(
            "control_applied",
            request=request.request,
            kind="set",
            key=applied.key,
            old=applied.old,
            new=applied.new,
            step=applied.step,
            **words,
        )
        if self._live.step_dropped:
            message = f"{self._live.step_dropped}; every step is made by plain PyTorch"
            self._log.append("warning", code="replay_dropped", message=message)

    def _refuse(self, request: control.Request, key: str | None, reason: str) -> None:
        self._log.append("control_refused", request=request.request, kind=request.kind, key=key, reason=reason)

    def _refusal(self, request: control.Request) -> str | None:
        if request.kind is None:
            return "the request cannot be read"
        if request.attempt != self._log.attempt:
            return f"it is for attempt {request.attempt}, this is attempt {self._log.attempt}"
        if request.kind not in ("stop", "save", "pause", "continue", "set"):
            return f"this version does not know {request.kind[:40]}"
        return None

    def _set_paused(self, is_paused: bool, step: int) -> None:
        if is_paused != self._is_paused:
            self._is_paused = is_paused
            self._log.append("paused" if is_paused else "continued", step=step)
