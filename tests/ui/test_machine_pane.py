"""What the run takes of the machine: a GPU's own row, whatever its driver tells, and none where there is no GPU."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.runs_factory import RunWriter, write_run
from tests.ui.pilot_waiting import screen_lines, wait_for
from tests.ui.test_train_screen import SMALL, WIDE, text_of, watching
from tui_trainer.ui.machine_pane import GpuFacts, MachineFacts, MachinePane, format_machine, read_gpu
from tui_trainer.ui.theme import DARK

READING = {
    "load": 0.37,
    "memory_bytes": 4_700_000_000,
    "memory_total_bytes": 143_800_000_000,
    "temperature_c": 61,
    "power_w": 210.4,
}
SHOWN = "37 %  4.7 of 143.8 GB  61 °C  210 W"


def write_gpu_run(status: str = "running") -> RunWriter:
    """A run on a GPU, of which its trainer has written one reading."""
    writer = write_run(epochs_done=2, steps_per_epoch=100)
    events = writer.directory.events_path
    first, *rest = events.read_text().splitlines()
    events.write_text(
        "\n".join([json.dumps({**json.loads(first), "device": "cuda:0", "device_name": "NVIDIA H200"}), *rest, ""])
    )
    writer.log.append("device", **READING)
    if status != "running":
        writer.end(status)
    return writer


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_gpu_has_a_row_of_its_own_that_follows_the_log(size: tuple[int, int]) -> None:
    writer = write_gpu_run()
    async with watching(writer.directory, size) as (pilot, _):
        if size == SMALL:
            await pilot.press("m")
        await wait_for(pilot, lambda: SHOWN in text_of(pilot))
        for label in ("trainer", "gpu", "speed", "screen", "disk"):
            assert any(line.split("│")[-2].strip().startswith(label) for line in screen_lines(pilot) if "│" in line), label
        assert "NVIDIA H200" in text_of(pilot)
        writer.log.append("device", **{**READING, "load": 0.98, "power_w": 699.6})
        writer.add_steps(10)
        await wait_for(pilot, lambda: "98 %  4.7 of 143.8 GB  61 °C  700 W" in text_of(pilot))
        assert all(len(line) <= size[0] for line in screen_lines(pilot))
    writer.leave()


async def test_after_the_end_no_old_figure_of_the_gpu_stands_there() -> None:
    async with watching(write_gpu_run("done").directory) as (pilot, _):
        await wait_for(pilot, lambda: "not in use by this run" in text_of(pilot))
        assert "61 °C" not in text_of(pilot)


async def test_on_the_cpu_there_is_no_row_for_a_gpu() -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=100)
    writer.log.append("device", load=1.9, memory_bytes=400_000_000)
    async with watching(writer.directory) as (pilot, screen):
        await wait_for(pilot, lambda: "examples/s" in text_of(pilot))
        assert "gpu" not in text_of(pilot) and screen.query_one(MachinePane).outer_size.height == 6
    writer.leave()


@pytest.mark.parametrize(
    ("event", "row"),
    [
        (None, "its driver has told nothing yet"),
        ({}, "its driver has told nothing yet"),
        ({"load": 1.0}, "100 %"),
        ({"memory_bytes": 900_000_000, "memory_total_bytes": 8e9}, "900.0 MB of 8.0 GB"),
        ({"memory_bytes": 5_000_000_000, "power_w": 33}, "5.0 GB  33 W"),
        ({"load": "all", "temperature_c": True, "power_w": -1, "memory_bytes": 10**400}, "its driver has told nothing yet"),
    ],
)
def test_what_the_driver_does_not_tell_or_the_log_has_wrong_is_left_away(event: dict[str, Any] | None, row: str) -> None:
    text = format_machine(MachineFacts(is_live=True, gpu=read_gpu(event)), DARK).plain
    assert text.split("\n")[1].removeprefix("gpu").strip() == row


def test_the_largest_figures_fit_into_the_pane() -> None:
    facts = MachineFacts(is_live=True, gpu=GpuFacts(1.0, 999.4e9, 999.4e9, 110.0, 9999.0))
    assert len(format_machine(facts, DARK).plain.split("\n")[1]) <= 54
