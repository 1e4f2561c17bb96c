"""The draft: what is edited, where it started, what is wrong with it, and the way back."""

from __future__ import annotations

from tui_trainer.runs.presets import preset_config
from tui_trainer.ui.draft import MAX_UNDO, Change, Draft


def test_a_fresh_draft_is_the_book_preset_and_right() -> None:
    draft = Draft()
    assert draft.config == preset_config("book")
    assert (draft.origin, draft.errors, draft.changes(), draft.can_undo) == ("book", {}, [], False)


def test_all_wrong_values_are_told_at_once_each_with_its_key() -> None:
    draft = Draft()
    for key, value in (("optimizer.lr", -1.0), ("training.epochs", "abc"), ("model.hidden", [0]), ("device", "gpu")):
        draft.set(key, value)
    assert draft.config is None
    assert set(draft.errors) == {"optimizer.lr", "training.epochs", "model.hidden", "device"}
    assert "1 to 1,000,000" in draft.errors["training.epochs"]


def test_another_optimiser_takes_its_own_defaults_and_counts_as_one_change() -> None:
    draft = Draft()
    draft.set("optimizer.lr", 0.1)
    draft.set("optimizer.name", "adam")
    assert draft.value("optimizer.lr") == 0.001
    assert draft.value("optimizer.momentum") is None
    assert draft.changes() == [Change("optimizer.name", "sgd", "adam")]
    draft.set("optimizer.lr", 0.002)
    assert Change("optimizer.lr", 0.001, 0.002) in draft.changes()


def test_an_unknown_optimiser_is_wrong_at_its_name() -> None:
    draft = Draft()
    draft.set("optimizer.name", "adagrid")
    assert draft.config is None
    assert list(draft.errors) == ["optimizer.name"]


def test_undo_takes_changes_and_presets_back_one_by_one() -> None:
    draft = Draft()
    draft.set("optimizer.lr", 0.1)
    draft.load_preset("regularised")
    draft.set("model.dropout", "x")
    assert draft.errors
    assert draft.undo() and draft.config == preset_config("regularised")
    assert draft.undo() and (draft.origin, draft.value("optimizer.lr")) == ("book", 0.1)
    assert draft.undo() and draft.config == preset_config("book")
    assert not draft.undo()


def test_setting_the_same_value_is_no_change_but_another_type_is() -> None:
    draft = Draft()
    assert not draft.set("optimizer.lr", 0.5)
    assert not draft.can_undo
    assert draft.set("training.epochs", True)
    assert "training.epochs" in draft.errors


def test_undo_is_bounded() -> None:
    draft = Draft()
    for seed in range(MAX_UNDO + 50):
        draft.set("seed", seed + 1)
    undone = 0
    while draft.undo():
        undone += 1
    assert undone == MAX_UNDO


def test_redo_makes_an_undone_change_again_until_another_is_made() -> None:
    draft = Draft()
    draft.set("seed", 1)
    draft.set("seed", 2)
    assert draft.undo() and draft.undo() and draft.value("seed") == 0
    assert draft.redo() and draft.value("seed") == 1 and draft.can_redo
    draft.set("seed", 7)
    assert not draft.can_redo and not draft.redo() and draft.value("seed") == 7


def test_several_values_are_one_change() -> None:
    draft = Draft()
    assert draft.set_all({"optimizer.momentum": 0.9, "optimizer.nesterov": True})
    assert draft.config is not None
    draft.undo()
    assert draft.changes() == [] and not draft.can_undo


def test_reset_goes_to_the_start_and_then_to_the_declared_default() -> None:
    draft = Draft(preset_config("momentum"), "momentum")
    draft.set("optimizer.lr", 3.0)
    assert draft.reset("optimizer.lr", 0.5) and draft.value("optimizer.lr") == 0.05
    assert draft.reset("optimizer.lr", 0.5) and draft.value("optimizer.lr") == 0.5
    draft.load_preset("momentum")
    draft.set("optimizer.name", "adam")
    assert draft.reset("optimizer.name", "sgd") and draft.value("optimizer.name") == "sgd"
