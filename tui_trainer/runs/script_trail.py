"""The part of the printed script that does what people did to the run: text from a RunTrail.

The operations are those of `engine/live_changes.py`, in its order, so that the bits are the run's.
"""

from __future__ import annotations

from collections.abc import Iterator

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.live_keys import AppliedChange, is_scaled
from tui_trainer.runs.run_trail import RunTrail
from tui_trainer.runs.script_optimizer import is_pair

_VARIABLES = {"training.clip_norm": "clip_norm", "training.patience": "patience"}


def trail_part(config: RunConfig, trail: RunTrail) -> str:
    """Lines that say what was done, count steps and define `apply_changes` where it is needed; empty for a plain trail."""
    if trail.is_plain:
        return ""
    lines = [*_comments(trail), "step = 0"]
    used = {key: name for key, name in _VARIABLES.items() if trail.changes_of(key)}
    lines += [f"{name} = {getattr(config.training, name)!r}" for name in used.values()]
    if trail.changes_of("optimizer.lr") and is_scaled(config):
        lines += _SCALE.format(scheduler="schedulers[0]" if is_pair(config) else "scheduler", group=_group(config)).split("\n")
    if any(_operation(change, config) for change in trail.changes):
        lines += ["", "", "def apply_changes():", '    """What was changed while the run trained, and after which steps."""']
        lines += [f"    global {', '.join(used.values())}"] if used else []
        lines += [f"    {line}" for line in _branches(config, trail)]
        lines += ["", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def has_operations(config: RunConfig, trail: RunTrail) -> bool:
    """Whether `trail_part` defines `apply_changes`."""
    return any(_operation(change, config) for change in trail.changes)


def step_lines(config: RunConfig, trail: RunTrail) -> list[str]:
    """What follows each optimiser step."""
    if trail.is_plain:
        return []
    lines = ["step += 1"]
    if has_operations(config, trail) and trail.changes_in_epoch:
        lines += ["if step % len(train_loader):", "    apply_changes()"]
    if trail.ends_in_epoch:
        lines += [f"if step == {trail.num_steps}:  # the run ended here", "    break"]
    return lines


def epoch_lines(config: RunConfig, trail: RunTrail) -> list[str]:
    """What follows an epoch's line, before early stopping is looked at."""
    return ["apply_changes()"] if has_operations(config, trail) else []


def _comments(trail: RunTrail) -> Iterator[str]:
    yield "# What was done to the run that this script stands for:"
    for change in trail.changes:
        yield f"# after step {change.step}: {change.key} from {change.old} to {change.new}"
    if trail.num_steps is not None:
        yield f"# ended after step {trail.num_steps}"


def _branches(config: RunConfig, trail: RunTrail) -> Iterator[str]:
    last_step = None
    for change in trail.changes:
        operation = _operation(change, config)
        if not operation:
            continue
        if change.step != last_step:
            yield f"if step == {change.step}:"
            last_step = change.step
        yield f"    {operation}"


def _operation(change: AppliedChange, config: RunConfig) -> str:
    """The line that makes the change; empty for training.epochs, which the loop over epochs has."""
    if change.key == "optimizer.lr" and is_scaled(config) and change.old:
        return f"scale_lr({change.new / change.old!r})"
    if change.key in ("optimizer.lr", "optimizer.weight_decay"):
        return f'{_group(config)}["{change.key.partition(".")[2]}"] = {change.new!r}'
    return f"{_VARIABLES[change.key]} = {change.new!r}" if change.key in _VARIABLES else ""


def _group(config: RunConfig) -> str:
    return f"{'optimizers[0]' if is_pair(config) else 'optimizer'}.param_groups[0]"


_SCALE = '''

def scale_lr(factor):
    """Multiply the learning rate, and all that the schedule makes later ones of."""
    group = {group}
    for name in ("lr", "initial_lr", "max_lr", "min_lr"):
        if name in group:
            group[name] *= factor
    for part in getattr({scheduler}, "_schedulers", [{scheduler}]):
        part.base_lrs[0] *= factor
'''.rstrip("\n")
