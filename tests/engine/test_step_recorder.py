from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from tui_trainer.engine.step_recorder import StepRecorder
from tui_trainer.engine.training_state import TrainingState
from tui_trainer.runs.errors import NumericError
from tui_trainer.runs.event_log import EventLog, EventReader


@pytest.fixture
def state() -> TrainingState:
    network = nn.Linear(1, 1)
    return TrainingState(network, torch.optim.SGD(network.parameters(), lr=0.25), None, torch.device("cpu"))


def _record(recorder: StepRecorder, state: TrainingState, losses: list[float], size: int = 4) -> None:
    for loss in losses:
        state.position.step += 1
        recorder.record(torch.tensor(loss), size)


def test_every_loss_is_written_once_in_order_and_summed_by_batch_size(tmp_path: Path, state: TrainingState) -> None:
    recorder = StepRecorder(EventLog(tmp_path / "events.jsonl", 1), state)
    _record(recorder, state, [2.0, 1.5])
    recorder.flush()
    _record(recorder, state, [1.0], size=2)
    recorder.flush()
    recorder.flush()

    events = EventReader(tmp_path / "events.jsonl").read_new()
    assert [(event["first_step"], event["losses"], event["lr"]) for event in events] == [
        (1, [2.0, 1.5], 0.25),
        (3, [1.0], 0.25),
    ]
    assert state.position.loss_sum == 2.0 * 4 + 1.5 * 4 + 1.0 * 2


@pytest.mark.parametrize(("loss", "name"), [(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf")])
def test_the_first_loss_that_is_not_finite_stops_at_its_step(
    tmp_path: Path, state: TrainingState, loss: float, name: str
) -> None:
    recorder = StepRecorder(EventLog(tmp_path / "events.jsonl", 1), state)

    with pytest.raises(NumericError, match=f"became {name} at step 3 .*0.5 before"):
        _record(recorder, state, [1.0, 0.5, loss])

    (event,) = EventReader(tmp_path / "events.jsonl").read_new()
    assert event["losses"] == [1.0, 0.5, None]
    assert event["non_finite"] == {"3": name}


def test_losses_on_another_device_are_looked_at_when_they_are_flushed(tmp_path: Path, state: TrainingState) -> None:
    recorder = StepRecorder(EventLog(tmp_path / "events.jsonl", 1), state)
    recorder._is_on_cpu = False
    _record(recorder, state, [1.0, math.nan, 2.0])

    with pytest.raises(NumericError, match="step 2"):
        recorder.flush()
