"""FollowingScreen: a screen that follows one run, live or played again, and knows what is wrong with it; a subclass draws.

One worker reads the log (run_follower.py, run_replayer.py); all state is the follower's history.
"""

from __future__ import annotations

from textual import on

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.end_notice import tell_end
from tui_trainer.ui.replay_keys import ReplayKeys
from tui_trainer.ui.run_faults import RunFaults, find_faults
from tui_trainer.ui.run_follower import (
    AttemptStarted,
    RequestRefused,
    RunEnded,
    RunFollower,
    RunMessage,
    RunRemoved,
)
from tui_trainer.ui.run_replayer import ReplayEnded, RunReplayer


class FollowingScreen(ReplayKeys):
    """Shows `run`, if any; `show_run` shows another one."""

    def __init__(self, run: RunDirectory | None = None) -> None:
        super().__init__()
        self._first_run = run
        self._follower: RunFollower | None = None
        self._config: RunConfig | None = None
        self._faults = RunFaults()
        self._is_new = True
        self._is_removed = False

    @property
    def run(self) -> RunDirectory | None:
        """The run that is shown."""
        return self._follower.run if self._follower else self._first_run

    @property
    def history(self) -> RunHistory | None:
        """What is known of it; None before its log was read to its end once, and where it cannot be understood."""
        return self._follower.history if self._follower and self._follower.is_attached and not self._refusal else None

    @property
    def status(self) -> RunStatus | None:
        """What it does now; None where that is not known yet, or where the run is gone."""
        return self._follower.status if self._follower and self.history is not None and not self._is_removed else None

    @property
    def _refusal(self) -> str:
        """Why the run that is followed is not shown; empty where it is."""
        follower = self._follower
        return self._faults.refusal(follower.history, follower.run) if follower and not self._is_removed else ""

    @property
    def config(self) -> RunConfig | None:
        """The configuration that it began with; None where it cannot be read."""
        return self._config

    # For subclasses

    @property
    def can_follow(self) -> bool:
        """Whether the screen is ready for a run."""
        raise NotImplementedError

    @property
    def period_s(self) -> float:
        """Seconds from one look at the log to the next, while the run lives."""
        raise NotImplementedError

    def begin_run(self, run: RunDirectory) -> None:
        """Another run is shown from now on."""
        raise NotImplementedError

    def begin_following(self) -> None:
        """The log is read from its start."""
        raise NotImplementedError

    def draw_soon(self) -> None:
        """There is something new."""
        raise NotImplementedError

    # Following

    def show_run(self, run: RunDirectory) -> None:
        """Follow `run` from now on; one that is followed already goes on."""
        self._first_run = run
        is_followed = self._follower is not None and self._follower.run == run and not self._is_removed
        if is_followed or not self.can_follow:
            return
        self._is_removed = False
        self._faults = find_faults(run)
        try:
            self._config = run.config
        except MlpTuiError:
            self._config = None
        self.begin_run(run)
        self._follow(RunFollower(run, self.post_message, lambda: self.period_s))

    def _follow(self, follower: RunFollower) -> None:
        self._follower, self._is_new = follower, True
        self.begin_following()
        self.run_worker(follower.follow(), group="follow", exclusive=True)

    @property
    def replayer(self) -> RunReplayer | None:
        """What plays the run; None where it is shown as it is."""
        return self._follower if isinstance(self._follower, RunReplayer) else None

    def play_again(self) -> None:
        """Play the run from its start."""
        if self._follower is not None:
            self._follow(RunReplayer(self._follower.run, self.post_message, lambda: self.period_s, self._follower.status))

    def show_whole(self) -> None:
        """Show the run as it is, and follow it."""
        if self._follower is not None:
            self._follow(RunFollower(self._follower.run, self.post_message, lambda: self.period_s))

    def on_replay_ended(self, message: ReplayEnded) -> None:
        """Somebody may go on with the run."""
        if message.follower is self._follower:
            self.show_whole()

    # What the follower tells

    @on(RunMessage)
    def draw_news(self, message: RunMessage) -> None:
        """Draw whatever the message says is new; those of a run that is no longer followed draw nothing."""
        if message.follower is self._follower:
            self.draw_soon()

    def on_attempt_started(self, message: AttemptStarted) -> None:
        """Draw the curve anew: what lies beyond the save that a resumed run began from is no longer its course."""
        self._is_new = True

    def on_run_ended(self, message: RunEnded) -> None:
        """Tell the terminal, where a person wants that."""
        if message.follower is self._follower:
            ended = message.follower.history.ended or {}
            tell_end(self.app, message.follower.run.shown_name, str(ended.get("status", "ended")))

    def on_run_removed(self, message: RunRemoved) -> None:
        """Keep the last picture and say that the run is gone."""
        if message.follower is self._follower:
            self._is_removed = True

    def on_request_refused(self, message: RequestRefused) -> None:
        """Tell why the trainer did not do what was asked."""
        if message.follower is self._follower:
            kind, reason = (safe_text(message.event.get(name, ""), 120) for name in ("kind", "reason"))
            self.notify(f"{kind} was refused: {reason}", severity="warning", markup=False)
