"""RunCare: the keys that change what is kept of a run: its name, note and tags, a checkpoint's keep, and deleting with undo.

Labels and trash are written by `runs`, in a thread, because the disk is waited for; the list is read again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import work
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.listed_row import Row

if TYPE_CHECKING:
    from tui_trainer.runs.trash import Trashed

NOTICE_S = 8.0
Result = TypeVar("Result")


class RunCare(Screen[object]):
    """A mix-in: the subclass keeps `row` at what is under the cursor and reads its list again on `read_again`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "label", "Note", tooltip="Give the run a name, a note and tags"),
        Binding("k", "keep", "Keep", tooltip="Keep this checkpoint from ever being deleted, or no longer"),
        Binding("D,delete", "delete", "Delete", tooltip="Move the run to the trash; u brings it back"),
        Binding("u", "undelete", "Undo", tooltip="Bring back the run that was deleted last"),
    ]
    row: Row | None = None
    _deleted: tuple[Trashed, ...] = ()

    def read_again(self) -> None:
        """Have the list read."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what works for the row."""
        match action:
            case "label":
                return self.row is not None
            case "delete":
                return self.row is not None and self.row.checkpoint is None and not self.row.entry.status.is_live
            case "keep":
                return self.row is not None and self.row.checkpoint is not None and not self.row.checkpoint.problem
            case "undelete":
                return bool(self._deleted)
        return super().check_action(action, parameters)

    @work
    async def action_label(self) -> None:
        """Ask for name, note and tags."""
        from tui_trainer.runs.labels import update_labels
        from tui_trainer.ui.labels_dialog import LabelsDialog

        if self.row is None:
            return
        entry = self.row.entry
        answer = await self.app.push_screen_wait(LabelsDialog(entry.run.shown_name, entry.labels))
        if answer is not None:
            change = partial(update_labels, entry.run.path, name=answer.name, note=answer.note, tags=answer.tags)
            await self._do(change, "not labelled")

    @work
    async def action_keep(self) -> None:
        """Keep the checkpoint under the cursor, or no longer."""
        from tui_trainer.runs.labels import keep_checkpoint

        if self.row is not None and self.row.checkpoint is not None:
            checkpoint, is_kept = self.row.checkpoint, self.row.checkpoint.id in self.row.entry.labels.keep
            await self._do(partial(keep_checkpoint, self.row.entry.run.path, checkpoint.id, is_kept=not is_kept), "not kept")

    @work
    async def action_delete(self) -> None:
        """Move the run under the cursor to the trash."""
        from tui_trainer.runs.trash import move_to_trash

        if self.row is None:
            return
        trashed = await self._do(partial(move_to_trash, self.row.entry.run), "not deleted")
        if trashed is not None:
            self._deleted = (*self._deleted, trashed)
            self.notify(f"{trashed.name} lies in the trash; u brings it back", markup=False, timeout=NOTICE_S)
            self.refresh_bindings()

    @work
    async def action_undelete(self) -> None:
        """Bring back what was deleted last."""
        from tui_trainer.runs.trash import restore

        if self._deleted:
            trashed = self._deleted[-1]
            restored = await self._do(partial(restore, trashed), "not brought back")
            if restored is not None:
                self._deleted = self._deleted[:-1]
                self.refresh_bindings()

    async def _do(self, change: Callable[[], Result], failure: str) -> Result | None:
        """What `change` gives, in a thread; None where it was refused, which is said."""
        try:
            result = await run_in_daemon(change, "mlp-tui labels")
        except (MlpTuiError, OSError) as error:
            self.notify(safe_text(error, 300), title=failure, severity="error", markup=False, timeout=NOTICE_S)
            return None
        self.read_again()
        return result
