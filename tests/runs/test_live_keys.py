from __future__ import annotations

from typing import Any

import pytest

from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.errors import ConfigError
from tui_trainer.runs.live_keys import LIVE_KEYS, AppliedChange, check_set, effective_config, explain_set, read_changes
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_trail import RunTrail
from tui_trainer.runs.script_printer import print_script

GOOD = {"step": 3, "key": "optimizer.lr", "old": 0.5, "new": 0.1}


@pytest.mark.parametrize("key", LIVE_KEYS)
def test_every_live_key_is_one_of_the_configuration(key: str) -> None:
    assert check_set(resolve_config(), key, 30)


@pytest.mark.parametrize(
    ("preset", "key", "words"),
    [
        ("polished", "training.epochs", "rises again"),
        ("polished", "optimizer.lr", "same factor"),
        ("book", "training.epochs", ""),
        ("book", "training.patience", "early stopping is off"),
    ],
)
def test_what_a_change_does_not_do_is_said(preset: str, key: str, words: str) -> None:
    explained = explain_set(resolve_config(preset=preset), key)
    assert words in explained and bool(words) == bool(explained)


@pytest.mark.parametrize(
    "damage",
    [
        {"key": "optimizer.lr\nimport os"},
        {"key": "model.hidden"},
        {"new": "__import__('os')"},
        {"new": None},
        {"old": True},
        {"new": float("nan")},
        {"step": "soon"},
    ],
)
def test_a_record_that_is_no_change_changes_nothing_and_reaches_no_script(damage: dict[str, Any]) -> None:
    assert read_changes([{**GOOD, **damage}, GOOD, None, 5]) == [AppliedChange(3, "optimizer.lr", 0.5, 0.1)]
    history = RunHistory()
    history.apply({"event": "control_applied", "kind": "set", "attempt": 1, **GOOD, **damage})
    assert (history.changes, history.damaged_lines) == ([], 1)


def test_changes_that_cannot_be_had_any_more_are_left_out() -> None:
    changes = [AppliedChange(1, "optimizer.lr", 0.5, -1.0), AppliedChange(2, "training.clip_norm", 0.0, 1.0)]
    config = effective_config(resolve_config(), changes)
    assert (config.optimizer.lr, config.training.clip_norm) == (0.5, 1.0)


def test_a_rate_of_zero_cannot_be_scaled() -> None:
    config = resolve_config(preset="polished", flags={"optimizer.lr": 0})
    with pytest.raises(ConfigError, match="cannot be scaled"):
        check_set(config, "optimizer.lr", 0.1)
    trail = RunTrail((AppliedChange(1, "optimizer.lr", 0.0, 0.1),), None, 10)
    compile(print_script(config, threads=1, trail=trail), "script", "exec")
