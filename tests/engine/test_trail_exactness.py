"""The script of a run that was stopped, steered or timed out ends with that run's bits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.steered_runs import Sets, steered_run
from tests.engine.training import digits_config, ended, resume, script_weights
from tui_trainer.runs.run_trail import read_trail

ADAMW = {"optimizer__name": "adamw", "optimizer__lr": 0.003}
RUNS: dict[str, tuple[dict[str, Any], Sets, int | None]] = {
    "stopped in the first epoch": ({}, {}, 7),
    "stopped in mid-epoch": ({"model__dropout": 0.2, "schedule__name": "cosine"}, {}, 30),
    "stopped at an epoch's end": ({}, {}, 24),
    "lr": ({}, {10: ("optimizer.lr", 0.1), 30: ("optimizer.lr", 0.3)}, None),
    "lr, then stopped": ({}, {10: ("optimizer.lr", 0.1)}, 40),
    "lr under cosine": ({"schedule__name": "cosine"}, {10: ("optimizer.lr", 0.1), 24: ("optimizer.lr", 0.3)}, None),
    "lr under one_cycle": (
        {"schedule__name": "one_cycle", **ADAMW},
        {10: ("optimizer.lr", 0.01), 12: ("optimizer.lr", 0.002)},
        None,
    ),
    "lr after a warm-up": ({"schedule__name": "warmup_cosine"}, {12: ("optimizer.lr", 0.3), 50: ("optimizer.lr", 0.2)}, None),
    "lr on a plateau": ({"schedule__name": "plateau", "schedule__patience": 0}, {12: ("optimizer.lr", 0.3)}, None),
    "lr asked for at an epoch's last step": (
        {"schedule__name": "plateau", "schedule__patience": 0, "schedule__threshold": 0.9},
        {47: ("optimizer.lr", 0.3)},
        None,
    ),
    "lr of muon": ({"optimizer__name": "muon", "schedule__name": "step"}, {12: ("optimizer.lr", 0.01)}, None),
    "decay": (ADAMW, {10: ("optimizer.weight_decay", 0.5)}, None),
    "clipping": ({"optimizer__momentum": 0.9}, {10: ("training.clip_norm", 0.5), 40: ("training.clip_norm", 0)}, None),
    "an epoch more": ({"schedule__name": "exponential"}, {60: ("training.epochs", 4)}, None),
    "an epoch less": ({"schedule__name": "cosine"}, {30: ("training.epochs", 2)}, None),
    "patience": (
        {"training__early_stopping": "train_loss", "training__patience": 50, "training__min_delta": 9.0, "training__epochs": 6},
        {60: ("training.patience", 2)},
        None,
    ),
    "all at once": (
        {"schedule__name": "cosine", "optimizer__momentum": 0.9, "optimizer__lr": 0.05, "training__ema_decay": 0.9},
        {
            10: ("training.epochs", 4),
            11: ("optimizer.lr", 0.1),
            30: ("optimizer.weight_decay", 0.01),
            31: ("training.clip_norm", 1),
        },
        80,
    ),
}


@pytest.mark.parametrize(("changes", "sets", "stop_at"), RUNS.values(), ids=RUNS.keys())
def test_a_runs_script_ends_with_its_bits(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], sets: Sets, stop_at: int | None
) -> None:
    run = steered_run(monkeypatch, digits_config(**changes), sets, stop_at)

    weights, printed = script_weights(run.config, read_trail(run))

    assert weights == ended(run)["weights_sha256"]
    assert len([line for line in printed.splitlines() if line.startswith("Epoch")]) == len(run.history().epochs)


def test_a_run_that_was_steered_stopped_and_resumed_has_one_script(monkeypatch: pytest.MonkeyPatch) -> None:
    run = steered_run(monkeypatch, digits_config(), {10: ("optimizer.lr", 0.1), 30: ("training.clip_norm", 0.1)}, 40)

    resume(run)

    assert script_weights(run.config, read_trail(run))[0] == ended(run)["weights_sha256"]
    assert read_trail(run).num_steps is None


def test_a_run_whose_time_was_used_has_a_script_of_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    run = steered_run(monkeypatch, digits_config(training__time_budget_s=0.05, training__epochs=5000), {})

    assert "time budget" in ended(run)["reason"]
    weights, printed = script_weights(run.config, read_trail(run))
    assert weights == ended(run)["weights_sha256"]
    assert "time.monotonic" not in printed
