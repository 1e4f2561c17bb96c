"""The key bar: what works now, as much of it as fits."""

from __future__ import annotations

import pytest
from textual.binding import ActiveBinding, Binding

from tests.ui.app_pilot import go_to, opened_app
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.ui.key_bar import KeyBar, KeyHint, ShownKey, choose_keys, fit_keys, format_key


def active(*bindings: Binding, enabled: bool = True) -> dict[str, ActiveBinding]:
    """Bindings as a screen reports them."""
    return {binding.key: ActiveBinding(None, binding, enabled, "") for binding in bindings}  # type: ignore[arg-type]


def test_only_actions_of_the_table_with_an_enabled_binding_are_shown_in_the_tables_order() -> None:
    keys = active(Binding("a", "one", "One"), Binding("b", "two", "Two"), Binding("c", "three", "Three"))
    assert [key.label for key in choose_keys(keys, {"two": 0, "absent": 0, "one": 1})] == ["Two", "One"]
    assert choose_keys(active(Binding("a", "one", "One"), enabled=False), {"one": 0}) == []


def test_a_letter_is_shown_before_a_chord_and_a_hint_replaces_the_words() -> None:
    keys = active(Binding("ctrl+q", "leave", "Quit"), Binding("q", "leave", "Quit"))
    assert choose_keys(keys, {"leave": KeyHint(0, "Go")}) == [ShownKey("q", "Go", 0)]


def test_the_largest_priority_goes_first_and_the_line_never_exceeds_its_width() -> None:
    keys = [ShownKey("a", "alpha", 3), ShownKey("b", "beta", 0), ShownKey("c", "gamma", 5), ShownKey("d", "delta", 1)]
    assert [key.key for key in fit_keys(keys, 100, 2)] == ["a", "b", "c", "d"]
    assert [key.key for key in fit_keys(keys, 24, 2)] == ["a", "b", "d"]
    for width in range(40):
        kept = fit_keys(keys, width, 2)
        assert sum(key.width for key in kept) + 2 * max(0, len(kept) - 1) <= width


@pytest.mark.parametrize(
    ("key", "name"), [("f5", "F5"), ("ctrl+p", "^p"), ("question_mark", "?"), ("escape", "esc"), ("S", "S"), ("up", "↑")]
)
def test_a_key_is_named_as_a_person_reads_it(key: str, name: str) -> None:
    assert format_key(key) == name


@pytest.mark.parametrize("width", [60, 72, 80, 99, 100, 120, 160])
async def test_on_a_real_screen_the_line_fits_and_never_loses_start_and_quit(width: int) -> None:
    async with opened_app(size=(width, 24)) as pilot:
        bar = pilot.app.screen.query_one(KeyBar)
        assert bar.render().cell_len <= bar.content_size.width
        labels = [key.label for key in bar.shown_keys()]
        assert {"Start", "Edit", "Quit"} <= set(labels)
        assert "Start" in screen_lines(pilot)[-1]


async def test_in_an_open_editor_only_keys_that_still_work_are_shown() -> None:
    async with opened_app() as pilot:
        field = await go_to(pilot, "optimizer.lr")
        await pilot.press("enter")
        await wait_for(pilot, lambda: field.is_editing and pilot.app.focused is not field)
        keys = {key.key for key in pilot.app.screen.query_one(KeyBar).shown_keys()}
        assert {"enter", "esc", "F5", "F1", "^q"} <= keys
        assert keys.isdisjoint({"q", "p", "c", "/", "u", "w", "?"})
