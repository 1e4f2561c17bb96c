"""The form is made from RunConfig: nothing is missing, and a new field appears by itself."""

from __future__ import annotations

import pytest
from pydantic import create_model

from tui_trainer.runs.config import DataConfig, RunConfig, dump_config, lever
from tui_trainer.runs.presets import PRESETS, preset_config
from tui_trainer.ui import form_fields as declarations
from tui_trainer.ui.form_fields import GROUPS, Kind, form_fields


@pytest.mark.parametrize("preset", PRESETS)
def test_every_key_of_a_configuration_has_exactly_one_field(preset: str) -> None:
    config = preset_config(preset)
    keys = [
        f"{table}.{leaf}" if isinstance(value, dict) else table
        for table, value in dump_config(config).items()
        for leaf in (value if isinstance(value, dict) else [""])
    ]
    fields = form_fields(config.optimizer.name, config.schedule.name)
    assert sorted(field.key for field in fields) == sorted(keys)
    assert [GROUPS.index(field.group) for field in fields] == sorted(GROUPS.index(field.group) for field in fields)


def test_a_field_tells_what_its_declaration_tells() -> None:
    batch = next(field for field in form_fields("sgd", "constant") if field.key == "data.batch_size")
    declared = DataConfig.model_fields["batch_size"]
    assert (batch.label, batch.help) == (declared.title, declared.description)
    assert (batch.kind, batch.is_whole, batch.low, batch.high) == (Kind.NUMBER, True, 1, 10**7)
    assert batch.source == "the book"


def test_a_field_that_the_declaration_gains_appears_in_its_tables_group(monkeypatch: pytest.MonkeyPatch) -> None:
    wider = create_model("DataConfig", __base__=DataConfig, shuffle=(bool, lever(True, "Shuffle", "new order each epoch")))
    grown = create_model("RunConfig", __base__=RunConfig, data=(wider, wider()))
    monkeypatch.setattr(declarations, "RunConfig", grown)
    shuffle = next(field for field in form_fields("sgd", "constant") if field.key == "data.shuffle")
    assert (shuffle.group, shuffle.label, shuffle.kind) == ("data", "Shuffle", Kind.SWITCH)


def test_an_unknown_variant_still_gives_a_form() -> None:
    assert [field.key for field in form_fields("adagrid", "?")] == [field.key for field in form_fields("sgd", "constant")]
