"""NetworkFiles: what comes into the Checkpoints screen as a file and goes out as one: weights, exports, reports, scripts.

The engine reads and writes them; here are the dialogs before and the words after. A bad file ends in one line.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from textual.screen import Screen

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.run_index import CHECKPOINT_SUFFIXES
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.form_fields import Choice
from tui_trainer.ui.questions import Server
from tui_trainer.ui.subject import Subject

FORMATS = (
    Choice("safetensors", "safetensors", "the state_dict; opens anywhere, runs nothing"),
    Choice("pt", "pt", "the plain state_dict as torch.save writes it"),
    Choice("onnx", "onnx", "the network itself, checked with onnxruntime"),
    Choice("folder", "folder", "weights and a predict.py that needs torch alone"),
    Choice("md", "report .md", "this evaluation with its pictures, as Markdown"),
    Choice("html", "report .html", "the same as one page for a browser"),
)
REPORTS = ("md", "html")
NOTICE_S = 10.0


class NetworkFiles:
    """The dialogs of `screen`; each method is awaited in a worker of it."""

    def __init__(self, screen: Screen[Any], server: Server) -> None:
        self._screen, self._server = screen, server

    async def open(self, data: str | None) -> Subject | None:
        """Ask for a file, say what it is, and give it back to be evaluated; None where it was left or cannot be."""
        from tui_trainer.ui.file_dialog import FileDialog
        from tui_trainer.ui.inspect_dialog import InspectDialog

        path = await self._screen.app.push_screen_wait(FileDialog("open weights", CHECKPOINT_SUFFIXES))
        if path is None:
            return None
        answer = await self._ask("inspect", {"file": str(path)}, f"{path.name} was not opened")
        return None if answer is None else await self._screen.app.push_screen_wait(InspectDialog(path, answer, data))

    async def export(self, subject: Subject) -> None:
        """Ask for format and path, and have the engine write."""
        from tui_trainer.ui.choice_dialog import ChoiceDialog
        from tui_trainer.ui.path_dialog import PathDialog

        app = self._screen.app
        chosen = await app.push_screen_wait(ChoiceDialog(f"export {subject.title}", FORMATS))
        if chosen is None:
            return
        form = str(chosen.value)
        suffixes = () if form == "folder" else (f".{form}",)
        name = "-".join([Path(subject.name).stem, *subject.label.split()])
        path = await app.push_screen_wait(PathDialog(f"export as {chosen.label}", f"{name}{''.join(suffixes)}", suffixes))
        if path is None:
            return
        # The dialog has asked already whether what is there may be replaced.
        if form in REPORTS:
            answer = await self._ask(
                "report", {**subject.params_with_data, "path": str(path), "overwrite": True}, "not written"
            )
        else:
            asked = {**subject.params, "format": form, "path": str(path), "overwrite": True}
            answer = await self._ask("export", asked, "not exported")
        if answer is not None:
            self._tell_written(answer, path)

    def _tell_written(self, answer: dict[str, Any], path: Path) -> None:
        size, checked = answer.get("bytes"), answer.get("checked")
        words = f"{path} · {format_bytes(size)}" if isinstance(size, int) else str(path)
        words += f" · {checked}" if checked else ""
        self._screen.notify(safe_text(words, 300), title="written", markup=False, timeout=NOTICE_S)

    async def _ask(self, method: str, params: dict[str, Any], failure: str) -> dict[str, Any] | None:
        try:
            return await run_in_daemon(partial(self._server.request, method, params), f"mlp-tui {method}")
        except MlpTuiError as error:
            title = safe_text(failure, 60)
            self._screen.notify(error.message, title=title, severity="error", markup=False, timeout=NOTICE_S)
            return None

    async def show_script(self, config: RunConfig, name: str, threads: int | None) -> None:
        """The script that a run's configuration is, with the thread count that it recorded."""
        from tui_trainer.runs.script_printer import print_script
        from tui_trainer.runs.threads import resolve_threads
        from tui_trainer.ui.script_dialog import ScriptDialog

        used = threads if threads is not None else await run_in_daemon(partial(resolve_threads, config))
        script = print_script(config, threads=used)

        def save() -> None:
            self._screen.run_worker(self._save_script(script, f"{name}.py"), group="save")

        self._screen.app.push_screen(ScriptDialog(script, f"script of {safe_text(name)}", save))

    async def _save_script(self, script: str, suggestion: str) -> None:
        from tui_trainer.runs.publisher import publish_file
        from tui_trainer.ui.path_dialog import PathDialog

        path = await self._screen.app.push_screen_wait(PathDialog("save the script", suggestion, (".py",)))
        if path is None:
            return
        try:
            await run_in_daemon(partial(publish_file, path, script.encode()))
        except (OSError, MlpTuiError) as error:
            self._screen.notify(safe_text(error, 300), title="not saved", severity="error", markup=False)
        else:
            self._screen.notify(safe_text(path, 300), title="saved", markup=False)
