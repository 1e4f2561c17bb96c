"""What a folder holds, for a dialog that chooses a file: folders first, hidden entries last, at most MAX_ENTRIES.

Reading touches the disk, so `list_folder` is called from a thread; `split_typed` and `fitting` are pure.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_ENTRIES = 5000


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder or a file by its name; `num_bytes` is None for folders and for what cannot be asked."""

    name: str
    is_folder: bool
    num_bytes: int | None = None


def list_folder(folder: Path, suffixes: Sequence[str], *, has_files: bool = True) -> list[Entry]:
    """Folders and the files that end in one of `suffixes` (none: all files); OSError where the folder cannot be read."""
    entries: list[Entry] = []
    with os.scandir(folder) as found:
        for item in found:
            if len(entries) >= MAX_ENTRIES:
                break
            entry = _entry(item, suffixes, has_files=has_files)
            if entry is not None:
                entries.append(entry)
    return sorted(entries, key=lambda entry: (entry.name.startswith("."), not entry.is_folder, entry.name.casefold()))


def _entry(item: os.DirEntry[str], suffixes: Sequence[str], *, has_files: bool) -> Entry | None:
    try:
        if item.is_dir():
            return Entry(item.name, True)
        # Devices and pipes are no data, and reading one may never end.
        if has_files and item.is_file() and (not suffixes or item.name.lower().endswith(tuple(suffixes))):
            return Entry(item.name, False, item.stat().st_size)
    except OSError:
        return None
    return None


def split_typed(typed: str, start: Path) -> tuple[Path, str]:
    """The folder that `typed` is in, relative to `start`, and what is typed of a name in it."""
    head, _, part = typed.rpartition("/")
    folder = head + "/" if "/" in typed else ""
    # os.path leaves the name of an unknown user as it is, where pathlib raises.
    return start / os.path.expanduser(folder), part  # noqa: PTH111


def fitting(entries: Sequence[Entry], part: str) -> list[Entry]:
    """Entries whose name holds `part`, those that begin with it first; hidden ones only where a dot is typed."""
    wanted = part.casefold()
    found = [
        entry
        for entry in entries
        if wanted in entry.name.casefold() and (not entry.name.startswith(".") or part.startswith("."))
    ]
    return sorted(found, key=lambda entry: not entry.name.casefold().startswith(wanted))
