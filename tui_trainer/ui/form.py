"""Form: all fields in their groups, in two columns where both fit; it shows a draft and changes nothing itself."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tui_trainer.ui.draft import Draft
from tui_trainer.ui.field import Field, FieldState
from tui_trainer.ui.form_fields import COMMON_KEYS, FormField, form_fields, is_asked_for, is_everyday, is_relevant
from tui_trainer.ui.form_layout import FormLayout
from tui_trainer.ui.key_bar import WIDE_COLUMNS

ROOMY_ROWS = 38


class GroupTitle(Static):
    """The name of a group."""

    def __init__(self, group: str) -> None:
        super().__init__(group, markup=False, classes="-group-title")
        self.group = group


class Form(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The fields of a draft; those that a union's variant has come and go with it."""

    def __init__(self, draft: Draft, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draft = draft
        self._layout = FormLayout()
        self._shows_all = False
        self._has_room = False
        self._meanings: dict[str, str] = {}
        self._warnings: dict[str, str] = {}
        self._hints: dict[str, str] = {"model.hidden": "+ add   - remove"}

    @property
    def layout(self) -> FormLayout:
        """Rows of one or two fields."""
        return self._layout

    def compose(self) -> ComposeResult:
        """Group titles and fields."""
        group = ""
        for form_field in self._form_fields():
            if form_field.group != group:
                group = form_field.group
                yield GroupTitle(group)
            yield self._build_field(form_field)

    def fields(self) -> list[Field]:
        """All fields, from top to bottom."""
        return [child for child in self.children if isinstance(child, Field)]

    def field(self, key: str) -> Field | None:
        """The field of the dotted `key`, None where the form has none."""
        return next((field for field in self.fields() if field.form_field.key == key), None)

    def explain(self, meanings: Mapping[str, str], hints: Mapping[str, str], warnings: Mapping[str, str]) -> None:
        """What `auto` means, dim hints, and warnings, by key; kept for the redraws to come."""
        self._warnings = dict(warnings)
        self._meanings.update(meanings)
        self._hints.update(hints)
        self.show_draft()

    def show_draft(self) -> None:
        """Draw the draft as it is now, with the marks of what is changed and what is wrong."""
        wanted = self._form_fields()
        present = {field.form_field.key: field for field in self.fields()}
        for key in present.keys() - {form_field.key for form_field in wanted}:
            present.pop(key).remove()
        titles = {title.group: title for title in self.query_children(GroupTitle)}
        for group in titles.keys() - {form_field.group for form_field in wanted}:
            titles.pop(group).remove()
        before: Widget | None = None
        for form_field in wanted:
            if form_field.group not in titles:
                titles[form_field.group] = title = GroupTitle(form_field.group)
                self.mount(title, after=before)
                before = title
            field = present.get(form_field.key)
            if field is None:
                field = self._build_field(form_field)
                self.mount(field, after=before)
            else:
                field.show(form_field, self._state(form_field))
            before = field

    @property
    def shows_all(self) -> bool:
        """Whether levers that few runs set are shown too."""
        return self._shows_all

    def show_all(self, shows_all: bool) -> None:
        """Show every lever, or those alone that most runs set or this draft has changed."""
        self._shows_all = shows_all
        self.show_draft()

    def use_room(self) -> None:
        """Show the commoner of the rare levers too where there is room; called after the first frame, which waits for none."""
        size = self.app.size
        self._has_room = size.width >= WIDE_COLUMNS and size.height >= ROOMY_ROWS
        self.show_draft()

    def relevant_fields(self) -> list[FormField]:
        """Every lever that means something for the draft, shown or not."""
        fields = form_fields(str(self._draft.value("optimizer.name")), str(self._draft.value("schedule.name")))
        kept, source = self._kept_keys(), self._draft.value("data.source")
        return [field for field in fields if field.key in kept or is_relevant(field.key, str(source))]

    def _form_fields(self) -> list[FormField]:
        kept, source = self._kept_keys(), str(self._draft.value("data.source"))
        return [
            field
            for field in self.relevant_fields()
            if self._shows_all
            or (self._has_room and field.key in COMMON_KEYS)
            or field.key in kept
            or is_everyday(field.key)
            or is_asked_for(field.key, source)
            or self._draft.value(field.key) != field.default
        ]

    def _kept_keys(self) -> frozenset[str]:
        """Keys that are shown whatever they are: changed or wrong."""
        return frozenset(self._draft.changed_keys | self._draft.errors.keys())

    def _build_field(self, form_field: FormField) -> Field:
        field = Field(form_field, self._state(form_field))
        field.set_class(form_field.is_roomy, "-roomy")
        field.set_class(form_field.is_wide or bool(field.state.error), "-own-row")
        return field

    def _state(self, form_field: FormField) -> FieldState:
        key, value = form_field.key, self._draft.value(form_field.key)
        is_auto = value is None or value == "auto"
        return FieldState(
            value=value,
            meaning=self._meanings.get(key, "") if is_auto else "",
            hint=self._hints.get(key, ""),
            is_changed=key in self._draft.changed_keys,
            error=self._draft.errors.get(key, ""),
            warning=self._warnings.get(key, ""),
        )
