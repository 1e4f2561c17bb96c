"""ConfigureScreen: the form of a run, what it means, and its start.

It owns the draft; fields only say what the user wants. What takes time is asked by its SetupFacts after the first frame; the
screen is readable without. Starting is the app's: the screen posts `StartRequested` with a configuration that was checked.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.message import Message
from textual.theme import Theme

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.draft import Draft
from tui_trainer.ui.draft_keys import DraftKeys
from tui_trainer.ui.field import Field
from tui_trainer.ui.field_help import FieldHelp, explain_field
from tui_trainer.ui.form import Form
from tui_trainer.ui.frame_header import Facts
from tui_trainer.ui.machine_facts import choose_device
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.setup_facts import SetupFacts
from tui_trainer.ui.theme import token

if TYPE_CHECKING:
    from tui_trainer.ui.checks import Checks
    from tui_trainer.ui.data_shape import DataShape
    from tui_trainer.ui.draft_dialogs import DraftDialogs
    from tui_trainer.ui.draft_files import DraftFiles
    from tui_trainer.ui.rate_curves import RateCurves
    from tui_trainer.ui.side_panes import SidePanes


class ConfigureScreen(DraftKeys):
    """Tab 1."""

    TAB = 1
    CSS_PATH = "configure.tcss"

    class StartRequested(Message):
        """The user wants to train `config`, which has been checked."""

        def __init__(self, config: RunConfig) -> None:
            super().__init__()
            self.config = config

    def __init__(self, config: RunConfig | None = None, origin: str | None = None) -> None:
        super().__init__()
        self.draft = Draft(config, origin)
        """What is being edited."""
        self.facts = SetupFacts(self, self.show_draft)
        """What it is judged by."""
        self._last_right = self.draft.config
        self._side: SidePanes | None = None
        self._checks: Checks | None = None

    @property
    def form(self) -> Form:
        """The fields."""
        return self.query_one(Form)

    @property
    def checks(self) -> Checks | None:
        """What was said about the draft last."""
        return self._checks

    @cached_property
    def curves(self) -> RateCurves:
        """The learning rate over the run."""
        from tui_trainer.ui.rate_curves import RateCurves

        return RateCurves(self, self.show_draft)

    @cached_property
    def dialogs(self) -> DraftDialogs:
        """Presets, choices, finding, script."""
        from tui_trainer.ui.draft_dialogs import DraftDialogs

        return DraftDialogs(self)

    @cached_property
    def files(self) -> DraftFiles:
        """Saving, loading and choosing files."""
        from tui_trainer.ui.draft_files import DraftFiles

        return DraftFiles(self)

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

        if self.app.return_code is not None:  # it is being left, and takes nothing in any more
            return
        for place in self.query("#side"):
            side = SidePanes()
            await place.mount(side)
            self._side = side
        self.show_draft()
        if self._has_form:
            self.form.use_room()
            fields = self.form.fields()
            if self.focused is None and fields:
                self.set_focus(fields[0])
            self.facts.ask()
        if self._side is not None:
            self.run_worker(self._side.load_plot(), group="plot", exclusive=True)

    def on_screen_resume(self) -> None:
        """Runs may have ended meanwhile."""
        self.facts.ask_for_past_runs()

    def on_resize(self, event: Resize) -> None:
        """Show as many levers as there is room for now."""
        super().on_resize(event)
        if self._side is not None and self._has_form:
            self.form.use_room()

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
        self.facts.look_at(self._last_right)
        checks = self._look_through()
        self.form.explain(self.facts.meanings(), self._hints(), checks.warnings() if checks else {})
        self._show_title()
        self._show_panes(checks)
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

    def _look_through(self) -> Checks | None:
        """What can be said about the draft; None before the panes that say it are there."""
        config, facts = self._last_right, self.facts
        if config is None or self._side is None:
            return None
        from tui_trainer.ui.draft_checks import check_draft

        source, shape = facts.source_of(config), facts.shape_of(config)
        self._checks = check_draft(self.draft, config, source, shape, facts)
        return self._checks

    def _show_panes(self, checks: Checks | None) -> None:
        config, facts = self._last_right, self.facts
        if config is None or self._side is None or checks is None:
            return
        shape, curve = facts.shape_of(config), self.curves.curve_for(config, checks.steps_per_epoch)
        self._side.show(config, shape, facts.free_bytes, curve, checks)
        self.show_facts(self._header_facts(config, shape))

    def _header_facts(self, config: RunConfig, shape: DataShape | None) -> Facts:
        threads = config.training.threads
        return Facts(
            device=choose_device(config.device, self.facts.devices) or config.device,
            threads=threads if isinstance(threads, int) else None,
            source=self.facts.source_of(config),
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

    def help_topic(self) -> Text | None:
        """The focused field in words, with which the help begins."""
        field = self.focused_field
        if field is None:
            return None
        key = field.form_field.key
        value, start = self.draft.value(key), self.draft.start_value(key)
        return explain_field(self, field.form_field, value, start, self.draft.errors.get(key, ""))

    def _hints(self) -> dict[str, str]:
        resolved = self.facts.resolved
        if self.draft.value("data.source") is not None or resolved is None:
            return {"data.source": ""}
        return {"data.source": resolved.reason.partition(": ")[2].partition(";")[0]}

    # What the user does

    def on_field_edited(self, message: Field.Edited) -> None:
        """Take a value into the draft."""
        self.set_value(message.field.form_field.key, message.value)

    def set_value(self, key: str, value: object) -> None:
        """Put a value, which need not be right, into the draft and draw it."""
        self.draft.set(key, value)
        self.show_draft()

    def on_field_choice_wanted(self, message: Field.ChoiceWanted) -> None:
        """Open the list of a field's choices."""
        self.dialogs.choose_value(message.field)

    def on_descendant_focus(self) -> None:
        """Explain the field that has the focus now."""
        self._show_field_help()

    def action_choose_preset(self) -> None:
        """Open the list of presets."""
        self.dialogs.choose_preset()

    def action_find_field(self) -> None:
        """Open the list of fields, to be found by typing."""
        self.dialogs.find_field()

    async def action_show_script(self) -> None:
        """Show the script that the configuration is."""
        config = self._with_source()
        if config is not None:
            await self.dialogs.show_script(config)

    def _with_source(self) -> RunConfig | None:
        """The configuration where it is right, an unset source being what it means now."""
        config = self._checked()
        if config is None:
            return None
        data = config.data.model_copy(update={"source": self.facts.source_of(config)})
        return config.model_copy(update={"data": data})

    def action_show_data(self) -> None:
        """Show what the data source holds."""
        config = self._with_source()
        if config is not None:
            self.dialogs.show_data(config)

    def action_find_rate(self) -> None:
        """Let the engine look for a learning rate."""
        config = self._with_source()
        if config is not None:
            self.dialogs.find_rate(config)

    def action_save_file(self) -> None:
        """Ask for a path and save there."""
        config = self._checked()
        if config is not None:
            self.files.save(config)

    def action_load_file(self) -> None:
        """Ask for a file and load it."""
        self.files.load()

    def action_start(self) -> None:
        """Start what is in the form; with an open editor what stands in it counts."""
        for field in self.form.fields():
            edited = field.take_edit()
            if edited is not None:
                self.set_value(edited.field.form_field.key, edited.value)
                self.set_focus(field)
        config = self._checked()
        if config is not None:
            self.post_message(self.StartRequested(config))

    def _checked(self) -> RunConfig | None:
        """The configuration where it is right; else the first wrong field gets the focus, with a notice."""
        if self.draft.config is None:
            key, error = next(iter(self.draft.errors.items()), ("", "the configuration is wrong"))
            field = self.form.field(key)
            if field is not None:
                self.set_focus(field)
            self.notify(safe_text(f"{key}: {error}", 300), title="not started", severity="error", markup=False)
        return self.draft.config
