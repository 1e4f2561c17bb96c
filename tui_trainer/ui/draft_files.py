"""DraftFiles: saves the configuration of the Configure screen as TOML, loads others, saves scripts, chooses data files.

Paths are asked for in dialogs over the screen; the disk is waited for in daemon threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.data_source import FOLDER_SCHEMES
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.daemon_thread import run_in_daemon

if TYPE_CHECKING:
    from tui_trainer.ui.configure_screen import ConfigureScreen

SUFFIXES = {"csv": (".csv", ".tsv", ".txt"), "parquet": (".parquet", ".pq"), "npz": (".npz",)}
"""How the files of a source's scheme usually end."""


class DraftFiles:
    """Asks for paths over the screen, and tells by a notice what became of the file."""

    def __init__(self, screen: ConfigureScreen) -> None:
        self._screen = screen

    def save(self, config: RunConfig) -> None:
        """Ask where, and write `config` there."""
        from tui_trainer.runs.config_file import format_config

        self.save_text("save the configuration as TOML", f"{config.name}.toml", lambda: format_config(config, comments=True))

    def save_text(self, title: str, suggestion: str, build_text: Callable[[], str]) -> None:
        """Ask where, and write the text that `build_text` gives there."""
        from tui_trainer.ui.path_dialog import PathDialog

        dialog = PathDialog(title, suggestion, (Path(suggestion).suffix,))
        self._screen.app.push_screen(dialog, partial(self._save_to, build_text))

    def _save_to(self, build_text: Callable[[], str], path: Path | None) -> None:
        if path is not None:
            self._screen.run_worker(self._save(build_text, path), group="save")

    async def _save(self, build_text: Callable[[], str], path: Path) -> None:
        from tui_trainer.runs.publisher import publish_file

        try:
            await run_in_daemon(lambda: publish_file(path, build_text().encode()))
        except (OSError, MlpTuiError) as error:
            self._tell(f"{safe_text(path, 160)} was not saved: {_reason(error)}", severity="error")
        else:
            self._tell(f"saved as {safe_text(path, 200)}")

    def load(self) -> None:
        """Ask which TOML file, and put it into the form; undo brings the old configuration back."""
        from tui_trainer.ui.file_dialog import FileDialog

        dialog = FileDialog("load a configuration", (".toml",))
        self._screen.app.push_screen(dialog, self._load_from)

    def _load_from(self, path: Path | None) -> None:
        if path is not None:
            self._screen.run_worker(self._load(path), group="load")

    async def _load(self, path: Path) -> None:
        from tui_trainer.runs.config_layers import resolve_config

        try:
            config = await run_in_daemon(partial(resolve_config, file=path))
        except (OSError, MlpTuiError) as error:
            self._tell(f"{safe_text(path.name, 80)}: {_reason(error)}", severity="error")
        else:
            self._screen.load(config, safe_text(path.name, 40))

    def choose_source(self, scheme: str) -> None:
        """Ask which file or folder the source of `scheme` is, and take it."""
        from tui_trainer.ui.file_dialog import FileDialog

        wants_folder = scheme in FOLDER_SCHEMES
        title = f"{scheme}: {'the folder' if wants_folder else 'the file'} to train on"
        dialog = FileDialog(title, SUFFIXES.get(scheme, ()), wants_folder=wants_folder)
        self._screen.app.push_screen(dialog, partial(self._take_source, scheme))

    def _take_source(self, scheme: str, path: Path | None) -> None:
        if path is not None:
            self._screen.set_value("data.source", f"{scheme}:{path}")

    def _tell(self, words: str, severity: str = "information") -> None:
        self._screen.notify(safe_text(words, 300), severity=severity, markup=False)  # type: ignore[arg-type]


def _reason(error: OSError | MlpTuiError) -> str:
    return error.message if isinstance(error, MlpTuiError) else error.strerror or "the disk refused"
