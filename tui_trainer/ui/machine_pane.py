"""MachinePane: what the run takes of this machine: trainer, speed, screen and disk, one row each, and a GPU's own row.

The device is named in its border. A GPU's figures are those that the trainer wrote into the log, every two seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, fields

from rich.text import Text

from tui_trainer.runs.event_log import Event, finite_number
from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.trainer_load import TrainerLoad
from tui_trainer.ui.live_pane import LivePane
from tui_trainer.ui.live_text import LiveText
from tui_trainer.ui.quantities import sparkline
from tui_trainer.ui.screen_cost import Cost
from tui_trainer.ui.theme import Tokens, tokens

SPARK_COLUMNS = 12
_LABEL_COLUMNS = 9


@dataclass(frozen=True, slots=True)
class GpuFacts:
    """What a GPU's driver told last; None where it did not."""

    load: float | None = None
    """Share of the time in which it was busy."""
    memory_bytes: float | None = None
    """In use, by whomever."""
    memory_total_bytes: float | None = None
    temperature_c: float | None = None
    power_w: float | None = None


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """What the pane says; None where it is not known, as after the trainer's end."""

    is_live: bool = False
    """Whether there is a trainer to ask."""
    load: TrainerLoad | None = None
    loads: tuple[float, ...] = ()
    """Shares of a core, oldest first."""
    num_threads: int = 1
    examples_per_s: float | None = None
    epoch_s: float | None = None
    cost: Cost | None = None
    num_checkpoints: int = 0
    checkpoint_bytes: int = 0
    gpu: GpuFacts | None = None
    """None where the run is not on a GPU."""


class MachinePane(LivePane):
    """Four rows, five on a GPU, and the device in the border."""

    def __init__(self, id: str) -> None:
        self._machine_text = LiveText(id="machine-text")
        super().__init__(self._machine_text, title="machine", empty=Text("processor, memory and speed of the trainer"), id=id)
        self._loads: deque[float] = deque(maxlen=SPARK_COLUMNS)

    def note_load(self, load: TrainerLoad | None) -> None:
        """Remember one reading for the small curve; None, the trainer is gone, ends it."""
        if load is None:
            self._loads.clear()
        elif load.cpu_share is not None:
            self._loads.append(load.cpu_share)

    @property
    def loads(self) -> tuple[float, ...]:
        """What `note_load` remembered, oldest first."""
        return tuple(self._loads)

    def show(self, facts: MachineFacts) -> None:
        """Draw these facts."""
        self.show_empty(False)
        self.set_class(facts.gpu is not None, "-gpu")
        self._machine_text.show_text(format_machine(facts, tokens(self)))

    def show_device(self, device: str, name: str, num_threads: int | None) -> None:
        """Name the device in the border."""
        words = [safe_text(device, 12), safe_text(name, 36)]
        words += [f"{num_threads} thread{'s' if num_threads > 1 else ''}"] if num_threads else []
        self.show_figures("   ".join(word for word in words if word))

    def forget(self) -> None:
        """Say what will be here, and forget the loads that were noted."""
        self._loads.clear()
        self.show_figures("")
        self.show_empty(True)


def read_gpu(device: Event | None) -> GpuFacts:
    """The GPU of a run's last `device` event, as far as it can be read; none of its figures is negative."""
    found = [finite_number((device or {}).get(field.name)) for field in fields(GpuFacts)]
    return GpuFacts(*(value if value is not None and value >= 0 else None for value in found))


def format_machine(facts: MachineFacts, colours: Tokens) -> Text:
    """The four rows, and after the trainer's the GPU's."""
    dim, value = colours["dim"], colours["text"]
    gpu = [] if facts.gpu is None else [_row("gpu", _gpu_parts(facts.gpu, facts.is_live, dim, value), dim)]
    rows = [
        _row("trainer", _trainer_parts(facts, colours), dim),
        *gpu,
        _row("speed", _speed_parts(facts, dim, value), dim),
        _row("screen", _screen_parts(facts.cost, dim, value), dim),
        _row("disk", _disk_parts(facts, dim, value), dim),
    ]
    text = Text("\n", no_wrap=True, overflow="crop").join(rows)
    text.no_wrap, text.overflow = True, "crop"
    return text


Parts = Iterable[tuple[str, str]]


def _row(label: str, parts: Parts, dim: str) -> Text:
    # Styles are put as spans, because texts are compared by their spans.
    return Text.assemble((f"{label:<{_LABEL_COLUMNS}}", dim), *parts)


def _trainer_parts(facts: MachineFacts, colours: Tokens) -> Parts:
    dim, value = colours["dim"], colours["text"]
    if facts.load is None:
        return [("being measured" if facts.is_live else "not running", dim)]
    share = "  – " if facts.load.cpu_share is None else f"{facts.load.cpu_share * 100:4.0f}"
    curve = sparkline(facts.loads, SPARK_COLUMNS, 0.0, float(max(1, facts.num_threads)))
    return [
        ("cpu ", dim),
        (share, value),
        (" %  ", dim),
        (f"{curve:<{SPARK_COLUMNS}}", colours["train"]),
        ("   rss ", dim),
        (f"{format_bytes(facts.load.rss_bytes):>8}", value),
    ]


def _gpu_parts(gpu: GpuFacts, is_live: bool, dim: str, value: str) -> Parts:
    """`37 %  4.7 of 80.0 GB  61 °C  210 W`, as far as it is known."""
    if not is_live:
        return [("not in use by this run", dim)]
    figures: list[Parts] = []
    if gpu.load is not None:
        figures.append([(f"{gpu.load * 100:.0f}", value), (" %", dim)])
    if gpu.memory_bytes is not None:
        figures.append(_memory_parts(gpu.memory_bytes, gpu.memory_total_bytes, dim, value))
    if gpu.temperature_c is not None:
        figures.append([(f"{gpu.temperature_c:.0f}", value), (" °C", dim)])
    if gpu.power_w is not None:
        figures.append([(f"{gpu.power_w:.0f}", value), (" W", dim)])
    parts = [part for figure in figures for part in (("  ", dim), *figure)][1:]
    return parts or [("its driver has told nothing yet", dim)]


def _memory_parts(used_bytes: float, total_bytes: float | None, dim: str, value: str) -> Parts:
    used, _, unit = format_bytes(used_bytes).partition(" ")
    if total_bytes is None:
        return [(used, value), (f" {unit}", dim)]
    total = format_bytes(total_bytes)
    return [(used if total.endswith(f" {unit}") else f"{used} {unit}", value), (f" of {total}", dim)]


def _speed_parts(facts: MachineFacts, dim: str, value: str) -> Parts:
    if facts.examples_per_s is None:
        return [("known after the first epoch", dim)]
    epoch = "" if facts.epoch_s is None else f"{facts.epoch_s:.2f}" if facts.epoch_s < 0.1 else f"{facts.epoch_s:.1f}"
    return [(f"{facts.examples_per_s:,.0f}", value), (" examples/s", dim), ("    epoch ", dim), (epoch, value), (" s", dim)]


def _screen_parts(cost: Cost | None, dim: str, value: str) -> Parts:
    if cost is None:
        return [("–", dim)]
    written: Parts = []
    if cost.bytes_per_s is not None:
        written = [(f"{cost.bytes_per_s / 1000:5.1f}", value), (" kB/s", dim)]
    share = [(f"{cost.cpu_share * 100:5.0f}", value), (" % of a core", dim)]
    return [(f"{cost.pictures_per_s:.0f}", value), (" /s", dim), *written, *share]


def _disk_parts(facts: MachineFacts, dim: str, value: str) -> Parts:
    if not facts.num_checkpoints:
        return [("no checkpoint yet", dim)]
    plural = "s" if facts.num_checkpoints > 1 else ""
    return [(format_bytes(facts.checkpoint_bytes), value), (f" in {facts.num_checkpoints:,} checkpoint{plural}", dim)]
