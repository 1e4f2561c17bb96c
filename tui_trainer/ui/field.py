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
from tui_trainer.ui import list_edits
from tui_trainer.ui.field_values import LAYER_SEPARATOR, MAX_TYPED_CHARS, edit_text, format_value, parse_text, step_value
from tui_trainer.ui.form_fields import FormField, Kind
from tui_trainer.ui.key_bar import WIDE_COLUMNS
from tui_trainer.ui.theme import token

LABEL_COLUMN = 2
WIDE_VALUE_COLUMN = 14
NARROW_VALUE_COLUMN = 13
LAYERS_KEY = "model.hidden"
UNITS_HINT = "+ - = layer  [ ] units"


@dataclass(frozen=True, slots=True)
class FieldState:
    """What a field shows: its value, what `auto` means now, a dim hint on the right, and whether it is changed or wrong."""

    value: Any = None
    meaning: str = ""
    hint: str = ""
    is_changed: bool = False
    error: str = ""
    warning: str = ""
    """What is right and not good; marked only."""


class Field(Widget, can_focus=True):
    """One value of the configuration with its label."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "edit", "Edit", tooltip="Edit the value, or open its list of choices"),
        Binding("space", "edit", "Edit", show=False),
        Binding("left", "step(-1)", "Step down", tooltip="Take the next smaller value, or the choice before"),
        Binding("right", "step(1)", "Step up", tooltip="Take the next larger value, or the next choice"),
        Binding(
            "plus", "add_entry", "Add", tooltip="Add a hidden layer of half the units after the chosen one, or a milestone"
        ),
        Binding("minus", "remove_entry", "Remove", tooltip="Take the chosen layer or milestone away; ← → choose"),
        Binding("equals_sign", "duplicate_layer", "Duplicate", tooltip="Put the chosen layer in once more"),
        Binding("right_square_bracket", "resize_layer(1)", "Wider", tooltip="Double the units of the chosen layer"),
        Binding("left_square_bracket", "resize_layer(-1)", "Narrower", tooltip="Halve the units of the chosen layer"),
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
        self._chosen = -1
        """Place of the chosen entry of a list; -1 is the last one."""

    def show(self, form_field: FormField, state: FieldState) -> None:
        """Draw another state; the same again costs nothing."""
        if (form_field, state) != (self.form_field, self.state):
            # A wrong field has a row of its own, with room for what is wrong with it.
            has_other_row = bool(state.error) != bool(self.state.error) and not form_field.is_wide
            self.form_field, self.state = form_field, state
            if has_other_row:
                self.set_class(bool(state.error), "-own-row")
            self.refresh(layout=has_other_row)

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
        if self.state.error:
            message = self.state.error.removeprefix(format_value(self.form_field, self.state.value)).strip()
            row.append(f"  {safe_text(message, 160)}", token(self, "fail"))
        hint = Text(safe_text(self._hint, 60), token(self, "dim"))
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
        if self.state.warning:
            return "!", f"bold {token(self, 'best')}"
        return ("•", token(self, "alt")) if self.state.is_changed else (" ", "")

    def _render_value(self, meaning: str) -> Text:
        state, text = self.state, Text()
        style = token(self, "fail") + " underline" if state.error else token(self, "text")
        if self.has_focus:
            style += " bold"
        text.append(safe_text(format_value(self.form_field, state.value), 200), style)
        self._mark_chosen(text)
        if meaning:
            text.append(" → ", token(self, "dim"))
            text.append(safe_text(meaning, 60), style)
        if self.form_field.kind in (Kind.CHOICE, Kind.SWITCH):
            text.append(" ▾", token(self, "train" if self.has_focus else "faint"))
        return text

    @property
    def _hint(self) -> str:
        return UNITS_HINT if self.has_focus and self.form_field.key == LAYERS_KEY else self.state.hint

    def _mark_chosen(self, text: Text) -> None:
        """Underline the entry that the keys of layers change."""
        entries = list_edits.whole_numbers(self.state.value)
        if self.has_focus and len(entries) > 1 and len(entries) == len(self.state.value):
            start = sum(len(f"{units}{LAYER_SEPARATOR}") for units in entries[: self._place])
            text.stylize(f"underline {token(self, 'train')}", start, start + len(str(entries[self._place])))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of the editor only in the editor, keys of layers only on layers."""
        if action == "leave_editor":
            return self.is_editing
        if action in ("edit", "step"):
            return not self.is_editing
        is_list = self.form_field.kind is Kind.LAYERS and not self.is_editing
        if action in ("add_entry", "remove_entry"):
            return is_list
        if action in ("duplicate_layer", "resize_layer"):
            return is_list and self.form_field.key == LAYERS_KEY
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
        """Take the neighbouring value; in a list choose the neighbouring entry."""
        if self.form_field.kind is Kind.LAYERS:
            entries = list_edits.whole_numbers(self.state.value)
            self._chosen = (self._place + direction) % max(1, len(entries))
            self.refresh()
        else:
            self._offer(step_value(self.form_field, self.state.value, direction))

    @property
    def _place(self) -> int:
        """Place of the chosen entry, which may have gone meanwhile."""
        num_entries = len(list_edits.whole_numbers(self.state.value))
        return self._chosen if 0 <= self._chosen < num_entries else max(0, num_entries - 1)

    def action_add_entry(self) -> None:
        """Add a hidden layer after the chosen one, or a milestone after the last."""
        add = list_edits.add_layer if self.form_field.key == LAYERS_KEY else list_edits.add_milestone
        self._offer_list(add(list_edits.whole_numbers(self.state.value), self._place))

    def action_remove_entry(self) -> None:
        """Take the chosen entry away."""
        self._offer_list(list_edits.remove(list_edits.whole_numbers(self.state.value), self._place))

    def action_duplicate_layer(self) -> None:
        """Put the chosen layer in once more."""
        self._offer_list(list_edits.duplicate(list_edits.whole_numbers(self.state.value), self._place))

    def action_resize_layer(self, direction: int) -> None:
        """Double the chosen layer's units, or halve them."""
        self._offer_list(list_edits.resize(list_edits.whole_numbers(self.state.value), self._place, direction))

    def _offer_list(self, edited: list_edits.Edited) -> None:
        entries, self._chosen = edited
        self._offer(entries)

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
