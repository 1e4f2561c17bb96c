"""check_draft: everything that can be said about a draft before its start, from the draft and what is known around it.

Pure arithmetic on what is in memory, well under the 50 ms that a key press may take.
"""

from __future__ import annotations

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.findings import Finding, find_findings
from tui_trainer.ui.checks import Checks
from tui_trainer.ui.data_shape import DataShape
from tui_trainer.ui.draft import Draft
from tui_trainer.ui.like_runs import PastRun, find_like, find_similar
from tui_trainer.ui.setup_facts import SetupFacts


def check_draft(draft: Draft, config: RunConfig, source: str | None, shape: DataShape | None, facts: SetupFacts) -> Checks:
    """Of `draft`, whose last right configuration is `config`; `shape` is None while the sizes of the data are not known."""
    past_run = find_like(config, source, facts.past_runs)
    return Checks(
        errors=draft.errors,
        fixes=draft.fixes,
        findings=() if draft.errors else _findings(config, shape, facts),
        origin=draft.origin,
        changes=tuple(draft.changes()),
        source_reason=facts.reason_for(config),
        steps_per_epoch=shape.steps_per_epoch(config) if shape else None,
        epochs=config.training.epochs,
        past_run=past_run,
        similar_run=None if past_run or shape is None else _similar(config, source, shape, facts),
    )


def _findings(config: RunConfig, shape: DataShape | None, facts: SetupFacts) -> tuple[Finding, ...]:
    if shape is None:
        return find_findings(config, free_bytes=facts.free_bytes)
    return find_findings(
        config,
        num_inputs=shape.num_inputs,
        num_classes=shape.num_classes,
        num_train=shape.num_train,
        free_bytes=facts.free_bytes,
    )


def _similar(config: RunConfig, source: str | None, shape: DataShape, facts: SetupFacts) -> PastRun | None:
    return find_similar(config, source, facts.past_runs, shape.num_inputs, shape.num_classes)
