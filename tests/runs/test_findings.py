"""Findings: settings without effect and classic mistakes, each with its way out where there is one."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from tui_trainer.runs.config import OPTIMIZERS, SCHEDULES, RunConfig, dump_config, validate_config
from tui_trainer.runs.config_layers import change, resolve_config
from tui_trainer.runs.errors import ConfigError
from tui_trainer.runs.findings import Severity, find_findings
from tui_trainer.runs.presets import PRESETS, preset_config

MNIST = {"num_inputs": 784, "num_classes": 10, "num_train": 60_000, "free_bytes": 8 * 10**9}

MISTAKES = [
    (["model.hidden=[]", "model.dropout=0.5"], "model.dropout", Severity.NOTE),
    (["model.hidden=[]", "model.activation=gelu"], "model.activation", Severity.NOTE),
    (["model.hidden=[]", "model.batch_norm=true"], "model.batch_norm", Severity.NOTE),
    (["model.activation=sigmoid", "model.hidden=[9,9,9,9,9]"], "model.activation", Severity.WARNING),
    (["model.activation=selu", "model.dropout=0.1"], "model.activation", Severity.NOTE),
    (["model.dropout=0.99"], "model.dropout", Severity.WARNING),
    (["model.activation=tanh", "model.init=kaiming_normal"], "model.init", Severity.WARNING),
    (["model.batch_norm=true", "data.batch_size=1"], "model.batch_norm", Severity.ERROR),
    (["model.batch_norm=true", "data.batch_size=4"], "model.batch_norm", Severity.WARNING),
    (["model.batch_norm=true", "data.batch_size=59999"], "data.batch_size", Severity.ERROR),
    (["data.batch_size=60001"], "data.batch_size", Severity.WARNING),
    (["optimizer.lr=0"], "optimizer.lr", Severity.WARNING),
    (["optimizer.lr=50.0"], "optimizer.lr", Severity.WARNING),
    (["optimizer.momentum=0.9"], "optimizer.lr", Severity.WARNING),
    (["optimizer.name=adamw", "optimizer.lr=0.5"], "optimizer.lr", Severity.WARNING),
    (["optimizer.name=adam", "optimizer.weight_decay=0.01"], "optimizer.weight_decay", Severity.WARNING),
    (["optimizer.weight_decay=2.0"], "optimizer.weight_decay", Severity.WARNING),
    (["optimizer.dampening=0.5"], "optimizer.dampening", Severity.NOTE),
    (["optimizer.name=adagrad", "optimizer.lr_decay=0.1", "schedule.name=cosine"], "optimizer.lr_decay", Severity.WARNING),
    (["schedule.name=cosine", "training.epochs=1"], "schedule.name", Severity.NOTE),
    (["schedule.name=step", "schedule.gamma=1.0"], "schedule.gamma", Severity.NOTE),
    (["schedule.name=step", "schedule.step_size=20"], "schedule.step_size", Severity.NOTE),
    (["schedule.name=multistep", "schedule.milestones=[5, 30]"], "schedule.milestones", Severity.NOTE),
    (["schedule.name=multistep", "schedule.milestones=[]"], "schedule.milestones", Severity.NOTE),
    (["schedule.name=exponential", "schedule.gamma=0.1"], "schedule.gamma", Severity.WARNING),
    (["schedule.name=warmup_cosine", "schedule.warmup_epochs=15"], "schedule.warmup_epochs", Severity.WARNING),
    (["schedule.name=plateau", "schedule.min_lr=1.0"], "schedule.min_lr", Severity.NOTE),
    (["schedule.name=plateau", "schedule.patience=30"], "schedule.patience", Severity.NOTE),
    (["data.source=digits", "data.noise=0.3"], "data.noise", Severity.NOTE),
    (["data.source=mnist", "data.target=y"], "data.target", Severity.NOTE),
    (["data.source=sklearn:wine", "data.target=y"], "data.target", Severity.ERROR),
    (["data.source=mnist", "data.split_seed=3"], "data.split_seed", Severity.NOTE),
    (["data.validation_share=0.8"], "data.validation_share", Severity.WARNING),
    (["training.accumulate=100"], "training.accumulate", Severity.NOTE),
    (["training.deterministic=true", "device=cpu"], "training.deterministic", Severity.NOTE),
    (["training.save_every_epochs=50"], "training.save_every_epochs", Severity.NOTE),
    (["training.label_smoothing=0.9"], "training.label_smoothing", Severity.WARNING),
    (["training.patience=2"], "training.patience", Severity.NOTE),
    (["training.early_stopping=train_loss", "training.patience=20"], "training.patience", Severity.NOTE),
    (["training.early_stopping=train_loss", "schedule.name=one_cycle"], "training.early_stopping", Severity.WARNING),
    (["training.time_budget_s=60", "schedule.name=cosine"], "training.time_budget_s", Severity.WARNING),
    (["training.ema_decay=0.99999", "training.epochs=1"], "training.ema_decay", Severity.WARNING),
    (["model.hidden=[60000, 60000]"], "model.hidden", Severity.ERROR),
    (["model.hidden=[29000, 29000]"], "model.hidden", Severity.WARNING),
]  # fmt: skip


def with_fix(config: RunConfig, fix: dict[str, Any]) -> RunConfig:
    """`config` with each key of `fix` set in its order, as the form does it."""
    for key, value in fix.items():
        config = change(config, key, value)
    return config


@pytest.mark.parametrize(
    ("sets", "key", "severity"), MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_mistake_is_found_at_its_key_and_its_fix_ends_it(sets: list[str], key: str, severity: Severity) -> None:
    config = resolve_config(sets=sets)
    found = [finding for finding in find_findings(config, **MNIST) if finding.key == key]
    assert [finding.severity for finding in found] == [severity]
    assert found[0].message.isprintable() and len(f"{key}: {found[0].message}") <= 200
    if found[0].fix is not None:
        fixed = with_fix(config, found[0].fix)
        assert key not in [finding.key for finding in find_findings(fixed, **MNIST)]


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_has_no_finding(name: str) -> None:
    assert find_findings(preset_config(name), **MNIST) == ()


@pytest.mark.parametrize("schedule", list(SCHEDULES))
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_the_defaults_of_optimisers_and_schedules_have_none(optimizer: str, schedule: str) -> None:
    config = resolve_config(sets=[f"optimizer.name={optimizer}", f"schedule.name={schedule}"])
    assert find_findings(config, **MNIST) == ()


def test_what_depends_on_facts_that_nobody_knows_is_not_judged() -> None:
    config = resolve_config(sets=["data.batch_size=100000", "model.hidden=[1000000]", "training.ema_decay=0.999999"])
    assert find_findings(config) == ()


def test_a_regression_has_no_use_for_classes() -> None:
    sets = ["training.label_smoothing=0.1", "training.early_stopping=val_acc", "data.validation_share=0.1"]
    found = find_findings(resolve_config(sets=sets), num_classes=1)
    assert [(finding.key, finding.severity) for finding in found] == [
        ("training.label_smoothing", Severity.ERROR),
        ("training.early_stopping", Severity.ERROR),
    ]


def test_a_held_out_part_counts_where_the_last_batch_is_one() -> None:
    config = resolve_config(sets=["model.batch_norm=true", "data.batch_size=64"])
    assert find_findings(config, num_train=641)[0].fix == {"data.batch_size": 65}
    held_out = change(config, "data.validation_share", 0.5)
    assert [f for f in find_findings(held_out, num_train=641) if f.key == "data.batch_size"] == []


def test_the_gravest_come_first() -> None:
    sets = ["training.patience=2", "optimizer.lr=0", "model.batch_norm=true", "data.batch_size=1"]
    order = [finding.severity for finding in find_findings(resolve_config(sets=sets))]
    assert order == [Severity.ERROR, Severity.WARNING, Severity.NOTE]


@pytest.mark.parametrize(
    "tables",
    [
        {"model": {"batch_norm": True, "layer_norm": True}},
        {"optimizer": {"name": "sgd", "nesterov": True}},
        {"optimizer": {"name": "sgd", "nesterov": True, "momentum": 0.9, "dampening": 0.1}},
        {"optimizer": {"name": "muon"}, "model": {"hidden": []}},
        {"schedule": {"name": "warmup_cosine", "warmup_epochs": 20}},
        {"schedule": {"name": "warmup_cosine"}, "training": {"epochs": 1}},
        {"schedule": {"name": "multistep", "milestones": [9, 5, 9]}},
        {"training": {"early_stopping": "val_loss"}},
        {"training": {"autocast": "fp16"}, "device": "cpu"},
    ],
)
def test_a_conflict_has_a_fix_that_ends_it(tables: dict[str, Any]) -> None:
    from tui_trainer.runs.config_layers import merge, nest

    with pytest.raises(ConfigError) as caught:
        validate_config(tables)
    fix = caught.value.errors[0].fix
    assert fix is not None
    for key, value in fix.items():
        tables = merge(tables, nest({key: value}))
    validate_config(tables)


def test_a_whole_configuration_is_judged_within_50_ms() -> None:
    tables = dump_config(resolve_config(sets=["optimizer.name=adam", "schedule.name=one_cycle", "model.hidden=[64]"]))
    validate_config(tables)
    times = []
    for _ in range(9):
        start = time.perf_counter()
        find_findings(validate_config(tables), **MNIST)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05


def test_judging_loads_neither_torch_nor_numpy() -> None:
    code = (
        "import sys; from tui_trainer.runs.config import RunConfig; from tui_trainer.runs.findings import find_findings; "
        "find_findings(RunConfig(), num_inputs=784, num_classes=10, num_train=60000, free_bytes=10**9); "
        "print([name for name in ('torch', 'numpy', 'textual', 'rich') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
