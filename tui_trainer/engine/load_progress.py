"""What a loader calls while it works, so that a person who waits sees why.

Called from the loader's own thread or from one that watches it, never from two at once.
"""

from __future__ import annotations

from collections.abc import Callable

OnProgress = Callable[[str, int, int | None], None]
"""(what is being done and in which unit, how much is done, of how much; None: no measure)."""


def no_progress(what: str, done: int, total: int | None) -> None:
    """For callers that show none."""
