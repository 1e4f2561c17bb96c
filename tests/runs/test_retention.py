from __future__ import annotations

from collections.abc import Collection

from tests.runs.fake_run import make_manifest
from tui_trainer.runs.manifest import RESUME, WEIGHTS, Manifest
from tui_trainer.runs.retention import plan_deletions


def manifests(num: int, best_epoch: int = 0) -> list[Manifest]:
    """`num` epochs of 100 bytes of weights and 200 of resume state each."""
    files = {WEIGHTS: b"w" * 100, RESUME: b"r" * 200}
    scores = {epoch: 0.9 if epoch == best_epoch else 0.5 for epoch in range(1, num + 1)}
    return [make_manifest(files, epoch * 10, metrics={"test_acc": score}) for epoch, score in scores.items()]


def plan(
    checkpoints: list[Manifest], keep_bytes: int, keep_last: int = 1, keep: Collection[str] = ()
) -> list[tuple[int, bool]]:
    found = plan_deletions(checkpoints, keep_bytes=keep_bytes, keep_last=keep_last, keep=keep)
    epochs = {manifest.id: manifest.epoch for manifest in checkpoints}
    return [(epochs[deletion.checkpoint], deletion.is_whole) for deletion in found]


def test_nothing_goes_while_there_is_room() -> None:
    assert plan(manifests(5, best_epoch=5), keep_bytes=1500) == []
    assert plan([], keep_bytes=0) == []


def test_resume_state_of_the_oldest_goes_first_and_only_as_much_as_is_needed() -> None:
    assert plan(manifests(5, best_epoch=5), keep_bytes=1499) == [(1, False)]
    assert plan(manifests(5, best_epoch=5), keep_bytes=1299) == [(1, False), (2, False)]


def test_weights_go_after_all_resume_state_that_may_go() -> None:
    assert plan(manifests(3, best_epoch=3), keep_bytes=400) == [(1, False), (2, False), (1, True)]


def test_the_newest_the_best_and_the_kept_never_go() -> None:
    checkpoints = manifests(6, best_epoch=2)
    gone = plan(checkpoints, keep_bytes=0, keep_last=2, keep=[checkpoints[0].id])
    assert {epoch for epoch, _ in gone} == {3, 4}
    assert [epoch for epoch, is_whole in gone if is_whole] == [3, 4]


def test_weights_whose_resume_state_went_before_can_still_go() -> None:
    weights_only = [make_manifest({WEIGHTS: b"w" * 100}, epoch * 10) for epoch in (1, 2, 3)]
    assert plan(weights_only, keep_bytes=250) == [(1, True)]
