"""A bug's traceback kept in a file, so that the terminal shows one line. Called only from the edge of the process."""

from __future__ import annotations

import sys
import traceback
from datetime import UTC, datetime

from tui_trainer import __version__
from tui_trainer.runs.paths import ensure_folder, home
from tui_trainer.runs.publisher import publish_file
from tui_trainer.runs.safe_text import safe_text


def keep_traceback(error: Exception) -> str:
    """Write the whole traceback to `$MLP_TUI_HOME/crash.log`; the one line for people, which names that file."""
    target = home() / "crash.log"
    heading = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} mlp-tui {__version__} {sys.argv[1:]!r}\n"
    text = heading + "".join(traceback.format_exception(error))
    try:
        ensure_folder(target.parent)
        publish_file(target, text.encode(errors="backslashreplace"))
        where = f"the traceback is in {target}"
    except OSError as refusal:
        where = f"its traceback could not be kept in {target} ({refusal.strerror})"
    return f"a bug: {type(error).__name__}: {safe_text(error, 160)}; {where}"
