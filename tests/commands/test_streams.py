"""Results to standard output, words to standard error, neither of them able to break a command."""

from __future__ import annotations

import io
import sys

import pytest

from tui_trainer.commands.streams import OutputClosedError, is_terminal, print_json, print_line, print_text, say
from tui_trainer.runs.errors import ResourceError


class BrokenOutput(io.StringIO):
    """A stream that fails with `error` when it is written."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def write(self, text: str) -> int:
        raise self._error


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), OSError(5, "Input/output error")])
def test_an_output_that_nobody_reads_is_told_apart(monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    monkeypatch.setattr(sys, "stdout", BrokenOutput(error))
    for write in (print_line, print_text, print_json):
        with pytest.raises(OutputClosedError):
            write("x")


def test_an_output_that_cannot_be_written_is_an_error_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", BrokenOutput(OSError(28, "No space left on device")))
    with pytest.raises(ResourceError, match="No space left"):
        print_line("x")


def test_words_that_nobody_can_read_are_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = BrokenOutput(OSError(5, "Input/output error"))
    monkeypatch.setattr(sys, "stderr", broken)
    say("x")
    assert broken.getvalue() == ""


def test_text_from_outside_keeps_its_lines_and_loses_its_control_codes(capsys: pytest.CaptureFixture[str]) -> None:
    print_text("a\n\x1b[31mb\n")
    print_line("c\nd")
    say("\x07e")
    out, err = capsys.readouterr()
    assert out == "a\n\N{REPLACEMENT CHARACTER}[31mb\nc d\n"
    assert err == "\N{REPLACEMENT CHARACTER}e\n"


def test_a_closed_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    assert not is_terminal(stream)
    stream.close()
    assert not is_terminal(stream)
