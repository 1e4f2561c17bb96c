"""Devices: which this machine has, and which one a configuration means."""

from __future__ import annotations

import platform
from typing import Any

import torch

from tui_trainer.runs.errors import ResourceError
from tui_trainer.runs.memory_budget import free_bytes


def available_devices() -> list[str]:
    """Devices in the order in which `auto` takes them: each cuda, mps, cpu."""
    devices = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        devices.append("mps")
    return [*devices, "cpu"]


def choose_device(written: str) -> torch.device:
    """The device that `auto`, `cpu`, `cuda`, `cuda:N` or `mps` means here; ResourceError lists those that there are."""
    devices = available_devices()
    if written == "auto":
        return torch.device(devices[0])
    wanted = "cuda:0" if written == "cuda" else written
    if wanted not in devices:
        raise ResourceError(f"this machine has no {written}; it has {', '.join(devices)}: take one with --device, or auto")
    return torch.device(wanted)


def device_name(device: torch.device) -> str:
    """What the maker calls it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()


def memory_bytes(device: torch.device) -> int:
    """All the memory of a GPU; on the CPU what is free now."""
    return int(torch.cuda.mem_get_info(device)[1]) if device.type == "cuda" else free_bytes()


def describe_devices() -> list[dict[str, Any]]:
    """One {device, name} for each device, for `doctor` and the screens."""
    return [{"device": device, "name": device_name(torch.device(device))} for device in available_devices()]
