"""How a terminal tells that a run has ended: by a bell or a notice (OSC 9 or 777), as settings.toml says, or not at all."""

from __future__ import annotations

from typing import Any

from textual.app import App

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.settings import Notify, read_settings

MAX_CHARS = 120


def end_sequence(notify: Notify, name: str, status: str) -> str:
    """The bytes for the terminal, empty where nothing is to be told; what could end the sequence is taken out of the words."""
    words = safe_text(f"{name}: {status}", MAX_CHARS).replace(";", ",")
    match notify:
        case Notify.BELL:
            return "\a"
        case Notify.OSC9:
            return f"\x1b]9;{words}\x1b\\"
        case Notify.OSC777:
            return f"\x1b]777;notify;mlp-tui;{words}\x1b\\"
    return ""


def tell_end(app: App[Any], name: str, status: str) -> None:
    """Tell the terminal, where that is wanted; wrong settings are told in the app."""
    try:
        sequence = end_sequence(read_settings().notify, name, status)
    except MlpTuiError as error:
        app.notify(safe_text(error.message, 200), severity="warning", markup=False)
        return
    driver = app._driver
    if sequence and driver is not None and not app.is_headless:
        if getattr(app, "is_ascii", False):
            # Its escapes are ASCII, the name in it may not be.
            sequence = sequence.encode("ascii", errors="replace").decode()
        driver.write(sequence)
