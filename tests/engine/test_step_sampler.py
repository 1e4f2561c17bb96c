"""What a run says of its steps, layers and device, and that looking changes no bit."""

from __future__ import annotations

import math
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from tests.engine.steered_runs import events
from tests.engine.training import digits_config, ended, train
from tui_trainer.engine.device_gauge import DeviceGauge
from tui_trainer.engine.layer_health import LayerHealth
from tui_trainer.engine.network import build_network
from tui_trainer.runs.config import ModelConfig, Style

LEVERS: dict[str, dict[str, Any]] = {
    "book": {},
    "all in all": {
        "model__dropout": 0.3,
        "model__batch_norm": True,
        "model__style": "sequential",
        "optimizer__name": "adamw",
        "training__clip_norm": 0.1,
    },
    "eager": {"training__step_mode": "eager"},
    "in parts": {"training__accumulate": 3},
}


def look_at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flush, and so arm the sampler, at each step, and look at the layers each time."""
    monkeypatch.setattr("tui_trainer.engine.step_recorder.FLUSH_S", -1.0)
    monkeypatch.setattr("tui_trainer.engine.step_sampler.HEALTH_S", 0.0)


@pytest.mark.parametrize("changes", LEVERS.values(), ids=LEVERS.keys())
def test_a_run_that_is_looked_at_has_the_same_bits(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    plain = train(digits_config(training__epochs=2, **changes))
    look_at_every_step(monkeypatch)
    run = train(digits_config(training__epochs=2, **changes))

    assert ended(run)["weights_sha256"] == ended(plain)["weights_sha256"]
    assert run.history().losses == plain.history().losses
    history = run.history()
    assert list(history.grad_norm_steps) == list(range(2, 47))
    assert all(math.isfinite(norm) and norm > 0 for norm in history.grad_norms)
    assert len(events(run, "health")) == len(events(run, "device")) == 45


def test_gradient_norms_are_those_of_plain_pytorch_before_clipping(monkeypatch: pytest.MonkeyPatch) -> None:
    look_at_every_step(monkeypatch)
    replayed = train(digits_config(training__epochs=1)).history().grad_norms
    eager = train(digits_config(training__epochs=1, training__step_mode="eager")).history().grad_norms
    clipped = train(digits_config(training__epochs=1, training__clip_norm=1e-12)).history().grad_norms

    assert replayed == eager
    assert all(norm > 0.01 for norm in clipped)


@pytest.mark.parametrize("style", list(Style))
def test_dead_units_are_those_that_no_example_wakes(style: Style) -> None:
    network = build_network(ModelConfig(hidden=(8, 4), style=style), 5, 3)
    layers = [module for module in network.modules() if isinstance(module, torch.nn.Linear)]
    with torch.no_grad():
        layers[0].bias[:6] = -1e6
        layers[0].bias[6:] = 1e6
        layers[1].weight.zero_()
        layers[1].bias.copy_(torch.tensor([1.0, -1.0, -1.0, 1.0]))
    health = LayerHealth(network, torch.rand(32, 5), is_relu=True)

    health.before([torch.full_like(parameter, 2.0) for parameter in network.parameters()])
    with torch.no_grad():
        layers[2].weight *= 1.01
    first, second, last = health.after()

    assert (first["dead_share"], second["dead_share"], last["dead_share"]) == (0.75, 0.5, None)
    assert (first["update_ratio_log10"], last["update_ratio_log10"]) == (None, pytest.approx(-2, abs=1e-3))
    assert first["grad_norm"] == pytest.approx(2 * math.sqrt(40))
    assert network.training


def test_only_relu_has_dead_units(monkeypatch: pytest.MonkeyPatch) -> None:
    look_at_every_step(monkeypatch)
    run = train(digits_config(training__epochs=1, model__activation="tanh"))
    health = run.history().health
    assert health is not None
    assert [layer["dead_share"] for layer in health["per_layer"]] == [None, None, None]
    assert [layer["name"] for layer in health["per_layer"]] == ["fc1", "fc2", "fc3"]


def test_the_cpu_gauge_reads_this_process() -> None:
    gauge = DeviceGauge(torch.device("cpu"))
    reading = gauge.read()
    assert reading["load"] >= 0
    assert not sys.platform.startswith("linux") or reading["memory_bytes"] > 50_000_000


class FakeNvml(SimpleNamespace):
    """As much of pynvml as the gauge asks for; power is not supported by this card."""

    NVML_TEMPERATURE_GPU = 0
    NVMLError = RuntimeError

    def nvmlInit(self) -> None:
        pass

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:
        assert uuid == "GPU-1234"
        return "handle"

    def nvmlDeviceGetUtilizationRates(self, handle: str) -> SimpleNamespace:
        return SimpleNamespace(gpu=37)

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> SimpleNamespace:
        return SimpleNamespace(used=5_000_000, total=8_000_000)

    def nvmlDeviceGetTemperature(self, handle: str, sensor: int) -> int:
        return 61

    def nvmlDeviceGetPowerUsage(self, handle: str) -> int:
        raise RuntimeError("not supported")


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    """A driver that knows one GPU, which torch calls cuda:0."""
    fake = FakeNvml()
    monkeypatch.setitem(sys.modules, "pynvml", fake)  # type: ignore[arg-type]
    monkeypatch.setattr("torch.cuda.get_device_properties", lambda device: SimpleNamespace(uuid="1234"))
    return fake


GPU_READING = {"load": 0.37, "memory_bytes": 5_000_000, "memory_total_bytes": 8_000_000, "temperature_c": 61}


def test_a_gpu_is_read_by_nvml_without_what_it_does_not_tell(nvml: FakeNvml) -> None:
    assert DeviceGauge(torch.device("cuda:0")).read() == GPU_READING


def test_a_gpu_without_its_driver_has_no_figures_and_never_those_of_the_process(
    nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("driver not loaded")

    monkeypatch.setattr(nvml, "nvmlInit", fail)
    assert DeviceGauge(torch.device("cuda:0")).read() == {}


def test_what_a_gpu_takes_stands_in_the_log_of_its_run(nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch) -> None:
    look_at_every_step(monkeypatch)
    # There is no GPU here: the run trains on the CPU, and only what is read of the device is a GPU's.
    monkeypatch.setattr("tui_trainer.engine.attempt_loop.DeviceGauge", lambda _: DeviceGauge(torch.device("cuda:0")))
    run = train(digits_config(training__epochs=1))
    device = run.history().device
    assert device is not None and {name: device[name] for name in GPU_READING} == GPU_READING
    assert "power_w" not in device
