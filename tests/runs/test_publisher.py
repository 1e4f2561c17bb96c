from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.runs.faulty_disk import FaultyDisk
from tui_trainer.runs import publisher
from tui_trainer.runs.processes import start_time_of
from tui_trainer.runs.publisher import delete, delete_folder, publish_file, publish_folder, sweep

OLD, NEW = b"old " * 100, b"new " * 200
FILES = {"weights": b"w" * 300, "manifest.json": b"{}"}
FAULTS: tuple[str | int, ...] = ("kill_before", "kill_after", "short", errno.ENOSPC, errno.EIO)

Publish = Callable[[Path], None]


def content_of(target: Path) -> bytes | Mapping[str, bytes] | None:
    if target.is_dir():
        return {path.name: path.read_bytes() for path in target.iterdir()}
    return target.read_bytes() if target.exists() else None


def litter(folder: Path) -> list[str]:
    return [path.name for path in folder.glob(".tmp-*")]


def strike_everywhere(tmp_path: Path, publish: Publish, old: bytes | None, new: object) -> list[str]:
    """Strike each operation of one publication with each fault; a line for each time that the promise was broken."""
    broken = []
    with FaultyDisk() as disk:
        publish(prepared(tmp_path / "dry", old))
    for strike_at in range(len(disk.operations)):
        for fault in FAULTS:
            target = prepared(tmp_path / f"{strike_at}-{fault}", old)
            is_refused = False
            try:
                with FaultyDisk(strike_at, fault):
                    publish(target)
            except OSError:
                is_refused = True
            where = f"{disk.operations[strike_at]} ({strike_at}), {fault}"
            if content_of(target) not in (old, new):
                broken.append(f"half a target: {where}")
            if fault not in ("kill_before", "kill_after"):
                if content_of(target) != new and not is_refused:
                    broken.append(f"silent loss: {where}")
                if litter(target.parent):
                    broken.append(f"litter: {where}")
    return broken


def prepared(folder: Path, old: bytes | None) -> Path:
    folder.mkdir()
    target = folder / "target"
    if old is not None:
        target.write_bytes(old)
    return target


def write_naively(target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(descriptor, NEW)
    os.close(descriptor)


def test_a_file_is_whole_old_or_whole_new_whatever_operation_fails(tmp_path: Path) -> None:
    assert strike_everywhere(tmp_path, lambda target: publish_file(target, NEW), OLD, NEW) == []


def test_a_folder_is_absent_or_whole_whatever_operation_fails(tmp_path: Path) -> None:
    assert strike_everywhere(tmp_path, lambda target: publish_folder(target, FILES), None, FILES) == []


def test_the_sweep_over_operations_catches_a_naive_writer(tmp_path: Path) -> None:
    broken = strike_everywhere(tmp_path, write_naively, OLD, NEW)
    assert any("half a target" in line for line in broken)
    assert any("silent loss" in line for line in broken)


def test_the_sweep_over_operations_catches_a_writer_that_leaves_its_litter(tmp_path: Path) -> None:
    def write_without_cleaning_up(target: Path) -> None:
        temporary = target.with_name(".tmp-target-1-1")
        publisher._write_new(temporary, NEW)
        temporary.replace(target)

    assert any("litter" in line for line in strike_everywhere(tmp_path, write_without_cleaning_up, OLD, NEW))


def test_bytes_are_on_disk_before_the_rename_and_the_name_after_it(tmp_path: Path) -> None:
    with FaultyDisk() as disk:
        publish_file(tmp_path / "file", NEW)
    assert disk.operations == ["open", "write", "fsync", "close", "replace", "open", "fsync", "close"]
    with FaultyDisk() as disk:
        publish_folder(tmp_path / "folder", FILES)
    before, _, after = " ".join(disk.operations).partition("rename")
    assert before.count("fsync") == len(FILES) + 1
    assert after.count("fsync") == 1


def test_what_a_killed_publisher_left_is_swept_once_it_is_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultyDisk(3, "kill_after"):
        publish_folder(tmp_path / "target", FILES)
    assert len(litter(tmp_path)) == 1
    assert sweep(tmp_path) == []  # this process, its owner, lives
    monkeypatch.setattr(publisher, "is_alive", lambda pid, start_time: False)
    assert len(sweep(tmp_path)) == 1
    assert litter(tmp_path) == []


def test_sweep_deletes_what_dead_processes_left_and_nothing_else(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    alive = f".tmp-a-{os.getpid()}-{start_time_of(os.getpid())}"
    reused_pid = f".tmp-b-{os.getpid()}-1"
    names = [alive, reused_pid, f".tmp-c-{child.pid}-123", ".tmp-", ".tmp-x-²-5", ".tmp-x-99999999999999999999-5", "kept"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x")
    assert sorted(sweep(tmp_path)) == sorted(set(names) - {alive, "kept"})
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([alive, "kept"])


def test_sweep_of_a_folder_that_is_not_there_does_nothing(tmp_path: Path) -> None:
    assert sweep(tmp_path / "absent") == []


def test_sweep_goes_on_past_litter_that_cannot_be_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stubborn, plain = tmp_path / ".tmp-a-1-0", tmp_path / ".tmp-b-1-0"
    for path in (stubborn, plain):
        path.write_bytes(b"x")

    def refuse(path: Path) -> None:
        if path == stubborn:
            raise PermissionError(errno.EACCES, "no")
        path.unlink()

    monkeypatch.setattr(publisher, "delete", refuse)
    assert sweep(tmp_path) == [plain.name]


def test_a_folder_that_is_there_is_never_written_again(tmp_path: Path) -> None:
    publish_folder(tmp_path / "a", FILES)
    with pytest.raises(FileExistsError):
        publish_folder(tmp_path / "a", {"weights": b"other"})
    assert content_of(tmp_path / "a") == FILES
    (tmp_path / "broken link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        publish_folder(tmp_path / "broken link", FILES)


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_files_and_folders_are_the_users_own_under_every_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        publish_file(tmp_path / "file", NEW)
        publish_folder(tmp_path / "folder", FILES)
    finally:
        os.umask(before)
    modes = [oct((tmp_path / name).stat().st_mode & 0o777) for name in ("file", "folder", "folder/weights")]
    assert modes == ["0o600", "0o700", "0o600"]


def test_a_link_at_the_target_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(OLD)
    (tmp_path / "target").symlink_to(tmp_path / "outside")
    publish_file(tmp_path / "target", NEW)
    assert (tmp_path / "outside").read_bytes() == OLD
    assert not (tmp_path / "target").is_symlink()


def test_threads_that_publish_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def publish_often() -> None:
        try:
            for _ in range(20):
                publish_file(tmp_path / "file", NEW)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=publish_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert failures == []
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_delete_removes_a_link_and_not_what_it_points_at(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    delete(tmp_path / "link")
    delete(tmp_path / "absent")
    assert [path.name for path in tmp_path.iterdir()] == ["real"]


def test_a_deleted_folder_is_never_seen_half_empty_under_its_name(tmp_path: Path) -> None:
    for strike_at in range(30):
        for fault in ("kill_before", "kill_after"):
            target = tmp_path / f"{strike_at}-{fault}" / "target"
            target.parent.mkdir()
            publish_folder(target, FILES)
            with FaultyDisk(strike_at, fault) as disk:
                delete_folder(target)
            assert content_of(target) in (None, FILES)
    assert len(disk.operations) < 30  # all operations were struck
    delete_folder(tmp_path / "absent")
