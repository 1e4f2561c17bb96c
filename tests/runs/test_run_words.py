from __future__ import annotations

from typing import Any

import pytest

from tests.runs.fake_run import epoch_ended, started, steps
from tests.runs_factory import write_run
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_words import RunWords, Tone, describe_run

SAVED = {"event": "checkpoint_saved", "checkpoint": "s000000020-a1", "step": 20, "epoch": 2}


def words(status: RunStatus, *events: dict[str, Any], config: RunConfig | None = None) -> RunWords:
    history = RunHistory()
    for event in events:
        history.apply({"attempt": 1, **event})
    return describe_run(history, status, config)


def ended(**fields: Any) -> dict[str, Any]:
    return {"event": "run_ended", "attempt": 1, "status": "failed", "exit_code": 6, **fields}


def test_a_numeric_failure_names_its_reason_and_advises_a_lower_rate() -> None:
    said = words(RunStatus.FAILED, started(), SAVED, ended(exit_code=5, reason="loss NaN at step 21"), config=RunConfig())
    assert "loss NaN at step 21" in said.headline and "0.5" in said.advice and said.action == "edit"
    assert "step 20" in said.detail and said.tone is Tone.BAD


@pytest.mark.parametrize("reason", [None, "", 5, "\x1b]0;x\x07", "x" * 5000])
def test_whatever_reason_a_log_gives_is_safe_to_show(reason: Any) -> None:
    said = words(RunStatus.FAILED, started(), ended(reason=reason))
    assert said.headline.isprintable() and len(said.headline) < 320 and len(said.short) <= 48


def test_a_crashed_run_can_be_resumed_only_from_a_save() -> None:
    with_save = words(RunStatus.CRASHED, started(), steps(1, [1.0] * 25), SAVED)
    assert with_save.action == "resume" and "step 25" in with_save.headline and "step 20" in with_save.detail
    without = words(RunStatus.CRASHED, started())
    assert without.action == "" and "before its first step" in without.headline and "Nothing was saved" in without.detail


def test_a_flat_test_accuracy_is_called_so_with_the_levers_that_are_unused() -> None:
    epochs = [epoch_ended(n, acc, train_acc=0.9 + n / 100) for n, acc in enumerate((0.9, 0.95, 0.94, 0.94), start=1)]
    said = words(RunStatus.RUNNING, started(), *epochs, config=RunConfig())
    assert "2 epochs" in said.headline and "dropout" in said.advice and "cosine" in said.advice
    used = words(RunStatus.RUNNING, started(), *epochs, config=resolve_config(preset="regularised"))
    assert used.advice == "" and used.action == ""


def test_a_fall_of_the_train_accuracy_is_noticed() -> None:
    said = words(RunStatus.RUNNING, started(), epoch_ended(1, train_acc=0.95), epoch_ended(2, train_acc=0.5))
    assert "0.4500" in said.headline and said.action == "edit" and said.tone is Tone.NOTICE


def test_a_finished_run_names_its_best_epoch_and_its_gap() -> None:
    said = words(RunStatus.DONE, started(), epoch_ended(1, 0.9), epoch_ended(2, 0.92), epoch_ended(3, 0.91))
    assert "0.9200" in said.headline and "epoch 2" in said.headline and "+0.0300" in said.detail


@pytest.mark.parametrize("status", RunStatus)
@pytest.mark.parametrize("num_epochs", [0, 1, 5])
def test_there_are_words_for_every_status_and_every_length(status: RunStatus, num_epochs: int) -> None:
    epochs = [epoch_ended(n, None, train_acc=None, train_loss=None) for n in range(1, num_epochs + 1)]
    said = words(status, started(epochs=None, steps_per_epoch=0), *epochs)
    assert said.headline and len(said.short) <= 48
    assert words(status).headline


def test_after_one_epoch_the_second_is_running_and_not_the_first() -> None:
    history = write_run(epochs_done=1, status="crashed").directory.history()
    words = describe_run(history, RunStatus.RUNNING, None)
    assert words.headline == "Epoch 2 is running."
    assert words.short == "epoch 2 is running"
