"""Weights that no run of ours saved: told from files that are no weights at all, and refused with the right words.

Only the first bytes are looked at; nothing is loaded.
"""

from __future__ import annotations

from pathlib import Path

from tui_trainer.runs.errors import CheckpointError, UsageError
from tui_trainer.runs.manifest import MANIFEST, read_regular
from tui_trainer.runs.run_index import is_path
from tui_trainer.runs.safe_text import safe_text

_ZIP = b"PK\x03\x04"
_HEADER_LENGTH_BYTES = 8
_MAX_HEADER_BYTES = 1 << 20


def refuse_foreign_weights(reference: str, data: str | None) -> None:
    """UsageError for foreign weights without `data`, CheckpointError with it; nothing for what `find_checkpoint` judges."""
    if not is_path(reference):
        return
    path = Path(reference)
    try:
        if path.is_dir() or (path.parent / MANIFEST).exists():
            return
        start = read_regular(path, _HEADER_LENGTH_BYTES + 1)
    except (OSError, ValueError):
        return
    if not looks_like_weights(start):
        return
    shown = safe_text(reference, 160)
    if data is None:
        raise UsageError(f"{shown} is not of a run, so it does not say what it was trained on; name the data with --data")
    raise CheckpointError(
        f"{shown} is not of a run, and this version evaluates only checkpoints of its own runs; give RUN:best"
    )


def looks_like_weights(start: bytes) -> bool:
    """Whether a file that begins with `start` can be a zip archive of torch.save, or safetensors: header length, then JSON."""
    if start.startswith(_ZIP):
        return True
    length = int.from_bytes(start[:_HEADER_LENGTH_BYTES], "little")
    return start[_HEADER_LENGTH_BYTES:] == b"{" and 2 <= length <= _MAX_HEADER_BYTES
