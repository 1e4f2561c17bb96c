"""Lines of a text file that nobody vouches for: a regular file, UTF-8, no zero bytes, no endless line.

Used by the readers of tables. Every fault is a DataError with the row where it lies; memory is bounded by MAX_LINE_BYTES.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tui_trainer.runs.errors import DataError
from tui_trainer.runs.memory_budget import format_bytes, free_bytes
from tui_trainer.runs.safe_text import safe_text

MAX_LINE_BYTES = 8 << 20
MEMORY_PER_BYTE = 4
"""Bytes in memory for a byte of text: a number of eight bytes may be written with two characters."""
_PACKED = {b"\x1f\x8b": "gzip", b"PK": "zip", b"BZ": "bzip2", b"\xfd7": "xz", b"\x28\xb5": "zstd"}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def open_regular(path: Path, *, must_fit: bool = True) -> BinaryIO:
    """`path` opened for reading; DataError unless it is a regular file, which fits into the free memory where it must."""
    where = safe_text(path, 140)
    try:
        # Without O_NONBLOCK a FIFO would be waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise DataError(f"{where} does not exist; check the path") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{where} cannot be read ({getattr(error, 'strerror', None) or error}); check the path") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise DataError(f"{where} is no regular file; copy its contents to one")
    if must_fit and status.st_size * MEMORY_PER_BYTE > free_bytes() // 2:
        os.close(descriptor)
        size = f"{format_bytes(status.st_size)}, too much for {format_bytes(free_bytes())} of free memory"
        raise DataError(f"{where} has {size}; convert it to npy:DIR, which is streamed")
    return os.fdopen(descriptor, "rb")


def read_lines(file: BinaryIO, where: str) -> Iterator[str]:
    """The lines of `file` with their ends; DataError names `where` and the row of what is no text."""
    row = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        row += 1
        if len(line) > MAX_LINE_BYTES:
            raise DataError(f"{where}: row {row:,} is longer than {format_bytes(MAX_LINE_BYTES)}; is it a text table?")
        if row == 1:
            line = _checked_head(line, where)
        if b"\0" in line:
            raise DataError(f"{where}: row {row:,} holds a zero byte; save it as UTF-8 text")
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            byte = f"byte {error.start + 1:,} of row {row:,} (0x{line[error.start]:02x})"
            raise DataError(f"{where}: {byte} is no UTF-8; save it as UTF-8 (iconv -f latin1 -t utf8)") from None
        yield text


def _checked_head(line: bytes, where: str) -> bytes:
    """The first line without a byte order mark."""
    packed = next((name for magic, name in _PACKED.items() if line.startswith(magic) and not line.isascii()), None)
    packed = packed or ("zip" if line.startswith(b"PK\x03\x04") else None)
    if packed:
        raise DataError(f"{where} is packed ({packed}); unpack it first")
    if line.startswith(_WIDE):
        raise DataError(f"{where} is UTF-16; save it as UTF-8 (iconv -f utf16 -t utf8)")
    return line.removeprefix(codecs.BOM_UTF8)
