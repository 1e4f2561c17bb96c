"""`mlp-tui rm` and `mlp-tui restore`: runs into the trash, and back."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson, Run
from tui_trainer.commands.streams import print_json, print_line, say
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.paths import trash_folder
from tui_trainer.runs.run_index import find_run
from tui_trainer.runs.trash import find_trashed, list_trash, move_to_trash
from tui_trainer.runs.trash import restore as restore_run


def rm(run: Run, /) -> int:
    """Move a run to the trash; `mlp-tui restore RUN` undoes it. One that trains is refused."""
    trashed = move_to_trash(find_run(run))
    print_line(f"{trashed.name} is in the trash; `mlp-tui restore {trashed.name}` brings it back")
    return EXIT_DONE


def restore(
    run: Annotated[str | None, Parameter(help="A deleted run: its name, any unique part, or `last`; unset: list them.")] = None,
    /,
    *,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON array of the deleted runs.")] = False,
) -> int:
    """Bring a deleted run back, or list the deleted ones."""
    if run is not None:
        print_line(f"{restore_run(find_trashed(run)).shown_name} is back")
        return EXIT_DONE
    deleted = list_trash()
    if as_json:
        names = [{"run": trashed.path.name, "name": trashed.name, "path": str(trashed.path)} for trashed in deleted]
        print_json([{**row, "deleted": f"{t.deleted_at:%Y-%m-%dT%H:%M:%SZ}"} for row, t in zip(names, deleted, strict=True)])
    elif not deleted:
        print_line("the trash is empty")
    else:
        rows = [(trashed.name, f"{trashed.deleted_at:%Y-%m-%d %H:%M}") for trashed in deleted]
        for line in format_table(("run", "deleted (UTC)"), rows):
            print_line(line)
        say(f"they lie in {trash_folder()}; delete them there to free their room")
    return EXIT_DONE
