from __future__ import annotations

from tui_trainer.runs.manifest import RESUME, WEIGHTS, Manifest
from tui_trainer.runs.retention import Deletion, plan_deletions


def manifest(epoch: int, test_acc: float, resume_bytes: int = 60) -> Manifest:
    files = {WEIGHTS: {"sha256": "0" * 64, "bytes": 40}}
    if resume_bytes:
        files[RESUME] = {"sha256": "0" * 64, "bytes": resume_bytes}
    return Manifest.model_validate(
        {
            "schema": 1,
            "id": f"s{epoch:09d}-a1",
            "attempt": 1,
            "step": epoch,
            "epoch": epoch,
            "epoch_complete": True,
            "position": 0,
            "metrics": {"test_acc": test_acc},
            "weights_sha256": "",
            "model": {},
            "data_fingerprint": "",
            "preprocessing": {},
            "versions": {},
            "threads": 1,
            "device": "cpu",
            "scalars": {},
            "files": files,
        }
    )


CHECKPOINTS = [manifest(1, 0.9), manifest(2, 0.95), manifest(3, 0.8), manifest(4, 0.7), manifest(5, 0.6)]


def test_nothing_goes_while_all_fit() -> None:
    assert plan_deletions(CHECKPOINTS, keep_bytes=500, keep_last=1, keep=()) == []


def test_resume_state_of_the_oldest_goes_before_any_weights() -> None:
    plan = plan_deletions(CHECKPOINTS, keep_bytes=400, keep_last=1, keep=())

    assert plan == [Deletion("s000000001-a1", False, 60), Deletion("s000000003-a1", False, 60)]


def test_best_newest_and_kept_ones_stay_however_little_room_there_is() -> None:
    plan = plan_deletions(CHECKPOINTS, keep_bytes=0, keep_last=1, keep=["s000000003-a1"])

    assert {deletion.checkpoint for deletion in plan if deletion.is_whole} == {"s000000001-a1", "s000000004-a1"}


def test_weights_without_resume_state_are_counted_as_what_they_take() -> None:
    plan = plan_deletions([manifest(1, 0.1, resume_bytes=0), *CHECKPOINTS[1:]], keep_bytes=300, keep_last=4, keep=())

    assert plan == [Deletion("s000000001-a1", True, 40)]
