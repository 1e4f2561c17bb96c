"""The command that follows a run's end: told of the run, bounded in time, and of no consequence for the run."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from tests.runs_factory import write_run
from tui_trainer.engine.end_hook import run_end_hook
from tui_trainer.runs.paths import settings_file
from tui_trainer.runs.run_directory import RunDirectory


def ended_run() -> RunDirectory:
    """A run that is done."""
    return write_run(epochs_done=2, status="done").directory


def set_hook(*words: str) -> None:
    settings_file().write_text(f"on_end = {json.dumps(list(words))}\n")


def warnings(run: RunDirectory) -> list[str]:
    return [str(event["message"]) for event in run.history().warnings]


def test_the_hook_is_told_of_the_run_without_a_shell(tmp_path: Path) -> None:
    run, told = ended_run(), tmp_path / "told.json"
    code = "import json, os, sys; json.dump([sys.argv[2:], dict(os.environ)], open(sys.argv[1], 'w'))"
    set_hook(sys.executable, "-c", code, str(told), "$HOME; echo", "a b")

    run_end_hook(run)

    words, environment = json.loads(told.read_text())
    assert words == ["$HOME; echo", "a b"]
    assert environment["MLP_TUI_RUN_NAME"] == run.shown_name
    assert environment["MLP_TUI_RUN_STATUS"] == "done"
    assert environment["MLP_TUI_RUN_PATH"] == str(run.path)
    assert float(environment["MLP_TUI_RUN_BEST_TEST_ACC"]) > 0
    assert warnings(run) == []


def test_without_a_hook_nothing_happens() -> None:
    run = ended_run()
    before = run.events_path.read_bytes()
    run_end_hook(run)
    assert run.events_path.read_bytes() == before


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('on_end = "/no/such/program"', "cannot be started"),
        (f"on_end = ['{sys.executable}', '-c', 'raise SystemExit(3)']", "ended with code 3"),
        ("on_end = 5", "settings.toml: on_end"),
        ("on_end = '\"'", "cannot be split"),
        ("notify = 'loud'", "none of off, bell"),
        ("not toml", "cannot be read"),
    ],
)
def test_what_goes_wrong_is_a_warning_and_the_run_stays_done(settings: str, words: str) -> None:
    run = ended_run()
    settings_file().write_text(settings)

    run_end_hook(run)

    (warning,) = warnings(run)
    assert words in warning
    assert (run.history().ended or {})["status"] == "done"


def test_a_hook_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_trainer.engine.end_hook.HOOK_S", 0.2)
    run = ended_run()
    set_hook(sys.executable, "-c", "import time; time.sleep(600)")
    began = time.monotonic()

    run_end_hook(run)

    assert time.monotonic() - began < 10
    assert "was killed" in warnings(run)[0]
