"""manifest.json: what a checkpoint folder holds, and the sha256 and size of each of its files.

*Well-formed* (`read_manifest`): it parses, its schema is known and each file exists with its size; enough to list.
*Verified* (`read_verified`): the sha256 of the very bytes that are handed out matches; needed before any use.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tui_trainer.runs.errors import CheckpointError
from tui_trainer.runs.safe_text import safe_text

SCHEMA = 1
MANIFEST = "manifest.json"
WEIGHTS = "weights.safetensors"
RESUME = "resume.safetensors"
MAX_MANIFEST_BYTES = 1 << 20
_ID = re.compile(r"s[0-9]{9,18}-a[0-9]{1,6}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


class FileRecord(BaseModel):
    """Size and digest of one file of a checkpoint."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0, le=2**62)]


class Manifest(BaseModel):
    """A checkpoint's description; steps and epochs as in the event log."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
    schema_: Annotated[int, Field(alias="schema", ge=1)]
    id: str
    attempt: Annotated[int, Field(ge=1)]
    step: Annotated[int, Field(ge=0)]
    epoch: Annotated[int, Field(ge=0)]
    """Last completed epoch, 0 before the first."""
    epoch_complete: bool
    position: Annotated[int, Field(ge=0)]
    """Examples of the running epoch that are used already."""
    metrics: dict[str, float]
    weights_sha256: str
    model: dict[str, Any]
    data_fingerprint: str
    preprocessing: dict[str, Any]
    versions: dict[str, str]
    threads: int
    world_size: Annotated[int, Field(ge=1)] = 1
    """Processes that trained together."""
    device: str
    scalars: dict[str, Any]
    files: dict[str, FileRecord]

    @property
    def num_bytes(self) -> int:
        """Bytes of all its files, the manifest aside."""
        return sum(record.bytes for record in self.files.values())


def checkpoint_id(step: int, attempt: int) -> str:
    """s<step, 9 digits>-a<attempt>."""
    return f"s{step:09d}-a{attempt}"


def is_checkpoint_id(name: str) -> bool:
    """Whether `name` is written as a checkpoint's id."""
    return _ID.fullmatch(name) is not None


def format_manifest(manifest: Manifest) -> bytes:
    """The manifest as strict JSON."""
    return json.dumps(manifest.model_dump(mode="json", by_alias=True), allow_nan=False, indent=1).encode()


def read_manifest(folder: Path) -> Manifest:
    """The well-formed manifest of the checkpoint at `folder`, else CheckpointError with the reason."""
    where = _shown(folder)
    try:
        if folder.is_symlink() or not folder.is_dir():
            raise CheckpointError(f"{where} is not a folder; `mlp-tui show RUN` lists those that are")
        tables = json.loads(read_regular(folder / MANIFEST, MAX_MANIFEST_BYTES))
        schema = tables.get("schema")
        if isinstance(schema, int) and schema > SCHEMA:
            made_by = safe_text(tables.get("versions", {}).get("mlp-tui", "?"), 20)
            raise CheckpointError(
                f"{where} has schema {safe_text(schema, 20)} (mlp-tui {made_by}), "
                f"this version reads up to {SCHEMA}; update mlp-tui"
            )
        manifest = Manifest.model_validate(tables)
    except OSError as error:
        raise CheckpointError(f"{where}: {MANIFEST} cannot be read ({error.strerror}); take another checkpoint") from None
    except (ValueError, AttributeError, RecursionError, ValidationError):
        raise CheckpointError(f"{where}: {MANIFEST} is damaged; take another checkpoint") from None
    if manifest.id != folder.name:
        raise CheckpointError(f"{where}: {MANIFEST} is that of another checkpoint; take another checkpoint")
    if RESUME in manifest.files and not os.path.lexists(folder / RESUME):
        # Retention takes the resume state before the weights: what is left can be evaluated, not resumed.
        manifest = manifest.model_copy(update={"files": {n: r for n, r in manifest.files.items() if n != RESUME}})
    for name, record in manifest.files.items():
        _check_size(folder, name, record, where)
    return manifest


def read_verified(folder: Path, manifest: Manifest, name: str) -> bytes:
    """The bytes of file `name`, whose size and sha256 are the manifest's; CheckpointError where they are not."""
    where = _shown(folder)
    record = manifest.files.get(name)
    if record is None:
        raise CheckpointError(f"{where} holds no {name}; take another checkpoint")
    try:
        data = read_regular(folder / name, record.bytes + 1)
    except OSError as error:
        raise CheckpointError(f"{where}: {name} cannot be read ({error.strerror}); take another checkpoint") from None
    if len(data) != record.bytes:
        raise _wrong_size(where, name, len(data), record.bytes)
    if hashlib.sha256(data).hexdigest() != record.sha256:
        raise CheckpointError(f"{where}: {name} is damaged, its sha256 does not match; take another checkpoint")
    return data


def _check_size(folder: Path, name: str, record: FileRecord, where: str) -> None:
    if not _FILE_NAME.fullmatch(name):
        raise CheckpointError(f"{where}: its manifest names a file outside the folder; do not use it")
    try:
        status = os.lstat(folder / name)
    except OSError:
        raise CheckpointError(f"{where}: {name} is missing; take another checkpoint") from None
    if not stat.S_ISREG(status.st_mode):
        raise CheckpointError(f"{where}: {name} is no regular file; take another checkpoint")
    if status.st_size != record.bytes:
        raise _wrong_size(where, name, status.st_size, record.bytes)


def _wrong_size(where: str, name: str, num_bytes: int, recorded: int) -> CheckpointError:
    problem = "is truncated" if num_bytes < recorded else "is longer than it was saved"
    return CheckpointError(f"{where}: {name} {problem}: {num_bytes:,} of {recorded:,} bytes; take another checkpoint")


def _shown(folder: Path) -> str:
    return safe_text(f"checkpoint {folder.parent.parent.name}/{folder.name}", 130)


def read_regular(path: Path, max_bytes: int) -> bytes:
    """At most `max_bytes` of a regular file; OSError for anything else, without waiting for a FIFO's writer."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "no regular file")
        # A size that a damaged manifest claims must not be allocated before the file is known to have it.
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(min(max_bytes, status.st_size + 1))
    finally:
        os.close(descriptor)
