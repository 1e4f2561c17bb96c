"""The header of a safetensors file, judged before anything is built from it.

Format: eight bytes of length, little-endian, then JSON {key: {dtype, shape, data_offsets}}, then the tensors' bytes without a
gap. The library checks offsets too; duplicate keys, sizes that no array has, and headers that only cost time are found here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

MAX_HEADER_BYTES = 1 << 20
MAX_TENSORS = 10_000
MAX_DIM = 2**31
MAX_DIMS = 8
ITEM_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1,
    "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
    "I32": 4, "U32": 4, "F32": 4,
    "I64": 8, "U64": 8, "F64": 8,
}  # fmt: skip


def check_header(data: bytes) -> None:
    """ValueError with what is wrong, where `data` is no sound safetensors file of arrays."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(MAX_HEADER_BYTES, len(data) - 8):
        raise ValueError("its header is cut or too long")
    try:
        header = json.loads(data[8 : 8 + length], object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("its header is nested too deep") from None
    except UnicodeDecodeError:
        raise ValueError("its header is no text") from None
    if not isinstance(header, dict):
        raise ValueError("its header is no table of tensors")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict):
        raise ValueError("its metadata is no table")
    if len(header) > MAX_TENSORS:
        raise ValueError(f"it lists {len(header):,} tensors, at most {MAX_TENSORS:,} are read")
    _check_offsets([_span(key, entry) for key, entry in header.items()], len(data) - 8 - length)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("its header names a key twice")
    return found


def _span(key: str, entry: Any) -> tuple[int, int]:
    """(first, last) byte of a tensor."""
    if not isinstance(entry, Mapping):
        raise ValueError(f"{key[:40]} is described by no table")
    shape, offsets, dtype = entry.get("shape"), entry.get("data_offsets"), entry.get("dtype")
    if not isinstance(dtype, str) or dtype not in ITEM_BYTES:
        raise ValueError(f"{key[:40]} has an unknown dtype")
    sizes, places = _whole_numbers(shape, MAX_DIM), _whole_numbers(offsets, 2**62)
    if sizes is None or len(sizes) > MAX_DIMS:
        raise ValueError(f"{key[:40]} has an impossible shape")
    if places is None or len(places) != 2 or places[1] - places[0] != math.prod(sizes) * ITEM_BYTES[dtype]:
        raise ValueError(f"{key[:40]} has other bytes than its shape needs")
    return places[0], places[1]


def _whole_numbers(numbers: Any, most: int) -> list[int] | None:
    """`numbers` where they are a list of whole numbers from 0 to `most`."""
    if not isinstance(numbers, list) or not all(type(number) is int and 0 <= number <= most for number in numbers):
        return None
    return numbers


def _check_offsets(spans: list[tuple[int, int]], num_bytes: int) -> None:
    end = 0
    for first, last in sorted(spans):
        if first != end:
            raise ValueError("its tensors overlap or leave gaps")
        end = last
    if end != num_bytes:
        raise ValueError(f"it holds {num_bytes:,} bytes of tensors where its header says {end:,}")
