"""KeptSummaries: what was read of runs that have ended, in one file, so that a listing of thousands need not read each log.

An entry counts while log, run.json, run.toml and labels.json of its run have the sizes and times that they had; a run that has
not ended is read anew each time. The file may be lost, damaged or unwritable at any time: then the logs are read.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.labels import LABELS, Labels
from tui_trainer.runs.manifest import read_regular
from tui_trainer.runs.paths import ensure_folder, listing_file
from tui_trainer.runs.publisher import publish_file
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_summary import RunSummary, summarise_run

FORMAT = 1
MAX_BYTES = 256 << 20
WATCHED = ("events.jsonl", "run.json", "run.toml", LABELS)
_FINAL = frozenset({RunStatus.DONE, RunStatus.STOPPED, RunStatus.FAILED})


class KeptSummaries:
    """Summaries by the folder of their run."""

    def __init__(self, entries: dict[str, Any]) -> None:
        self._old = entries
        self._new: dict[str, Any] = {}
        self._is_changed = False

    @classmethod
    def read(cls) -> KeptSummaries:
        """What the last listing left; empty where there is none."""
        try:
            document = json.loads(read_regular(listing_file(), MAX_BYTES))
            entries = document["runs"] if document["format"] == FORMAT else {}
        except (OSError, ValueError, KeyError, TypeError, RecursionError, MlpTuiError):
            entries = {}
        return cls(entries if isinstance(entries, dict) else {})

    def summarise(self, run: RunDirectory) -> RunSummary:
        """The summary of `run`, as kept where nothing has changed."""
        key, state = str(run.path), _state_of(run.path)
        entry = self._old.get(key)
        if isinstance(entry, list) and len(entry) == 2 and entry[0] == state:
            with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
                summary = _parse(entry[1], run.path)
                self._new[key] = entry
                return summary
        summary = summarise_run(run)
        if summary.status in _FINAL:
            self._new[key] = [state, _dump(summary)]
            self._is_changed = True
        return summary

    def write(self) -> None:
        """Keep what was summarised, where it is something new; a home that cannot be written keeps nothing."""
        if self._is_changed or len(self._new) < len(self._old):
            document = json.dumps({"format": FORMAT, "runs": self._new}, allow_nan=False, separators=(",", ":"))
            with contextlib.suppress(OSError):
                publish_file(ensure_folder(listing_file().parent) / listing_file().name, document.encode())


def _state_of(folder: Path) -> list[int]:
    """Size and time of each watched file, in nanoseconds; zeros for one that is not there."""
    state = []
    for name in WATCHED:
        try:
            status = os.stat(f"{folder}/{name}")  # noqa: PTH116 (a Path for each of ten thousand takes its time)
            state += [status.st_size, status.st_mtime_ns]
        except OSError:
            state += [0, 0]
    return state


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
