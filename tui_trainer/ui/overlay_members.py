"""OverlayMembers: which runs are laid over each other, in which order, and who reads each of them; one of them is pinned.

It starts no worker: a screen does, and hands in what it read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.worker import Worker

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.labels import read_labels
from tui_trainer.runs.run_comparison import ComparedRun
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.ui.overlaid_run import MAX_RUNS, OverlaidRun
from tui_trainer.ui.run_follower import RunFollower


@dataclass(frozen=True, slots=True)
class Source:
    """Where the facts of one run come from."""

    follower: RunFollower
    worker: Worker[None]
    """In which it follows."""
    name: str
    config: RunConfig | None


class OverlayMembers:
    """At most MAX_RUNS; the first one is pinned at first."""

    def __init__(self, runs: Sequence[RunDirectory]) -> None:
        self._runs = list(dict.fromkeys(runs))[:MAX_RUNS]
        self._sources: dict[str, Source] = {}
        self._pinned = 0

    def __len__(self) -> int:
        """Runs that are or will be shown."""
        return len(self._runs)

    @property
    def runs(self) -> list[RunDirectory]:
        """In their order."""
        return list(self._runs)

    @property
    def pinned(self) -> RunDirectory | None:
        """Drawn over the others; None without runs."""
        return self._runs[self._pinned] if self._runs else None

    @property
    def has_room(self) -> bool:
        """Whether another run may be added."""
        return len(self._runs) < MAX_RUNS

    def needs_source(self, run: RunDirectory) -> bool:
        """Whether nobody reads it yet; false where it was dropped meanwhile."""
        return run in self._runs and run.run not in self._sources

    def read_by(self, run: RunDirectory, source: Source) -> None:
        """Show it as soon as `source` has read its log once."""
        self._sources[run.run] = source

    def pin(self, direction: int) -> None:
        """Pin the next run."""
        self._pinned = (self._pinned + direction) % max(1, len(self._runs))

    def add(self, run: RunDirectory) -> bool:
        """Whether it was taken in: there may be no room, or it may be there already."""
        if not self.has_room or run in self._runs:
            return False
        self._runs.append(run)
        return True

    def drop_pinned(self) -> None:
        """Take it away and read it no longer."""
        run = self._runs.pop(self._pinned)
        self._pinned = max(0, min(self._pinned, len(self._runs) - 1))
        source = self._sources.pop(run.run, None)
        if source is not None:
            source.worker.cancel()

    def overlaid(self) -> list[OverlaidRun]:
        """What can be drawn: the runs of which the log has been read once."""
        found = [(run, self._sources[run.run]) for run in self._runs if run.run in self._sources]
        ready = [(run, source) for run, source in found if source.follower.is_attached]
        return [
            OverlaidRun(
                place,
                run.run,
                ComparedRun(source.name, source.follower.status, source.follower.history, source.config),
                is_pinned=run == self.pinned,
            )
            for place, (run, source) in enumerate(ready)
        ]


def read_facts(run: RunDirectory) -> tuple[str, RunConfig | None]:
    """What the run is called and configured as; None where run.toml cannot be read."""
    name = read_labels(run.path).name or run.shown_name
    try:
        return name, run.config
    except (MlpTuiError, OSError):
        return name, None
