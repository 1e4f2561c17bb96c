"""Memory that a network needs while it trains, by arithmetic, against what is free: budget before build."""

from __future__ import annotations

import os

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.data_source import KNOWN_SIZES
from tui_trainer.runs.errors import ConfigError, FieldError
from tui_trainer.runs.memory_needs import memory_needs


def training_bytes(config: RunConfig, num_inputs: int, num_classes: int) -> int:
    """Bytes of all that training holds: `memory_needs` in one number."""
    return memory_needs(config, num_inputs, num_classes).total_bytes


def weights_bytes(config: RunConfig, num_inputs: int, num_classes: int) -> int:
    """Bytes of the weights alone."""
    return memory_needs(config, num_inputs, num_classes).weights_bytes


def free_bytes() -> int:
    """Memory that can be had now without swapping."""
    try:
        with open("/proc/meminfo") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    if hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    import psutil

    return int(psutil.virtual_memory().available)


def check_memory(config: RunConfig, num_inputs: int, num_classes: int) -> None:
    """ConfigError where the network cannot fit into the memory that is free now."""
    needed, free = training_bytes(config, num_inputs, num_classes), free_bytes()
    if needed > free:
        message = (
            f"{format_bytes(needed)} needed to train this network, {format_bytes(free)} free; take fewer or narrower layers"
        )
        raise ConfigError([FieldError("model.hidden", message)])


def check_least_memory(config: RunConfig) -> None:
    """As `check_memory`, before the data is loaded: with its sizes where they never change, else one input and one output."""
    check_memory(config, *KNOWN_SIZES.get(str(config.data.source), (1, 1)))


def format_bytes(num_bytes: float) -> str:
    """438 kB, 1.3 MB, 4.0 EB: decimal units, one decimal from MB on."""
    num_bytes = min(num_bytes, 10**30)  # a count of thousands of digits is no float
    if num_bytes < 1000:
        return f"{num_bytes:.0f} B"
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        num_bytes /= 1000
        if num_bytes < 999.5:
            return f"{num_bytes:.0f} kB" if unit == "kB" else f"{num_bytes:.1f} {unit}"
    return f"{num_bytes / 1000:.1f} EB"
