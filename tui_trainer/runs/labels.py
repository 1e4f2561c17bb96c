"""labels.json: what a person says of a run, its display name, note and tags, and the checkpoints that are to be kept.

With `control/` all that viewers write into a run. Keys that this version does not know stay as they are; a damaged file counts
as empty and is replaced by the next change. Retention reads `keep` before each deletion.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_trainer.runs.errors import ResourceError, UsageError
from tui_trainer.runs.manifest import is_checkpoint_id, read_regular
from tui_trainer.runs.publisher import publish_file
from tui_trainer.runs.safe_text import safe_text

LABELS = "labels.json"
SCHEMA = 1
MAX_BYTES = 1 << 20
MAX_NAME = 100
MAX_NOTE = 10_000
MAX_TAG = 40
MAX_TAGS = 50
MAX_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Labels:
    """What labels.json says, safe to show; empty where it says nothing."""

    name: str | None = None
    """The display name; None: the run's own."""
    note: str = ""
    """May hold newlines."""
    tags: tuple[str, ...] = ()
    """In the order in which they were given."""
    keep: tuple[str, ...] = ()
    """Ids of checkpoints that retention never deletes."""


def read_labels(folder: Path) -> Labels:
    """The labels of the run at `folder`."""
    said = _read(folder)
    name, note = said.get("name"), said.get("note")
    return Labels(
        name=safe_text(name, MAX_NAME) if isinstance(name, str) and name else None,
        note=safe_text(note, MAX_NOTE, keep_newlines=True) if isinstance(note, str) else "",
        tags=tuple(safe_text(tag, MAX_TAG) for tag in _texts(said.get("tags"))[:MAX_TAGS]),
        keep=tuple(name for name in _texts(said.get("keep"))[:MAX_KEPT] if is_checkpoint_id(name)),
    )


def update_labels(
    folder: Path,
    *,
    name: str | None = None,
    note: str | None = None,
    tags: tuple[str, ...] | None = None,
    keep: tuple[str, ...] | None = None,
) -> Labels:
    """Change what is given, None leaves it as it is; an empty name gives the run its own back. The labels as they are then.

    UsageError for a text that is too long, ResourceError where the run cannot be written.
    """
    said = _read(folder) | {"schema": SCHEMA}
    if name is not None:
        said["name"] = _checked("name", name.strip(), MAX_NAME) or None
    if note is not None:
        said["note"] = _checked("note", note.strip(), MAX_NOTE, keep_newlines=True)
    if tags is not None:
        said["tags"] = _checked_tags(tags)
    if keep is not None:
        said["keep"] = list(dict.fromkeys(keep))
    try:
        publish_file(folder / LABELS, json.dumps(said, allow_nan=False).encode())
    except OSError as error:
        where = safe_text(folder / LABELS, 160)
        raise ResourceError(f"{where} cannot be written ({error.strerror}); check the folder's rights") from None
    return read_labels(folder)


def keep_checkpoint(folder: Path, checkpoint: str, *, is_kept: bool) -> Labels:
    """Keep a checkpoint from ever being deleted by retention, or no longer."""
    if not is_checkpoint_id(checkpoint):
        raise UsageError(f'"{safe_text(checkpoint, 40)}" is no id of a checkpoint; `mlp-tui checkpoints RUN` lists them')
    others = tuple(name for name in read_labels(folder).keep if name != checkpoint)
    return update_labels(folder, keep=(*others, checkpoint) if is_kept else others)


def _read(folder: Path) -> dict[str, Any]:
    try:
        said = json.loads(read_regular(folder / LABELS, MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _texts(value: Any) -> list[str]:
    return [entry for entry in value if isinstance(entry, str) and entry] if isinstance(value, list) else []


def _checked(what: str, text: str, limit: int, *, keep_newlines: bool = False) -> str:
    if len(text) > limit:
        raise UsageError(f"a {what} of {len(text):,} characters is too long; at most {limit:,} are kept")
    return safe_text(text, limit, keep_newlines=keep_newlines)


def _checked_tags(tags: tuple[str, ...]) -> list[str]:
    found = list(dict.fromkeys(_checked("tag", tag.strip(), MAX_TAG) for tag in tags))
    if "" in found:
        raise UsageError("a tag needs a word")
    if len(found) > MAX_TAGS:
        raise UsageError(f"{len(found)} tags are too many; at most {MAX_TAGS} are kept")
    return found
