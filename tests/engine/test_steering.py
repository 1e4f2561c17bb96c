from __future__ import annotations

import json
import signal
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from tests.engine.training import begin, digits_config, ended
from tests.waiting import wait_until
from tui_trainer.engine.attempt import Attempt
from tui_trainer.engine.steering import Steering
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.train_job import _train
from tui_trainer.runs import control


@pytest.fixture
def begun() -> Any:
    attempt, lock = begin(digits_config(training__epochs=2))
    yield attempt
    lock.release()


def _events(attempt: Attempt, *names: str) -> list[dict[str, Any]]:
    lines = attempt.run.events_path.read_text().splitlines()
    return [event for line in lines if (event := json.loads(line))["event"] in names]


def test_a_stop_request_saves_records_and_ends_with_zero(begun: Attempt) -> None:
    name = control.request(begun.run, "stop", 1, save=True)

    assert _train(begun, StopSignals()) == 0

    end = ended(begun.run)
    assert (end["status"], end["exit_code"], end["reason"]) == ("stopped", 0, "request")
    assert [manifest.step for manifest in begun.run.checkpoints()] == [1]
    assert begun.run.checkpoints()[0].metrics == {}
    (answer,) = _events(begun, "control_applied")
    assert answer["request"] == name and answer["kind"] == "stop"
    assert control.pending(begun.run) == []


def test_a_stop_without_save_leaves_no_checkpoint(begun: Attempt) -> None:
    control.request(begun.run, "stop", 1, save=False)

    assert _train(begun, StopSignals()) == 0
    assert begun.run.checkpoints() == []


def test_a_request_of_an_earlier_attempt_or_an_unknown_or_damaged_one_is_refused(begun: Attempt) -> None:
    control.request(begun.run, "stop", 7, save=True)
    control.request(begun.run, "dance", 1)
    (begun.run.control_folder / "00.json").write_bytes(b"\x00not json")

    assert _train(begun, StopSignals()) == 0

    assert ended(begun.run)["status"] == "done"
    reasons = [event["reason"] for event in _events(begun, "control_refused")]
    assert len(reasons) == 3
    assert any("attempt 7" in reason for reason in reasons)
    assert any("dance" in reason for reason in reasons)
    assert any("cannot be read" in reason for reason in reasons)


def test_a_save_request_takes_a_checkpoint_and_goes_on(begun: Attempt) -> None:
    control.request(begun.run, "save", 1)

    _train(begun, StopSignals())

    assert ended(begun.run)["status"] == "done"
    assert begun.run.checkpoints()[0].step == 1
    assert not begun.run.checkpoints()[0].epoch_complete


def _continue_after_a_while(attempt: Attempt) -> None:
    wait_until(lambda: _events(attempt, "paused"))
    paused_at = time.monotonic()
    wait_until(lambda: time.monotonic() - paused_at > 0.3)
    control.request(attempt.run, "continue", 1)


def test_pause_waits_until_continue(begun: Attempt) -> None:
    control.request(begun.run, "pause", 1)
    go_on = threading.Thread(target=_continue_after_a_while, args=(begun,))
    go_on.start()

    _train(begun, StopSignals())

    go_on.join(10)
    paused, continued = _events(begun, "paused", "continued")
    assert (paused["event"], continued["event"]) == ("paused", "continued")
    assert paused["step"] == continued["step"] == 1
    assert continued["elapsed_s"] - paused["elapsed_s"] > 0.25
    assert ended(begun.run)["status"] == "done"


def test_where_nothing_can_be_changed_a_run_does_not_pause_either(begun: Attempt) -> None:
    """A run that paused there did not take the change that was asked of it next, nor a stop after that, for ever."""

    def fail() -> None:
        raise AssertionError("it is paused where it takes no change")

    log = begun.log
    steering = Steering(begun.run, log, StopSignals(), SimpleNamespace(), while_paused=fail)  # type: ignore[arg-type]
    control.request(begun.run, "pause", 1)
    assert steering.poll(23, lambda: None, may_change=False) is None
    assert [request.kind for request in control.pending(begun.run)] == ["pause"]
    assert _events(begun, "paused") == []

    control.request(begun.run, "stop", 1, save=False)
    wait_until(lambda: steering.poll(23, lambda: None) is not None)
    assert len(_events(begun, "paused")) == 1
    assert control.pending(begun.run) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_ends_with_a_save_and_its_own_code(begun: Attempt, number: signal.Signals, code: int) -> None:
    signals = StopSignals()
    signals._take(number, None)

    assert _train(begun, signals) == code

    assert ended(begun.run)["reason"] == number.name
    assert [manifest.step for manifest in begun.run.checkpoints()] == [1]


def test_interrupted_twice_it_stops_without_a_save(begun: Attempt) -> None:
    signals = StopSignals()
    signals._take(signal.SIGINT, None)
    signals._take(signal.SIGINT, None)

    assert _train(begun, signals) == 130

    assert begun.run.checkpoints() == []
    assert ended(begun.run)["status"] == "stopped"


def test_a_loss_that_is_not_finite_ends_with_five_and_no_save(begun: Attempt) -> None:
    for group in begun.loaded.state.optimizer.param_groups:
        group["lr"] = 1e30

    assert _train(begun, StopSignals()) == 5

    end = ended(begun.run)
    assert end["status"] == "failed"
    assert "lower learning rate" in end["reason"]
    assert begun.run.checkpoints() == []
