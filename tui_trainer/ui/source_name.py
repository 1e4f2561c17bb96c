"""A data source in as few columns as tell it from others."""

from __future__ import annotations

from tui_trainer.runs.safe_text import safe_text

MAX_NAME = 28
MAX_LAST_PART = 20


def short_source(source: str) -> str:
    """A path by its last part, made safe: idx:/data/mnist becomes idx:…/mnist."""
    scheme, colon, path = source.partition(":")
    if not colon or "/" not in path:
        return safe_text(source, MAX_NAME)
    return f"{safe_text(scheme, 12)}:…/{safe_text(path.rstrip('/').rpartition('/')[2], MAX_LAST_PART)}"
