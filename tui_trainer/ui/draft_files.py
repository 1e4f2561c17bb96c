"""DraftFiles: saves the configuration of the Configure screen as TOML. The disk is waited for in a daemon thread."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.daemon_thread import run_in_daemon

if TYPE_CHECKING:
    from tui_trainer.ui.configure_screen import ConfigureScreen


class DraftFiles:
    """Asks for paths over the screen, and tells by a notice what became of the file."""

    def __init__(self, screen: ConfigureScreen) -> None:
        self._screen = screen

    def save(self, config: RunConfig) -> None:
        """Ask where, and write `config` there."""
        from tui_trainer.ui.path_dialog import PathDialog

        self._screen.app.push_screen(PathDialog(f"{config.name}.toml"), partial(self._save_to, config))

    def _save_to(self, config: RunConfig, path: Path | None) -> None:
        if path is not None:
            self._screen.run_worker(self._save(config, path), group="save")

    async def _save(self, config: RunConfig, path: Path) -> None:
        from tui_trainer.runs.config_file import format_config
        from tui_trainer.runs.publisher import publish_file

        try:
            await run_in_daemon(lambda: publish_file(path, format_config(config, comments=True).encode()))
        except (OSError, MlpTuiError) as error:
            reason = error.message if isinstance(error, MlpTuiError) else error.strerror
            self._screen.notify(f"{safe_text(path, 160)} was not saved: {reason}", severity="error", markup=False)
        else:
            self._screen.notify(f"saved as {safe_text(path, 200)}", markup=False)
