"""The card of a run: its facts flow into the width, and what is not known is left out."""

from __future__ import annotations

import pytest

from tests.runs.fake_run import make_run
from tests.runs_factory import write_run
from tui_trainer.runs.config import RunConfig, validate_config
from tui_trainer.ui.run_card import describe_run, flow, format_card
from tui_trainer.ui.run_entry import RunEntry
from tui_trainer.ui.run_listing import RunListing
from tui_trainer.ui.theme import DARK

REGULARISED = {
    "data": {"source": "mnist"},
    "model": {"style": "sequential", "dropout": 0.2, "batch_norm": True},
    "optimizer": {"name": "adamw", "lr": 0.001, "weight_decay": 0.0001},
    "schedule": {"name": "cosine"},
}


def entry_of(config: RunConfig | None = None, status: str = "done") -> RunEntry:
    write_run("regularised-0b77", config=config, epochs_done=20, status=status)
    return RunListing().read()[0]


def test_facts_are_never_broken_and_never_wider_than_the_width() -> None:
    facts = ["SGD lr 0.5", "constant", "20 epochs", "784 → 128 → 64 → 10"]
    lines = list(flow(facts, 25))
    assert lines == ["SGD lr 0.5 · constant", "20 epochs", "784 → 128 → 64 → 10"]
    assert list(flow([], 25)) == []


def test_a_run_is_described_by_configuration_shape_and_machine() -> None:
    assert describe_run(entry_of()) == [
        "SGD lr 0.5",
        "constant",
        "batch 64",
        "20 epochs",
        "784 → 128 → 64 → 10",
        "109,386 parameters",
        "seed 0",
        "cpu ×2",
        "mnist",
        "torch 2.13.0",
    ]


def test_what_a_configuration_adds_is_named() -> None:
    facts = describe_run(entry_of(validate_config(REGULARISED)))
    assert {"AdamW lr 0.001 decay 0.0001", "cosine", "dropout 0.2", "batch norm"} <= set(facts)


def test_a_path_source_is_named_by_its_last_folder() -> None:
    assert "idx:…/mnist" in describe_run(entry_of(validate_config({"data": {"source": "idx:/a/long/way/to/mnist"}})))


def test_a_deep_network_is_shortened_in_the_middle() -> None:
    config = validate_config({"data": {"source": "mnist"}, "model": {"hidden": list(range(101, 121))}})
    assert "784 → 101 → 102 → 103 → … → 120 → 10" in describe_run(entry_of(config))


@pytest.mark.parametrize(("width", "height"), [(47, 7), (76, 6)])
@pytest.mark.parametrize("status", ["done", "crashed"])
def test_a_card_with_all_levers_keeps_facts_and_curves_in_its_height(width: int, height: int, status: str) -> None:
    lines = format_card(entry_of(validate_config(REGULARISED), status), width, height, DARK).plain.split("\n")
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for fact in ("regularised-0b77", "AdamW", "batch norm", "109,386 parameters", "torch 2.13.0"):
        assert fact in text, fact
    assert lines[-1].startswith("test ▁")


def test_a_low_card_drops_facts_before_the_curves() -> None:
    lines = format_card(entry_of(), 47, 3, DARK).plain.split("\n")
    assert len(lines) == 3
    assert lines[-1].startswith("test ▁")


def test_a_run_with_damaged_files_has_a_card_of_what_is_known() -> None:
    run = make_run("quiet-0001")
    run.config_path.write_text("= not toml")
    card = format_card(RunListing().read()[0], 47, 7, DARK).plain
    assert card.startswith("quiet-0001  crashed")
    assert "parameters" not in card
    assert "test" not in card
