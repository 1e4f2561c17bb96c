from __future__ import annotations

import errno

import pytest
import torch

from tests.engine.training import begin, digits_config, ended
from tui_trainer.engine.failures import classify
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.train_job import _train
from tui_trainer.engine.train_step import ReplayStep
from tui_trainer.runs.errors import DataError


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (DataError("x"), 3),
        (torch.OutOfMemoryError("CUDA out of memory"), 6),
        (MemoryError(), 6),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"), 6),
        (OSError(errno.ENOSPC, "No space left on device"), 6),
        (ValueError("what"), 1),
        (OSError(errno.ENOENT, "No such file"), 1),
    ],
)
def test_each_failure_has_its_exit_code(error: Exception, exit_code: int) -> None:
    assert classify(error).exit_code == exit_code
    assert len(classify(error).message) <= 300


def test_a_cause_that_is_known_counts_for_the_whole_chain() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as cause:
            raise RuntimeError("the writer failed") from cause
    except RuntimeError as error:
        assert classify(error).exit_code == 6


def test_a_run_out_of_memory_says_what_would_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhaust(*arguments: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    attempt, lock = begin(digits_config(data__batch_size=100_000))
    monkeypatch.setattr(ReplayStep, "__call__", exhaust)
    monkeypatch.setattr("tui_trainer.engine.train_job.memory_bytes", lambda device: 20_000_000)

    assert _train(attempt, StopSignals()) == 6

    lock.release()
    assert "would fit" in ended(attempt.run)["reason"]
