"""Signals on their way to the trainer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tui_trainer.commands.trainer_signals import TrainerSignals

COUNT_INTERRUPTS = """
import signal, sys
count = 0
def note(number, frame):
    global count
    count += 1
    print(count, flush=True)
    if count == 2:
        sys.exit(130)
signal.signal(signal.SIGINT, note)
print("ready", flush=True)
while True:
    signal.pause()
"""


def test_two_interrupts_are_passed_on_as_two() -> None:
    child = subprocess.Popen([sys.executable, "-c", COUNT_INTERRUPTS], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "ready\n"
        with TrainerSignals() as signals:
            signals.process = child  # type: ignore[assignment]
            os.kill(os.getpid(), signal.SIGINT)
            assert child.stdout.readline() == "1\n"
            os.kill(os.getpid(), signal.SIGINT)
            assert child.wait(5) == 130
    finally:
        child.kill()
        child.communicate()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_before_there_is_a_trainer_a_signal_ends_the_start(number: signal.Signals) -> None:
    with pytest.raises(SystemExit) as ending, TrainerSignals():
        os.kill(os.getpid(), number)
    assert ending.value.code == 128 + number


def test_signals_are_given_back_and_an_ignored_hup_stays_ignored() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)]
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with TrainerSignals():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) != before[2]
        assert signal.getsignal(signal.SIGTERM) == before[2]
        assert signal.getsignal(signal.SIGINT) == before[1]
    finally:
        signal.signal(signal.SIGHUP, before[0])
