from __future__ import annotations

import pytest

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.presets import PRESET_HELP, PRESETS, preset_config, preset_tables


def test_the_book_is_what_nothing_gives() -> None:
    assert preset_config("book") == RunConfig()


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_valid_carries_its_name_and_has_help(name: str) -> None:
    config = preset_config(name)
    assert config.name == name and PRESET_HELP[name]
    assert config.data.source == ("digits" if name == "quick" else None)
    assert config.model.hidden == (128, 64) and config.training.epochs == 20


def test_presets_differ_in_what_their_names_say() -> None:
    polished, regularised, momentum = (preset_config(name) for name in ("polished", "regularised", "momentum"))
    assert (polished.optimizer.name, polished.optimizer.lr, polished.optimizer.weight_decay) == ("adamw", 0.001, 0.0001)
    assert polished.schedule.name == "cosine" and polished.model.dropout == 0 and not polished.model.batch_norm
    assert regularised.model.dropout == 0.2 and regularised.model.batch_norm
    assert regularised.optimizer == polished.optimizer and regularised.schedule == polished.schedule
    assert momentum.optimizer.name == "sgd" and momentum.optimizer.momentum == 0.9
    styles = {name: preset_config(name).model.style.value for name in PRESETS}
    assert {name for name, style in styles.items() if style == "class"} == {"book"}


@pytest.mark.parametrize("name", ["bok", "", "x" * 5000, "\x1b[31m"], ids=["near", "empty", "long", "escape"])
def test_a_word_that_is_no_preset_is_refused_with_the_nearest(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        preset_tables(name)
    assert "is no preset" in caught.value.message and caught.value.message.isprintable()
