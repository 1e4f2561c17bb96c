"""Values shown, typed and stepped."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_trainer.runs.config import value_at
from tui_trainer.runs.presets import preset_config
from tui_trainer.ui.field_values import edit_text, format_value, parse_text, step_value
from tui_trainer.ui.form_fields import FormField, form_fields

FIELDS = {field.key: field for field in form_fields("sgd", "constant")}


def field(key: str) -> FormField:
    return FIELDS[key]


@pytest.mark.parametrize("key", sorted(FIELDS))
def test_what_the_editor_begins_with_reads_back_as_the_same_value(key: str) -> None:
    value = value_at(preset_config("book"), key)
    value = list(value) if isinstance(value, tuple) else value
    if isinstance(value, bool):
        pytest.skip("a switch has no editor")
    assert parse_text(field(key), edit_text(field(key), value)) == value


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("data.batch_size", "1,024", 1024),
        ("data.batch_size", "6.5", "6.5"),
        ("optimizer.lr", "1e-3", 0.001),
        ("optimizer.lr", "nan", "nan"),
        ("optimizer.lr", "1e999", "1e999"),
        ("optimizer.lr", "", ""),
        ("model.hidden", "256 128, 64", [256, 128, 64]),
        ("model.hidden", "784-128-64", [784, 128, 64]),
        ("model.hidden", "128 -5 x1", [128, -5, 1]),
        ("model.hidden", "", []),
        ("training.keep_bytes", "1.5 GB", 1_500_000_000),
        ("training.threads", "auto", "auto"),
        ("data.source", "auto", None),
        ("data.source", " idx:/data ", "idx:/data"),
    ],
)
def test_typed_text_becomes_a_value_or_stays_the_text_that_the_check_refuses(key: str, text: str, value: object) -> None:
    parsed = parse_text(field(key), text)
    assert parsed == value and type(parsed) is type(value)


@pytest.mark.parametrize(
    ("key", "value", "up", "down"),
    [
        ("optimizer.lr", 0.5, 1.0, 0.2),
        ("optimizer.lr", 0.3, 0.5, 0.2),
        ("optimizer.lr", 0.001, 0.002, 0.0005),
        ("optimizer.momentum", 0.0, 0.5, 0.0),
        ("optimizer.weight_decay", 0.0, 1e-5, 0.0),
        ("model.dropout", 0.2, 0.25, 0.15),
        ("model.dropout", 0.0, 0.05, 0.0),
        ("model.dropout", 0.95, 0.95, 0.9),
        ("data.batch_size", 64, 128, 32),
        ("data.batch_size", 100, 128, 64),
        ("data.batch_size", 1, 2, 1),
        ("training.epochs", 20, 50, 10),
        ("training.epochs", 1, 2, 1),
        ("seed", 0, 1, 0),
        ("training.threads", "auto", 1, "auto"),
        ("training.threads", 1, 2, "auto"),
        ("model.batch_norm", False, True, True),
        ("model.style", "class", "sequential", "sequential"),
        ("device", "auto", "cpu", "mps"),
    ],
)
def test_a_step_takes_the_neighbouring_usual_value_within_the_range(key: str, value: object, up: object, down: object) -> None:
    assert step_value(field(key), value, 1) == up
    assert step_value(field(key), value, -1) == down


@given(st.floats(min_value=0, max_value=1e12), st.sampled_from([1, -1]))
def test_a_stepped_learning_rate_is_finite_and_moves_the_right_way(value: float, direction: int) -> None:
    stepped = step_value(field("optimizer.lr"), value, direction)
    assert math.isfinite(stepped) and stepped >= 0
    assert stepped > value if direction > 0 else stepped <= value


def test_values_are_shown_as_people_write_them() -> None:
    shown = {
        "data.source": (None, "auto"),
        "model.hidden": ([128, 64], "128 · 64"),
        "model.batch_norm": (True, "on"),
        "training.keep_bytes": (500_000_000, "500 MB"),
        "optimizer.name": ("adamw", "AdamW"),
        "training.epochs": (20_000, "20,000"),
        "optimizer.lr": (0.5, "0.5"),
    }
    assert {key: format_value(field(key), value) for key, (value, _) in shown.items()} == {
        key: text for key, (_, text) in shown.items()
    }


def test_a_choice_that_wants_more_to_be_typed_is_never_reached_by_stepping() -> None:
    value, seen = None, set()
    for _ in range(len(field("data.source").choices)):
        value = step_value(field("data.source"), value, 1)
        seen.add(value)
    assert {"mnist", "digits", None} <= seen
    assert not any(str(value).endswith(":") for value in seen)
