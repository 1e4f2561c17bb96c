"""Evaluations that were made already: one JSON file each, found again without the network or the data being loaded.

A file is named after (weights, data fingerprint, split). It also says by a stamp from which files, read in which way, that data
came; while these have not changed, their fingerprint need not be computed. A folder that cannot be written keeps nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tui_trainer.engine.evaluated_part import source_state
from tui_trainer.engine.opened_network import OpenedNetwork
from tui_trainer.runs.config import DataConfig
from tui_trainer.runs.manifest import read_regular
from tui_trainer.runs.paths import ensure_folder
from tui_trainer.runs.publisher import publish_file

FORMAT = 2
"""Raised whenever the scores change their meaning: what an older version kept is made anew."""
MAX_BYTES = 64 << 20


def stamp_of(opened: OpenedNetwork, data: DataConfig) -> str:
    """What decides the data that a network sees, in hexadecimal."""
    preprocessing = json.dumps(opened.preprocessing, sort_keys=True)
    parts = (data.model_dump_json(), source_state(str(data.source)), version("scikit-learn"), preprocessing, opened.variant)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def find_evaluation(opened: OpenedNetwork, stamp: str, split: str) -> dict[str, Any] | None:
    """The kept evaluation of these weights on the data of `stamp`; None where there is none that holds."""
    with contextlib.suppress(OSError):
        for path in sorted(opened.evaluations_folder.glob(f"{opened.weights_sha256[:16]}-*{_ending(opened, split)}")):
            kept = _read(path)
            result = kept.get("result")
            if kept.get("format") == FORMAT and kept.get("stamp") == stamp and isinstance(result, dict):
                return result if result.get("weights_sha256") == opened.weights_sha256 else None
    return None


def keep_evaluation(opened: OpenedNetwork, stamp: str, result: dict[str, Any]) -> None:
    """Write `result` where `find_evaluation` finds it."""
    name = f"{opened.weights_sha256[:16]}-{result['data_fingerprint'][:16]}{_ending(opened, result['split'])}"
    document = {"format": FORMAT, "stamp": stamp, "result": result}
    with contextlib.suppress(OSError):
        publish_file(ensure_folder(opened.evaluations_folder) / name, json.dumps(document, allow_nan=False).encode())


def _ending(opened: OpenedNetwork, split: str) -> str:
    return f"-{split}{f'-{opened.variant}' if opened.variant else ''}.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_regular(path, MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
