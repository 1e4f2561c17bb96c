"""The end of trainer.log: bounded, harmless, and never waited for."""

from __future__ import annotations

import os
from pathlib import Path

from tui_trainer.runs.log_tail import MAX_COLUMNS, MAX_LINES, TAIL_BYTES, LogTail, read_log_tail


def test_the_last_lines_are_read_without_their_escapes(tmp_path: Path) -> None:
    log = tmp_path / "trainer.log"
    log.write_bytes(b"one\n\n\x1b[31mtwo\x1b[0m\ttabbed\nbar  10 %\rbar 100 %\n\xff\n")
    tail = read_log_tail(log)
    assert tail.lines == ("one", "�[31mtwo�[0m tabbed", "bar 100 %", "�") and tail.is_whole
    assert tail.num_bytes == log.stat().st_size


def test_of_a_log_of_50_mb_only_the_end_is_read_and_begins_with_a_whole_line(tmp_path: Path) -> None:
    log = tmp_path / "trainer.log"
    with log.open("wb") as file:
        file.truncate(50_000_000)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + b"".join(b"line %d of many\n" % index for index in range(5_000)))
    tail = read_log_tail(log)
    assert len(tail.lines) == MAX_LINES and tail.lines[-1] == "line 4999 of many" and not tail.is_whole
    assert all(line.startswith("line ") for line in tail.lines)


def test_a_line_longer_than_all_that_is_read_is_cut(tmp_path: Path) -> None:
    log = tmp_path / "trainer.log"
    log.write_bytes(b"x" * (3 * TAIL_BYTES))
    [line] = read_log_tail(log).lines
    assert len(line) == MAX_COLUMNS


def test_no_log_a_folder_a_link_and_a_pipe_are_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    for name in ("absent", "folder", "link", "pipe"):
        assert read_log_tail(tmp_path / name) == LogTail()


def test_an_empty_log_is_known_as_empty(tmp_path: Path) -> None:
    (tmp_path / "trainer.log").touch()
    assert read_log_tail(tmp_path / "trainer.log") == LogTail((), 0)
