"""Which checkpoints of a run may go: a plan, made from their manifests alone.

Nothing goes while all of them together take less than `keep_bytes`. Beyond that the oldest go first, resume state before
weights, and never the newest `keep_last`, the best, or those that a user keeps.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tui_trainer.runs.manifest import RESUME, Manifest
from tui_trainer.runs.run_directory import best_checkpoint


@dataclass(frozen=True, slots=True)
class Deletion:
    """One thing to delete: a checkpoint's resume state alone, or the whole of it."""

    checkpoint: str
    is_whole: bool
    num_bytes: int


def plan_deletions(
    checkpoints: Sequence[Manifest], *, keep_bytes: int, keep_last: int, keep: Collection[str]
) -> list[Deletion]:
    """What to delete, in order, so that the rest takes at most `keep_bytes` if it may; `checkpoints` are given oldest first."""
    excess = sum(manifest.num_bytes for manifest in checkpoints) - keep_bytes
    if excess <= 0:
        return []
    best = best_checkpoint(list(checkpoints))
    kept = {*keep, *(manifest.id for manifest in checkpoints[-keep_last:]), *([best.id] if best else [])}
    removable = [manifest for manifest in checkpoints if manifest.id not in kept]
    plan: list[Deletion] = []
    for manifest in removable:
        resume_bytes = manifest.files[RESUME].bytes if RESUME in manifest.files else 0
        if excess > 0 and resume_bytes:
            plan.append(Deletion(manifest.id, False, resume_bytes))
            excess -= resume_bytes
    for manifest in removable:
        if excess > 0:
            weights_bytes = manifest.num_bytes - (manifest.files[RESUME].bytes if RESUME in manifest.files else 0)
            plan.append(Deletion(manifest.id, True, weights_bytes))
            excess -= weights_bytes
    return plan
