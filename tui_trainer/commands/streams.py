"""Standard output and error as the commands use them: results to the one, words for people to the other.

What is written here never raises UnicodeEncodeError, holds no escape bytes but those a terminal asked for, and ends quietly
when the reader of a pipe goes away. All commands print through it; it knows nothing of runs.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from tui_trainer.runs.errors import ResourceError
from tui_trainer.runs.safe_text import safe_text

if TYPE_CHECKING:
    from rich.text import Text

MAX_LINE_CHARS = 4000
_READER_IS_GONE = frozenset({errno.EPIPE, errno.EIO, errno.ECONNRESET})


class OutputClosedError(Exception):
    """Nobody reads standard output any more: a closed pipe, or a terminal that hung up."""


def prepare_streams() -> None:
    """Make the standard streams able to take any text; a stream that was closed at the start leads nowhere."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115
        elif name != "stdin" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def is_terminal(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that can move its cursor."""
    try:
        return stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")
    except ValueError:  # closed
        return False


def print_line(text: object) -> None:
    """One line of the result on standard output, at once; OutputClosedError where nobody reads it."""
    with _reporting_errors():
        sys.stdout.write(f"{safe_text(text, MAX_LINE_CHARS)}\n")
        sys.stdout.flush()


def print_text(text: str) -> None:
    """A result of many lines, as it is, on standard output."""
    with _reporting_errors():
        sys.stdout.write(safe_text(text, len(text), keep_newlines=True))
        sys.stdout.flush()


def print_styled(lines: Sequence[Text]) -> None:
    """Lines of rich text on standard output, in the colours that the terminal has; a pipe gets the text alone."""
    from rich.console import Console

    with _reporting_errors():
        console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
        for line in lines:
            console.print(line)
        sys.stdout.flush()


def print_json(document: Any) -> None:
    """One strict JSON document in ASCII on one line of standard output."""
    with _reporting_errors():
        sys.stdout.write(f"{json.dumps(document, allow_nan=False, separators=(',', ':'))}\n")
        sys.stdout.flush()


def say(text: object) -> None:
    """One line for people on standard error; a terminal that is gone is no reason to fail."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{safe_text(text, MAX_LINE_CHARS)}\n")
        sys.stderr.flush()


def flush_output() -> None:
    """Bring what is left to standard output, while its errors can still be told."""
    with _reporting_errors():
        sys.stdout.flush()


def close_output() -> None:
    """Send what is left in the buffer of standard output nowhere, so that the interpreter's own flush cannot fail."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def _reporting_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _READER_IS_GONE:
            raise OutputClosedError from None
        close_output()
        raise ResourceError(f"standard output cannot be written ({error.strerror}); send it elsewhere") from None
