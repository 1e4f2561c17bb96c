from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.runs.descriptors import count_descriptors
from tests.runs.fake_run import make_checkpoint, make_run
from tui_trainer.runs.errors import CheckpointError
from tui_trainer.runs.manifest import (
    MANIFEST,
    RESUME,
    WEIGHTS,
    checkpoint_id,
    format_manifest,
    is_checkpoint_id,
    read_manifest,
    read_verified,
)

CONTENT = bytes(range(64))


@pytest.fixture
def folder() -> Path:
    return make_checkpoint(make_run(), 10, files={WEIGHTS: CONTENT})


def change_manifest(folder: Path, **changes: Any) -> None:
    tables = json.loads((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_text(json.dumps({**tables, **changes}))


def refusal(folder: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        read_verified(folder, read_manifest(folder), WEIGHTS)
    assert caught.value.exit_code == 4 and len(caught.value.message) <= 300
    return caught.value.message


def test_what_was_saved_is_read_back(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert read_verified(folder, manifest, WEIGHTS) == CONTENT
    assert (folder / MANIFEST).read_bytes() == format_manifest(manifest)
    assert manifest.num_bytes == len(CONTENT)


def test_every_flipped_bit_is_found(folder: Path) -> None:
    manifest = read_manifest(folder)
    for position in range(len(CONTENT)):
        for bit in range(8):
            damaged = bytearray(CONTENT)
            damaged[position] ^= 1 << bit
            (folder / WEIGHTS).write_bytes(damaged)
            with pytest.raises(CheckpointError, match="sha256"):
                read_verified(folder, manifest, WEIGHTS)


def test_a_truncated_file_is_named_with_its_sizes(folder: Path) -> None:
    for size in range(len(CONTENT)):
        (folder / WEIGHTS).write_bytes(CONTENT[:size])
        assert f"is truncated: {size} of 64 bytes" in refusal(folder)


def test_trailing_junk_is_found(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(CONTENT + b"x")
    assert "longer" in refusal(folder)


def test_a_file_that_changes_after_listing_is_found_when_it_is_read(folder: Path) -> None:
    manifest = read_manifest(folder)
    for content in (CONTENT + b"x", CONTENT[:-1], b"\0" * 64):
        (folder / WEIGHTS).write_bytes(content)
        with pytest.raises(CheckpointError):
            read_verified(folder, manifest, WEIGHTS)


def test_a_claimed_size_is_not_allocated(folder: Path) -> None:
    manifest = read_manifest(folder)
    record = manifest.files[WEIGHTS].model_copy(update={"bytes": 2**62})
    with pytest.raises(CheckpointError, match="truncated"):
        read_verified(folder, manifest.model_copy(update={"files": {WEIGHTS: record}}), WEIGHTS)


def test_a_newer_schema_is_refused_and_left_alone(folder: Path) -> None:
    change_manifest(folder, schema=2, versions={"mlp-tui": "9.0\x1b[31m"}, step="of another kind")
    before = (folder / MANIFEST).read_bytes()
    message = refusal(folder)
    assert "schema 2" in message and "reads up to 1" in message and "9.0" in message and "\x1b" not in message
    assert (folder / MANIFEST).read_bytes() == before


@pytest.mark.parametrize(
    "name", ["../../../run.toml", "/etc/passwd", "..", ".", "", "a/b", "a\0b", "\udc80", "a\nb", "x" * 300]
)
def test_a_file_outside_the_folder_is_refused(folder: Path, name: str) -> None:
    change_manifest(folder, files={name: {"sha256": "0" * 64, "bytes": 1}})
    assert "outside" in refusal(folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"text", b"[]", b"5", b"{}", b"\x89PNG\r\n", b"[" * 100_000, b'{"schema":1}', b'{"schema":"1"}', b"\xff"],
    ids=lambda content: repr(content)[:24],
)
def test_a_damaged_manifest_is_refused(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)
    assert "damaged" in refusal(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"metrics": {"test_acc": float("nan")}},
        {"step": -1},
        {"epoch": 1e999},
        {"files": {WEIGHTS: {"sha256": "no", "bytes": 1}}},
        {"files": {WEIGHTS: {"sha256": "0" * 64, "bytes": -1}}},
    ],
)
def test_values_out_of_range_are_refused(folder: Path, changes: dict[str, Any]) -> None:
    change_manifest(folder, **changes)
    assert "damaged" in refusal(folder)


def test_a_manifest_that_describes_another_checkpoint_is_refused(folder: Path) -> None:
    change_manifest(folder, id="../../elsewhere")
    assert "another checkpoint" in refusal(folder)


@pytest.mark.parametrize("name", [MANIFEST, WEIGHTS])
@pytest.mark.parametrize("kind", ["absent", "fifo", "folder", "link", "looping link"])
def test_what_is_no_regular_file_is_refused_at_once(folder: Path, name: str, kind: str) -> None:
    path, real = folder / name, folder.parent / "real"
    real.write_bytes(path.read_bytes())
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind.endswith("link"):
        path.symlink_to(real if kind == "link" else path)
    before, started_at = count_descriptors(), time.monotonic()
    refusal(folder)
    assert time.monotonic() - started_at < 0.2
    assert count_descriptors() == before


def test_a_fifo_that_takes_the_place_of_the_weights_is_refused_when_it_is_read(folder: Path) -> None:
    manifest = read_manifest(folder)
    (folder / WEIGHTS).unlink()
    os.mkfifo(folder / WEIGHTS)
    with pytest.raises(CheckpointError, match="no regular file"):
        read_verified(folder, manifest, WEIGHTS)


def test_a_folder_that_is_a_link_or_a_file_is_no_checkpoint(folder: Path) -> None:
    link, file = folder.parent / checkpoint_id(20, 1), folder.parent / checkpoint_id(30, 1)
    link.symlink_to(folder)
    file.write_bytes(b"")
    for path in (link, file, folder.parent / checkpoint_id(40, 1)):
        assert "not a folder" in refusal(path)


def test_weights_whose_resume_state_went_are_well_formed(folder: Path) -> None:
    run = make_run("other-0000")
    both = make_checkpoint(run, 20, files={WEIGHTS: CONTENT, RESUME: b"state"})
    assert RESUME in read_manifest(both).files
    (both / RESUME).unlink()
    manifest = read_manifest(both)
    assert list(manifest.files) == [WEIGHTS]
    with pytest.raises(CheckpointError, match=r"holds no resume\.safetensors"):
        read_verified(both, manifest, RESUME)


def test_ids_sort_like_steps_and_are_told_from_other_names() -> None:
    assert checkpoint_id(938, 2) == "s000000938-a2"
    assert is_checkpoint_id("s000000938-a2") and is_checkpoint_id(checkpoint_id(10**10, 12))
    assert not any(is_checkpoint_id(name) for name in ("s1-a1", "s000000938", ".tmp-s000000938-a2-1-1", "s00000093²-a1", ""))
