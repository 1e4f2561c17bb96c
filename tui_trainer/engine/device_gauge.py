"""DeviceGauge: what a run takes of its device now: of a GPU by NVML, of the CPU what this process takes.

Never fails: a figure that cannot be had is left out.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch


class DeviceGauge:
    """Read every few seconds by the training thread; loads are shares since the last reading."""

    def __init__(self, device: torch.device) -> None:
        self._is_gpu = device.type == "cuda"
        self._handle = _nvml_handle(device) if self._is_gpu else None
        self._read_at, self._busy_s = time.monotonic(), _busy_s()

    def read(self) -> dict[str, Any]:
        """The fields of a `device` event: `load` (share busy of a GPU, else cores in use), bytes, watts, degrees Celsius.

        None of a GPU that NVML does not know: what the process takes would be read as the GPU's.
        """
        if self._is_gpu:
            return {} if self._handle is None else _read_gpu(self._handle)
        return self._read_process()

    def _read_process(self) -> dict[str, Any]:
        now, busy = time.monotonic(), _busy_s()
        load = (busy - self._busy_s) / (now - self._read_at) if now > self._read_at else 0.0
        self._read_at, self._busy_s = now, busy
        resident = _resident_bytes()
        return {"load": round(load, 3), **({"memory_bytes": resident} if resident is not None else {})}


def _busy_s() -> float:
    times = os.times()
    return times.user + times.system


def _resident_bytes() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


def _nvml_handle(device: torch.device) -> Any:
    """NVML's handle of `device`, found by its UUID because NVML numbers GPUs in another way; None where it cannot be had."""
    try:
        import pynvml

        pynvml.nvmlInit()
        uuid = torch.cuda.get_device_properties(device).uuid
        return pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}")
    except Exception:  # a driver that is missing or of another version fails in many ways, and no gauge is worth a run
        return None


def _read_gpu(handle: Any) -> dict[str, Any]:
    import pynvml

    readings: dict[str, Callable[[], Any]] = {
        "load": lambda: pynvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100,
        "memory_bytes": lambda: int(pynvml.nvmlDeviceGetMemoryInfo(handle).used),
        "memory_total_bytes": lambda: int(pynvml.nvmlDeviceGetMemoryInfo(handle).total),
        "temperature_c": lambda: int(pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU)),
        "power_w": lambda: round(pynvml.nvmlDeviceGetPowerUsage(handle) / 1000, 1),
    }
    found = {}
    for name, read in readings.items():
        with contextlib.suppress(pynvml.NVMLError):
            found[name] = read()
    return found
