"""What the words after `mlp-tui` and `mlp-tui open` ask of the app, read without cyclopts: the first frame cannot wait for it.

What is not understood here goes to the command line's own reader, whose words on it are better; a flag before any command is
the app's alone and is refused here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.ui_settings import NO_FLAGS, UiFlags

VALUE_FLAGS = ("--fps", "--budget", "--images")
"""Flags of the app that take a value, as the next word or after `=`."""
SWITCHES = ("--ascii", "--start")


@dataclass(frozen=True, slots=True)
class OpenArguments:
    """What `mlp-tui [open [CONFIG.toml | RUN] [--start]] [--fps N] [--budget KB] [--images KIND] [--ascii]` asks for."""

    argument: str | None = None
    """None: the defaults."""
    start: bool = False
    flags: UiFlags = NO_FLAGS


def parse_open(arguments: Sequence[str]) -> OpenArguments | None:
    """The request for the app in `arguments`; None where they are for another command, or not as `open` takes them."""
    is_open = bool(arguments) and arguments[0] == "open"
    if arguments and not is_open and arguments[0].partition("=")[0] not in (*VALUE_FLAGS, "--ascii"):
        return None
    read = _read_words(arguments[is_open:])
    if read is not None:
        words, flags = read
        is_bare = is_open or not (words or "--start" in flags)
        if is_bare and len(words) <= 1:
            ui = UiFlags(flags.get("--fps"), flags.get("--budget"), "--ascii" in flags, flags.get("--images"))
            return OpenArguments(words[0] if words else None, "--start" in flags, ui)
    if not is_open:
        raise UsageError(
            "without a command the app takes --fps N, --budget KB, --images KIND and --ascii, each once; "
            "see `mlp-tui open --help`"
        )
    return None


def _read_words(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]] | None:
    """(words that are no flags, {flag: value}); None where a flag is unknown, given twice or without its value."""
    words: list[str] = []
    flags: dict[str, str] = {}
    rest = iter(arguments)
    for word in rest:
        flag, equals, value = word.partition("=")
        if flag in VALUE_FLAGS:
            value = value if equals else next(rest, "")
        elif word not in SWITCHES:
            if word.startswith("-"):
                return None
            words.append(word)
            continue
        if flag in flags or (flag in VALUE_FLAGS and not value):
            return None
        flags[flag] = value
    return words, flags
