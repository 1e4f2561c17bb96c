from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tui_trainer.runs.config import SGD, Adam, AdamW, RunConfig
from tui_trainer.runs.config_layers import change, merge, parse_value, resolve_config
from tui_trainer.runs.errors import ConfigError, UsageError


def write_toml(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text)
    return path


def test_without_any_layer_the_defaults_hold() -> None:
    assert resolve_config() == RunConfig() == resolve_config(preset="book")


def test_later_layers_win(tmp_path: Path) -> None:
    file = write_toml(tmp_path, "seed = 2\n[training]\nepochs = 30\n[data]\nbatch_size = 10\n")
    config = resolve_config(
        preset="polished", file=file, flags={"training.epochs": 40, "seed": 3}, sets=["training.epochs=50", "name=mine"]
    )
    assert (config.training.epochs, config.seed, config.data.batch_size, config.name) == (50, 3, 10, "mine")
    assert config.model.style == "sequential"


def test_another_name_of_a_union_takes_the_new_variants_own_defaults() -> None:
    assert resolve_config(preset="book", sets=["optimizer.name=adam"]).optimizer == Adam()
    assert resolve_config(preset="polished", sets=["optimizer.name=sgd"]).optimizer == SGD()
    assert resolve_config(preset="polished", sets=["optimizer.name=adam", "optimizer.lr=0.01"]).optimizer == Adam(lr=0.01)


def test_the_same_name_of_a_union_drops_nothing() -> None:
    config = resolve_config(preset="polished", sets=["optimizer.name=adamw", "optimizer.lr=0.5"])
    assert config.optimizer == AdamW(lr=0.5, weight_decay=0.0001)
    assert resolve_config(sets=["optimizer.name=sgd", "optimizer.momentum=0.9"]).optimizer == SGD(momentum=0.9)


def test_a_table_without_a_name_keeps_the_name_below_it(tmp_path: Path) -> None:
    config = resolve_config(preset="adam", file=write_toml(tmp_path, "[optimizer]\nlr = 0.25\n"))
    assert config.optimizer == Adam(lr=0.25)
    assert resolve_config(file=write_toml(tmp_path, "[optimizer]\nlr = 0.25\n")).optimizer == SGD(lr=0.25)


def test_a_file_with_another_name_drops_the_presets_keys(tmp_path: Path) -> None:
    config = resolve_config(preset="momentum", file=write_toml(tmp_path, '[optimizer]\nname = "adam"\n'))
    assert config.optimizer == Adam()


def test_the_same_key_set_twice_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"optimizer\.lr: is set twice"):
        resolve_config(sets=["optimizer.lr=0.1", "optimizer.lr=0.1"])


def test_a_relative_path_is_that_of_its_file_or_of_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    file = write_toml(tmp_path, '[data]\nsource = "idx:../mnist"\n')
    assert resolve_config(file=file).data.source == f"idx:{tmp_path.parent}/mnist"
    for words in (["data.source=idx:../mnist"], ['data={source="idx:../mnist"}']):
        assert resolve_config(sets=words).data.source == f"idx:{tmp_path}/mnist"
    assert resolve_config(flags={"data.source": "idx:mnist"}).data.source == f"idx:{tmp_path}/here/mnist"
    assert resolve_config(flags={"data.source": "idx:/a/../b"}).data.source == "idx:/b"


def test_a_home_folder_is_expanded_and_an_unknown_user_is_no_accident(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.chdir(tmp_path)
    assert resolve_config(sets=["data.source=idx:~/mnist"]).data.source == "idx:/home/me/mnist"
    assert resolve_config(sets=["data.source=idx:~nobody-here/x"]).data.source == f"idx:{tmp_path}/~nobody-here/x"


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("0.5", 0.5), ("true", True), ("[1, 2]", [1, 2]), ('"a b"', "a b"), ("adam", "adam"), ("idx:/x", "idx:/x"),
     ("", ""), ("1e3", 1000.0), ("a\nb = 1", "a\nb = 1"), ("[" * 5000, "[" * 5000), ("9" * 5000, "9" * 5000), ("'", "'")],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_a_value_is_read_as_toml_and_else_as_text(text: str, value: Any) -> None:
    assert parse_value(text) == value


@pytest.mark.parametrize(
    "words",
    [["epochs"], ["=5"], [""], ["a..b=1"], [".=1"], ["optimizer=adam"], ["optimizer.lr.x=1"], ["training.epochs=1e3"],
     ["seed=true"], ["data=5", "data.source=digits"], ["data.source=digits", "data=5"], ["a." * 3000 + "b=1"], ["\x1b[31m"]],
    ids=lambda words: ascii(words[0])[:20],
)  # fmt: skip
def test_wrong_sets_are_refused_in_one_line(words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_config(sets=words)
    assert len(caught.value.message) <= 300 and caught.value.message.isprintable()


def test_an_unknown_preset_gets_the_nearest_one() -> None:
    with pytest.raises(UsageError, match='"polish" is no preset; did you mean "polished"'):
        resolve_config(preset="polish")


def test_merging_leaves_its_layers_as_they_were() -> None:
    lower, upper = {"model": {"hidden": [1]}}, {"model": {"dropout": 0.5}}
    merged = merge(lower, upper)
    merged["model"]["hidden"].append(2)
    assert lower == {"model": {"hidden": [1]}} and upper == {"model": {"dropout": 0.5}}


def test_one_change_follows_the_same_rules() -> None:
    config = resolve_config(preset="momentum")
    assert change(config, "optimizer.name", "adamw").optimizer == AdamW()
    assert change(config, "model.hidden", [5]).model.hidden == (5,)
    with pytest.raises(ConfigError, match=r"optimizer\.lr"):
        change(config, "optimizer.lr", -1)
