"""Runs that are made of other runs: reruns from the start and forks from a save, with what run.json says of their origin.

The `prepare` functions write nothing; `Relaunch.start` starts a trainer through the launcher and blocks until it has answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.config import RunConfig, dump_config, validate_config
from tui_trainer.runs.config_layers import merge, nest
from tui_trainer.runs.errors import CheckpointError, UsageError
from tui_trainer.runs.fork_plan import ForkPlan, differences, plan_fork
from tui_trainer.runs.launcher import OnProgress, SpareEngine, StartedRun, ignore_progress, start_run
from tui_trainer.runs.live_keys import effective_config, read_changes
from tui_trainer.runs.manifest import RESUME, Manifest
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_index import choose_checkpoint
from tui_trainer.runs.start_cancel import StartCancel


@dataclass(frozen=True, slots=True)
class Relaunch:
    """A run to be started: its configuration, run.json's `parent`, and what else run.json is to say."""

    config: RunConfig
    parent: dict[str, Any]
    facts: dict[str, Any]
    threads: int | None
    """The count that the parent trained on, None where it is to be found anew."""
    words: tuple[str, ...] = ()
    """What is to be said of it."""

    def start(
        self,
        *,
        spare: SpareEngine | None = None,
        on_progress: OnProgress = ignore_progress,
        cancel: StartCancel | None = None,
        queue: bool = False,
    ) -> StartedRun:
        """Start it, or let it wait for its turn; raises what the trainer refused it with."""
        return start_run(
            self.config,
            parent=self.parent,
            spare=spare,
            on_progress=on_progress,
            cancel=cancel,
            facts=self.facts,
            threads=self.threads,
            queue=queue,
        )


def prepare_rerun(run: RunDirectory, changes: Mapping[str, Any] | None = None) -> Relaunch:
    """The configuration that `run` began with, with `changes` {dotted key: value}, from the start.

    ConfigError where it cannot be read or a change is wrong.
    """
    config = validate_config(merge(dump_config(run.config), nest(changes or {})))
    made = differences(run.config, config)
    parent = {"run": run.run, "checkpoint": None, "step": None, "changes": made, "kind": "rerun"}
    return Relaunch(config, parent, {}, _threads(run, run.config, made))


def edit_parent(run: RunDirectory, config: RunConfig) -> dict[str, Any]:
    """run.json's `parent` for `config`, which a person made of that of `run`."""
    return {
        "run": run.run,
        "checkpoint": None,
        "step": None,
        "changes": differences(run.config, config),
        "kind": "edit",
    }


def prepare_fork(run: RunDirectory, which: str = "last", changes: Mapping[str, Any] | None = None) -> Relaunch:
    """A run that goes on from the save `which` (best, last, an epoch or an id) of `run`, with `changes`.

    UsageError where there is no such save, CheckpointError where it has no state to go on from, ConfigError where a change does
    not fit that state.
    """
    history = run.history(with_steps=False)
    manifest = choose_checkpoint(run, history, which)
    if RESUME not in manifest.files:
        raise CheckpointError(f"{run.shown_name}/{manifest.id} has weights alone and cannot be forked; take a later save")
    # What was set right after the save belongs to what came later, and a fork goes another way from there.
    saved = read_changes(manifest.scalars.get("changes"))
    config = effective_config(run.config, saved)
    if manifest.epoch_complete and manifest.epoch >= _epochs(config, changes):
        raise UsageError(
            f"{run.shown_name}/{manifest.id} is after the last of its {config.training.epochs:,} epochs; "
            f"add some with --set training.epochs={config.training.epochs + 10}, or take an earlier save"
        )
    plan = plan_fork(config, changes or {})
    made = differences(config, plan.config)
    parent = {"run": run.run, "checkpoint": manifest.id, "step": manifest.step, "changes": made, "kind": "fork"}
    facts = {"fork": _fork_facts(run, manifest, plan, history.inexact.get(manifest.attempt, ()))}
    return Relaunch(plan.config, parent, facts, _threads(run, config, made), plan.words)


def _epochs(config: RunConfig, changes: Mapping[str, Any] | None) -> int:
    wanted = (changes or {}).get("training.epochs", config.training.epochs)
    # What is no number is refused by the plan, with its key.
    return wanted if isinstance(wanted, int) else config.training.epochs + config.training.epochs


def _fork_facts(run: RunDirectory, manifest: Manifest, plan: ForkPlan, inexact: tuple[str, ...]) -> dict[str, Any]:
    """What the trainer of a fork, and the printer of its script, need once the parent is gone."""
    before = run.fork_facts
    where = f"at step {manifest.step:,}, which no printed script says"
    reasons = [*inexact, *(f"{key} was changed {where}" for key in plan.unprintable)]
    return {
        "sets": [{"step": manifest.step, "key": key, "old": old, "new": new} for key, old, new in plan.sets],
        "root_config": before.get("root_config") or dump_config(run.config),
        "weights_sha256": manifest.weights_sha256,
        "inexact": reasons,
    }


def _threads(run: RunDirectory, config: RunConfig, changes: Mapping[str, Any]) -> int | None:
    """The threads that `run` was trained on, whose bits the new one is to have too; None where other ones are asked for."""
    if "training.threads" in changes or "data.batch_size" in changes or any(key.startswith("model.") for key in changes):
        return None
    started = run.history(with_steps=False).started or {}
    threads = started.get("threads")
    return threads if isinstance(threads, int) and 1 <= threads <= 1024 and started.get("world_size", 1) == 1 else None
