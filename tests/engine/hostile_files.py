"""Hostile and broken files of weights, written by the tests: reliability's sections D and E. Each names why it is refused.

Those in PICKLED are judged by the reading process; all others are refused before it is started.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import nn

Write = Callable[[Path], None]


class Canary:
    """A pickle that makes a file when it is loaded by anything that runs it."""

    def __init__(self, path: Path) -> None:
        self._command = f"touch {path}"

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self._command,)


def canary_of(path: Path) -> Path:
    """The file that must never appear."""
    return path.parent / "canary"


def put(content: Callable[[Path], bytes]) -> Write:
    """Writes what `content` says of its path."""

    def write(path: Path) -> None:
        path.write_bytes(content(path))

    return write


def state_dict() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10)).state_dict()


def saved(value: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


def good_zip() -> bytes:
    return saved(state_dict())


def header(tables: Any, data: bytes = b"") -> bytes:
    text = tables if isinstance(tables, bytes) else json.dumps(tables).encode()
    return struct.pack("<Q", len(text)) + text + data


def zip_of(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def with_pickle(content: bytes) -> bytes:
    """A sound archive of torch.save whose data.pkl is `content`."""
    with zipfile.ZipFile(io.BytesIO(good_zip())) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    return zip_of({name: content if name.endswith("data.pkl") else data for name, data in entries.items()})


def _tensor(dtype: str = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def _flip(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 0x10
    return bytes(changed)


def _tar(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        content = pickle.dumps(Canary(canary_of(path)))
        info = tarfile.TarInfo("pickle")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _socket(path: Path) -> None:
    import socket

    server = socket.socket(socket.AF_UNIX)
    # A path of a socket may have 107 bytes only.
    here = Path.cwd()
    os.chdir(path.parent)
    server.bind(path.name)
    os.chdir(here)
    server.close()


def _npy() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(5))
    return file.getvalue()


def _npz() -> bytes:
    file = io.BytesIO()
    np.savez(file, a=np.zeros(3))
    return file.getvalue()


def _pickled_canary(path: Path) -> bytes:
    return pickle.dumps(Canary(canary_of(path)))


def _legacy(path: Path) -> None:
    path.write_bytes(saved(Canary(canary_of(path)), _use_new_zipfile_serialization=False))


GOOD_SAFE = save(state_dict())
PLAIN: dict[str, tuple[Write, str]] = {
    "empty.pt": (put(lambda path: b""), "is empty"),
    "one_byte.pt": (put(lambda path: b"x"), "has only 1 byte"),
    "text.pt": (put(lambda path: b"these are no weights, but words\n"), "is text"),
    "picture.pt": (put(lambda path: b"\x89PNG\r\n\x1a\n" + bytes(40)), "is a picture"),
    "array.pt": (put(lambda path: _npy()), "is a NumPy array"),
    "keras.pt": (put(lambda path: b"\x89HDF\r\n\x1a\n" + bytes(40)), "HDF5"),
    "zipped.pt": (put(lambda path: b"\x1f\x8b" + bytes(40)), "gzip"),
    "random.pt": (put(lambda path: bytes(range(1, 200)) * 5), "no safetensors"),
    "folder.pt": (lambda path: path.mkdir(), "is a folder"),
    "fifo.pt": (lambda path: os.mkfifo(path), "no regular file"),
    "socket.pt": (_socket, "no regular file"),
    "zero.pt": (lambda path: path.symlink_to("/dev/zero"), "no regular file"),
    "loop.pt": (_loop, "cannot be opened"),
    "dangling.pt": (lambda path: path.symlink_to("nowhere"), "link to a file that is not there"),
    "to_passwd.pt": (lambda path: path.symlink_to("/etc/passwd"), "is text"),
    "pickle.pt": (put(lambda path: _pickled_canary(path)), "bare pickle"),
    "renamed.safetensors": (put(lambda path: _pickled_canary(path)), "bare pickle"),
    "legacy.ckpt": (_legacy, "bare pickle"),
    "old.pt": (_tar, "tar archive"),
    "npz.pt": (put(lambda path: _npz()), "npz"),
    "deflated.pt": (put(lambda path: zip_of({"a/data.pkl": bytes(50 << 20)}, zipfile.ZIP_DEFLATED)), "compressed"),
    "nested.pt": (
        put(lambda path: zip_of({"a/data.pkl": zip_of({"b": bytes(1 << 20)}, zipfile.ZIP_DEFLATED)}, zipfile.ZIP_DEFLATED)),
        "compressed",
    ),
    "script.pt": (put(lambda path: zip_of({"a/constants.pkl": b"", "a/data.pkl": b"."})), "TorchScript"),
    "no_pickle.pt": (put(lambda path: zip_of({"a/data/0": b"1234"})), "no data.pkl"),
    "many_entries.pt": (put(lambda path: zip_of({f"a/data/{index}": b"" for index in range(30_000)})), "more than 20,000"),
    "cut_zip.pt": (put(lambda path: good_zip()[:-30]), "directory is missing"),
    "cut_half.pt": (put(lambda path: good_zip()[: len(good_zip()) // 2]), "directory is missing"),
    "trailing.pt": (put(lambda path: good_zip() + b"junk"), "bytes follow its end"),
    "huge_header.safetensors": (put(lambda path: struct.pack("<Q", 2**63) + b'{"a": 1}' + bytes(99)), "longer than any file"),
    "long_metadata.safetensors": (put(lambda path: header({"__metadata__": {"a": "x" * (45 << 20)}})), "cut or too long"),
    "overlap.safetensors": (put(lambda path: header({"a": _tensor(), "b": _tensor(offsets=(4, 12))}, bytes(12))), "overlap"),
    "twice.safetensors": (
        put(
            lambda path: header(
                b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
                bytes(8),
            )
        ),
        "names a key twice",
    ),
    "deep.safetensors": (put(lambda path: header(b'{"a":' * 90_000 + b"1" + b"}" * 90_000)), "nested"),
    "impossible.safetensors": (put(lambda path: header({"a": _tensor(shape=[0, 2**62], offsets=(0, 0))})), "impossible shape"),
    "negative.safetensors": (put(lambda path: header({"a": _tensor(offsets=(-8, 0))}, bytes(8))), "other bytes"),
    "lying.safetensors": (put(lambda path: header({"a": _tensor(shape=[10**6, 10**6])}, bytes(8))), "other bytes"),
    "no_table.safetensors": (put(lambda path: header(b"{ not json }")), "no safetensors"),
    "cut.safetensors": (put(lambda path: GOOD_SAFE[:-97]), "where its header says"),
    "trailing.safetensors": (put(lambda path: GOOD_SAFE + b"junk"), "where its header says"),
    "flipped_header.safetensors": (put(lambda path: _flip(GOOD_SAFE, 12)), "no multilayer perceptron|no safetensors"),
    "nan.safetensors": (
        put(lambda path: save({**state_dict(), "0.bias": torch.full((16,), torch.nan)})),
        r"not finite \(0.bias",
    ),
    "infinite.safetensors": (put(lambda path: save({**state_dict(), "2.bias": torch.full((10,), torch.inf)})), "not finite"),
}


def _sparse_lie() -> Any:
    """A sparse tensor whose indices lie far outside of it."""
    with torch.sparse.check_sparse_tensor_invariants(False):
        return torch.sparse_coo_tensor(torch.tensor([[10**9], [0]]), torch.ones(1), (2, 2), check_invariants=False)


def _bomb() -> bytes:
    """Some 200 bytes whose hash takes 2^40 steps: a tuple of a tuple, each twice, forty deep, as the key of a table."""
    levels = b"".join(bytes((0x68, level, 0x86, 0x71, level + 1)) for level in range(40))
    return b"\x80\x02})q\x00" + levels + b"Ns."


def _doubling() -> bytes:
    """Tuples of tuples, each twice as large as the last: small in the file, and slow or huge for whoever walks it."""
    return b"\x80\x02)" + b"".join(b"2\x86" for _ in range(60_000)) + b"."


PICKLED: dict[str, tuple[Write, str]] = {
    "canary_zip.pt": (put(lambda path: saved(Canary(canary_of(path)))), "objects other than tensors"),
    "canary_dict.ckpt": (
        put(lambda path: saved({"state_dict": state_dict(), "extra": Canary(canary_of(path))})),
        "objects other than tensors",
    ),
    "canary_renamed.safetensors": (put(lambda path: saved([Canary(canary_of(path))])), "objects other than tensors"),
    "module.pt": (put(lambda path: saved(nn.Sequential(nn.Linear(64, 10)))), "objects other than tensors"),
    "sparse.pt": (put(lambda path: saved({"0.weight": _sparse_lie()})), "cannot read it|no plain dense"),
    "expanded.pt": (put(lambda path: saved({"0.weight": torch.zeros(1).expand(10**6, 10**6)})), "claims 4,000,000,000,000"),
    "shared.pt": (
        put(lambda path: saved({f"{i}.weight": torch.zeros(1000, 1000).as_strided((1000, 1000), (0, 1)) for i in range(2)})),
        ".",
    ),
    "complex.pt": (put(lambda path: saved({"0.weight": torch.zeros(10, 64, dtype=torch.complex64)})), "has dtype"),
    "numbers.pt": (put(lambda path: saved({"epoch": 3, "loss": 0.1})), "holds no state_dict, only epoch, loss"),
    "list.pt": (put(lambda path: saved([1, 2])), "holds a list"),
    "bomb.pt": (put(lambda path: with_pickle(_bomb())), "takes longer to read than any"),
    "doubling.pt": (put(lambda path: with_pickle(_doubling())), "."),
    "nested_3m.pt": (put(lambda path: with_pickle(b"\x80\x02" + b"]" * 3_000_000 + b".")), "."),
    "no_pickle_at_all.pt": (put(lambda path: with_pickle(b"not a pickle")), "cannot read it"),
    "flipped.pt": (put(lambda path: _flip(good_zip(), good_zip().index(b"data/0") + 80)), "."),
    "nan.pt": (put(lambda path: saved({"0.weight": torch.full((10, 64), torch.nan)})), "not finite"),
}
