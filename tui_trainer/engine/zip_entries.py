"""The entries of a zip archive that torch.save wrote, judged before torch opens it: stored as they are, and no more than fits.

A compressed entry can inflate a megabyte to a gigabyte; torch.save never compresses.
"""

from __future__ import annotations

import zipfile
from typing import IO

MAX_ENTRIES = 20_000
MAX_DIRECTORY_BYTES = 8 << 20
MAX_PICKLE_BYTES = 16 << 20
_END = b"PK\x05\x06"
_END_BYTES = 22
_MAX_COMMENT = 0xFFFF
_ENCRYPTED = 1


def check_entries(file: IO[bytes], num_bytes: int) -> None:
    """ValueError with what is wrong, where `file` of `num_bytes` is no archive of torch.save; reads its directory alone."""
    _check_end(file, num_bytes)
    try:
        entries = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, NotImplementedError, OverflowError, ValueError, EOFError) as error:
        raise ValueError(f"its directory is damaged ({str(error)[:60]}); is it cut?") from None
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise ValueError("it holds two entries of one name")
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise ValueError("it holds compressed entries, which torch.save never writes")
        if entry.flag_bits & _ENCRYPTED:
            raise ValueError("it holds encrypted entries")
    if sum(entry.file_size for entry in entries) > num_bytes:
        raise ValueError("its entries claim more bytes than the file has")
    _check_names(entries)


def check_sums(file: IO[bytes]) -> None:
    """ValueError where an entry's bytes are not those that were written; reads the whole archive."""
    try:
        damaged = zipfile.ZipFile(file).testzip()
    except (zipfile.BadZipFile, NotImplementedError, OverflowError, ValueError, EOFError) as error:
        raise ValueError(f"an entry is damaged ({str(error)[:60]})") from None
    if damaged is not None:
        raise ValueError(f"the checksum of its entry {damaged[-40:]} does not match; it is damaged")


def _check_end(file: IO[bytes], num_bytes: int) -> None:
    """Refuse a directory that is missing or huge before zipfile reads it into memory."""
    file.seek(max(0, num_bytes - _END_BYTES - _MAX_COMMENT))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _END_BYTES:
        raise ValueError("its directory is missing; the file is cut")
    end = tail[place : place + _END_BYTES]
    num_entries, directory_bytes = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if len(tail) - place != _END_BYTES + int.from_bytes(end[20:22], "little"):
        raise ValueError("bytes follow its end; it was damaged or glued to another file")
    if num_entries > MAX_ENTRIES or directory_bytes > MAX_DIRECTORY_BYTES:
        raise ValueError(f"it lists more than {MAX_ENTRIES:,} entries")
    file.seek(0)


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    pickles = [entry for entry in entries if entry.filename.split("/")[1:] == ["data.pkl"]]
    if any(entry.filename.split("/")[1:] == ["constants.pkl"] for entry in entries):
        raise ValueError("it is TorchScript; save model.state_dict() instead")
    if len(pickles) != 1:
        arrays = all(entry.filename.endswith(".npy") for entry in entries)
        raise ValueError("it is an archive of NumPy arrays (npz), and no weights" if arrays else "it holds no data.pkl")
    if pickles[0].file_size > MAX_PICKLE_BYTES:
        raise ValueError("its data.pkl is too large for a list of tensors")
