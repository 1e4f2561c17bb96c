from __future__ import annotations

from typing import Any

from tests.runs_factory import write_run
from tui_trainer.runs.publisher import delete
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_family import format_family, read_family


def _child(name: str, parent: RunDirectory, kind: str, changes: dict[str, Any], step: int | None = None) -> RunDirectory:
    record = {"run": parent.run, "checkpoint": None, "step": step, "changes": changes, "kind": kind}
    return write_run(name, epochs_done=1, status="done", info={"parent": record}).directory


def test_a_family_is_a_tree_from_its_oldest_run() -> None:
    root = write_run("book-aaaa", epochs_done=1, status="done").directory
    fork = _child("book-bbbb", root, "fork", {"optimizer.lr": 0.1}, 4690)
    rerun = _child("book-cccc", root, "rerun", {})
    again = _child("book-dddd", fork, "edit", {"model.dropout": 0.2})
    write_run("other-eeee", epochs_done=1, status="done")

    tree = read_family(again)

    assert tree.size == 4
    best = f"best {root.history().best.test_acc:.4f}"  # type: ignore[union-attr]
    assert list(format_family(tree, again.run)) == [
        f"book-aaaa  done  {best}",
        f"├─ book-bbbb  done  {best}  fork at step 4,690  optimizer.lr=0.1",
        f"│  └─ book-dddd  done  {best}  edit  model.dropout=0.2  <- this one",
        f"└─ book-cccc  done  {best}  rerun",
    ]
    assert read_family(rerun).as_json() == tree.as_json()


def test_a_deleted_parent_is_gone_and_the_tree_stays() -> None:
    root = write_run("book-aaaa", epochs_done=1, status="done").directory
    fork = _child("book-bbbb", root, "fork", {})
    delete(root.path)

    lines = list(format_family(read_family(fork), fork.run))

    assert lines[0] == f"{root.run}  gone"
    assert len(lines) == 2


def test_parents_in_a_circle_or_of_the_wrong_kind_end() -> None:
    one = write_run(
        "book-aaaa", status="done", info={"parent": {"run": "20261123T231201Z-book-bbbb", "kind": "rerun"}}
    ).directory
    _child("book-bbbb", one, "rerun", {})
    lone = write_run("book-cccc", status="done", info={"parent": "nobody"}).directory

    assert read_family(one).size == 2
    assert read_family(lone).size == 1
