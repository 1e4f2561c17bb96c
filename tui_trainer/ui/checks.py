"""Checks: what can be said about a draft before it is started; facts alone, so that a pane and a test can read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tui_trainer.runs.findings import Finding, Severity
from tui_trainer.ui.draft import Change
from tui_trainer.ui.like_runs import PastRun


@dataclass(frozen=True, slots=True)
class Checks:
    """What the checks pane shows."""

    errors: dict[str, str] = field(default_factory=dict)
    """{dotted key: what is wrong}; empty where the configuration can be started."""
    fixes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """{dotted key that is wrong: {key: value} that mends it}."""
    findings: tuple[Finding, ...] = ()
    """What is right and not good, the gravest first."""
    origin: str = ""
    """The preset, file or run that the draft started from."""
    changes: tuple[Change, ...] = ()
    """What differs from the preset."""
    source_reason: str = ""
    """What the data source means and why; empty while nobody knows."""
    steps_per_epoch: int | None = None
    epochs: int | None = None
    past_run: PastRun | None = None
    """The last run like it."""
    similar_run: PastRun | None = None
    """The last run of like size, where none is like it: it tells the time alone."""

    @property
    def total_s(self) -> float | None:
        """Seconds of the whole run, as the last run like it, or of its size, took; None where there is none."""
        past = self.past_run or self.similar_run
        if past is None or past.epoch_s is None or self.epochs is None:
            return None
        return past.epoch_s * self.epochs

    def warnings(self) -> dict[str, str]:
        """{key: what is not good about it}; settings without effect are none."""
        return {finding.key: finding.message for finding in self.findings if finding.severity is not Severity.NOTE}

    def fix_for(self, key: str | None) -> dict[str, Any] | None:
        """What mends `key`, or else the first thing that can be mended; None where nothing has one right answer."""
        mendable = {**{finding.key: finding.fix for finding in reversed(self.findings) if finding.fix}, **self.fixes}
        if key in mendable:
            return mendable[key]
        if self.errors:
            return next(iter(self.fixes.values()), None)
        return next((finding.fix for finding in self.findings if finding.fix), None)
