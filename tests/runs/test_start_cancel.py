"""Taking a start back: nothing is left of it, and a trainer that has begun is never killed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.waiting import wait_until
from tui_trainer.runs import start_cancel
from tui_trainer.runs.launcher import start_run
from tui_trainer.runs.paths import runs_folder
from tui_trainer.runs.presets import preset_config
from tui_trainer.runs.start_cancel import StartCancel, StartCancelled

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(30)"


def stubborn_process() -> subprocess.Popen[bytes]:
    """A process that TERM does not end."""
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    return process


def test_a_start_that_was_cancelled_before_its_trainer_leaves_no_folder() -> None:
    cancel = StartCancel()
    cancel.cancel()
    with pytest.raises(StartCancelled, match="nothing was trained"):
        start_run(preset_config("quick"), cancel=cancel)
    assert [path for path in runs_folder().iterdir() if path.is_dir()] == []


@pytest.mark.process
def test_a_trainer_that_has_not_accepted_is_killed_and_one_that_has_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_cancel, "GRACE_S", 0.05)
    loading, training = stubborn_process(), stubborn_process()
    try:
        for process in (training, loading):
            cancel = StartCancel()
            cancel.watch(process)
            if process is training:
                cancel.accepted()
            cancel.cancel()
        wait_until(lambda: loading.poll() is not None)
        assert training.poll() is None
    finally:
        for process in (loading, training):
            process.kill()
            process.communicate()
