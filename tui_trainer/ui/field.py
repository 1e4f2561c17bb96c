"""Field: one row of the form, a focusable label until enter makes it an editor.

Because it is no Input, digits, letters and q stay keys of the screen and the app while it is focused. The two columns on its
left hold the focus mark and `•` (changed) or `!` (wrong), so no mark ever moves a value. It posts what the user wants
(`Edited`, `ChoiceWanted`); the screen owns the value and gives it back with `show`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.field_values import MAX_TYPED_CHARS, edit_text, format_value, parse_text, step_value
from tui_trainer.ui.form_fields import FormField, Kind
from tui_trainer.ui.key_bar import WIDE_COLUMNS
from tui_trainer.ui.theme import token

LABEL_COLUMN = 2
WIDE_VALUE_COLUMN = 14
NARROW_VALUE_COLUMN = 13
MIN_LAYER_UNITS = 8


@dataclass(frozen=True, slots=True)
class FieldState:
    """What a field shows: its value, what `auto` means now, a dim hint on the right, and whether it is changed or wrong."""

    value: Any = None
    meaning: str = ""
    hint: str = ""
    is_changed: bool = False
    error: str = ""


class Field(Widget, can_focus=True):
    """One value of the configuration with its label."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "edit", "Edit", tooltip="Edit the value, or open its list of choices"),
        Binding("space", "edit", "Edit", show=False),
        Binding("left", "step(-1)", "Step down", tooltip="Take the next smaller value, or the choice before"),
        Binding("right", "step(1)", "Step up", tooltip="Take the next larger value, or the next choice"),
        Binding("plus", "add_layer", "Add a layer", tooltip="Add a hidden layer of half the units of the last"),
        Binding("minus", "remove_layer", "Remove a layer", tooltip="Take the last hidden layer away"),
        Binding("escape", "leave_editor", "Leave", tooltip="Leave the editor with the value as it was"),
    ]

    class Edited(Message):
        """The user gave `field` another value, which nobody has checked yet."""

        def __init__(self, field: Field, value: Any) -> None:
            super().__init__()
            self.field = field
            self.value = value

    class ChoiceWanted(Message):
        """The user wants to choose from the list of `field`."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field

    def __init__(self, form_field: FormField, state: FieldState) -> None:
        super().__init__(id=field_id(form_field.key), classes="-own-row" if form_field.is_wide else "")
        self.form_field = form_field
        self.state = state
        self._editor: Input | None = None

    def show(self, form_field: FormField, state: FieldState) -> None:
        """Draw another state; the same again costs nothing."""
        if (form_field, state) != (self.form_field, self.state):
            self.form_field, self.state = form_field, state
            self.refresh()

    @property
    def is_editing(self) -> bool:
        """Whether the editor is open."""
        return self._editor is not None

    def render(self) -> Text:
        """The row; the open editor covers the value."""
        width = self.content_size.width
        row = Text(no_wrap=True, overflow="crop")
        row.append("▎" if self.has_focus or self.is_editing else " ", token(self, "train"))
        row.append(*self._mark())
        label_width = self._value_column - LABEL_COLUMN
        # A label that is too long moves its value rather than being cut.
        row.append(self.form_field.label.ljust(label_width - 1) + " ", token(self, "dim"))
        value = self._render_value(self.state.meaning)
        if row.cell_len + value.cell_len > width:
            value = self._render_value("")
        row.append_text(value)
        hint = Text(safe_text(self.state.hint, 60), token(self, "dim"))
        gap = width - row.cell_len - hint.cell_len
        if hint and gap > 1:
            row.append(" " * gap)
            row.append_text(hint)
        if row.cell_len > width:
            row.truncate(width, overflow="ellipsis")
        return row

    @property
    def _value_column(self) -> int:
        return WIDE_VALUE_COLUMN if self.app.size.width >= WIDE_COLUMNS else NARROW_VALUE_COLUMN

    def _mark(self) -> tuple[str, str]:
        if self.state.error:
            return "!", f"bold {token(self, 'fail')}"
        return ("•", token(self, "alt")) if self.state.is_changed else (" ", "")

    def _render_value(self, meaning: str) -> Text:
        state, text = self.state, Text()
        style = token(self, "fail") + " underline" if state.error else token(self, "text")
        if self.has_focus:
            style += " bold"
        text.append(safe_text(format_value(self.form_field, state.value), 200), style)
        if meaning:
            text.append(" → ", token(self, "dim"))
            text.append(safe_text(meaning, 60), style)
        if self.form_field.kind in (Kind.CHOICE, Kind.SWITCH):
            text.append(" ▾", token(self, "train" if self.has_focus else "faint"))
        return text

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of the editor only in the editor, keys of layers only on layers."""
        if action == "leave_editor":
            return self.is_editing
        if action in ("edit", "step"):
            return not self.is_editing
        if action in ("add_layer", "remove_layer"):
            return self.form_field.kind is Kind.LAYERS and not self.is_editing
        return True

    def action_edit(self) -> None:
        """Open the editor, the list of choices, or turn a switch over."""
        match self.form_field.kind:
            case Kind.SWITCH:
                self.action_step(1)
            case Kind.CHOICE:
                self.post_message(self.ChoiceWanted(self))
            case _:
                self.open_editor()

    def action_step(self, direction: int) -> None:
        """Take the neighbouring value."""
        self._offer(step_value(self.form_field, self.state.value, direction))

    def action_add_layer(self) -> None:
        """Add a hidden layer of half the last one's units."""
        layers = self._layers()
        self._offer([*layers, max(MIN_LAYER_UNITS, layers[-1] // 2) if layers else 2 * MIN_LAYER_UNITS])

    def action_remove_layer(self) -> None:
        """Take the last hidden layer away."""
        self._offer(self._layers()[:-1])

    def _layers(self) -> list[int]:
        value = self.state.value
        return [units for units in value if isinstance(units, int)] if isinstance(value, (list, tuple)) else []

    def _offer(self, value: Any) -> None:
        if value != self.state.value:
            self.post_message(self.Edited(self, value))

    def open_editor(self, text: str | None = None) -> None:
        """Put an input over the value, with `text` in it instead of the value."""
        if self._editor is not None:
            return
        shown = safe_text(edit_text(self.form_field, self.state.value), MAX_TYPED_CHARS) if text is None else text
        self._editor = Input(shown, compact=True, select_on_focus=text is None, max_length=MAX_TYPED_CHARS)
        self._editor.styles.margin = (0, 0, 0, self._value_column)
        self.mount(self._editor)
        self._editor.focus()
        self.refresh_bindings()

    def take_edit(self) -> Edited | None:
        """Close the editor and answer with what was typed; None where none is open or nothing was changed."""
        if self._editor is None:
            return None
        typed = self._editor.value
        self._close_editor()
        if typed == edit_text(self.form_field, self.state.value):
            return None
        return self.Edited(self, parse_text(self.form_field, typed))

    def commit_editor(self) -> None:
        """Post what was typed, and close the editor; nothing where none is open."""
        edited = self.take_edit()
        if edited is not None:
            self.post_message(edited)

    def action_leave_editor(self) -> None:
        """Close the editor and keep the old value."""
        self._close_editor()
        self.focus()

    def _close_editor(self) -> None:
        editor, self._editor = self._editor, None
        if editor is not None:
            # Tab must not stop in it while it is on its way out.
            editor.can_focus = False
            editor.remove()
            self.refresh()
            self.refresh_bindings()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the editor takes the value and gives the focus back."""
        event.stop()
        self.commit_editor()
        self.focus()

    def on_descendant_blur(self) -> None:
        """Leaving the editor, by tab or by the mouse, takes the value."""
        self.commit_editor()

    def on_focus(self) -> None:
        """Draw the focus."""
        self.refresh()

    def on_blur(self) -> None:
        """Draw the row without it."""
        self.refresh()

    def on_click(self, event: Click) -> None:
        """A click focuses; a second one, or one on the value of a choice, edits."""
        if event.chain == 2 and not self.is_editing:
            self.action_edit()


def field_id(key: str) -> str:
    """The widget id of a key."""
    return f"field-{key.replace('.', '-').replace('_', '-')}"
