from __future__ import annotations

import errno
import json
import os
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.runs.descriptors import count_descriptors
from tui_trainer.runs import event_log
from tui_trainer.runs.errors import ResourceError
from tui_trainer.runs.event_log import EventLog, EventReader


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def read_all(path: Path) -> tuple[list[dict[str, Any]], int]:
    reader = EventReader(path)
    return list(reader.read_all()), reader.damaged_lines


def write(path: Path, *events: str, attempt: int = 1) -> None:
    log = EventLog(path, attempt=attempt)
    for event in events:
        log.append(event)
    log.sync()
    log.close()


def test_each_event_is_one_line_of_strict_json_with_its_number(path: Path) -> None:
    log = EventLog(path, attempt=3)
    record = log.append("steps", first_step=1, losses=[0.5, None])
    log.append("run_ended", status="done")
    log.close()
    lines = path.read_text().splitlines()
    assert json.loads(lines[0]) == record
    assert [json.loads(line)["seq"] for line in lines] == [1, 2]
    assert set(record) == {"seq", "time", "elapsed_s", "attempt", "event", "first_step", "losses"}
    assert record["attempt"] == 3 and record["elapsed_s"] >= 0
    assert record["time"].endswith("Z") and len(record["time"]) == len("2026-11-23T23:12:01.123Z")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_torn_last_line_is_ended_and_its_number_not_reused(path: Path) -> None:
    write(path, "a", "b")
    with path.open("ab") as file:
        file.write(b'{"seq":3,"event":"to')
    write(path, "c", attempt=2)
    events, damaged = read_all(path)
    assert [(event["event"], event["seq"]) for event in events] == [("a", 1), ("b", 2), ("c", 4)]
    assert damaged == 1
    assert len(path.read_bytes().splitlines()) == 4


def test_numbers_go_on_over_attempts_and_count_lines(path: Path) -> None:
    write(path, "a", "b")
    write(path, "c", attempt=2)
    assert [event["seq"] for event in read_all(path)[0]] == [1, 2, 3]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_nan_and_infinity_are_refused_and_leave_no_hole_in_the_numbers(path: Path, value: float) -> None:
    log = EventLog(path, attempt=1)
    with pytest.raises(ValueError, match="not JSON compliant"):
        log.append("steps", losses=[value])
    assert log.append("steps", losses=[None])["seq"] == 1
    log.close()
    assert len(path.read_bytes().splitlines()) == 1


def test_short_writes_still_give_whole_lines(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog(path, attempt=1)
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, bytes(data)[:3]))
    log.append("steps", losses=[1.0, 2.0])
    log.close()
    assert read_all(path)[0][0]["losses"] == [1.0, 2.0]


def test_a_full_disk_keeps_lines_in_memory_until_there_is_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog(path, attempt=1)
    real, is_full = os.write, True

    def write_if_room(descriptor: int, data: bytes) -> int:
        if is_full:
            real(descriptor, bytes(data)[:5])  # a part found room
            del log._unwritten[:5]
            raise OSError(errno.ENOSPC, "no space")
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", write_if_room)
    log.append("a")
    log.append("b")
    assert log.is_behind
    with pytest.raises(ResourceError, match="no room on the disk"):
        log.sync()
    is_full = False
    log.append("c")
    assert not log.is_behind
    log.sync()
    log.close()
    events, damaged = read_all(path)
    assert [event["event"] for event in events] == ["a", "b", "c"] and damaged == 0


def test_a_disk_that_stays_full_ends_the_buffering_with_a_message(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "MAX_BUFFERED_LINES", 3)
    log = EventLog(path, attempt=1)

    def refuse(descriptor: int, data: bytes) -> int:
        raise OSError(errno.EDQUOT, "quota")

    monkeypatch.setattr(os, "write", refuse)
    for _ in range(3):
        log.append("a")
    with pytest.raises(ResourceError) as caught:
        log.append("a")
    assert caught.value.exit_code == 6
    log.close()


def test_other_errors_of_the_disk_are_not_swallowed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog(path, attempt=1)

    def fail(descriptor: int, data: bytes) -> int:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(OSError, match="input/output"):
        log.append("a")
    log.close()


def test_damaged_lines_are_skipped_and_counted(path: Path) -> None:
    write(path, "a")
    rubbish = [b"", b"\0" * 4096, b"\xff\xfe\xfa", b"[1]", b'{"no":"event"}', b'{"event":5}', b"[" * 100_000, b"NaN"]
    with path.open("ab") as file:
        file.write(b"\n".join(rubbish) + b"\n" + b'{"event":"steps","losses":[NaN]}\n' + b'{"event":"b"}\n')
    events, damaged = read_all(path)
    assert [event["event"] for event in events] == ["a", "b"]
    assert damaged == len(rubbish) + 1


def test_a_line_of_50_mb_is_skipped_quickly_and_never_held_whole(path: Path) -> None:
    write(path, "a")
    with path.open("ab") as file:
        file.truncate(path.stat().st_size + 50_000_000)
    with path.open("ab") as file:
        file.write(b'\n{"event":"b"}\n')
    tracemalloc.start()
    started_at = time.monotonic()
    events, damaged = read_all(path)
    elapsed_s, peak = time.monotonic() - started_at, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [event["event"] for event in events] == ["a", "b"] and damaged == 1
    assert elapsed_s < 2.0
    assert peak < 8_000_000


def test_the_reader_follows_a_file_that_is_being_written(path: Path) -> None:
    reader = EventReader(path)
    assert reader.read_new() == []
    whole = b'{"event":"a"}\n{"event":"b"}\n'
    seen = []
    with path.open("ab", buffering=0) as file:
        for byte in whole:
            file.write(bytes([byte]))
            seen += reader.read_new()
    assert [event["event"] for event in seen] == ["a", "b"]
    assert reader.damaged_lines == 0 and reader.read_new() == []


def test_the_reader_takes_no_more_than_it_was_asked_for_at_a_turn(path: Path) -> None:
    write(path, *["x" * 50] * 100)
    reader, sizes = EventReader(path), []
    while events := reader.read_new(max_bytes=1000):
        sizes.append(len(events))
    assert sum(sizes) == 100 and max(sizes) < 10 and reader.damaged_lines == 0


def test_events_that_are_skipped_are_not_parsed(path: Path) -> None:
    write(path, "steps", "epoch_ended", "steps")
    assert [event["event"] for event in EventReader(path, skip=("steps",)).read_all()] == ["epoch_ended"]


@pytest.mark.parametrize("kind", ["absent", "folder", "fifo", "link"])
def test_what_is_no_log_reads_as_an_empty_one_at_once(path: Path, kind: str) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("/etc/passwd")
    before = count_descriptors()
    assert read_all(path) == ([], 0)
    assert count_descriptors() == before


def test_the_name_of_a_new_log_is_brought_to_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(event_log, "sync_folder", synced.append)
    EventLog(path, attempt=1).close()
    assert synced == [path.parent]


def test_a_log_that_is_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        EventLog(path, attempt=1)
    assert not (tmp_path / "elsewhere").exists()
