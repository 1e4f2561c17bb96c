"""TerminalOutput: whoever does not read holds nobody up."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from tui_trainer.ui import terminal_output
from tui_trainer.ui.terminal_output import MAX_WAITING_BYTES, TerminalOutput

PIPE_BYTES = 1 << 16
"""What a pipe takes before it is read."""


def read_all(descriptor: int, num_bytes: int) -> bytes:
    data = b""
    while len(data) < num_bytes:
        data += os.read(descriptor, num_bytes - len(data))
    return data


def test_what_is_written_arrives_whole_in_order_and_counted() -> None:
    reader, writer = os.pipe()
    output = TerminalOutput(writer)
    for text in ("─" * 1000, "b" * 5000, ""):
        output.write(text)
    assert read_all(reader, 8000) == ("─" * 1000 + "b" * 5000).encode()
    assert output.close(5)
    assert (output.num_bytes, output.num_taken, output.num_waiting) == (8000, 8000, 0)
    os.close(reader)
    os.close(writer)


def test_a_reader_that_stops_holds_no_writer_up_and_is_told_when_all_is_taken(wait_until: Callable[..., None]) -> None:
    reader, writer = os.pipe()
    output, drained = TerminalOutput(writer), threading.Event()
    begun_at = time.monotonic()
    for _ in range(100):
        output.write("x" * 2000)
    output.call_when_drained(drained.set)
    assert time.monotonic() - begun_at < 1
    assert output.num_waiting >= 200_000 - PIPE_BYTES - 2000 > MAX_WAITING_BYTES
    assert output.is_behind and not drained.is_set()
    assert not output.close(0.05)

    read_all(reader, 200_000)
    wait_until(lambda: output.num_waiting == 0)
    assert not output.is_behind
    assert drained.wait(5)
    assert output.busy_s > 0.05
    os.close(reader)
    os.close(writer)


def test_a_little_that_is_not_taken_for_long_is_behind_too(wait_until: Callable[..., None]) -> None:
    reader, writer = os.pipe()
    output = TerminalOutput(writer)
    output.write("x" * (PIPE_BYTES + 1500))
    wait_until(lambda: output.num_waiting <= 1500)
    assert not output.is_behind
    wait_until(lambda: output.is_behind, within_s=terminal_output.STALLED_S + 3)
    read_all(reader, PIPE_BYTES + 1500)
    assert output.close(5)
    os.close(reader)
    os.close(writer)


def test_a_terminal_that_is_gone_takes_everything_in_silence() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    output = TerminalOutput(writer)
    for _ in range(3):
        output.write("x" * 1000)
    assert output.close(5)
    assert output.num_waiting == 0
    os.close(writer)
