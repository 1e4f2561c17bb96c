"""DraftDialogs: the dialogs of the Configure screen that read or change its draft: presets, choices, finding a field, script.

Made when the first of them is wanted. They change the draft through the screen alone, which draws it again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui_trainer.runs.config import RunConfig, dump_config
from tui_trainer.runs.data_source import PATH_SOURCES
from tui_trainer.runs.presets import PRESET_HELP, PRESETS
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.choice_dialog import ChoiceDialog, FindDialog
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.field import Field
from tui_trainer.ui.form_fields import Choice

if TYPE_CHECKING:
    from tui_trainer.ui.configure_screen import ConfigureScreen
    from tui_trainer.ui.data_dialog import DataChoice


class DraftDialogs:
    """Each method opens one dialog over the screen and takes its answer."""

    def __init__(self, screen: ConfigureScreen) -> None:
        self._screen = screen

    def choose_preset(self) -> None:
        """The list of presets."""
        choices = [Choice(name, name, PRESET_HELP.get(name, "")) for name in PRESETS]
        self._screen.app.push_screen(ChoiceDialog("presets", choices, self._screen.draft.origin), self._take_preset)

    def _take_preset(self, choice: Choice | None) -> None:
        if choice is not None:
            self._screen.draft.load_preset(choice.value)
            self._screen.show_draft()

    def choose_value(self, field: Field) -> None:
        """The list of a field's choices."""
        value = self._screen.draft.value(field.form_field.key)
        dialog = ChoiceDialog(field.form_field.label.lower(), self._choices(field), value)
        self._screen.app.push_screen(dialog, partial(self._take_value, field))

    def _choices(self, field: Field) -> list[Choice]:
        choices = list(field.form_field.choices)
        value = self._screen.draft.value(field.form_field.key)
        if field.form_field.is_open and value not in [choice.value for choice in choices]:
            choices.append(Choice(value, safe_text(value, 40), "as it is now"))
        return choices

    def _take_value(self, field: Field, choice: Choice | None) -> None:
        if choice is None:
            return
        scheme, colon, rest = str(choice.value).partition(":")
        if colon and not rest and scheme in PATH_SOURCES:
            self._screen.files.choose_source(scheme)
        elif colon and not rest:
            field.open_editor(choice.value)
        else:
            self._screen.set_value(field.form_field.key, choice.value)

    def find_field(self) -> None:
        """The list of fields, to be found by typing."""
        choices = [Choice(field.key, field.label, field.help) for field in self._screen.form.relevant_fields()]
        self._screen.app.push_screen(FindDialog("find a field", choices), self._go_to_field)

    def _go_to_field(self, choice: Choice | None) -> None:
        if choice is not None:
            self._screen.go_to(choice.value)

    def show_data(self, config: RunConfig) -> None:
        """What the source of `config`, which must be known, holds."""
        from tui_trainer.ui.data_dialog import DataDialog

        server = getattr(self._screen.app, "engine_server", None)
        self._screen.app.push_screen(DataDialog(server, dump_config(config)["data"]), self._take_data)

    def _take_data(self, choice: DataChoice | None) -> None:
        if choice is None:
            return
        if choice.target is not None:
            self._screen.set_value("data.target", choice.target)
        if choice.wants_source:
            self._screen.go_to("data.source")
            field = self._screen.form.field("data.source")
            if field is not None:
                self.choose_value(field)

    def find_rate(self, config: RunConfig) -> None:
        """The learning-rate finder for `config`; its source must be known."""
        from tui_trainer.ui.rate_search_dialog import RateSearchDialog

        server = getattr(self._screen.app, "engine_server", None)
        self._screen.app.push_screen(RateSearchDialog(server, config), self._take_rate)

    def _take_rate(self, lr: float | None) -> None:
        if lr is not None:
            self._screen.set_value("optimizer.lr", lr)

    async def show_script(self, config: RunConfig) -> None:
        """The script that `config` is; its source must be known."""
        from tui_trainer.runs.script_printer import print_script
        from tui_trainer.runs.threads import resolve_threads
        from tui_trainer.ui.script_dialog import ScriptDialog

        threads = await run_in_daemon(partial(resolve_threads, config))
        script = print_script(config, threads=threads)
        save = partial(self._screen.files.save_text, "save the script", f"{config.name}.py", lambda: script)
        self._screen.app.push_screen(ScriptDialog(script, f"script of {safe_text(config.name)}", save))
