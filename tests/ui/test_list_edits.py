"""Edits of a list by key."""

from __future__ import annotations

from tui_trainer.ui import list_edits


def test_a_layer_is_added_after_the_chosen_one_with_half_its_units_and_is_chosen_then() -> None:
    assert list_edits.add_layer([128, 64], 0) == ([128, 64, 64], 1)
    assert list_edits.add_layer([128, 64], 1) == ([128, 64, 32], 2)
    assert list_edits.add_layer([9], 0) == ([9, 8], 1)
    assert list_edits.add_layer([], 0) == ([16], 0)


def test_the_chosen_layer_is_copied_taken_away_and_resized_by_powers_of_two() -> None:
    assert list_edits.duplicate([128, 64], 0) == ([128, 128, 64], 1)
    assert list_edits.duplicate([], 0) == ([], 0)
    assert list_edits.remove([128, 64, 32], 1) == ([128, 32], 0)
    assert list_edits.remove([128], 0) == ([], 0)
    assert [list_edits.resize([units], 0, 1)[0] for units in (1, 100, 128)] == [[2], [128], [256]]
    assert [list_edits.resize([units], 0, -1)[0] for units in (1, 2, 100, 128)] == [[1], [1], [64], [64]]


def test_a_milestone_is_added_as_far_from_the_last_as_that_was_from_the_one_before() -> None:
    assert list_edits.add_milestone([10, 15], 0) == ([10, 15, 20], 2)
    assert list_edits.add_milestone([10], 0) == ([10, 20], 1)
    assert list_edits.add_milestone([], 0) == ([10], 0)
