from __future__ import annotations

import time
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from tui_trainer.runs.config import (
    OPTIMIZERS,
    SCHEDULES,
    RunConfig,
    default_config,
    dump_config,
    field_at,
    validate_config,
    value_at,
)
from tui_trainer.runs.config_errors import field_limits
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.errors import ConfigError
from tui_trainer.runs.presets import PRESETS, preset_config

NO_NUMBERS = [float("nan"), float("inf"), -float("inf"), float("1e999"), "abc", "", "1", None, True, [1], {}, 10**4200]
NO_WHOLE_NUMBERS = [1.5, 1e3, "1e3", -(10**4200)]


def numeric_fields() -> Iterator[tuple[str, type, dict[str, float]]]:
    """(dotted key, int or float, limits) of every numeric field, those of each optimiser included."""
    config = RunConfig()
    sections = {"": config, "data.": config.data, "model.": config.model, "training.": config.training}
    for prefix, section in sections.items():
        yield from numeric_fields_of(type(section), prefix)
    yield from numeric_fields_of(type(config.optimizer), "optimizer.")


def numeric_fields_of(section: type[BaseModel], prefix: str) -> Iterator[tuple[str, type, dict[str, float]]]:
    for name, field in section.model_fields.items():
        if field.annotation in (int, float):
            yield prefix + name, typing.cast(type, field.annotation), field_limits(field.metadata)


def tables_with(key: str, value: Any) -> dict[str, Any]:
    *path, leaf = key.split(".")
    tables = {leaf: value}
    if path == ["optimizer"]:
        tables["name"] = "sgd"
    return {path[0]: tables} if path else tables


def refusal(tables: dict[str, Any]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        validate_config(tables)
    assert caught.value.exit_code == 2
    assert len(caught.value.message) <= 300 and caught.value.message.isprintable()
    assert all(str(field).isprintable() for field in caught.value.errors)  # the form shows them one by one
    return caught.value


def test_the_defaults_are_the_books() -> None:
    config = validate_config({})
    assert config == RunConfig()
    assert config.model.hidden == (128, 64) and config.model.style == "class"
    assert (config.data.batch_size, config.data.eval_batch_size, config.data.source) == (64, 512, None)
    assert (config.optimizer.name, config.optimizer.lr, config.schedule.name) == ("sgd", 0.5, "constant")
    assert (config.training.epochs, config.seed, config.device) == (20, 0, "auto")


@pytest.mark.parametrize("key", [key for key, _, _ in numeric_fields()])
def test_a_numeric_field_refuses_what_is_no_number_and_names_itself(key: str) -> None:
    kind = type(value_at(RunConfig(), key))
    for value in NO_NUMBERS + (NO_WHOLE_NUMBERS if kind is int else []):
        error = refusal(tables_with(key, value))
        assert [field.key for field in error.errors] == [key], value
        assert "number" in error.message, value


@pytest.mark.parametrize(("key", "kind", "limits"), [pytest.param(*row, id=row[0]) for row in numeric_fields()])
def test_a_numeric_field_takes_its_bounds_and_nothing_beyond(key: str, kind: type, limits: dict[str, float]) -> None:
    step = 1 if kind is int else 1e-9
    assert {"ge", "gt"} & set(limits)
    if kind is int:
        assert "le" in limits, "every integer has an upper bound"
    for bound, inside, outside in (("ge", 0, -step), ("le", 0, step), ("lt", -step, 0)):
        if bound in limits:
            assert value_at(validate_config(tables_with(key, limits[bound] + inside)), key) == limits[bound] + inside
            message = refusal(tables_with(key, limits[bound] + outside)).message
            assert f"{limits[bound]:,}" in message


@pytest.mark.parametrize("value", [0, -1, 1.5, True, None, "abc", "", float("nan"), 1025])
def test_threads_take_auto_or_a_count(value: Any) -> None:
    assert 'must be "auto" or a whole number from 1 to 1,024' in refusal({"training": {"threads": value}}).message
    assert validate_config({"training": {"threads": 2}}).training.threads == 2


@pytest.mark.parametrize(
    ("key", "value", "is_taken"),
    [
        ("optimizer.lr", 0, True),
        ("optimizer.lr", 1e308, True),
        ("optimizer.lr", -1e-9, False),
        ("optimizer.weight_decay", -0.1, False),
        ("optimizer.momentum", 1, False),
        ("optimizer.momentum", 0.999, True),
        ("model.dropout", 1, False),
        ("model.dropout", 0.999, True),
        ("model.hidden", [], True),
        ("model.hidden", [10**6] * 64, True),
    ],
)
def test_extreme_values_are_taken_or_refused_as_documented(key: str, value: Any, is_taken: bool) -> None:
    if is_taken:
        assert value_at(validate_config(tables_with(key, value)), key) is not None
    else:
        assert refusal(tables_with(key, value)).errors[0].key == key


@pytest.mark.parametrize(
    "name",
    ["../../x", "/etc/x", ".", "..", "", "x" * 65, "x" * 300, "a\0b", "a\n", "a\nb", "-rf", "~", "con", "CON.txt", "LPT1",
     "nul.tar.gz", "dot.", "é", "e\u0301", "a b", "a/b", "a\\b", "\u202egnp", "\x1b[31m", "Ⅷ"],
    ids=lambda name: ascii(name)[:20],
)  # fmt: skip
def test_a_name_that_is_no_folders_name_everywhere_is_refused(name: str) -> None:
    assert [field.key for field in refusal({"name": name}).errors] == ["name"]


@pytest.mark.parametrize("name", ["a", "book", "A.b-c_d", "0", "x" * 64, "console", "com10"])
def test_a_plain_name_is_taken(name: str) -> None:
    assert validate_config({"name": name}).name == name


WRONG = [
    ({"epochs": 5}, ["epochs", "no such key"]),
    ({"training": {"epoch": 5}}, ["training.epoch", 'did you mean "epochs"?']),
    ({"trainig": {}}, ["trainig", 'did you mean "training"?']),
    ({"5": 1}, ["5: no such key"]),
    ({"data": {"7": 1}}, ["data.7: no such key"]),
    ({"data": {"batchsize": 64}}, ["data.batchsize", 'did you mean "batch_size"?']),
    ({"data": {"batch_size": 0}}, ["data.batch_size", "0", "from 1 to 10,000,000"]),
    ({"data": {"source": "mnst"}}, ["data.source", '"mnst"', 'did you mean "mnist"?']),
    ({"data": {"source": "idx:"}}, ["data.source", "needs a folder"]),
    ({"data": {"source": "idx:a\0b"}}, ["data.source", "zero byte"]),
    ({"data": {"source": "/etc/passwd"}}, ["data.source", "is no data source", "mnist, digits, idx:DIR"]),
    ({"data": {"source": 5}}, ["data.source", "5 must be a text"]),
    ({"data": 5}, ["data: 5 must be a table"]),
    ({"model": {"hidden": [128, 0]}}, ["model.hidden", "0", "each from 1 to 1,000,000"]),
    ({"model": {"hidden": [10**9]}}, ["model.hidden", "1000000000", "1,000,000", "needs 6.4 TB", "free"]),
    ({"model": {"hidden": [10**9, 10**9]}}, ["model.hidden", "needs 8.0 EB"]),
    ({"model": {"hidden": [10**4000]}}, ["model.hidden", "1,000,000", "EB"]),
    ({"model": {"hidden": [1] * 65}}, ["model.hidden", "at most 64"]),
    ({"model": {"hidden": [100] * 10**5}}, ["model.hidden", "at most 64", "needs 8.0 GB", "free"]),
    ({"model": {"hidden": [1.5]}}, ["model.hidden", "1.5", "whole numbers"]),
    ({"model": {"hidden": 128}}, ["model.hidden", "128", "a list such as [128, 64]"]),
    ({"model": {"style": "clas"}}, ["model.style", '"clas"', 'did you mean "class"?']),
    ({"model": {"activation": "glu"}}, ["model.activation", '"glu"', 'did you mean "gelu"?']),
    ({"model": {"batch_norm": True, "layer_norm": True}}, ["model.layer_norm", "true", "model.batch_norm"]),
    ({"model": {"init": "kaiming"}}, ["model.init", '"kaiming"', 'did you mean "kaiming_normal"?']),
    ({"optimizer": {"name": "sgd", "nesterov": True}}, ["optimizer.nesterov", "true", "optimizer.momentum above 0"]),
    (
        {"optimizer": {"name": "sgd", "nesterov": True, "momentum": 0.9, "dampening": 0.1}},
        ["optimizer.nesterov", "optimizer.dampening 0"],
    ),
    ({"optimizer": {"name": "adam", "beta1": 1.0}}, ["optimizer.beta1", "1.0", "from 0.0 to below 1.0"]),
    ({"optimizer": {"name": "adam", "eps": 0.0}}, ["optimizer.eps", "0.0", "more than 0"]),
    ({"optimizer": {"name": "muon"}, "model": {"hidden": []}}, ["optimizer.name", '"muon"', "model.hidden"]),
    ({"optimizer": {"name": "muon", "ns_steps": 100}}, ["optimizer.ns_steps", "100", "from 1 to 99"]),
    (
        {"schedule": {"name": "warmup_cosine", "warmup_epochs": 20}},
        ["schedule.warmup_epochs", "20 must be fewer than the 20 of training.epochs"],
    ),
    ({"schedule": {"name": "multistep", "milestones": [9, 5]}}, ["schedule.milestones", "[9, 5]", "rise"]),
    ({"schedule": {"name": "multistep", "milestones": [0]}}, ["schedule.milestones", "0", "1,000,000"]),
    ({"schedule": {"name": "one_cycle", "pct_start": 1.0}}, ["schedule.pct_start", "1.0", "less than 1"]),
    ({"schedule": {"name": "plateau", "factor": 1.0}}, ["schedule.factor", "1.0", "less than 1"]),
    ({"training": {"early_stopping": "val_loss"}}, ["training.early_stopping", '"val_loss"', "data.validation_share above 0"]),
    ({"training": {"early_stopping": "test_acc"}}, ["training.early_stopping", '"test_acc"', "val_acc"]),
    ({"training": {"autocast": "fp16"}, "device": "cpu"}, ["training.autocast", '"fp16"', "cpu"]),
    ({"data": {"validation_share": 1.0}}, ["data.validation_share", "1.0", "from 0.0 to 0.9"]),
    ({"model": {"batch_norm": 1}}, ["model.batch_norm", "1", "true or false"]),
    ({"model": {"batch_norm": "true"}}, ["model.batch_norm", '"true"', "true or false"]),
    ({"model": {"dropout": 1.0}}, ["model.dropout", "1.0", "from 0.0 to below 1.0"]),
    ({"optimizer": {"name": "adm"}}, ["optimizer", '"adm"', 'did you mean "adam"?']),
    ({"optimizer": {"name": 5}}, ["optimizer", '"5"', "sgd, adam, adamw"]),
    ({"optimizer": "adam"}, ["optimizer", '"adam"', "a table"]),
    ({"optimizer": {"name": "adam", "momentum": 0.9}}, ["optimizer.momentum", "no such key of adam"]),
    ({"optimizer": {"name": "adam", "lr": -1}}, ["optimizer.lr", "-1", "at least 0.0"]),
    ({"optimizer": {"name": "sgd", "lr": float("nan")}}, ["optimizer.lr", "nan", "finite"]),
    ({"schedule": {"name": "cosine", "T_max": 5}}, ["schedule.T_max", "no such key of cosine"]),
    ({"schedule": {"name": "cosin"}}, ["schedule", '"cosin"', 'did you mean "cosine"?']),
    ({"device": "gpu"}, ["device", '"gpu"', "auto, cpu, cuda, cuda:N or mps"]),
    ({"device": "cuda:"}, ["device", '"cuda:"']),
    ({"seed": -1}, ["seed", "-1", "from 0 to 9,223,372,036,854,775,807"]),
    ({"seed": 2**63}, ["seed", "9223372036854775808", "9,223,372,036,854,775,807"]),
    ({"training": {"epochs": 10**12}}, ["training.epochs", "1000000000000", "1,000,000"]),
    ({"name": None}, ["name", "null must be a text"]),
    ({"x" * 5000: 1}, ["no such key", "known: name, seed"]),
    ({"\x1b[31m": 1}, ["no such key"]),
    ({"data": {"source": "\x1b]0;owned\x07"}}, ["data.source", "is no data source"]),
    ({"training": {"epochs": "x" * 5000}}, ["training.epochs", "a whole number"]),
    ({"data": {"source": "idx:/a\udc80"}}, ["cannot be read"]),
    ({"seed": 10**5000}, ["cannot be read"]),
]


@pytest.mark.parametrize(("tables", "parts"), [pytest.param(*row, id=str(index)) for index, row in enumerate(WRONG)])
def test_a_wrong_configuration_is_refused_in_one_line_with_key_value_and_range(
    tables: dict[str, Any], parts: list[str]
) -> None:
    error = refusal(tables)
    assert len(error.errors) == 1
    for part in parts:
        assert part in error.message


def test_all_errors_come_together_each_with_its_key() -> None:
    wrong = {
        "seed": -1,
        "epochs": 5,
        "data": {"batch_size": 0, "source": "mnst"},
        "model": {"dropout": 2.0, "hidden": [0, 0]},
        "optimizer": {"name": "sgd", "lr": -1},
        "training": {"threads": 0},
    }
    keys = [field.key for field in refusal(wrong).errors]
    expected = [
        "seed",
        "data.source",
        "data.batch_size",
        "model.hidden",
        "model.dropout",
        "optimizer.lr",
        "training.threads",
        "epochs",
    ]
    assert sorted(keys) == sorted(expected) and len(keys) == len(set(keys))


def test_a_configuration_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        RunConfig().training.epochs = 5  # type: ignore[misc]


@pytest.mark.parametrize("depth", [50, 1000, 100_000])
def test_a_deeply_nested_configuration_is_refused(depth: int) -> None:
    tables: dict[str, Any] = {}
    for _ in range(depth):
        tables = {"data": tables}
    refusal(tables)


def test_every_variant_is_found_by_its_name_and_survives_a_round() -> None:
    assert list(OPTIMIZERS) == ["sgd", "adam", "adamw", "nadam", "radam", "rmsprop", "adagrad", "adamax", "muon"]
    assert list(SCHEDULES) == [
        "constant", "step", "multistep", "exponential", "cosine", "warmup_cosine", "one_cycle", "plateau",
    ]  # fmt: skip
    for optimizer, variant in OPTIMIZERS.items():
        for schedule in SCHEDULES:
            config = resolve_config(sets=[f"optimizer.name={optimizer}", f"schedule.name={schedule}"])
            assert type(config.optimizer) is variant
            assert validate_config(dump_config(config)) == config
            assert "name" not in config.optimizer.torch_arguments()


def test_each_field_declares_its_help() -> None:
    config = RunConfig()
    for table, section in dump_config(config).items():
        keys = [f"{table}.{name}" for name in section if name != "name"] if isinstance(section, dict) else [table]
        for key in keys:
            field = field_at(config, key)
            assert field.title and field.description and len(field.description) <= 120, key


def test_the_default_that_is_not_validated_is_the_one_that_is() -> None:
    assert default_config() == validate_config({}) == validate_config(dump_config(default_config()))


def test_plain_tables_are_those_of_pydantic() -> None:
    for name in PRESETS:
        config = preset_config(name)
        assert dump_config(config) == config.model_dump(mode="json")


@pytest.mark.parametrize("hidden", [[10**9], [10**9] * 64, [128] * 10**5], ids=["width", "both", "depth"])
def test_a_network_beyond_all_bounds_is_refused_within_a_tenth_of_a_second(hidden: list[int]) -> None:
    validate_config({})
    took_s = []
    # The machine may be busy with something else at one of them.
    for _ in range(5):
        start = time.perf_counter()
        message = refusal({"model": {"hidden": hidden}}).message
        took_s.append(time.perf_counter() - start)
    assert min(took_s) < 0.1
    assert "this network needs" in message and "free" in message
