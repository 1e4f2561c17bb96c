from __future__ import annotations

import pytest

from tests.runs.fake_run import make_run
from tui_trainer.runs.run_lock import RunLock
from tui_trainer.runs.trainer_load import TrainerGauge


def test_a_run_without_a_trainer_takes_nothing() -> None:
    assert TrainerGauge(make_run()).read() is None


@pytest.mark.parametrize("record", ["", "{", '{"pid": "5"}', '{"pid": 1, "start_time": "1"}'])
def test_a_trainer_that_is_dead_or_unknown_takes_nothing(record: str) -> None:
    run = make_run()
    run.lock_path.write_text(record)
    assert TrainerGauge(run).read() is None


def test_a_live_trainer_has_memory_at_once_and_a_processor_share_from_the_second_reading_on() -> None:
    run = make_run()
    lock = RunLock(run.lock_path)
    lock.acquire(attempt=1)
    gauge = TrainerGauge(run)
    first, second = gauge.read(), gauge.read()
    assert first is not None and first.cpu_share is None and first.rss_bytes > 10**6
    assert second is not None and second.cpu_share is not None and second.cpu_share >= 0
    run.lock_path.write_text("{}")
    assert gauge.read() is None
    lock.release()
