"""What `mlp-tui` and `mlp-tui open` hand to the app."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from tests.runs_factory import write_run
from tui_trainer.commands import open as opening
from tui_trainer.commands.open import open_app
from tui_trainer.commands.open_arguments import OpenArguments, parse_open
from tui_trainer.runs.errors import ResourceError, UsageError
from tui_trainer.runs.ui_settings import DEFAULT_UI, NO_FLAGS, UiFlags, UiSettings


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], OpenArguments()),
        (["open"], OpenArguments()),
        (["open", "last"], OpenArguments("last")),
        (["open", "--start", "a.toml"], OpenArguments("a.toml", True)),
        (["open", "a.toml", "--start"], OpenArguments("a.toml", True)),
        (["--fps", "2"], OpenArguments(flags=UiFlags(fps="2"))),
        (["--ascii", "--fps=0.5", "--budget", "3"], OpenArguments(flags=UiFlags("0.5", "3", True))),
        (["--images", "sixel"], OpenArguments(flags=UiFlags(images="sixel"))),
        (["open", "last", "--images=kitty"], OpenArguments("last", flags=UiFlags(images="kitty"))),
        (["open", "--images"], None),
        (["open", "last", "--ascii"], OpenArguments("last", flags=UiFlags(is_ascii=True))),
        (["open", "--fps", "9", "a.toml", "--start"], OpenArguments("a.toml", True, UiFlags(fps="9"))),
        (["open", "last", "--fps"], None),
        (["open", "--fps", "1", "--fps", "2"], None),
        (["open", "--help"], None),
        (["open", "a", "b"], None),
        (["open", "--start", "--start"], None),
        (["train"], None),
        (["--version"], None),
    ],
)
def test_the_app_is_recognised_before_the_command_line_is_loaded(arguments: list[str], expected: OpenArguments | None) -> None:
    assert parse_open(arguments) == expected


@pytest.mark.parametrize(
    "arguments", [["--fps"], ["--fps="], ["--ascii", "--ascii"], ["--ascii", "--start"], ["--fps", "2", "train"]], ids=" ".join
)
def test_flags_before_any_command_that_are_not_the_apps_are_refused_with_the_ones_that_are(arguments: list[str]) -> None:
    with pytest.raises(UsageError, match="--fps N, --budget KB, --images KIND and --ascii"):
        parse_open(arguments)


@pytest.fixture
def app_calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the app was started with; a terminal is pretended, the app is not run."""
    calls: list[dict[str, Any]] = []

    def run_app(**arguments: Any) -> int:
        calls.append(arguments)
        return 0

    module = types.ModuleType("tui_trainer.ui.app")
    module.run_app = run_app  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tui_trainer.ui.app", module)
    monkeypatch.setattr(opening, "is_terminal", lambda stream: True)
    return calls


def test_without_an_argument_the_app_opens_with_its_defaults(app_calls: list[dict[str, Any]]) -> None:
    assert open_app(None, start=False) == 0
    assert app_calls == [{"config": None, "run": None, "start": False, "origin": None, "ui": DEFAULT_UI}]


def test_flags_and_settings_reach_the_app_and_wrong_ones_keep_it_closed(app_calls: list[dict[str, Any]], home: Path) -> None:
    home.mkdir()
    (home / "settings.toml").write_text("[ui]\nfps = 2\nbytes_per_s = 9000\n")
    assert open_app(None, start=False, flags=UiFlags(budget="3", is_ascii=True)) == 0
    assert app_calls[0]["ui"] == UiSettings(2.0, True, 3000.0)

    (home / "settings.toml").write_text("[ui]\nfps = 99\n")
    with pytest.raises(UsageError, match=r"ui\.fps"):
        open_app(None, start=False)
    assert len(app_calls) == 1


@pytest.mark.parametrize("missing", ["textual_image", "textual_image._sixel", "PIL"])
def test_graphics_without_what_makes_them_are_refused_with_the_words_that_install_it(
    app_calls: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    flags = UiFlags(images="sixel")
    assert open_app(None, start=False, flags=flags) == 0, "it is installed here"
    # Another test may have loaded it.
    monkeypatch.delitem(sys.modules, "textual_image._sixel", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ResourceError, match=r"pip install 'mlp-tui\[images\]'") as refused:
        open_app(None, start=False, flags=flags)
    assert (refused.value.exit_code, "\n" in refused.value.message, len(app_calls)) == (6, False, 1)

    for others in (NO_FLAGS, UiFlags(images="blocks"), UiFlags(images="kitty", is_ascii=True)):
        assert open_app(None, start=False, flags=others) == 0
    assert len(app_calls) == 4


def test_a_file_is_loaded_and_started_where_that_was_asked(app_calls: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("seed = 5\n")
    assert open_app(str(tmp_path / "my.toml"), start=True) == 0
    assert app_calls[0]["config"].seed == 5
    assert (app_calls[0]["start"], app_calls[0]["origin"]) == (True, "my.toml")


def test_a_run_is_opened_by_name_or_folder(app_calls: list[dict[str, Any]]) -> None:
    run = write_run("book-3f2a", status="done").directory
    for argument in ("last", "book-3f2a", str(run.path)):
        assert open_app(argument, start=False) == 0
    assert [call["run"] for call in app_calls] == [run, run, run]


def test_a_run_cannot_be_started_again_by_opening_it(app_calls: list[dict[str, Any]]) -> None:
    write_run("book-3f2a", status="done")
    with pytest.raises(UsageError, match="mlp-tui resume"):
        open_app("last", start=True)
    assert app_calls == []
