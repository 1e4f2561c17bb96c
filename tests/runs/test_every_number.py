"""F3 of the reliability rules for every optimiser and every schedule: what is no number is refused at its own key."""

from __future__ import annotations

from typing import Any

import pytest

from tui_trainer.runs.config import OPTIMIZERS, SCHEDULES, validate_config
from tui_trainer.runs.config_errors import field_limits
from tui_trainer.runs.errors import ConfigError

NO_NUMBERS = [float("nan"), float("inf"), -float("inf"), "abc", "", "1", None, True, [1], {}, 10**4200]
FIELDS = [
    (table, variant, name, field.annotation, field_limits(field.metadata))
    for table, variants in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES))
    for variant, model in variants.items()
    for name, field in model.model_fields.items()
    if field.annotation in (int, float)
]


def refusal(table: str, variant: str, name: str, value: Any) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        validate_config({table: {"name": variant, name: value}, "training": {"epochs": 10**6}})
    return caught.value


@pytest.mark.parametrize(("table", "variant", "name", "kind", "limits"), FIELDS, ids=lambda value: str(value)[:20])
def test_a_number_of_a_variant_refuses_what_is_none_and_what_is_beyond(
    table: str, variant: str, name: str, kind: type, limits: dict[str, float]
) -> None:
    for value in [*NO_NUMBERS, *([1.5, 1e3] if kind is int else [])]:
        error = refusal(table, variant, name, value)
        assert [field.key for field in error.errors] == [f"{table}.{name}"], value
        assert len(error.message) <= 300 and error.message.isprintable() and "number" in error.message
    assert {"ge", "gt"} & set(limits)
    step = 1 if kind is int else 1e-9
    for bound, outside in (("ge", -step), ("gt", 0), ("le", step), ("lt", 0)):
        if bound in limits:
            error = refusal(table, variant, name, limits[bound] + outside)
            assert [field.key for field in error.errors] == [f"{table}.{name}"]
            assert f"{limits[bound]:,}" in error.message


def test_every_variant_has_such_numbers() -> None:
    assert {variant for _, variant, *_ in FIELDS} == {*OPTIMIZERS, *SCHEDULES} - {"constant", "cosine"}
