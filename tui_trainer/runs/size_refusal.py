"""What a network beyond all bounds would need, for the line that refuses it: arithmetic on the tables as they were written.

Called by `config_errors` for `model.hidden`, before there is a configuration; nothing is built and nothing believed.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

BYTES_PER_WEIGHT = 8
"""Of a weight and its gradient in float32: what any optimiser needs at least."""


def size_clause(tables: Mapping[str, Any]) -> str:
    """`; needs 6.3 TB, 3.1 GB free` for the layers in `tables`; empty where they are no whole numbers above 0."""
    model, data = tables.get("model"), tables.get("data")
    hidden = model.get("hidden") if isinstance(model, dict) else None
    if not isinstance(hidden, list | tuple) or not hidden or not all(type(units) is int and units > 0 for units in hidden):
        return ""
    from tui_trainer.runs.data_source import KNOWN_SIZES
    from tui_trainer.runs.memory_budget import format_bytes, free_bytes

    source = data.get("source") if isinstance(data, dict) else None
    inputs, outputs = KNOWN_SIZES.get(str(source or "mnist"), (1, 1))
    widths = [inputs, *hidden, outputs]
    needed = BYTES_PER_WEIGHT * sum(before * after for before, after in itertools.pairwise(widths))
    return f"; this network needs {format_bytes(needed)}, {format_bytes(free_bytes())} free"
