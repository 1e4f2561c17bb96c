"""The one publisher: a file or a folder appears under its final name whole, on disk, or not at all.

Each is built under a temporary name beside its target (never in TMPDIR, which may be another file system), written in a
loop, fsynced, and appears by one rename; then the folder above is fsynced. A temporary name carries the pid and start time
of its owner: `sweep` deletes those whose owner is dead. Nothing else in this program writes to a final name, the append-only
log and the lock aside.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from tui_trainer.runs.paths import FOLDER_MODE
from tui_trainer.runs.processes import is_alive, start_time_of

FILE_MODE = 0o600
_TMP = ".tmp-"
_NUMBERS = itertools.count()


def publish_file(target: Path, data: bytes) -> None:
    """Replace `target` by a file that holds `data`; OSError leaves the old one as it was."""
    # Threads that publish one file at the same time each need a name of their own.
    temporary = _temporary_beside(target, f"-{next(_NUMBERS)}")
    try:
        _write_new(temporary, data)
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(target.parent)


def publish_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Make the folder `target` with `files` ({plain name: bytes}), all at once; FileExistsError if it is there already."""

    def write_files(folder: Path) -> None:
        for name, data in files.items():
            _write_new(folder / name, data)

    publish_built_folder(target, write_files)


def publish_built_folder(target: Path, build: Callable[[Path], None]) -> None:
    """As `publish_folder`, with what `build` writes and fsyncs in the folder that it is given, for files larger than memory."""
    if os.path.lexists(target):
        raise FileExistsError(f"{target} is there already")
    temporary = _temporary_beside(target)
    temporary.mkdir(mode=FOLDER_MODE)
    try:
        build(temporary)
        sync_folder(temporary)
        temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(target.parent)


def sweep(folder: Path) -> list[str]:
    """Delete the temporary files and folders in `folder` whose owner is dead; the names of those that went."""
    dead = [path for path in sorted(folder.glob(f"{_TMP}*")) if not _is_owner_alive(path.name)]
    for path in dead:
        # Litter that cannot be deleted is no reason not to train.
        with contextlib.suppress(OSError):
            delete(path)
    return [path.name for path in dead if not os.path.lexists(path)]


def delete(path: Path) -> None:
    """Remove a file or a whole folder, without following a link; one that is gone already is no error."""
    with contextlib.suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def delete_folder(folder: Path) -> None:
    """Remove a published folder so that no half of it is ever seen under its name: renamed first, then emptied."""
    hidden = _temporary_beside(folder)
    try:
        folder.rename(hidden)
    except FileNotFoundError:
        return
    sync_folder(folder.parent)
    shutil.rmtree(hidden, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """fsync a folder, so that the names in it outlast a power cut."""
    _sync(folder, os.O_DIRECTORY)


def sync_file(path: Path) -> None:
    """fsync a file that somebody else has written, so that its contents outlast a power cut."""
    _sync(path, 0)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of `data`; a short write goes on where it stopped."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _write_new(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _temporary_beside(target: Path, number: str = "") -> Path:
    pid = os.getpid()
    return target.with_name(f"{_TMP}{target.name}{number}-{pid}-{start_time_of(pid) or 0}")


def _is_owner_alive(name: str) -> bool:
    _, _, owner = name.removeprefix(_TMP).rpartition("-")
    pid = name.removesuffix(f"-{owner}").rpartition("-")[2]
    return pid.isascii() and pid.isdigit() and is_alive(int(pid), owner)
