from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_trainer.runs.config import OPTIMIZERS, SCHEDULES, RunConfig, validate_config
from tui_trainer.runs.config_file import format_config, parse_config_text, read_config_file
from tui_trainer.runs.errors import ConfigError, MlpTuiError, UsageError
from tui_trainer.runs.presets import PRESETS, preset_config

TEXT = b'name = "mine"\n[training]\nepochs = 5\n'
FLOATS = st.floats(0, 1e308, allow_nan=False)
OPTIMIZER = st.one_of(
    st.fixed_dictionaries({"name": st.just("sgd"), "lr": FLOATS, "momentum": st.floats(0, 0.999)}),
    st.fixed_dictionaries({"name": st.sampled_from([name for name in OPTIMIZERS if name != "sgd"]), "lr": FLOATS}),
)
PATHS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
TABLES = st.fixed_dictionaries(
    {"optimizer": OPTIMIZER, "schedule": st.fixed_dictionaries({"name": st.sampled_from(list(SCHEDULES))})},
    optional={
        "name": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}x", fullmatch=True),
        "seed": st.integers(0, 2**63 - 1),
        "device": st.sampled_from(["auto", "cpu", "cuda:3"]),
        "data": st.fixed_dictionaries({"source": st.one_of(st.just("digits"), PATHS.map(lambda path: f"idx:/{path}"))}),
        "model": st.fixed_dictionaries(
            {"hidden": st.lists(st.integers(1, 10**6), max_size=5), "dropout": st.floats(0, 0.999), "batch_norm": st.booleans()}
        ),
        "training": st.fixed_dictionaries({"threads": st.one_of(st.just("auto"), st.integers(1, 1024))}),
    },
).filter(lambda tables: tables["optimizer"]["name"] != "muon" or tables.get("model", {}).get("hidden") != [])


def read(path: Path, content: bytes) -> dict[str, Any]:
    path.write_bytes(content)
    return read_config_file(path)


def refusal(path: Path, kind: type[MlpTuiError] = ConfigError) -> str:
    with pytest.raises(kind) as caught:
        read_config_file(path)
    assert type(caught.value) is kind
    assert len(caught.value.message) <= 300 and caught.value.message.isprintable() and "c.toml" in caught.value.message
    return caught.value.message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.toml"


def test_a_byte_order_mark_and_dos_line_ends_are_read(path: Path) -> None:
    expected = {"name": "mine", "training": {"epochs": 5}}
    assert read(path, TEXT) == expected
    assert read(path, b"\xef\xbb\xbf" + TEXT) == expected
    assert read(path, TEXT.replace(b"\n", b"\r\n")) == expected


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"seed = 1\nseed = 2\n", ["line 2"]),
        (b"[data]\nbatch_size = 1\n[data]\n", ["line 3"]),
        (b"seed = \n", ["line 1", "column 8"]),
        (b'name = "a\n', ["line 1"]),
        (b"seed = 1e999x\n", ["line 1"]),
        (b"name = '\xff'\n", ["byte 8", "no UTF-8"]),
        (b"\xff\xfen\0a\0", ["byte 0", "no UTF-8"]),
        (b"\0" * 50, ["no TOML"]),
        (b"seed = " + b"9" * 5000, ["no TOML"]),
        (b"x = " + b"[" * 1000 + b"]" * 1000, ["no TOML"]),
        (b"x = " + b"{a=" * 1000, ["no TOML"]),
        (b"{}", ["line 1"]),
        (b"\x1b[31m", ["no TOML"]),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_no_toml_is_refused_with_its_place(path: Path, content: bytes, parts: list[str]) -> None:
    path.write_bytes(content)
    message = refusal(path)
    for part in parts:
        assert part in message


def test_a_thousand_nested_tables_are_refused(path: Path) -> None:
    path.write_bytes(b"a." * 3000 + b"b = 1\n")
    with pytest.raises(ConfigError) as caught:
        validate_config(read_config_file(path))
    assert len(caught.value.message) <= 300


def test_a_file_over_1_mb_is_refused_without_being_read(path: Path) -> None:
    path.write_bytes(b"# " + b"x" * (1 << 20))
    assert "larger than 1 MB" in refusal(path)
    with path.open("wb") as file:
        file.truncate(100_000_000_000)
    assert "larger than 1 MB" in refusal(path)


@pytest.mark.parametrize("kind", ["absent", "folder", "fifo", "broken link", "loop"])
def test_what_is_no_file_is_a_usage_error_at_once(path: Path, kind: str) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind != "absent":
        path.symlink_to(path if kind == "loop" else path.with_name("nowhere"))
    refusal(path, UsageError)


def test_a_name_that_is_too_long_for_a_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_config_file(tmp_path / ("x" * 5000))


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("comments", [False, True])
def test_a_preset_survives_being_written_and_read(path: Path, name: str, comments: bool) -> None:
    text = format_config(preset_config(name), comments=comments)
    assert validate_config(read(path, text.encode())) == preset_config(name)
    assert max(len(line) for line in text.splitlines()) < 200


@settings(deadline=None, max_examples=80)
@given(TABLES, st.booleans())
def test_every_configuration_survives_being_written_and_read(tables: dict[str, Any], comments: bool) -> None:
    config = validate_config(tables)
    text = format_config(config, comments=comments)
    assert validate_config(parse_config_text(text.encode(), "here")) == config


def test_the_commented_file_explains_every_key() -> None:
    lines = [line for line in format_config(RunConfig(), comments=True).splitlines() if " = " in line]
    assert len(lines) > 15
    assert [line for line in lines if "#" not in line and not line.startswith("name")] == []
    assert any(line.startswith("epochs = 20 # passes over the training set; from 1 to 1,000,000") for line in lines)
