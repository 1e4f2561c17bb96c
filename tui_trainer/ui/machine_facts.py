"""What the Configure screen wants to know about the machine: free memory and devices. Blocking, so called from threads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from tui_trainer.runs.errors import MlpTuiError


class Server(Protocol):
    """The part of the engine's server that is asked here."""

    def request(self, method: str, params: dict[str, Any]) -> Mapping[str, Any]:
        """Ask and wait."""


def read_free_bytes() -> int:
    """Memory that a new process could take."""
    import psutil

    return int(psutil.virtual_memory().available)


def ask_devices(server: Server) -> list[str]:
    """Devices of this machine as torch sees them, such as cpu and cuda:0; empty where the engine does not answer."""
    try:
        answer = server.request("devices", {})
        return [str(entry["device"]) for entry in answer["devices"]]
    except (MlpTuiError, OSError, KeyError, TypeError):
        return []


def choose_device(written: str, devices: list[str]) -> str | None:
    """What `written` means on a machine with `devices`: auto takes cuda, then mps, then cpu; None while nobody knows."""
    if written != "auto":
        return written
    kinds = {device.partition(":")[0] for device in devices}
    return next((kind for kind in ("cuda", "mps", "cpu") if kind in kinds), None)
