"""Real runs, healthy and sick, looked at in every step: what is said of their layers."""

from __future__ import annotations

import pytest

from tests.engine.training import train
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.event_log import EventReader
from tui_trainer.runs.layer_signs import judge_layers
from tui_trainer.runs.presets import PRESETS
from tui_trainer.runs.run_history import RunHistory


def signs_at_each_look(monkeypatch: pytest.MonkeyPatch, config: RunConfig) -> list[list[str | None]]:
    """A whole real run on digits that is looked at in every step: the signs of all layers at each of its looks."""
    monkeypatch.setattr("tui_trainer.engine.step_recorder.FLUSH_S", -1.0)
    monkeypatch.setattr("tui_trainer.engine.step_sampler.HEALTH_S", 0.0)
    run, history, found = train(config), RunHistory(), []
    for event in EventReader(run.events_path).read_all():
        history.apply(event)
        if event["event"] == "health":
            found.append([layer.sign for layer in judge_layers(history, config)])
    assert len(found) > 100
    return found


def digits(preset: str, factor: float = 1.0, epochs: int = 10) -> RunConfig:
    """A preset on digits, at a multiple of its rate."""
    lr = resolve_config(preset=preset).optimizer.lr * factor
    return resolve_config(
        preset=preset, flags={"data.source": "digits", "training.epochs": epochs, "training.threads": 1, "optimizer.lr": lr}
    )


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_is_marked_at_any_step(monkeypatch: pytest.MonkeyPatch, preset: str) -> None:
    found = signs_at_each_look(monkeypatch, digits(preset, epochs=20))
    assert {sign for layers in found for sign in layers} == {None}


@pytest.mark.parametrize(
    "preset", ["book", pytest.param("adam", marks=pytest.mark.slow), pytest.param("momentum", marks=pytest.mark.slow)]
)
def test_a_rate_a_hundred_times_too_high_is_marked(monkeypatch: pytest.MonkeyPatch, preset: str) -> None:
    found = signs_at_each_look(monkeypatch, digits(preset, 100.0))
    assert {"layer_dead", "layer_fast"} & set(found[-1])
    assert sum("layer_dead" in layers or "layer_fast" in layers for layers in found) > 0.9 * len(found)


@pytest.mark.parametrize(
    "preset", ["quick", pytest.param("book", marks=pytest.mark.slow), pytest.param("momentum", marks=pytest.mark.slow)]
)
def test_a_rate_a_thousand_times_too_low_is_marked_in_all_layers(monkeypatch: pytest.MonkeyPatch, preset: str) -> None:
    found = signs_at_each_look(monkeypatch, digits(preset, 0.001))
    assert {sign for layers in found for sign in layers} == {"layer_still"}
