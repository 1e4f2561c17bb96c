"""The family of a run: which runs it was made of and which were made of it, as a tree with what was changed at each branch.

Read from run.json's `parent` of all runs; it opens no log but for the status of a family's members.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.safe_text import safe_text

MAX_DEPTH = 100


@dataclass(slots=True)
class FamilyNode:
    """One run of a family; `kind` (rerun, fork, edit), `step` and `changes` say how it was made of its parent."""

    run: str
    name: str
    status: str
    """`gone` for a parent that was deleted."""
    kind: str | None = None
    step: int | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    children: list[FamilyNode] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Runs of the tree."""
        return 1 + sum(child.size for child in self.children)

    def as_json(self) -> dict[str, Any]:
        """The tree as plain data."""
        fields = {name: getattr(self, name) for name in ("run", "name", "status", "kind", "step", "changes")}
        return {**fields, "children": [child.as_json() for child in self.children]}


def node_from_json(tree: dict[str, Any]) -> FamilyNode:
    """The tree that `as_json` gave."""
    return FamilyNode(**{**tree, "children": [node_from_json(child) for child in tree["children"]]})


def read_family(run: RunDirectory) -> FamilyNode:
    """The whole tree that `run` belongs to, from its oldest ancestor; a run without relations is a tree of one."""
    runs = {other.run: other for other in run_directories()}
    runs[run.run] = run
    parents = {name: parent for name, other in runs.items() if (parent := _parent(other))}
    children: dict[str, list[str]] = {}
    for name in sorted(parents):
        children.setdefault(str(parents[name]["run"]), []).append(name)
    root = run.run
    for _ in range(MAX_DEPTH):
        if root not in parents:
            break
        root = str(parents[root]["run"])
    return _build(root, runs, parents, children, frozenset())


def _parent(run: RunDirectory) -> dict[str, Any] | None:
    try:
        parent = run.info.get("parent")
    except MlpTuiError:
        return None
    return parent if isinstance(parent, dict) and isinstance(parent.get("run"), str) and parent["run"] != run.run else None


def _build(
    name: str,
    runs: dict[str, RunDirectory],
    parents: dict[str, dict[str, Any]],
    children: dict[str, list[str]],
    ancestors: frozenset[str],
) -> FamilyNode:
    run, parent = runs.get(name), parents.get(name, {})
    step, changes = parent.get("step"), parent.get("changes")
    node = FamilyNode(
        run=safe_text(name, 100),
        name=run.shown_name if run else safe_text(name, 100),
        status=run.status(run.history(with_steps=False)).value if run else "gone",
        kind=safe_text(parent["kind"], 10) if "kind" in parent else None,
        step=step if isinstance(step, int) else None,
        changes=changes if isinstance(changes, dict) else {},
    )
    # Damaged files may make a circle, which has no oldest run.
    below = [child for child in children.get(name, []) if child not in ancestors | {name}] if len(ancestors) < MAX_DEPTH else []
    node.children = [_build(child, runs, parents, children, ancestors | {name}) for child in below]
    return node


def format_family(node: FamilyNode, current: str) -> Iterator[str]:
    """The tree as lines with branches; the run called `current` (its folder's name) is marked."""
    yield _line(node, current)
    yield from _branches(node, current, "")


def _branches(node: FamilyNode, current: str, indent: str) -> Iterator[str]:
    for index, child in enumerate(node.children):
        is_last = index == len(node.children) - 1
        yield f"{indent}{'└─ ' if is_last else '├─ '}{_line(child, current)}"
        yield from _branches(child, current, f"{indent}{'   ' if is_last else '│  '}")


def _line(node: FamilyNode, current: str) -> str:
    parts = [node.name, node.status]
    if node.kind:
        parts.append(node.kind if node.step is None else f"{node.kind} at step {node.step:,}")
    parts += [f"{safe_text(key, 60)}={safe_text(value, 40)}" for key, value in list(node.changes.items())[:4]]
    parts += [f"and {len(node.changes) - 4} more"] if len(node.changes) > 4 else []
    return "  ".join(parts) + ("  <- this one" if node.run == current else "")
