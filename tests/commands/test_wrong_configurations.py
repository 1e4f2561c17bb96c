"""Section F of the reliability rules: wrong configurations are refused as processes of their own, before there is a run.

Each: exit 2, one line of at most 300 characters that names the key, what was written and what may be, within 2 s, no folder.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.commands.command_process import CommandLine, run_process

LIMIT_S = 2.0

TYPOS = [
    ("training.epoch=5", ["training.epoch", 'did you mean "epochs"']),
    ("optimizer.lrr=0.1", ["optimizer.lrr", 'did you mean "lr"']),
    ("model.hiden=[5]", ["model.hiden", 'did you mean "hidden"']),
    ("data.batchsize=5", ["data.batchsize", 'did you mean "batch_size"']),
    ("optimizer.name=adm", ['"adm"', 'did you mean "adam"']),
    ("schedule.name=cosin", ['"cosin"', 'did you mean "cosine"']),
    ("model.activation=reluu", ["model.activation", '"reluu"', 'did you mean "relu"']),
    ("model.init=xavier", ["model.init", '"xavier"', "xavier_"]),
    ("data.source=mnst", ["data.source", '"mnst"', 'did you mean "mnist"']),
    ("training.autocast=bf61", ["training.autocast", '"bf61"', 'did you mean "bf16"']),
]
RANGES = [
    ("training.epochs=0", ["training.epochs", "0", "from 1 to 1,000,000"]),
    ("training.epochs=1000000000000", ["training.epochs", "1000000000000", "from 1 to 1,000,000"]),
    ("training.epochs=1.5", ["training.epochs", "1.5", "a whole number"]),
    ("training.epochs=true", ["training.epochs", "true", "a whole number"]),
    ("data.batch_size=1000000000", ["data.batch_size", "1000000000", "from 1 to 10,000,000"]),
    ("data.batch_size=-1", ["data.batch_size", "-1", "from 1 to 10,000,000"]),
    ("data.validation_share=0.95", ["data.validation_share", "0.95", "from 0.0 to 0.9"]),
    ("optimizer.lr=-0.1", ["optimizer.lr", "-0.1", "at least 0.0"]),
    ("optimizer.lr=nan", ["optimizer.lr", "nan", "finite"]),
    ("optimizer.lr=1e999", ["optimizer.lr", "inf", "finite"]),
    ("optimizer.lr=abc", ["optimizer.lr", '"abc"', "a number"]),
    ("optimizer.lr=", ["optimizer.lr", '""', "a number"]),
    ("optimizer.momentum=1", ["optimizer.momentum", "1", "from 0.0 to below 1.0"]),
    ("optimizer.weight_decay=-1", ["optimizer.weight_decay", "-1", "at least 0.0"]),
    ("model.dropout=1", ["model.dropout", "1", "from 0.0 to below 1.0"]),
    ("model.hidden=[0]", ["model.hidden", "0", "each from 1 to 1,000,000"]),
    ("model.hidden=[1000000000]", ["model.hidden", "1000000000", "needs 6.4 TB", "free"]),
    ("training.threads=0", ["training.threads", "0", "from 1 to 1,024"]),
    ("seed=-1", ["seed", "-1", "from 0 to"]),
    ("device=gpu", ["device", '"gpu"', "auto, cpu, cuda"]),
    ("name=../../x", ["name", "letters, digits"]),
]
CONFLICTS = [
    ("optimizer.nesterov=true", ["optimizer.nesterov", "true", "optimizer.momentum above 0"]),
    ("training.early_stopping=val_loss", ["training.early_stopping", '"val_loss"', "data.validation_share above 0"]),
    ("optimizer.beta1=0.9", ["optimizer.beta1", "no such key of sgd", "momentum"]),
    ("no equals sign", ["no equals sign", "KEY=VALUE"]),
    ("optimizer=adam", ["optimizer", '"adam"', "a table"]),
]
WRONG = [*TYPOS, *RANGES, *CONFLICTS]
FILES = [
    (b"[training]\nepochs = 5\nepochs = 6\n", "line 3"),
    (b"\xff\xfe[training]", "no UTF-8"),
    (b"[training\nepochs = 5\n", "line 1"),
    (b"a = " + b"[" * 1000 + b"]" * 1000, "TOML"),
    (b"#" * (1 << 20) + b"#", "larger than 1 MB"),
    (b"[training]\nepochs = " + b"9" * 5000, "5000 digits"),
    (b"[trainig]\nepochs = 5\n", 'did you mean "training"'),
]
"""What is in a file, and what its refusal says."""


def refused(home: Path, *arguments: str) -> str:
    """The line with which `train` as a process refuses `arguments`."""
    begun = time.monotonic()
    done = run_process("train", *arguments)
    elapsed_s = time.monotonic() - begun
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("mlp-tui: ")
    assert len(done.stderr) <= 310 and done.stderr.strip().isprintable()
    assert not list(home.rglob("runs/*"))
    assert elapsed_s < 2 * LIMIT_S  # twice, for a machine that tests other things meanwhile
    return done.stderr


def test_there_are_thirty_of_them() -> None:
    assert len(WRONG) >= 30


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize(("setting", "words"), WRONG, ids=[setting for setting, _ in WRONG])
def test_a_wrong_setting_is_refused_by_a_process_in_one_line(home: Path, setting: str, words: list[str]) -> None:
    line = refused(home, "--set", setting)
    assert all(word in line for word in words), line


@pytest.mark.parametrize(("setting", "words"), WRONG, ids=[setting for setting, _ in WRONG])
def test_a_wrong_setting_is_refused_in_one_line(command_line: CommandLine, home: Path, setting: str, words: list[str]) -> None:
    begun = time.monotonic()
    assert command_line("train", "--set", setting) == 2
    assert time.monotonic() - begun < LIMIT_S
    assert all(word in command_line.complaint for word in words), command_line.complaint
    assert len(command_line.complaint) <= 310 and not list(home.rglob("runs/*"))


@pytest.mark.parametrize(("content", "words"), FILES, ids=[words for _, words in FILES])
def test_a_wrong_file_is_refused_in_one_line(
    command_line: CommandLine, home: Path, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "wrong.toml").write_bytes(content)
    begun = time.monotonic()
    assert command_line("train", str(tmp_path / "wrong.toml")) == 2
    assert time.monotonic() - begun < LIMIT_S
    assert words in command_line.complaint and not list(home.rglob("runs/*"))


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_read(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "windows.toml").write_bytes(b'\xef\xbb\xbf[data]\r\nsource = "digits"\r\n')
    assert command_line("code", str(tmp_path / "windows.toml")) == 0
    assert "load_digits" in command_line.out


def test_all_errors_are_told_at_once(command_line: CommandLine) -> None:
    assert command_line("train", "--set", "optimizer.lr=-1", "--set", "training.epochs=0", "--set", "model.dropout=2") == 2
    assert all(key in command_line.complaint for key in ("optimizer.lr", "training.epochs", "model.dropout"))
