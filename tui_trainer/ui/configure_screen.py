"""ConfigureScreen: the form of a run, what it means, and its start.

It owns the draft; fields only say what the user wants. Whatever takes time (what an unset source means, the sizes of the
data, devices, free memory, earlier runs) is asked in daemon threads after the first frame; the screen is readable without.
Starting is the app's: the screen posts `StartRequested` with a configuration that has been checked.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.theme import Theme

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.data_source import ResolvedSource, resolve_source
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.paths import data_folder
from tui_trainer.runs.presets import PRESET_HELP, PRESETS
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.draft import Draft
from tui_trainer.ui.field import Field
from tui_trainer.ui.field_help import FieldHelp, render_field_help
from tui_trainer.ui.form import Form
from tui_trainer.ui.form_fields import Choice
from tui_trainer.ui.frame import FramedScreen
from tui_trainer.ui.frame_header import Facts
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.machine_facts import ask_devices, choose_device, read_free_bytes
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.theme import token

if TYPE_CHECKING:
    from tui_trainer.ui.data_shape import DataShape
    from tui_trainer.ui.like_runs import PastRun
    from tui_trainer.ui.side_panes import SidePanes


class ConfigureScreen(FramedScreen):
    """Tab 1."""

    TAB = 1
    CSS_PATH = "configure.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,r", "start", "Start", tooltip="Check the configuration and train it in a process of its own"),
        Binding("p", "choose_preset", "Presets", tooltip="Start again from one of the presets; u brings this form back"),
        Binding("c", "show_script", "Script", tooltip="The short script that this configuration is, to read or copy"),
        Binding("slash", "find_field", "Find", tooltip="Go to a field by a part of its name or help"),
        Binding("u", "undo", "Undo", tooltip="Take the last change back"),
        Binding("v", "show_levers", "All levers", tooltip="Show every lever, or only those that most runs set"),
        Binding("w", "save_file", "Save", tooltip="Save the configuration as a TOML file"),
        Binding("up,k", "move(-1)", "Field before", tooltip="Go to the field before"),
        Binding("down,j", "move(1)", "Next field", tooltip="Go to the next field"),
    ]
    KEY_BAR: ClassVar[KeyBarTable] = {
        "submit": KeyHint(0, "Take it"),
        "leave_editor": KeyHint(0, "Leave it"),
        "start": 0,
        "edit": 1,
        "choose_preset": 3,
        "show_script": 4,
        "show_levers": 8,
        "find_field": 6,
        "undo": 5,
        "save_file": 7,
    }

    class StartRequested(Message):
        """The user wants to train `config`, which has been checked."""

        def __init__(self, config: RunConfig) -> None:
            super().__init__()
            self.config = config

    def __init__(self, config: RunConfig | None = None, origin: str | None = None) -> None:
        super().__init__()
        self.draft = Draft(config, origin)
        """What is being edited."""
        self._last_right = self.draft.config
        self._resolved: ResolvedSource | None = None
        self._shape: DataShape | None = None
        self._shape_source: str | None = None
        self._free_bytes: int | None = None
        self._devices: list[str] = []
        self._past_runs: list[PastRun] = []
        self._side: SidePanes | None = None

    @property
    def key_bar_table(self) -> KeyBarTable:
        """Without the keys that are letters of an open editor; Textual does not know that `/` is one."""
        field = self.focused_field
        if field is None or not field.is_editing:
            return self.KEY_BAR
        return {action: hint for action, hint in self.KEY_BAR.items() if action != "find_field"}

    def compose_body(self) -> ComposeResult:
        """The form on the left; network, learning rate and checks on the right."""
        with Horizontal():
            with Pane(id="form-pane"):
                yield Form(self.draft, id="form")
                yield FieldHelp(id="field-help", markup=False)
            yield Vertical(id="side")

    def on_mount(self) -> None:
        """Draw what is known, and ask for the rest once the first frame is out."""
        self.query_one("#form-pane", Pane).show_figures("space opens a list · ← → step a value")
        self.show_draft()
        self.app.theme_changed_signal.subscribe(self, self._draw_in_new_colours)
        self.call_after_refresh(self._complete)

    async def _complete(self) -> None:
        """What the first frame did without: the panes at the side, and everything that must be asked."""
        from tui_trainer.ui.side_panes import SidePanes

        for place in self.query("#side"):
            side = SidePanes()
            await place.mount(side)
            self._side = side
        self.show_draft()
        self._ask_for_facts()

    def on_screen_resume(self) -> None:
        """Runs may have ended meanwhile."""
        self.run_worker(self._read_past_runs(), group="past-runs", exclusive=True)

    def _draw_in_new_colours(self, _theme: Theme) -> None:
        if self._side is not None:
            self._side.redraw()
        self._show_title()
        self._show_field_help()

    # What is shown

    def load(self, config: RunConfig, origin: str) -> None:
        """Put another configuration into the form; undo brings the old one back."""
        self.draft.load(config, origin)
        self.show_draft()

    def show_draft(self) -> None:
        """Draw the draft everywhere."""
        if not self._has_form:
            return
        if self.draft.config is not None:
            self._last_right = self.draft.config
        self._look_at_source()
        self.query_one(Form).explain(self._meanings(), self._hints())
        self._show_title()
        self._show_panes()
        self._show_field_help()
        self.refresh_bindings()

    @property
    def _has_form(self) -> bool:
        """False while the app is being left, when answers to its questions may still come in."""
        return bool(self.query(Form) and self.query(FieldHelp) and self.query("#form-pane"))

    def _show_title(self) -> None:
        num_changes = len(self.draft.changed_keys)
        title = Text.assemble((safe_text(self.draft.origin, 40), token(self, "text")), " ▾")
        if num_changes:
            title.append(f"  {num_changes} change{'s' if num_changes > 1 else ''}", token(self, "dim"))
        self.query_one("#form-pane", Pane).show_title(title)

    def _show_panes(self) -> None:
        config, source = self._last_right, self._source
        if config is None or self._side is None:
            return
        from tui_trainer.ui.checks import Checks
        from tui_trainer.ui.like_runs import find_like

        shape = self._shape if self._shape_source == source else None
        checks = Checks(
            errors=self.draft.errors,
            changes=tuple(self.draft.changes()),
            source_reason=self._source_reason(),
            steps_per_epoch=shape.steps_per_epoch(config) if shape else None,
            epochs=config.training.epochs,
            past_run=find_like(config, source, self._past_runs),
        )
        self._side.show(config, shape, self._free_bytes, checks)
        self.show_facts(self._facts(config, shape))

    def _facts(self, config: RunConfig, shape: DataShape | None) -> Facts:
        threads = config.training.threads
        return Facts(
            device=choose_device(config.device, self._devices) or config.device,
            threads=threads if isinstance(threads, int) else None,
            source=self._source,
            num_train=shape.num_train if shape else None,
            num_test=shape.num_test if shape else None,
        )

    def _show_field_help(self) -> None:
        focused = self.focused_field
        if focused is not None:
            field, key = focused.form_field, focused.form_field.key
            self.query_one(FieldHelp).show(
                field, self.draft.value(key), self.draft.start_value(key), self.draft.errors.get(key, "")
            )

    @property
    def focused_field(self) -> Field | None:
        """The field that has the focus, its editor included."""
        node = self.focused
        while node is not None and not isinstance(node, Field):
            node = node.parent if node.parent is not self else None  # type: ignore[assignment]
        return node

    def help_topic(self) -> Text | None:
        """The focused field in words, with which the help begins."""
        field = self.focused_field
        if field is None:
            return None
        key = field.form_field.key
        value, start = self.draft.value(key), self.draft.start_value(key)
        return render_field_help(self, field.form_field, value, start, self.draft.errors.get(key, ""))

    # What is asked

    @property
    def _source(self) -> str | None:
        written = self._last_right.data.source if self._last_right else None
        return written or (self._resolved.source if self._resolved else None)

    def _source_reason(self) -> str:
        if self._last_right is None or self._last_right.data.source is not None:
            return ""
        return self._resolved.reason if self._resolved else "looking whether mnist can be had"

    def _meanings(self) -> dict[str, str]:
        return {
            "data.source": self._resolved.source if self._resolved else "",
            "device": choose_device("auto", self._devices) or "",
        }

    def _hints(self) -> dict[str, str]:
        if self.draft.value("data.source") is not None or self._resolved is None:
            return {"data.source": ""}
        return {"data.source": self._resolved.reason.partition(": ")[2].partition(";")[0]}

    def _ask_for_facts(self) -> None:
        if not self._has_form:
            return
        fields = self.query_one(Form).fields()
        if self.focused is None and fields:
            self.set_focus(fields[0])
        for number, question in enumerate((self._load_plot, self._resolve_source, self._read_free_bytes, self._read_devices)):
            self.run_worker(question(), group=f"facts-{number}", exclusive=True)

    async def _load_plot(self) -> None:
        if self._side is not None:
            await self._side.load_plot()

    async def _resolve_source(self) -> None:
        self._resolved = await run_in_daemon(lambda: resolve_source(None, data_folder()))
        self.show_draft()

    async def _read_free_bytes(self) -> None:
        self._free_bytes = await run_in_daemon(read_free_bytes)
        self._show_panes()

    async def _read_devices(self) -> None:
        server = getattr(self.app, "engine_server", None)
        if server is not None:
            self._devices = await run_in_daemon(partial(ask_devices, server))
            self.show_draft()

    async def _read_past_runs(self) -> None:
        from tui_trainer.ui.like_runs import read_past_runs

        self._past_runs = await run_in_daemon(read_past_runs)
        self._show_panes()

    def _look_at_source(self) -> None:
        source = self._source
        if source is not None and source != self._shape_source:
            self._shape_source, self._shape = source, None
            self.run_worker(self._read_shape(source), group="shape", exclusive=True)

    async def _read_shape(self, source: str) -> None:
        from tui_trainer.ui.data_shape import read_data_shape

        shape = await run_in_daemon(partial(read_data_shape, source))
        if source == self._shape_source:
            self._shape = shape
            self._show_panes()

    # What the user does

    def on_field_edited(self, message: Field.Edited) -> None:
        """Take a value into the draft."""
        self._apply(message)

    def _apply(self, edited: Field.Edited) -> None:
        self.draft.set(edited.field.form_field.key, edited.value)
        self.show_draft()

    def on_field_choice_wanted(self, message: Field.ChoiceWanted) -> None:
        """Open the list of a field's choices."""
        from tui_trainer.ui.choice_dialog import ChoiceDialog

        field = message.field
        dialog = ChoiceDialog(field.form_field.label.lower(), self._choices(field), self.draft.value(field.form_field.key))
        self.app.push_screen(dialog, partial(self._take_choice, field))

    def _choices(self, field: Field) -> list[Choice]:
        choices = list(field.form_field.choices)
        value = self.draft.value(field.form_field.key)
        if field.form_field.is_open and value not in [choice.value for choice in choices]:
            choices.append(Choice(value, safe_text(value, 40), "as it is now"))
        return choices

    def _take_choice(self, field: Field, choice: Choice | None) -> None:
        if choice is None:
            return
        if isinstance(choice.value, str) and choice.value.endswith(":"):
            field.open_editor(choice.value)
        else:
            self._apply(Field.Edited(field, choice.value))

    def on_descendant_focus(self) -> None:
        """Explain the field that has the focus now."""
        self._show_field_help()

    def action_move(self, direction: int) -> None:
        """Go to the neighbouring field, whatever has the focus."""
        fields = self.query_one(Form).fields()
        focused = self.focused_field
        place = fields.index(focused) + direction if focused in fields else 0
        self.set_focus(fields[place % len(fields)])

    def action_undo(self) -> None:
        """Take the last change back."""
        self.draft.undo()
        self.show_draft()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo only where there is something to undo."""
        return self.draft.can_undo if action == "undo" else True

    def action_choose_preset(self) -> None:
        """Open the list of presets."""
        from tui_trainer.ui.choice_dialog import ChoiceDialog

        choices = [Choice(name, name, PRESET_HELP.get(name, "")) for name in PRESETS]
        self.app.push_screen(ChoiceDialog("presets", choices, self.draft.origin), self._take_preset)

    def _take_preset(self, choice: Choice | None) -> None:
        if choice is not None:
            self.draft.load_preset(choice.value)
            self.show_draft()

    def action_find_field(self) -> None:
        """Open the list of fields, to be found by typing."""
        from tui_trainer.ui.choice_dialog import FindDialog

        fields = self.query_one(Form).relevant_fields()
        choices = [Choice(field.key, field.label, field.help) for field in fields]
        self.app.push_screen(FindDialog("find a field", choices), self._go_to_field)

    def _go_to_field(self, choice: Choice | None) -> None:
        if choice is None:
            return
        form = self.query_one(Form)
        if form.field(choice.value) is None:
            form.show_all(True)
        field = form.field(choice.value)
        if field is not None:
            self.set_focus(field)

    def action_show_levers(self) -> None:
        """Show every lever, or fewer again."""
        form = self.query_one(Form)
        form.show_all(not form.shows_all)

    async def action_show_script(self) -> None:
        """Show the script that the configuration is."""
        from tui_trainer.runs.script_printer import print_script
        from tui_trainer.runs.threads import resolve_threads
        from tui_trainer.ui.script_dialog import ScriptDialog

        config = self._checked()
        if config is not None:
            source = self._source
            config = config.model_copy(update={"data": config.data.model_copy(update={"source": source})})
            threads = await run_in_daemon(partial(resolve_threads, config))
            self.app.push_screen(ScriptDialog(print_script(config, threads=threads), f"script of {safe_text(config.name)}"))

    def action_save_file(self) -> None:
        """Ask for a path and save there."""
        from tui_trainer.ui.path_dialog import PathDialog

        config = self._checked()
        if config is not None:
            self.app.push_screen(PathDialog(f"{config.name}.toml"), partial(self._save_to, config))

    def _save_to(self, config: RunConfig, path: Path | None) -> None:
        if path is not None:
            self.run_worker(self._save(config, path), group="save")

    async def _save(self, config: RunConfig, path: Path) -> None:
        from tui_trainer.runs.config_file import format_config
        from tui_trainer.runs.publisher import publish_file

        try:
            await run_in_daemon(lambda: publish_file(path, format_config(config, comments=True).encode()))
        except (OSError, MlpTuiError) as error:
            reason = error.message if isinstance(error, MlpTuiError) else error.strerror
            self.notify(f"{safe_text(path, 160)} was not saved: {reason}", severity="error", markup=False)
        else:
            self.notify(f"saved as {safe_text(path, 200)}", markup=False)

    def action_start(self) -> None:
        """Start what is in the form; with an open editor what stands in it counts."""
        for field in self.query_one(Form).fields():
            edited = field.take_edit()
            if edited is not None:
                self._apply(edited)
                self.set_focus(field)
        config = self._checked()
        if config is not None:
            self.post_message(self.StartRequested(config))

    def _checked(self) -> RunConfig | None:
        """The configuration where it is right; else the first wrong field gets the focus, with a notice."""
        if self.draft.config is None:
            key, error = next(iter(self.draft.errors.items()), ("", "the configuration is wrong"))
            field = self.query_one(Form).field(key)
            if field is not None:
                self.set_focus(field)
            self.notify(safe_text(f"{key}: {error}", 300), title="not started", severity="error", markup=False)
        return self.draft.config
