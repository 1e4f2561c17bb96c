"""DraftKeys: the keys of a screen that edits a draft: which there are, when they work, and those that need no dialog.

They go to fields, and undo, redo, reset and mend what is in the draft; the screen draws it again and opens the dialogs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tui_trainer.ui.draft import Draft
from tui_trainer.ui.field import Field
from tui_trainer.ui.form import Form
from tui_trainer.ui.form_fields import GROUPS
from tui_trainer.ui.frame import FramedScreen
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint

if TYPE_CHECKING:
    from tui_trainer.ui.checks import Checks


class DraftKeys(FramedScreen):
    """A subclass has the draft and its form, and does the rest of the actions."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,r", "start", "Start", tooltip="Check the configuration and train it in a process of its own"),
        Binding("p", "choose_preset", "Presets", tooltip="Start again from one of the presets; u brings this form back"),
        Binding("c", "show_script", "Script", tooltip="The short script that this configuration is, to read or copy"),
        Binding("slash", "find_field", "Find", tooltip="Go to a field by a part of its name or help"),
        Binding("u", "undo", "Undo", tooltip="Take the last change back"),
        Binding("U,ctrl+y", "redo", "Redo", tooltip="Make the change again that was taken back"),
        Binding("z,backspace", "reset_field", "Reset", tooltip="Set the field back to its start; once more: to its default"),
        Binding("d", "show_data", "Data", tooltip="What the data source holds: rows, classes, columns, samples"),
        Binding("l", "find_rate", "Find lr", tooltip="Try learning rates on a copy of the network, and take one that suits it"),
        Binding("m", "mend", "Mend", tooltip="Put right what has one right answer: the focused field's, else the first"),
        Binding("v", "show_levers", "All levers", tooltip="Show every lever, or only those that most runs set"),
        Binding("w", "save_file", "Save", tooltip="Save the configuration as a TOML file"),
        Binding("o", "load_file", "Open", tooltip="Load a configuration from a TOML file; u brings this form back"),
        Binding("up,k", "move(-1)", "Field before", tooltip="Go to the field before"),
        Binding("down,j", "move(1)", "Next field", tooltip="Go to the next field"),
        Binding("pageup,K", "move_group(-1)", "Group before", tooltip="Go to the first field of the group before"),
        Binding("pagedown,J", "move_group(1)", "Next group", tooltip="Go to the first field of the next group"),
    ]
    KEY_BAR: ClassVar[KeyBarTable] = {
        "submit": KeyHint(0, "Take it"),
        "leave_editor": KeyHint(0, "Leave it"),
        "start": 0,
        "edit": 1,
        "mend": 2,
        "choose_preset": 3,
        "show_script": 4,
        "show_levers": 8,
        "show_data": 6,
        "find_rate": 6,
        "find_field": 7,
        "undo": 5,
        "save_file": 7,
        "load_file": 9,
    }

    draft: Draft
    """What is being edited."""

    @property
    def form(self) -> Form:
        """The fields."""
        raise NotImplementedError

    @property
    def checks(self) -> Checks | None:
        """What was said about the draft last; None before anything was."""
        raise NotImplementedError

    def show_draft(self) -> None:
        """Draw the draft everywhere."""
        raise NotImplementedError

    @property
    def key_bar_table(self) -> KeyBarTable:
        """Without the keys that are letters of an open editor; Textual does not know that `/` is one."""
        field = self.focused_field
        if field is None or not field.is_editing:
            return self.KEY_BAR
        return {action: hint for action, hint in self.KEY_BAR.items() if action != "find_field"}

    @property
    def focused_field(self) -> Field | None:
        """The field that has the focus, its editor included."""
        node = self.focused
        while node is not None and not isinstance(node, Field):
            node = node.parent if node.parent is not self else None  # type: ignore[assignment]
        return node

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo, redo and reset only where there is something to."""
        match action:
            case "undo":
                return self.draft.can_undo
            case "redo":
                return self.draft.can_redo
            case "mend":
                return self._fix is not None
            case "reset_field":
                return self._can_reset
        return True

    @property
    def _can_reset(self) -> bool:
        field = self.focused_field
        if field is None or field.is_editing:
            return False
        value = self.draft.value(field.form_field.key)
        return bool(value != self.draft.start_value(field.form_field.key) or value != field.form_field.default)

    @property
    def _fix(self) -> dict[str, object] | None:
        """What the mending key would set."""
        field = self.focused_field
        return self.checks.fix_for(field.form_field.key if field else None) if self.checks else None

    def action_move(self, direction: int) -> None:
        """Go to the neighbouring field, whatever has the focus."""
        fields = self.form.fields()
        focused = self.focused_field
        place = fields.index(focused) + direction if focused in fields else 0
        self.set_focus(fields[place % len(fields)])

    def action_move_group(self, direction: int) -> None:
        """Go to the first field of the neighbouring group."""
        first = {field.form_field.group: field for field in reversed(self.form.fields())}
        groups = [group for group in GROUPS if group in first]
        focused = self.focused_field
        place = groups.index(focused.form_field.group) + direction if focused else 0
        self.set_focus(first[groups[place % len(groups)]])

    def action_undo(self) -> None:
        """Take the last change back."""
        self.draft.undo()
        self.show_draft()

    def action_redo(self) -> None:
        """Make the change again that undo took back."""
        self.draft.redo()
        self.show_draft()

    def action_reset_field(self) -> None:
        """Set the focused field back."""
        field = self.focused_field
        if field is not None:
            self.draft.reset(field.form_field.key, field.form_field.default)
            self.show_draft()

    def action_mend(self) -> None:
        """Set what is right, as one change."""
        fix = self._fix
        if fix is not None:
            self.draft.set_all(fix)
            self.show_draft()

    def go_to(self, key: str) -> None:
        """Focus the field of `key`; every lever is shown where it was hidden."""
        if self.form.field(key) is None:
            self.form.show_all(True)
        field = self.form.field(key)
        if field is not None:
            self.set_focus(field)

    def action_show_levers(self) -> None:
        """Show every lever, or fewer again."""
        self.form.show_all(not self.form.shows_all)
