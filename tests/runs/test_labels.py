from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.runs_factory import write_run
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.labels import LABELS, Labels, keep_checkpoint, read_labels, update_labels


@pytest.fixture
def folder() -> Path:
    return write_run(epochs_done=1, status="done").directory.path


def test_only_what_is_given_changes(folder: Path) -> None:
    assert read_labels(folder) == Labels()
    update_labels(folder, name="the good one", tags=("wide", "wide", "seed 3"))
    update_labels(folder, note="first line\nsecond")
    assert read_labels(folder) == Labels("the good one", "first line\nsecond", ("wide", "seed 3"), ())
    assert update_labels(folder, name="").name is None
    assert stat.S_IMODE((folder / LABELS).stat().st_mode) == 0o600


def test_keys_of_a_later_version_stay(folder: Path) -> None:
    (folder / LABELS).write_text(json.dumps({"schema": 1, "colour": "red", "note": "old"}))
    update_labels(folder, note="new")
    assert json.loads((folder / LABELS).read_text())["colour"] == "red"


@pytest.mark.parametrize("damage", ["", "[]", '{"tags": 3, "keep": {"a": 1}, "name": 7, "note": []}', "{" * 5000, "\x00"])
def test_damaged_labels_say_nothing_and_can_be_written_again(folder: Path, damage: str) -> None:
    (folder / LABELS).write_text(damage)
    assert read_labels(folder) == Labels()
    assert update_labels(folder, note="again").note == "again"


def test_what_is_shown_holds_no_control_codes(folder: Path) -> None:
    (folder / LABELS).write_text(json.dumps({"name": "a\x1b[31mb", "tags": ["x\u202ey"], "note": "n\x07"}))
    labels = read_labels(folder)
    assert "\x1b" not in f"{labels}" and "\u202e" not in labels.tags[0] and "\x07" not in labels.note


def test_texts_have_limits(folder: Path) -> None:
    for change in ({"name": "n" * 101}, {"note": "n" * 10_001}, {"tags": ("t" * 41,)}, {"tags": (" ",)}):
        with pytest.raises(UsageError):
            update_labels(folder, **change)  # type: ignore[arg-type]
    assert not (folder / LABELS).exists()


def test_a_checkpoint_is_kept_once_and_let_go(folder: Path) -> None:
    keep_checkpoint(folder, "s000000938-a1", is_kept=True)
    assert keep_checkpoint(folder, "s000000938-a1", is_kept=True).keep == ("s000000938-a1",)
    assert keep_checkpoint(folder, "s000000938-a1", is_kept=False).keep == ()
    with pytest.raises(UsageError, match="no id"):
        keep_checkpoint(folder, "../../etc", is_kept=True)
