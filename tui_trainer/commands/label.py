"""`mlp-tui label`: a run's display name, note and tags, and which of its checkpoints are kept for ever."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson, Run
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.labels import Labels, keep_checkpoint, read_labels, update_labels
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_index import choose_checkpoint, find_run


def label(
    run: Run,
    /,
    *,
    name: Annotated[str | None, Parameter(help='What to call it in lists; "" gives its own name back.')] = None,
    note: Annotated[str | None, Parameter(help='A note; "" takes it away.')] = None,
    tag: Annotated[list[str] | None, Parameter(help="Add a tag; may be written again.")] = None,
    untag: Annotated[list[str] | None, Parameter(help="Take a tag away; may be written again.")] = None,
    keep: Annotated[list[str] | None, Parameter(help="Never delete this checkpoint: best, last, an epoch or an id.")] = None,
    unkeep: Annotated[list[str] | None, Parameter(help="Let retention delete this checkpoint again.")] = None,
    as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False,
) -> int:
    """Name, note, tag a run, or keep a checkpoint of it; without options: show what is said of it."""
    found = find_run(run)
    labels = read_labels(found.path)
    for reference, is_kept in (*((word, True) for word in keep or ()), *((word, False) for word in unkeep or ())):
        labels = keep_checkpoint(found.path, _id_of(found, reference, labels), is_kept=is_kept)
    if name is not None or note is not None or tag or untag:
        tags = tuple(word for word in (*labels.tags, *(tag or ())) if word not in (untag or ()))
        labels = update_labels(found.path, name=name, note=note, tags=tags)
    if as_json:
        print_json({"run": found.run, **_document(labels)})
    else:
        print_line(f"{found.shown_name}{f'  called {labels.name}' if labels.name else ''}")
        for what, text in (("tags", ", ".join(labels.tags)), ("note", labels.note), ("keeps", ", ".join(labels.keep))):
            if text:
                print_line(f"  {what:<6}{text}")
    return EXIT_DONE


def _id_of(run: RunDirectory, reference: str, labels: Labels) -> str:
    # A checkpoint that is gone can still be taken off the list.
    if reference in labels.keep:
        return reference
    return choose_checkpoint(run, run.history(with_steps=False), reference).id


def _document(labels: Labels) -> dict[str, object]:
    return {"label": labels.name, "note": labels.note, "tags": list(labels.tags), "keep": list(labels.keep)}
