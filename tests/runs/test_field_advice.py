"""What the help says of when to change a key."""

from __future__ import annotations

from tui_trainer.runs.config import OPTIMIZERS, SCHEDULES, RunConfig
from tui_trainer.runs.field_advice import FIELD_ADVICE


def declared_keys() -> set[str]:
    """Every dotted key of every variant."""
    keys = {name for name in RunConfig.model_fields if name not in ("data", "model", "training", "optimizer", "schedule")}
    tables = [("data",), ("model",), ("training",)]
    sections = [(name, RunConfig.model_fields[name].annotation) for (name,) in tables]
    sections += [("optimizer", section) for section in OPTIMIZERS.values()]
    sections += [("schedule", section) for section in SCHEDULES.values()]
    return keys | {f"{table}.{leaf}" for table, section in sections for leaf in section.model_fields}  # type: ignore[union-attr]


def test_every_key_says_when_to_change_it_and_no_other_does() -> None:
    assert set(FIELD_ADVICE) == declared_keys()
    assert all(10 <= len(text) <= 120 and text.endswith(".") for text in FIELD_ADVICE.values())
