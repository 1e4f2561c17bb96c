"""The edge of the process: the app or a command, one line and one exit code for each failure, streams of every kind."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.command_process import COMMAND, CommandLine, run_process
from tests.runs_factory import write_run
from tui_trainer import __version__
from tui_trainer.cli import EXIT_PIPE


@pytest.fixture
def command_line(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Runs commands in this process."""
    return CommandLine(capsys)


@pytest.mark.parametrize("arguments", [(), ("open",), ("open", "--start")])
def test_the_app_without_a_terminal_is_refused_with_a_hint_at_train(
    command_line: CommandLine, arguments: tuple[str, ...]
) -> None:
    assert command_line(*arguments) == 2
    assert "mlp-tui train" in command_line.complaint


@pytest.mark.parametrize("term", ["", "dumb"])
def test_the_app_on_a_terminal_that_cannot_draw_is_refused(term: str) -> None:
    leader, follower = pty.openpty()
    try:
        environment = {**os.environ, "TERM": term}
        refused = subprocess.run(COMMAND, stdin=follower, stdout=follower, stderr=subprocess.PIPE, env=environment, timeout=30)
    finally:
        os.close(follower)
        os.close(leader)
    assert refused.returncode == 2
    assert b"mlp-tui train" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trian"], ['"trian"', "train"]),
        (["xyzzy"], ['"xyzzy"', "--help"]),
        (["train", "--epoch", "3"], ["--epoch", "--epochs"]),
        (["train", "--epochs"], ["--epochs", "mlp-tui train --help"]),
        (["train", "--epochs", "1", "--epochs", "2"], ["--epochs", "multiple times"]),
        (["train", "--epochs", "many"], ["training.epochs", '"many"', "1,000,000"]),
        (["train", "--epochs", "0"], ["training.epochs", "0"]),
        (["train", "--preset", "bok"], ['"bok"', '"book"']),
        (["train", "--data", "mnst"], ["data.source", '"mnst"', '"mnist"']),
        (["train", "--device", "gpu"], ["device", '"gpu"', "cuda"]),
        (["train", "--set", "optimzer.lr=1"], ["optimzer", '"optimizer"']),
        (["train", "--set", "optimizer.lr=fast"], ["optimizer.lr", '"fast"']),
        (["train", "--set", "lr"], ['"lr"', "KEY=VALUE"]),
        (["train", "--set", "seed=1", "--set", "seed=2"], ["seed", "twice"]),
        (["train", "--name", "../../x"], ["name", "letters"]),
        (["train", "book"], ['"book"', "--preset"]),
        (["train", "no.toml"], ["no.toml", "no file"]),
        (["train", "a.toml", "b.toml"], ['"b.toml"', "one argument too many"]),
        (["config", "--preset", "quik"], ['"quik"', '"quick"']),
        (["code", "--set", "model.hidden=wide"], ["model.hidden", '"wide"']),
        (["open", "no.toml"], ["no.toml", "no file"]),
        (["open", "--strat"], ["--strat", "--start"]),
        (["open", "--fps", "many"], ["--fps", '"many"', "0.2 to 30"]),
        (["--fps", "31"], ["--fps", '"31"', "0.2 to 30"]),
        (["--budget"], ["--budget", "mlp-tui open --help"]),
        (["show", "nothing"], ["no runs yet"]),
        (["follow", "nothing"], ["no runs yet"]),
        (["stop", "nothing"], ["no runs yet"]),
        (["resume", "nothing"], ["no runs yet"]),
        (["evaluate", "nothing:best"], ["no runs yet"]),
        (["evaluate", "gone.safetensors"], ["gone.safetensors", "not there"]),
        (["evaluate", "last", "--split", "val"], ['"val"', "test", "train"]),
        (["data", "lst"], ['"lst"', '"list"']),
        (["data", "fetch"], ["SOURCE", "mlp-tui data fetch --help"]),
    ],
    ids=" ".join,
)
def test_wrong_words_are_refused_with_2_and_one_line(
    command_line: CommandLine, home: Path, arguments: list[str], words: list[str]
) -> None:
    assert command_line(*arguments) == 2
    complaint = command_line.complaint
    assert len(complaint) <= 300
    for word in words:
        assert word in complaint
    assert not (home / "runs").exists()


def test_control_codes_in_wrong_words_never_reach_the_terminal(command_line: CommandLine) -> None:
    assert command_line("train", "--preset", "\x1b]0;pwned\x07") == 2
    assert "pwned" in command_line.complaint
    assert command_line("\x1b[2Jtrian") == 2
    assert "\x1b" not in command_line.complaint


def test_a_bug_is_one_line_that_names_the_file_with_the_traceback(
    command_line: CommandLine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down() -> None:
        raise ZeroDivisionError("nobody\nexpected this")

    monkeypatch.setattr("tui_trainer.commands.listing.list_runs", break_down)
    assert command_line("runs") == 1
    assert str(home / "crash.log") in command_line.complaint
    traceback = (home / "crash.log").read_text()
    assert "break_down" in traceback
    assert "ZeroDivisionError: nobody" in traceback
    assert (home / "crash.log").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("arguments", "place"), [(["runs"], "listing.list_runs"), ([], "open.open_app")], ids=["runs", "app"])
def test_an_interrupted_command_ends_with_130_and_without_words(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, arguments: list[str], place: str
) -> None:
    def interrupt(*args: object, **kwargs: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"tui_trainer.commands.{place}", interrupt)
    assert command_line(*arguments) == 130
    assert command_line.out == command_line.err == ""


def test_a_reader_that_goes_away_ends_the_command_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without a buffer nothing is left for the interpreter to trip over at its end.
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [*COMMAND, "config"], stdout=writer, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=30
        )
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (EXIT_PIPE, b"")


def test_a_full_disk_under_standard_output_is_told(home: Path) -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run([*COMMAND, "config"], stdout=full, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=30)
    assert ended.returncode == 6
    assert ended.stderr.count(b"\n") == 1
    assert b"No space left" in ended.stderr


def test_closed_standard_streams_are_no_bug() -> None:
    ended = subprocess.run(["/bin/sh", "-c", f"{sys.executable} -m tui_trainer runs <&- >&-"], capture_output=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_letters_that_the_encoding_lacks_are_written_with_backslashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_TUI_HOME", str(tmp_path / "häuser"))
    write_run(epochs_done=1, status="done")
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii:strict"}
    shown = run_process("show", "last", env=environment)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "h\\xe4user" in shown.stdout or "\\ufffd" in shown.stdout
    refused = run_process("train", "--preset", "bücher", env=environment)
    assert refused.returncode == 2
    assert refused.stderr.isascii() and "is no preset" in refused.stderr
    helped = run_process("--help", env=environment)
    assert helped.returncode == 0
    assert helped.stdout.isascii()


def test_a_pipe_gets_no_escape_bytes_even_where_colours_are_forced() -> None:
    for arguments in (["--help"], ["train", "--help"], ["runs"], ["data", "list"]):
        shown = run_process(*arguments, env={"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "TERM": "xterm-256color"})
        assert shown.returncode == 0
        assert "\x1b" not in shown.stdout + shown.stderr


def test_version_is_the_packages_own(command_line: CommandLine) -> None:
    assert command_line("--version") == 0
    assert command_line.out == f"{__version__}\n"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_every_command(command_line: CommandLine, flag: str) -> None:
    from tui_trainer.commands.command_line import COMMANDS

    assert command_line(flag) == 0
    for name in [*COMMANDS, "data"]:
        assert f" {name} " in command_line.out


@pytest.mark.parametrize(
    "command", ["open", "train", "runs", "show", "follow", "stop", "resume", "evaluate", "code", "config", "doctor"]
)
def test_every_command_has_help_of_its_own(command_line: CommandLine, command: str) -> None:
    assert command_line(command, "--help") == 0
    assert command_line.out.startswith(f"Usage: mlp-tui {command}")
