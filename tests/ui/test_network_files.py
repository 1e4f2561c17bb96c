"""Opening files of any origin, exporting, and scripts, from the Checkpoints screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.runs_factory import write_run
from tests.ui.checkpoints_app import SMALL, WIDE, evaluated, opened
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.errors import CheckpointError
from tui_trainer.ui.inspect_dialog import InspectDialog


def inspection(params: dict[str, Any]) -> dict[str, Any]:
    statements = [
        {"about": "layers", "value": "784 → 128 → 64 → 10", "certainty": "inferred", "why": "from the shapes"},
        {"about": "activation", "value": "[b]relu?\x1b", "certainty": "unknown", "why": "leaves no trace in weights"},
    ]
    tensors = [{"key": "fc1.weight", "dtype": "F32", "shape": [128, 784]}]
    sizes = {"bytes": 440_000, "num_parameters": 109_386, "num_tensors": 1}
    common = {"format": "torch zip", **sizes, "problem": None, "activations": ["tanh", "relu"]}
    return {"file": params["file"], **common, "statements": statements, "tensors": tensors}


def chooses(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> None:
    """Let the app's file, path and choice dialogs answer at once, in this order."""
    from tests.ui.checkpoints_app import CheckpointsApp

    waiting, real = list(answers), CheckpointsApp.push_screen_wait

    async def answer(app: CheckpointsApp, screen: Any) -> Any:
        return await real(app, screen) if isinstance(screen, InspectDialog) else waiting.pop(0)

    monkeypatch.setattr(CheckpointsApp, "push_screen_wait", answer)


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_foreign_file_says_what_is_known_and_is_evaluated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, size: tuple[int, int]
) -> None:
    write_run(epochs_done=1, status="done")
    engine = FakeEngine()
    engine.answers["inspect"] = inspection
    chooses(monkeypatch, tmp_path / "theirs.pt")
    async with opened(engine, size=size) as pilot:
        await pilot.press("F")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, InspectDialog))
        text = "\n".join(screen_lines(pilot))
        for words in (
            "~ layers",
            "784 → 128 → 64 → 10",
            "? activation",
            "109,386 parameters",
            "activation relu ▾",
            "on mnist ▾",
        ):
            assert words in text, words
        assert "\x1b" not in text
        await pilot.press("enter")
        await evaluated(pilot)
        asked = engine.params_of("evaluate")[-1]
        assert asked == {"file": str(tmp_path / "theirs.pt"), "activation": "relu", "data": "mnist", "split": "test"}
        assert "theirs.pt" in "\n".join(screen_lines(pilot))


async def test_a_hostile_file_is_one_line_and_the_app_is_alive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_run(epochs_done=1, status="done")
    engine = FakeEngine()

    def refuse(params: dict[str, Any]) -> dict[str, Any]:
        raise CheckpointError("theirs.pt holds code, not weights alone; it was not opened")

    engine.answers["inspect"] = refuse
    chooses(monkeypatch, tmp_path / "theirs.pt")
    async with opened(engine) as pilot:
        told: list[str] = []
        monkeypatch.setattr(pilot.app, "notify", lambda words, **_: told.append(words))
        monkeypatch.setattr(pilot.app.screen, "notify", lambda words, **_: told.append(words))
        await pilot.press("F")
        await wait_for(pilot, lambda: told)
        assert told == ["theirs.pt holds code, not weights alone; it was not opened"]
        await pilot.press("enter")
        await evaluated(pilot)


async def test_export_asks_for_format_and_path_and_says_what_was_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tui_trainer.ui.network_files import FORMATS

    write_run(epochs_done=1, status="done")
    engine = FakeEngine()
    engine.answers["export"] = lambda params: {
        "path": params["path"],
        "format": "onnx",
        "bytes": 440_000,
        "checked": "10,000 same",
    }
    chooses(monkeypatch, FORMATS[2], tmp_path / "book.onnx")
    async with opened(engine) as pilot:
        told: list[str] = []
        monkeypatch.setattr(pilot.app.screen, "notify", lambda words, **_: told.append(words))
        await pilot.press("E")
        await wait_for(pilot, lambda: told)
        assert "10,000 same" in told[0]
        asked = engine.params_of("export")[0]
        assert (asked["format"], asked["path"]) == ("onnx", str(tmp_path / "book.onnx"))


async def test_c_shows_the_script_with_the_threads_of_the_run() -> None:
    write_run(epochs_done=1, status="done")
    async with opened() as pilot:
        await pilot.press("c")
        await wait_for(pilot, lambda: type(pilot.app.screen).__name__ == "ScriptDialog")
        assert "torch.set_num_threads(2)" in pilot.app.screen.script


async def test_another_split_is_evaluated_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from tui_trainer.ui.data_choice import SPLITS

    write_run(epochs_done=1, status="done")
    engine = FakeEngine()
    chooses(monkeypatch, SPLITS[1])
    async with opened(engine) as pilot:
        await pilot.press("t")
        await evaluated(pilot)
        assert engine.params_of("evaluate")[-1]["split"] == "train"
