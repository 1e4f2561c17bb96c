"""ChoiceDialog: one of a list of options, each with a line of help; typing finds one where the list is long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.form_fields import Choice
from tui_trainer.ui.theme import token

MARGIN_COLUMNS = 7
MIN_COLUMNS = 44
MAX_SHARE = 0.92


class ChoiceDialog(Dialog[Choice]):
    """Answers with the choice that enter was pressed on."""

    HINT = "enter takes it   esc leaves"

    def __init__(self, title: str, choices: Sequence[Choice], chosen: Any = None) -> None:
        super().__init__(title)
        self._choices = list(choices)
        self._chosen = chosen

    def compose_content(self) -> ComposeResult:
        """The list, the present choice highlighted."""
        yield OptionList(*self._build_options(self._choices), markup=False, compact=True)

    def _build_options(self, choices: Sequence[Choice]) -> list[Option]:
        width = max((len(choice.label) for choice in self._choices), default=0)
        text, dim = token(self.app, "text"), token(self.app, "dim")
        options = []
        for choice in choices:
            # A grid, so that a long help goes on under itself.
            row = Table.grid(padding=(0, 2, 0, 0))
            row.add_column(width=min(width, 40))
            row.add_column()
            row.add_row(Text(safe_text(choice.label, 40), text), Text(safe_text(choice.help, 160), dim))
            options.append(Option(row))
        return options

    def on_mount(self) -> None:
        """Stand on the present choice."""
        values = [choice.value for choice in self._choices]
        self.query_one(OptionList).highlighted = values.index(self._chosen) if self._chosen in values else 0
        self._fit_box()
        self.take_focus()

    def take_focus(self) -> None:
        """Let the keys go to the list."""
        self.query_one(OptionList).focus()

    def _fit_box(self) -> None:
        """As wide as the longest option, within the screen; text that wraps cannot tell its own width."""
        label_width = max((len(choice.label) for choice in self._choices), default=0)
        longest = max((len(choice.help) for choice in self._choices), default=0)
        width = max(MIN_COLUMNS, min(label_width + longest + MARGIN_COLUMNS, round(self.app.size.width * MAX_SHARE)))
        self.query_one("#dialog-box").styles.width = width

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer."""
        event.stop()
        self.dismiss(self._shown()[event.option_index])

    def _shown(self) -> list[Choice]:
        return self._choices


class FindDialog(ChoiceDialog):
    """The same with a line to type in: the list keeps what holds the typed words."""

    HINT = "type to find   ↑ ↓ choose   enter goes there"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Next", show=False),
        Binding("up", "move(-1)", "Previous", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[Choice]) -> None:
        super().__init__(title, choices)
        self._found = self._choices

    def compose_content(self) -> ComposeResult:
        """The line and the list."""
        yield Input(placeholder="part of a name or of its help", compact=True, max_length=60)
        yield from super().compose_content()

    def take_focus(self) -> None:
        """Let the keys go to the line."""
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what fits: beginnings of names first."""
        event.stop()
        words = event.value.casefold().split()
        fitting = [
            choice for choice in self._choices if all(word in f"{choice.label} {choice.help}".casefold() for word in words)
        ]
        self._found = sorted(fitting, key=lambda choice: not choice.label.casefold().startswith(event.value.casefold().strip()))
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(self._build_options(self._found))
        options.highlighted = 0 if self._found else None

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with the highlighted one."""
        event.stop()
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None and self._found:
            self.dismiss(self._found[highlighted])

    def on_key(self, event: Key) -> None:
        """Letters that arrive before the line has the focus belong into it."""
        line = self.query_one(Input)
        if event.is_printable and event.character and not line.has_focus:
            event.stop()
            line.insert_text_at_cursor(event.character)

    def action_move(self, direction: int) -> None:
        """Move the highlight without leaving the line."""
        options = self.query_one(OptionList)
        if direction > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def _shown(self) -> list[Choice]:
        return self._found
