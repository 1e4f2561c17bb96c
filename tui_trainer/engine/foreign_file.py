"""Weights from a file that no run of ours wrote: judged from outside, read with limits, dense tensors on the CPU.

safetensors are read here, because nothing in them can run and their header is judged first. Files of torch.save are opened by
`foreign_reader` in a child process. Everything else is refused with its own reason. Every error is a CheckpointError, a file
that is not there a UsageError; the file is never changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from tui_trainer.engine.foreign_reader import BYTES_PER_CPU_S, MAX_FILE_BYTES, WALL_S
from tui_trainer.engine.inferred_network import natural_key
from tui_trainer.engine.tensor_files import load_tensors
from tui_trainer.engine.zip_entries import check_entries
from tui_trainer.runs.errors import CheckpointError, UsageError
from tui_trainer.runs.manifest import read_regular
from tui_trainer.runs.safe_text import safe_text

START_BYTES = 512
IMPORT_S = 20.0
"""How long the child may take to import torch on a machine that is busy, before its own clock starts."""
_DROPPED_VARIABLES = ("PYTHONPATH", "PYTHONSTARTUP", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
_KINDS = (
    (
        b"\x80",
        "is a bare pickle (or torch's format before 1.6), which could run code; save its state_dict again with torch.save",
    ),
    (b"\x89PNG", "is a picture"),
    (b"\xff\xd8\xff", "is a picture"),
    (b"\x89HDF", "is an HDF5 file, perhaps of Keras; export its weights to safetensors"),
    (b"\x1f\x8b", "is compressed with gzip; unpack it first"),
    (b"\x93NUMPY", "is a NumPy array, and no weights"),
    (b"SQLite", "is a database"),
)
_TAR_MAGIC = (257, b"ustar")


@dataclass(frozen=True, slots=True)
class FileState:
    """Which bytes a path meant when it was looked at."""

    device: int
    inode: int
    num_bytes: int
    changed_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class ForeignFile:
    """What a file holds."""

    format: str
    """safetensors, torch file, or Lightning checkpoint."""
    num_bytes: int
    sha256: str
    """Of the file, in hexadecimal."""
    tensors: dict[str, Tensor]
    notes: tuple[str, ...] = ()
    """Lines for people, such as where in it the weights were."""


def file_state(path: Path) -> FileState:
    """The state of the regular file at `path`, links followed; nothing is opened, so that no device acts on it."""
    shown = safe_text(path, 160)
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if os.path.lexists(path):
            raise CheckpointError(f"{shown} is a link to a file that is not there; mend the link") from None
        raise UsageError(f"{shown} is not there; give a file of weights") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{shown} cannot be opened ({getattr(error, 'strerror', None) or error}); give another") from None
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise CheckpointError(f"{shown} is {kind}; give a file of weights")
    return FileState(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def read_foreign(path: Path, state: FileState) -> ForeignFile:
    """The tensors in the file at `path`, whose state was taken just now."""
    shown = safe_text(path, 120)
    if state.num_bytes == 0:
        raise CheckpointError(f"{shown} is empty; give a file of weights")
    if state.num_bytes > MAX_FILE_BYTES:
        raise CheckpointError(f"{shown} is larger than {MAX_FILE_BYTES >> 30} GiB; give the weights of a multilayer perceptron")
    path = Path(os.path.realpath(path))
    try:
        start = read_regular(path, START_BYTES)
        if start.startswith(b"PK"):
            return _read_torch(path, state, shown)
        reason = _reason_against(start)
        if reason:
            raise CheckpointError(f"{shown} {reason}")
        data = read_regular(path, state.num_bytes + 1)
    except OSError as error:
        raise CheckpointError(f"{shown} cannot be read ({error.strerror}); check its rights") from None
    # The library gives them in any order; sorted, what is said of a file is the same each time.
    tensors = dict(sorted(load_tensors(data, shown).items(), key=lambda entry: natural_key(entry[0])))
    return ForeignFile("safetensors", len(data), hashlib.sha256(data).hexdigest(), tensors)


def _reason_against(start: bytes) -> str:
    """Why a file that begins with `start` holds no weights; empty where it can be safetensors."""
    place, magic = _TAR_MAGIC
    if start[place : place + len(magic)] == magic:
        return "is a tar archive (torch's format before 0.4); save its state_dict again with torch.save"
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 2**40:
        return ""
    known = next((reason for magic, reason in _KINDS if start.startswith(magic)), None)
    if known:
        return known if ";" in known else f"{known}; give a file of weights"
    if len(start) < 9:
        return f"has only {len(start)} bytes; give a file of weights"
    if start[8:9] == b"{":
        return "claims a header longer than any file; it is damaged or hostile"
    is_text = all(byte >= 32 or byte in b"\t\n\r" for byte in start)
    return f"is {'text' if is_text else 'no safetensors and no file of torch.save'}; give a file of weights"


def _read_torch(path: Path, state: FileState, shown: str) -> ForeignFile:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise CheckpointError(f"{shown} is no regular file any more; give a file of weights")
        try:
            # Judged again by the child, on the bytes that it parses; here it saves a refusal the import of torch.
            check_entries(file, status.st_size)
        except ValueError as error:
            raise CheckpointError(f"{shown} is no file of torch.save: {safe_text(error, 120)}") from None
        file.seek(0)
        answer, content = _ask_child(file.fileno(), status.st_size, shown)
    loaded = load_tensors(content, shown)
    tensors = {key: loaded[key] for key in answer["keys"]}
    notes = tuple(safe_text(note, 200) for note in answer.get("notes", []))
    return ForeignFile(str(answer["format"]), state.num_bytes, str(answer["sha256"]), tensors, notes)


def _ask_child(descriptor: int, num_bytes: int, shown: str) -> tuple[dict[str, Any], bytes]:
    """What the child says of the open file, and the safetensors that it made of it."""
    environment = {name: value for name, value in os.environ.items() if name not in _DROPPED_VARIABLES}
    # Threads and devices are of no use for reading, and each costs address space.
    environment |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-P", "-X", "utf8", "-m", "tui_trainer.engine.foreign_reader"]
    process = subprocess.Popen(command, stdin=descriptor, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    try:
        output, _ = process.communicate(timeout=IMPORT_S + WALL_S + num_bytes / BYTES_PER_CPU_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise CheckpointError(f"{shown} takes longer to read than any file of weights should; do not trust it") from None
    except BaseException:
        process.kill()
        process.wait()
        raise
    line, _, content = output.partition(b"\n")
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    if process.returncode != 0 or not isinstance(answer, dict):
        raise CheckpointError(f"{shown} {_explain_death(process.returncode)}; do not trust it")
    if "error" in answer:
        raise CheckpointError(f"{shown} was not opened: {safe_text(answer['error'], 170)}")
    return answer, content


def _explain_death(returncode: int) -> str:
    if -returncode in (signal.SIGXCPU, signal.SIGALRM, signal.SIGKILL):
        return "takes longer to read than any file of weights should"
    if returncode < 0:
        return f"made its reader crash (signal {-returncode})"
    return "made its reader fail, or needs more memory than it should"
