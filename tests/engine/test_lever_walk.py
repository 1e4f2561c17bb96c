"""Every optimiser, schedule and network trains digits to the weights of its printed script, bit for bit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine.script_processes import ScriptProcesses, script_processes
from tests.engine.training import THREADS, digits_config, ended, script_weights, train
from tui_trainer.engine.optimization import build_optimizer
from tui_trainer.engine.schedule import build_schedule
from tui_trainer.runs.config import OPTIMIZERS, SCHEDULES, Activation, Initialisation
from tui_trainer.runs.errors import ConfigError
from tui_trainer.runs.script_printer import print_script

pytestmark = pytest.mark.slow

NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "dropout and batch norm": {"model__dropout": 0.2, "model__batch_norm": True, "model__style": "sequential"},
}
REFUSED_BY_TORCH: set[tuple[str, str]] = set()
"""(optimiser, schedule) that torch does not take together, and neither do we: none, with one-cycle's cycle_momentum off."""
SHORT = {"model__hidden": [16, 12], "training__epochs": 2, "data__batch_size": 256, "training__save_every_epochs": 2}

LEVERS: dict[str, dict[str, Any]] = {
    "accumulation and clipping": {"training__accumulate": 3, "training__clip_norm": 0.5},
    "accumulation, watched train loss": {"training__accumulate": 4, "training__early_stopping": "train_loss"},
    "clipping and smoothing": {"training__clip_norm": 0.2, "training__label_smoothing": 0.1},
    "bf16": {"training__autocast": "bf16"},
    "mean weights with batch norm": {"training__ema_decay": 0.9, "model__batch_norm": True},
    "deterministic": {"training__deterministic": True},
    "validation split": {"data__validation_share": 0.15, "data__split_seed": 3, "model__dropout": 0.1},
    "plateau on validation": {"data__validation_share": 0.1, "schedule__name": "plateau", "schedule__threshold": 0.9},
    "plateau on training": {"schedule__name": "plateau", "schedule__threshold": 0.9, "schedule__patience": 0},
    "everything at once": {
        "optimizer__name": "muon",
        "schedule__name": "warmup_cosine",
        "model__layer_norm": True,
        "training__ema_decay": 0.95,
        "training__clip_norm": 1.0,
        "training__accumulate": 2,
        "training__label_smoothing": 0.1,
        "training__autocast": "bf16",
        "data__validation_share": 0.2,
    },
    "nesterov": {"optimizer__nesterov": True, "optimizer__momentum": 0.9, "optimizer__lr": 0.05},
    "dampening": {"optimizer__momentum": 0.9, "optimizer__dampening": 0.5, "optimizer__lr": 0.05},
    "fused": {"optimizer__name": "adamw", "optimizer__fused": True},
    "amsgrad": {"optimizer__name": "adam", "optimizer__amsgrad": True, "optimizer__beta2": 0.99},
    "centred": {"optimizer__name": "rmsprop", "optimizer__centered": True, "optimizer__momentum": 0.5},
    "decoupled": {"optimizer__name": "nadam", "optimizer__weight_decay": 0.1, "optimizer__decoupled_weight_decay": True},
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptProcesses]:
    """Runs each printed script as a process of its own."""
    with script_processes(tmp_path_factory.mktemp("scripts")) as processes:
        yield processes


def assert_same_weights(changes: dict[str, Any], scripts: ScriptProcesses | None = None) -> None:
    config = digits_config(**{**SHORT, **changes})
    expected, printed = scripts.weights(config) if scripts else script_weights(config)
    run = train(config)
    assert ended(run)["status"] == "done" and ended(run)["weights_sha256"] == expected
    assert not run.history().warnings
    for line, epoch in zip([x for x in printed.splitlines() if x.startswith("Epoch")], run.history().epochs, strict=True):
        assert f"test acc {epoch.test_acc:.4f}" in line


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimiser_with_every_schedule_has_the_weights_of_its_script(
    optimizer: str, schedule: str, network: dict[str, Any], scripts: ScriptProcesses
) -> None:
    changes = {"optimizer__name": optimizer, "schedule__name": schedule, **network}
    if (optimizer, schedule) in REFUSED_BY_TORCH:
        with pytest.raises(ConfigError):
            train(digits_config(**{**SHORT, **changes}))
        return
    assert_same_weights(changes, scripts)


@pytest.mark.parametrize("changes", LEVERS.values(), ids=LEVERS.keys())
def test_each_lever_of_training_has_the_weights_of_its_script(changes: dict[str, Any]) -> None:
    assert_same_weights(changes)
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("style", ["class", "sequential"])
@pytest.mark.parametrize("activation", Activation)
def test_each_activation_has_the_weights_of_its_script(activation: Activation, style: str) -> None:
    assert_same_weights({"model__activation": activation.value, "model__style": style, "optimizer__lr": 0.05})


@pytest.mark.parametrize("initialisation", Initialisation)
def test_each_initialisation_has_the_weights_of_its_script(initialisation: Initialisation) -> None:
    assert_same_weights({"model__init": initialisation.value, "model__layer_norm": True, "optimizer__lr": 0.05})


@pytest.mark.process
@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer__name": "muon", "schedule__name": "one_cycle"},
        {"optimizer__name": "adagrad", "schedule__name": "plateau", "data__validation_share": 0.1},
        {**NETWORKS["dropout and batch norm"], "optimizer__name": "radam", "training__ema_decay": 0.9},
    ],
    ids=["muon", "adagrad", "radam"],
)
def test_a_printed_script_run_as_a_process_has_the_weights_of_its_run(changes: dict[str, Any], tmp_path: Path) -> None:
    config = digits_config(**{**SHORT, **changes})
    path = tmp_path / "script.py"
    path.write_text(print_script(config, threads=THREADS, verify=True))
    command = [sys.executable, "-W", "error", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=os.environ, check=True)
    assert done.stdout.split("weights_sha256 ")[1].strip() == ended(train(config))["weights_sha256"]


def test_a_cycle_that_torch_cannot_make_of_so_few_steps_is_refused_with_its_key() -> None:
    config = digits_config(schedule__name="one_cycle", schedule__pct_start=0.5, training__epochs=2)
    optimizer = build_optimizer(config.optimizer, [torch.nn.Parameter(torch.zeros(1))])
    with pytest.raises(ConfigError, match=r"schedule\.name.*one_cycle.*2 steps"):
        build_schedule(config, optimizer, 1)
