"""The listing of many runs: the same rows from the kept file as from the logs, and fast."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from tests.runs_factory import write_run
from tui_trainer.runs import kept_summaries
from tui_trainer.runs.labels import update_labels
from tui_trainer.runs.paths import listing_file
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.run_index import list_runs


def test_kept_rows_are_those_of_the_logs() -> None:
    for index, status in enumerate(("done", "stopped", "crashed")):
        write_run(f"book-000{index}", epochs_done=2, status=status)
    fresh = list_runs()
    assert {row.status for row in fresh} == {RunStatus.DONE, RunStatus.STOPPED, RunStatus.CRASHED}
    assert list_runs() == fresh
    assert [dict(row.changes) for row in fresh] == [{"data.source": "mnist"}] * 3


def test_an_ended_run_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(epochs_done=2, status="done")
    fresh = list_runs()

    def fail(*_: object) -> None:
        raise AssertionError("its log was read")

    monkeypatch.setattr(kept_summaries, "summarise_run", fail)
    assert list_runs() == fresh


def test_whatever_changes_is_read_again() -> None:
    writer = write_run(epochs_done=1, status="done")
    list_runs()
    update_labels(writer.directory.path, name="best so far", tags=("x",))
    (row,) = list_runs()
    assert (row.labels.name, row.as_json()["label"], row.as_json()["tags"]) == ("best so far", "best so far", ["x"])
    with writer.directory.events_path.open("ab") as log:
        log.write(b'{"seq": 999, "attempt": 2, "event": "run_started", "epochs": 77}\n')
    (row,) = list_runs()
    assert (row.epochs, row.status) == (77, RunStatus.CRASHED)


def test_a_live_run_is_never_kept() -> None:
    writer = write_run(epochs_done=1)
    assert list_runs()[0].epoch == 1
    writer.add_epoch()
    assert list_runs()[0].epoch == 2
    writer.end()
    assert list_runs()[0].status is RunStatus.DONE


@pytest.mark.parametrize("damage", ["", "[]", '{"format": 1, "runs": 3}', '{"format": 99, "runs": {}}', "{" * 9000])
def test_a_damaged_file_is_made_anew(damage: str) -> None:
    write_run(epochs_done=1, status="done")
    fresh = list_runs()
    listing_file().write_text(damage)
    assert list_runs() == fresh
    state = json.dumps(kept_summaries.state_of(fresh[0].path), separators=(",", ":"))
    listing_file().write_text(f'{{"format":2}}\n"{fresh[0].path}"\t{state}\t{{"labels":3}}\n{{torn')
    assert list_runs() == fresh


def test_a_deleted_run_leaves_the_file() -> None:
    run = write_run(epochs_done=1, status="done").directory
    list_runs()
    shutil.rmtree(run.path)
    assert list_runs() == []
    assert str(run.path) not in listing_file().read_text()


@pytest.mark.slow
def test_ten_thousand_runs_are_listed_in_about_a_second() -> None:
    first = write_run("book-0000", epochs_done=1, status="done", saves=False).directory.path
    files = {name: (first / name).read_bytes() for name in ("events.jsonl", "run.toml", "run.json")}
    for index in range(1, 10_000):
        folder = Path(f"{first.parent}/20261123T000000Z-book-{index:04x}")
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
    assert len(list_runs()) == 10_000
    took_s = []
    for _ in range(3):
        started = time.process_time()
        assert len(list_runs()) == 10_000
        took_s.append(time.process_time() - started)
    assert min(took_s) < 2.0  # 0.5 s on an idle machine
    assert listing_file().stat().st_size < 20 << 20
