"""The table of rooms, seen in sys.modules: a static graph does not see what a library loads.

Every module of a room is imported in a fresh interpreter, which then tells which of the forbidden names it has loaded.
"""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import pytest

import tui_trainer

MODULES = sorted(module.name for module in pkgutil.walk_packages(tui_trainer.__path__, "tui_trainer."))
SCIENCE = {"torch", "sklearn", "pandas", "scipy", "safetensors"}
SCREENS = {"textual", "textual_plot", "textual_image"}
_PROBE = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules} | set(sys.modules) & set(json.loads(sys.argv[2])))))
"""


def loaded_by(modules: list[str], watched: tuple[str, ...] = ()) -> set[str]:
    """Top-level packages in sys.modules after these imports in a fresh interpreter, and those of `watched` among all."""
    probe = subprocess.run(
        [sys.executable, "-c", _PROBE, json.dumps(modules), json.dumps(watched)], capture_output=True, text=True, timeout=120
    )
    assert probe.returncode == 0, probe.stderr
    return set(json.loads(probe.stdout))


def room(name: str) -> list[str]:
    """All modules of a room, those that run when they are imported aside."""
    return [module for module in MODULES if module.startswith(f"tui_trainer.{name}") and not module.endswith("__main__")]


@pytest.mark.parametrize(
    ("name", "forbidden"),
    [
        ("runs", SCIENCE | SCREENS | {"numpy", "rich", "cyclopts"}),
        ("engine", SCREENS | {"cyclopts", "pandas"}),
        ("ui", SCIENCE | {"cyclopts"}),
        ("commands", SCIENCE | SCREENS | {"numpy"}),
    ],
)
def test_a_room_loads_nothing_that_its_row_of_the_table_forbids(name: str, forbidden: set[str]) -> None:
    modules = room(name)
    assert len(modules) > 5
    assert loaded_by(modules) & forbidden == set()


@pytest.mark.parametrize(
    ("name", "others"), [("runs", ("engine", "ui", "commands", "cli")), ("engine", ("ui", "commands", "cli"))]
)
def test_a_room_knows_no_room_above_it(name: str, others: tuple[str, ...]) -> None:
    watched = tuple(f"tui_trainer.{other}" for other in others)
    assert loaded_by(room(name), watched) & set(watched) == set()


def test_the_ui_never_computes() -> None:
    watched = ("tui_trainer.engine", "tui_trainer.commands", "tui_trainer.cli")
    assert loaded_by(room("ui"), watched) & set(watched) == set()


def test_the_command_loads_nothing_heavy_before_it_knows_what_is_wanted() -> None:
    heavy = SCIENCE | SCREENS | {"numpy", "rich", "cyclopts", "pydantic", "tomlkit", "psutil"}
    assert loaded_by(["tui_trainer.cli"]) & heavy == set()


def test_the_app_is_dispatched_without_cyclopts_and_runs_are_listed_without_textual() -> None:
    program = "import sys; from tui_trainer.cli import main; main({}); print(*sorted(sys.modules))"
    for arguments, forbidden in (
        ([], {"cyclopts", "rich"}),
        (["open", "no.toml"], {"cyclopts", "rich"}),
        (["runs"], {"textual"}),
    ):
        probe = subprocess.run(
            [sys.executable, "-c", program.format(arguments)],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        loaded = set(probe.stdout.splitlines()[-1].split())
        assert "tui_trainer.commands.open_arguments" in loaded
        assert loaded & (forbidden | SCIENCE) == set()
