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
_MAX_CHANGES = 4
"""Changes that a line names."""


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
    best_test_acc: float | None = None
    """Of its best epoch; None where it has none."""
    children: list[FamilyNode] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Runs of the tree."""
        return 1 + sum(child.size for child in self.children)

    def as_json(self) -> dict[str, Any]:
        """The tree as plain data."""
        fields = {name: getattr(self, name) for name in ("run", "name", "status", "kind", "step", "changes", "best_test_acc")}
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
    history = run.history(with_steps=False) if run else None
    step, changes = parent.get("step"), parent.get("changes")
    node = FamilyNode(
        run=safe_text(name, 100),
        name=run.shown_name if run else safe_text(name, 100),
        status=run.status(history).value if run and history else "gone",
        kind=safe_text(parent["kind"], 10) if "kind" in parent else None,
        step=step if isinstance(step, int) else None,
        changes=changes if isinstance(changes, dict) else {},
        best_test_acc=history.best.test_acc if history and history.best else None,
    )
    # Damaged files may make a circle, which has no oldest run.
    below = [child for child in children.get(name, []) if child not in ancestors | {name}] if len(ancestors) < MAX_DEPTH else []
    node.children = [_build(child, runs, parents, children, ancestors | {name}) for child in below]
    return node


def format_family(node: FamilyNode, current: str) -> Iterator[str]:
    """The tree as lines with branches; the run called `current` (its folder's name) is marked."""
    for branch, member in walk_family(node):
        yield f"{branch}{_line(member, current)}"


def walk_family(node: FamilyNode) -> Iterator[tuple[str, FamilyNode]]:
    """(branch that is drawn before it, member) from the oldest run down; the oldest has no branch."""
    yield "", node
    yield from _walk_branches(node, "")


def _walk_branches(node: FamilyNode, indent: str) -> Iterator[tuple[str, FamilyNode]]:
    for index, child in enumerate(node.children):
        is_last = index == len(node.children) - 1
        yield f"{indent}{'└─ ' if is_last else '├─ '}", child
        yield from _walk_branches(child, f"{indent}{'   ' if is_last else '│  '}")


def describe_origin(node: FamilyNode) -> str:
    """`fork at step 4,690  optimizer.lr=0.1`: how it was made of its parent; empty for the oldest."""
    parts = [node.kind if node.step is None else f"{node.kind} at step {node.step:,}"] if node.kind else []
    parts += [f"{safe_text(key, 60)}={safe_text(value, 40)}" for key, value in list(node.changes.items())[:_MAX_CHANGES]]
    parts += [f"and {len(node.changes) - _MAX_CHANGES} more"] if len(node.changes) > _MAX_CHANGES else []
    return "  ".join(parts)


def _line(node: FamilyNode, current: str) -> str:
    best = [f"best {node.best_test_acc:.4f}"] if node.best_test_acc is not None else []
    parts = [node.name, node.status, *best, *([describe_origin(node)] if node.kind or node.changes else [])]
    return "  ".join(parts) + ("  <- this one" if node.run == current else "")
