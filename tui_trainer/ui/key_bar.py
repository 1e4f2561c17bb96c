"""KeyBar: one line with the keys that work now, made from the screen's active bindings so that it cannot be wrong.

A screen declares BINDINGS as ever and beside them `KEY_BAR`, a table {action: priority or KeyHint} in the order in which the
keys are to be shown; the app may have one too, for the keys that work everywhere. An action that is in neither table, or
whose binding is not active, is not shown. Where the line is too long the keys with the largest priority numbers go first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.text import Text
from textual.binding import ActiveBinding
from textual.screen import Screen
from textual.widget import Widget

from tui_trainer.ui.theme import token

WIDE_COLUMNS = 100
KEY_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "escape": "esc",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "full_stop": ".",
    "comma": ",",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}


@dataclass(frozen=True, slots=True)
class KeyHint:
    """How an action stands in the key bar: 0 is dropped last; `label` and `key` replace the binding's own words."""

    priority: int
    label: str | None = None
    key: str | None = None


KeyBarTable = Mapping[str, int | KeyHint]
"""{action: priority or KeyHint}; the action as it stands in the binding, arguments included."""


@dataclass(frozen=True, slots=True)
class ShownKey:
    """One entry of the line."""

    key: str
    label: str
    priority: int

    @property
    def width(self) -> int:
        """Columns of key, blank and label."""
        return cell_len(self.key) + 1 + cell_len(self.label)


def format_key(key: str) -> str:
    """The name of a key as a person reads it: F5, ^p, ?, esc."""
    if key.startswith("ctrl+"):
        return f"^{format_key(key.removeprefix('ctrl+'))}"
    if key.startswith("shift+"):
        return f"shift {format_key(key.removeprefix('shift+'))}"
    if len(key) in (2, 3) and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    if key.startswith("upper_"):
        return key.removeprefix("upper_").upper()
    return KEY_NAMES.get(key, key)


def choose_keys(active: Mapping[str, ActiveBinding], table: KeyBarTable) -> list[ShownKey]:
    """Entries of `table` whose action has an enabled binding, in the table's order; the first binding of an action counts."""
    first: dict[str, Any] = {}
    for key, (_, binding, is_enabled, _) in active.items():
        action = _bare(binding.action)
        # A letter is easier than a chord, whichever was bound first.
        if is_enabled and (action not in first or (first[action][0].startswith("^") and not key.startswith("ctrl+"))):
            first[action] = binding.key_display or format_key(key), binding.description
    shown = []
    for action, entry in table.items():
        if action in first:
            hint = entry if isinstance(entry, KeyHint) else KeyHint(entry)
            key, description = first[action]
            shown.append(ShownKey(hint.key or key, hint.label or description, hint.priority))
    return shown


def fit_keys(keys: Sequence[ShownKey], width: int, gap: int) -> list[ShownKey]:
    """`keys` less those of the largest priorities, until the line takes at most `width` columns."""
    kept = list(keys)
    while kept and sum(key.width for key in kept) + gap * (len(kept) - 1) > width:
        worst = max(range(len(kept)), key=lambda index: (kept[index].priority, index))
        del kept[worst]
    return kept


def _bare(action: str) -> str:
    """The action without its namespace: app.help_quit and help_quit are one."""
    namespace, dot, name = action.partition(".")
    return name if dot and namespace in ("app", "screen", "focused") else action


class KeyBar(Widget):
    """The bottom line of a screen; it redraws itself when the bindings change (`refresh_bindings`) or the focus moves."""

    def on_mount(self) -> None:
        """Follow the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._redraw)

    def _redraw(self, _screen: Screen[Any]) -> None:
        self.refresh()

    def shown_keys(self) -> list[ShownKey]:
        """What the line shows at its present width."""
        table = {**getattr(self.screen, "key_bar_table", {}), **getattr(self.app, "KEY_BAR", {})}
        return fit_keys(choose_keys(self.screen.active_bindings, table), self.content_size.width, self._gap)

    @property
    def _gap(self) -> int:
        return 3 if self.app.size.width >= WIDE_COLUMNS else 2

    def render(self) -> Text:
        """The line."""
        row = Text(no_wrap=True, overflow="crop")
        for index, shown in enumerate(self.shown_keys()):
            row.append(" " * self._gap if index else "")
            row.append(shown.key, f"bold {token(self, 'train')}")
            row.append(f" {shown.label}", token(self, "dim"))
        return row
