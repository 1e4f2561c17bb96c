"""What the documents promise: every command in them is run or checked, every key is bound, every file is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from cyclopts import App

from tests.commands.command_process import CommandLine
from tests.runs_factory import write_run
from tui_trainer.commands.command_line import COMMANDS, DATA_COMMANDS, build_command_line
from tui_trainer.runs import errors

REPOSITORY = Path(__file__).parent.parent
README = (REPOSITORY / "README.md").read_text()
AGENTS = (REPOSITORY / "AGENTS.md").read_text()
MAKEFILE = (REPOSITORY / "Makefile").read_text()
RUN_AS_WRITTEN = ("runs", "show", "follow", "code", "config", "data list")
"""Commands that need nothing but a finished run, so that the test runs them."""


@pytest.fixture
def command_line(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Runs commands in this process."""
    return CommandLine(capsys)


def commands() -> list[str]:
    """Each `$ mlp-tui ...` line of README, without the prompt and what a shell would do with its output."""
    return [line.partition(" > ")[0] for line in re.findall(r"^\$ (mlp-tui .*)$", README, re.MULTILINE)]


def words_of(command: str) -> list[str]:
    """The arguments of a written command."""
    return shlex.split(command)[1:]


def is_run(command: str) -> bool:
    """Whether the test can run it as it is written."""
    return command.removeprefix("mlp-tui ").startswith(RUN_AS_WRITTEN)


@pytest.mark.parametrize("command", commands())
def test_every_command_in_the_readme_is_understood(command: str) -> None:
    app: App = build_command_line()
    _, bound, _ = app.parse_args(words_of(command), exit_on_error=False, print_error=False)
    assert bound.arguments is not None


@pytest.mark.parametrize("command", [command for command in commands() if is_run(command)])
def test_commands_of_the_readme_that_need_no_training_run(
    command_line: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    write_run(epochs_done=2, status="done")
    (tmp_path / "my.toml").write_text('[data]\nsource = "digits"\n')
    monkeypatch.chdir(tmp_path)
    assert command_line(*words_of(command)) == 0, command_line.err
    assert command_line.out or "wrote" in command_line.err


def test_the_readme_shows_every_command() -> None:
    shown = " ".join(commands()) + README
    for name in [*COMMANDS, *(f"data {name}" for name in DATA_COMMANDS)]:
        assert f"mlp-tui {name}" in shown, name


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", README + AGENTS)) | set(re.findall(r"^\$ make ([a-z]+)", README, re.MULTILINE))
    assert {"run", "test", "check", "screenshots"} <= named
    assert named <= targets


def test_the_table_of_exit_codes_is_the_programs() -> None:
    listed = {int(code) for row in re.findall(r"^\| ([0-9, ]+) \|", README, re.MULTILINE) for code in row.split(",")}
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.MlpTuiError)]
    own = {errors.EXIT_DONE, errors.EXIT_HUP, errors.EXIT_INT, errors.EXIT_TERM}
    assert listed == own | {kind.exit_code for kind in classes}


def keys_of(place: str) -> list[str]:
    """The keys in the row of README's table for `place`."""
    row = re.search(rf"^\| {place} \| (.*) \|$", README, re.MULTILINE)
    assert row is not None
    return re.findall(r"`([^`]+)`", row[1])


def bound_keys(*owners: type) -> set[str]:
    """Each key that these classes bind themselves or inherit, as Textual has merged them."""
    return {key for owner in owners for key in owner._merged_bindings.key_to_bindings}  # type: ignore[attr-defined]


def test_every_key_in_the_readme_is_bound_where_it_says() -> None:
    from tui_trainer.ui.app import MlpTuiApp
    from tui_trainer.ui.checkpoints_screen import CheckpointsScreen
    from tui_trainer.ui.configure_screen import ConfigureScreen
    from tui_trainer.ui.field import Field
    from tui_trainer.ui.run_table import RunTable
    from tui_trainer.ui.train_screen import TrainScreen

    names = {"?": "question_mark", "/": "slash", "+": "plus", "-": "minus", "=": "equals_sign"}
    names |= {"<": "less_than_sign", ">": "greater_than_sign", "[": "left_square_bracket", "]": "right_square_bracket"}
    places = {
        "Everywhere": bound_keys(MlpTuiApp) | {MlpTuiApp.COMMAND_PALETTE_BINDING},
        "Configure": bound_keys(ConfigureScreen, Field),
        "Train": bound_keys(TrainScreen),
        "Checkpoints": bound_keys(CheckpointsScreen, RunTable),
    }
    for place, bound in places.items():
        missing = {names.get(key, key) for key in keys_of(place)} - bound
        assert not missing, f"{place}: {missing}"


@pytest.mark.parametrize("document", ["README.md", "AGENTS.md"])
def test_every_file_that_a_document_names_is_there(document: str) -> None:
    text = (REPOSITORY / document).read_text()
    named = set(re.findall(r"\]\(((?!http)[^)#]+)\)", text))
    named |= set(re.findall(r"`((?:tests|scripts|tui_trainer|runs)/[\w/]+\.py)`", text))
    pictures = {name for name in named if name.startswith("screenshots/")}
    if not (REPOSITORY / "screenshots").is_dir():
        named -= pictures
    missing = [name for name in named if not ((REPOSITORY / name).exists() or (REPOSITORY / "tui_trainer" / name).exists())]
    assert not missing


def test_agents_md_stays_short() -> None:
    assert len(AGENTS.splitlines()) <= 120
