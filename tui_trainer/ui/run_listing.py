"""RunListing: the runs on disk as a browser shows them, read again only where something changed.

Of a run that has ended the small kept summary is enough for its row; it is read in full (`FollowedRun`) when it is asked for,
as is at once what trains, died or is damaged. `read` touches many files, so it is called from a thread; of runs it writes
nothing, only what `kept_summaries` keeps for the next time, and it raises nothing for a damaged run.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Collection
from pathlib import Path

from tui_trainer.runs.kept_summaries import KeptSummaries, is_final, state_of
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.run_summary import RunSummary
from tui_trainer.ui.followed_run import FollowedRun
from tui_trainer.ui.run_entry import RunEntry, read_created, searched_words

MAX_SETTLED_READ = 300
"""Ended runs that are looked at in one reading."""
MANY_NEW = 100
FOUND_FOR_S = 2.0
"""For how long the folder of runs is not looked through again while runs that it held are still unread."""


class RunListing:
    """All runs on disk; one reader at a time may call `read`, from any thread."""

    def __init__(self) -> None:
        self._runs: dict[Path, _ListedRun] = {}
        self._kept: KeptSummaries | None = None
        self._num_read = 0
        self._found_at_s = 0.0
        self.num_unread = 0
        """Runs of which nothing was read yet; `read` again gives more of them."""

    def read(
        self, max_new: int | None = None, *, everything: bool = False, in_full: Collection[str] | None = None
    ) -> tuple[RunEntry, ...]:
        """The runs, newest first, as they are now; of those never read before at most `max_new`, the newest.

        `in_full` are the keys of runs whose checkpoints are wanted, None those of all. A run that has ended is looked at again
        now and then only, because of thousands hardly one changes; `everything` looks at all of them.
        """
        self._kept = kept = self._kept or KeptSummaries.read()
        if everything or not self.num_unread or time.monotonic() > self._found_at_s + FOUND_FOR_S:
            self._runs = {run.path: self._runs.get(run.path) or _ListedRun(run) for run in run_directories()}
            self._found_at_s = time.monotonic()
        entries, num_new = [], 0
        self._num_read += 1
        turns = max(1, -(-len(self._runs) // MAX_SETTLED_READ))
        for index, listed in enumerate(self._runs.values()):
            is_new = listed.entry is None
            if is_new and max_new is not None and num_new >= max_new:
                continue
            num_new += is_new
            is_wanted = in_full is None or listed.run.run in in_full
            is_due = everything or not listed.is_settled or index % turns == self._num_read % turns
            entry = None if is_due or (is_wanted and not listed.is_full) else listed.entry
            entries.append(entry or listed.read(kept, in_full=is_wanted))
        self.num_unread = len(self._runs) - len(entries)
        if not self.num_unread:
            kept.write(listed.run for listed in self._runs.values())
        if num_new > MANY_NEW:
            # What was read stays for as long as the list does; looking for garbage among it held the app up for over a second.
            gc.freeze()
        return tuple(entries)


class _ListedRun:
    """One run of the listing: its summary's entry, or from the first time that it is wanted in full the followed one."""

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.entry: RunEntry | None = None
        """What was read last; None before the first time."""
        self._followed: FollowedRun | None = None
        self._state: list[int] = []

    @property
    def is_full(self) -> bool:
        """Whether it was read in full."""
        return self._followed is not None

    @property
    def is_settled(self) -> bool:
        """Whether it has ended, so that it changes only when somebody goes on with it or deletes from it."""
        return self.entry is not None and (self._followed is None or self._followed.is_settled)

    def read(self, kept: KeptSummaries, *, in_full: bool) -> RunEntry:
        """The entry of this run; the same object as before where nothing changed."""
        if self._followed is None and not in_full and (entry := self._read_summary(kept)) is not None:
            self.entry = entry
        else:
            self._followed = self._followed or FollowedRun(self.run)
            self.entry = self._followed.read()
        return self.entry

    def _read_summary(self, kept: KeptSummaries) -> RunEntry | None:
        """None where the run has not ended: then its trainer must be looked for each time."""
        state = state_of(self.run.path)
        if state == self._state:
            return self.entry
        summary = kept.summarise(self.run, state)
        self._state = state
        return _entry_of(self.run, summary) if is_final(summary) else None


def _entry_of(run: RunDirectory, summary: RunSummary) -> RunEntry:
    """The entry as a summary tells it."""
    problem = f"{summary.damaged_lines:,} damaged lines of its log skipped" if summary.damaged_lines else ""
    if summary.status is RunStatus.FAILED:
        problem = summary.reason or "failed"
    return RunEntry(
        run=run,
        status=summary.status,
        epoch=summary.epoch,
        num_epochs=summary.epochs,
        created_s=read_created(summary.created),
        num_parameters=summary.num_parameters,
        num_checkpoints=summary.num_checkpoints,
        num_bytes=summary.checkpoint_bytes,
        test_acc=summary.saved_acc,
        train_acc=summary.saved_train_acc,
        test_r2=summary.saved_r2,
        problem=problem,
        labels=summary.labels,
        changes=summary.changes,
        words=searched_words(run, summary.status, problem, summary.labels, summary.changes),
    )
