"""KeptSummaries: what was read of runs that have ended, in one file, so that a listing of thousands need not read each log.

An entry counts while log, run.json, run.toml and labels.json of its run have the sizes and times that they had; a run that has
not ended is read anew each time. The first line of the file names its format; each other one holds folder, state and summary
as JSON, with tabs between. It may be lost, damaged or unwritable at any time: then the logs are read.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tui_trainer.runs.labels import LABELS, Labels
from tui_trainer.runs.manifest import read_regular
from tui_trainer.runs.paths import ensure_folder, listing_file
from tui_trainer.runs.publisher import publish_file
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_summary import RunSummary, summarise_run

HEAD = b'{"format":2}'
MAX_BYTES = 256 << 20
WATCHED = ("events.jsonl", "run.json", "run.toml", LABELS)
_FINAL = frozenset({RunStatus.DONE, RunStatus.STOPPED, RunStatus.FAILED})


class KeptSummaries:
    """Summaries by the folder of their run."""

    def __init__(self, entries: dict[bytes, tuple[bytes, bytes]]) -> None:
        self._entries = entries
        """{folder: (state, summary)}, all as JSON: parsed, ten thousand would be a burden to each search for garbage."""
        self._is_changed = False

    @classmethod
    def read(cls) -> KeptSummaries:
        """What the last listing left; empty where there is none."""
        try:
            head, *lines = read_regular(listing_file(), MAX_BYTES).split(b"\n")
        except OSError:
            return cls({})
        parts = (line.split(b"\t") for line in lines) if head == HEAD else ()
        return cls({part[0]: (part[1], part[2]) for part in parts if len(part) == 3})

    def summarise(self, run: RunDirectory, state: list[int] | None = None) -> RunSummary:
        """The summary of `run`, as kept where nothing has changed; `state` is its `state_of`, where that is known already."""
        key, written = _format(str(run.path)), _format(state or state_of(run.path))
        entry = self._entries.get(key)
        if entry is not None and entry[0] == written:
            with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError, RecursionError):
                return _parse(json.loads(entry[1]), run.path)
        summary = summarise_run(run)
        if is_final(summary):
            self._entries[key] = (written, _format(_dump(summary)))
            self._is_changed = True
        elif self._entries.pop(key, None) is not None:
            self._is_changed = True
        return summary

    def write(self, runs: Iterable[RunDirectory]) -> None:
        """Keep what is known of `runs`, where it is something new; a home that cannot be written keeps nothing."""
        gone = self._entries.keys() - {_format(str(run.path)) for run in runs}
        if not (self._is_changed or gone):
            return
        for key in gone:
            del self._entries[key]
        document = b"\n".join([HEAD, *(b"\t".join((key, *entry)) for key, entry in self._entries.items())])
        with contextlib.suppress(OSError):
            publish_file(ensure_folder(listing_file().parent) / listing_file().name, document)
            self._is_changed = False


def is_final(summary: RunSummary) -> bool:
    """Whether the run has ended, so that its summary is kept."""
    return summary.status in _FINAL


def state_of(folder: Path) -> list[int]:
    """Size and time of each watched file of the run at `folder`, in nanoseconds; zeros for one that is not there."""
    state = []
    for name in WATCHED:
        try:
            status = os.stat(f"{folder}/{name}")  # noqa: PTH116 (a Path for each of ten thousand takes its time)
            state += [status.st_size, status.st_mtime_ns]
        except OSError:
            state += [0, 0]
    return state


def _format(record: Any) -> bytes:
    """Strict JSON in one line without tabs."""
    return json.dumps(record, allow_nan=False, separators=(",", ":")).encode()


def _dump(summary: RunSummary) -> dict[str, Any]:
    fields = {field.name: getattr(summary, field.name) for field in dataclasses.fields(summary)}
    del fields["path"]
    return {**fields, "labels": dataclasses.asdict(summary.labels)}


def _parse(fields: dict[str, Any], path: Path) -> RunSummary:
    said = fields["labels"]
    labels = Labels(said["name"], said["note"], tuple(said["tags"]), tuple(said["keep"])) if any(said.values()) else _NO_LABELS
    changes = tuple((key, value) for key, value in fields["changes"])
    return RunSummary(**{**fields, "status": RunStatus(fields["status"]), "path": path, "labels": labels, "changes": changes})


_NO_LABELS = Labels()
