from __future__ import annotations

import pytest

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_errors import field_limits, format_range, nearest, section_model


@pytest.mark.parametrize(
    ("limits", "shown"),
    [
        ({}, ""),
        ({"ge": 1, "le": 1_000_000}, "from 1 to 1,000,000"),
        ({"ge": 0.0, "lt": 1.0}, "from 0.0 to below 1.0"),
        ({"ge": 0.0}, "at least 0.0"),
        ({"le": 5}, "at most 5"),
        ({"gt": 0, "lt": 1}, "more than 0 and less than 1"),
    ],
)
def test_a_range_is_said_in_words(limits: dict[str, float], shown: str) -> None:
    assert format_range(limits) == shown


def test_the_nearest_word_is_offered_and_else_all_there_are() -> None:
    assert nearest("epoch", ["epochs", "threads"]) == '; did you mean "epochs"?'
    assert nearest("zzz", ["epochs", "threads"]) == "; known: epochs, threads"


def test_limits_come_from_the_declaration_of_the_field() -> None:
    fields = section_model(RunConfig, ["optimizer"], "sgd").model_fields
    assert field_limits(fields["momentum"].metadata) == {"ge": 0.0, "lt": 1.0}
    assert field_limits(fields["name"].metadata) == {}


def test_a_table_of_a_union_is_that_of_its_variant() -> None:
    assert section_model(RunConfig, ["optimizer"], "adamw").__name__ == "AdamW"
    assert section_model(RunConfig, ["training"], None).__name__ == "TrainingConfig"
    assert section_model(RunConfig, [], None) is RunConfig
