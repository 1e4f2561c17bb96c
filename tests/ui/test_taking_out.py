"""Export and report by the keys of the whole app with its real engine: what lies on the disk is the network that was chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.checkpoints_app import SMALL, WIDE, words_of
from tests.ui.pilot_waiting import screen_lines, wait_for
from tui_trainer.runs.manifest import WEIGHTS, Manifest
from tui_trainer.runs.run_directory import RunDirectory, best_checkpoint
from tui_trainer.ui.app import MlpTuiApp
from tui_trainer.ui.choice_dialog import ChoiceDialog
from tui_trainer.ui.engines import Engines
from tui_trainer.ui.network_files import FORMATS
from tui_trainer.ui.path_dialog import PathDialog

ANSWER_S = 60.0


@asynccontextmanager
async def at_the_runs(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> AsyncIterator[Pilot[Any]]:
    """The app on its third screen, with an engine that starts at the first question."""
    engines = Engines()
    monkeypatch.setattr(engines, "warm", lambda: None)
    app = MlpTuiApp(engines=engines)
    try:
        async with app.run_test(size=size) as pilot:
            await pilot.press("3")
            await wait_for(pilot, lambda: type(app.screen.focused).__name__ == "RunTable")
            yield pilot
    finally:
        engines.close()


async def take_out(pilot: Pilot[Any], form: str, path: Path) -> None:
    """E, the format, the path."""
    await pilot.press("E")
    await wait_for(pilot, lambda: isinstance(pilot.app.screen, ChoiceDialog))
    await pilot.press(*["down"] * [choice.value for choice in FORMATS].index(form), "enter")
    await wait_for(pilot, lambda: isinstance(pilot.app.screen, PathDialog))
    pilot.app.screen.query_one(Input).value = str(path)
    await pilot.press("enter")


async def notice(pilot: Pilot[Any], title: str) -> str:
    """The text of the notice with this title, once it is there."""
    found = lambda: [shown.message for shown in pilot.app._notifications if shown.title == title]  # noqa: E731
    await wait_for(pilot, found, ANSWER_S)
    return found()[-1]


def best_of(run: RunDirectory) -> Manifest:
    best = best_checkpoint(run.checkpoints())
    assert best is not None
    return best


@pytest.mark.process
async def test_the_best_checkpoint_is_exported_as_it_was_saved(
    monkeypatch: pytest.MonkeyPatch, trained_run: RunDirectory, tmp_path: Path
) -> None:
    saved = load_file(trained_run.checkpoints_folder / best_of(trained_run).id / WEIGHTS)
    async with at_the_runs(monkeypatch, WIDE) as pilot:
        await take_out(pilot, "pt", tmp_path / "best.pt")
        assert str(tmp_path / "best.pt") in await notice(pilot, "written")
    written = torch.load(tmp_path / "best.pt", weights_only=True)
    assert written.keys() == saved.keys()
    assert all(torch.equal(written[key], saved[key]) for key in saved)


@pytest.mark.process
async def test_a_report_says_what_the_screen_says(
    monkeypatch: pytest.MonkeyPatch, trained_run: RunDirectory, tmp_path: Path
) -> None:
    accuracy = f"{best_of(trained_run).metrics['test_acc']:.4f}"
    async with at_the_runs(monkeypatch, SMALL) as pilot:
        await pilot.press("enter")
        await wait_for(pilot, lambda: pilot.app.screen.has_class("-evaluated"), ANSWER_S)
        await wait_for(pilot, lambda: accuracy in words_of(pilot.app, "#evaluation-figures"))
        await take_out(pilot, "html", tmp_path / "best.html")
        assert str(tmp_path / "best.html") in await notice(pilot, "written")
        assert "as recorded" in "\n".join(screen_lines(pilot))
    text = (tmp_path / "best.html").read_text()
    assert accuracy in text
    assert f"{trained_run.shown_name}:{best_of(trained_run).id}" in text


@pytest.mark.process
async def test_a_damaged_checkpoint_is_refused_in_one_line_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, trained_run: RunDirectory, tmp_path: Path
) -> None:
    weights = trained_run.checkpoints_folder / best_of(trained_run).id / WEIGHTS
    data = bytearray(weights.read_bytes())
    data[-5] ^= 4
    weights.write_bytes(data)
    async with at_the_runs(monkeypatch, WIDE) as pilot:
        await take_out(pilot, "safetensors", tmp_path / "best.safetensors")
        assert "sha256" in await notice(pilot, "not exported")
        await pilot.press("down")
        assert type(pilot.app.screen.focused).__name__ == "RunTable"
    assert not (tmp_path / "best.safetensors").exists()
