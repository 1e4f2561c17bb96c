from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.runs.fake_run import ended, epoch_ended, make_checkpoint, make_run, started
from tui_trainer.runs.errors import CheckpointError, MlpTuiError, UsageError
from tui_trainer.runs.paths import runs_folder
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_index import find_checkpoint, find_run, is_path, list_runs, run_directories


def short(word: str) -> str:
    return ascii(word)[:24]


@pytest.fixture
def run() -> RunDirectory:
    """Five epochs, of which the third and the fourth are equally good."""
    run = make_run(events=[started(), *(epoch_ended(n, acc) for n, acc in enumerate((0.8, 0.9, 0.95, 0.95, 0.9), start=1))])
    for epoch, acc in enumerate((0.8, 0.9, 0.95, 0.95, 0.9), start=1):
        make_checkpoint(run, epoch * 10, metrics={"test_acc": acc})
    return run


def refusal(reference: str, kind: type[MlpTuiError] = UsageError) -> str:
    with pytest.raises(kind) as caught:
        find_checkpoint(reference)
    assert type(caught.value) is kind and len(str(caught.value)) <= 300
    return caught.value.message


def test_runs_are_listed_newest_first_with_what_their_logs_say(run: RunDirectory) -> None:
    make_run("quick-0001", day="20261124T000000Z", events=[started(epochs=3), epoch_ended(1, None), ended("stopped")])
    newest, oldest = list_runs()
    assert (newest.name, newest.status, newest.best_test_acc) == ("quick-0001", RunStatus.STOPPED, None)
    assert (oldest.name, oldest.status, oldest.best_epoch, oldest.epoch) == ("book-3f2a", RunStatus.CRASHED, 3, 5)
    assert json.loads(json.dumps(oldest.as_json()))["best_test_acc"] == 0.95
    documented = ["run", "name", "status", "epoch", "epochs", "best_test_acc", "created", "device", "num_checkpoints"]
    assert list(oldest.as_json())[:9] == documented


def test_no_runs_folder_is_an_empty_list() -> None:
    assert list_runs() == []
    assert "no runs yet" in refusal("last")
    assert not runs_folder().exists()


def test_unborn_hidden_and_foreign_folders_are_left_out(run: RunDirectory) -> None:
    for name in (".new-20261124T000000Z-book-0001", ".tmp-x-1-1", "evil\x1b[31m", "\u202egnp"):
        (runs_folder() / name).mkdir()
        (runs_folder() / name / "run.json").write_text("{}")
    (runs_folder() / "a file").write_text("x")
    (runs_folder() / "no run").mkdir()
    (runs_folder() / "fifo").mkdir()
    os.mkfifo(runs_folder() / "fifo" / "run.json")
    assert run_directories() == [run]


def test_one_folder_that_cannot_be_read_does_not_hide_the_others(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run("closed-0001")
    real = os.stat

    def stat(path: Any, *arguments: Any, **options: Any) -> os.stat_result:
        if "closed-0001" in str(path):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", stat)
    assert run_directories() == [run]


def test_a_damaged_run_is_listed_as_unknown(run: RunDirectory) -> None:
    run.info_path.write_text("{")
    run.events_path.write_bytes(b"\0" * 1000)
    (summary,) = list_runs()
    assert summary.status is RunStatus.UNKNOWN and summary.created == ""


def test_what_a_log_says_of_itself_is_made_safe_to_show() -> None:
    make_run(events=[started(device="\x1b]0;x\x07"), ended()], info={"created": "\x1b[31m"})
    (summary,) = list_runs()
    assert summary.device is not None and summary.device.isprintable() and summary.created.isprintable()


def test_a_run_is_found_by_folder_shown_name_part_and_last(run: RunDirectory) -> None:
    newer = make_run("polished-77aa", day="20261124T000000Z")
    assert find_run("last") == newer
    assert find_run(run.run) == find_run("book-3f2a") == find_run("3f2a") == find_run("20261123T") == run
    assert find_run(f"{run.path}/") == run


def test_last_of_two_runs_of_one_second_is_the_one_that_was_written_later() -> None:
    later, earlier = make_run("a-0001"), make_run("z-9999")
    for run, moment in ((earlier, 100), (later, 200)):
        os.utime(run.info_path, ns=(moment, moment))
    assert find_run("last") == later


def test_a_part_of_several_runs_is_refused_with_their_names(run: RunDirectory) -> None:
    make_run("book-9999")
    message = refusal("book")
    assert "book-3f2a" in message and "book-9999" in message and "write more" in message


def test_runs_of_one_shown_name_are_told_apart_by_their_folders(run: RunDirectory) -> None:
    make_run("book-3f2a", day="20261124T000000Z")
    message = refusal("book-3f2a")
    assert "20261123T231201Z-book-3f2a" in message and "20261124T000000Z-book-3f2a" in message


def test_a_word_that_is_no_run_gets_the_nearest_one(run: RunDirectory) -> None:
    assert 'did you mean "book-3f2a"?' in refusal("bok-3f2a")
    assert "mlp-tui runs" in refusal("zzz")


@pytest.mark.parametrize(
    "reference",
    ["", ":", ":best", "\x1b[31m", "x" * 5000, "a\0b", "~nobody-here", "*", "..", "\udc80"],
    ids=short,
)
def test_strange_references_are_refused_in_words(run: RunDirectory, reference: str) -> None:
    assert refusal(reference).isprintable()


def test_a_checkpoint_is_found_by_best_last_epoch_and_id(run: RunDirectory) -> None:
    found = {
        which: find_checkpoint(f"3f2a{which}").manifest.epoch for which in ("", ":", ":best", ":last", ":2", ":s000000010-a1")
    }
    assert found == {"": 3, ":": 3, ":best": 3, ":last": 5, ":2": 2, ":s000000010-a1": 1}
    reference = find_checkpoint("last:2")
    assert reference.run == run and reference.folder == run.checkpoints_folder / "s000000020-a1"


def test_an_epoch_is_that_of_the_newest_attempt_and_superseded_saves_are_passed_over(run: RunDirectory) -> None:
    with run.events_path.open("a") as file:
        file.write(json.dumps(started(attempt=2, resumed_step=20)) + "\n")
    make_checkpoint(run, 30, attempt=2, metrics={"test_acc": 0.91})
    assert find_checkpoint("last:3").manifest.attempt == 2
    assert find_checkpoint("last:last").manifest.id == "s000000030-a2"
    assert find_checkpoint("last:best").manifest.id == "s000000030-a2"
    assert find_checkpoint("last:s000000040-a1").manifest.epoch == 4  # an id means what it names


@pytest.mark.parametrize("which", ["99", "0", "²", "9" * 5000, "-1", "bset", "s000000999-a1", "../..", "\x1b"], ids=short)
def test_a_checkpoint_that_is_not_there_is_refused(run: RunDirectory, which: str) -> None:
    assert refusal(f"{run.run}:{which}").isprintable()


def test_a_damaged_checkpoint_is_named_only_where_it_is_meant(run: RunDirectory) -> None:
    (run.checkpoints_folder / "s000000050-a1" / "manifest.json").write_bytes(b"x")
    assert find_checkpoint("last:last").manifest.epoch == 4
    assert "damaged" in refusal("last:s000000050-a1", CheckpointError)
    assert "epochs 1 to 4" in refusal("last:77")


def test_a_run_whose_checkpoints_are_all_damaged_says_so() -> None:
    run = make_run()
    (make_checkpoint(run, 10) / "manifest.json").write_bytes(b"x")
    assert "damaged" in refusal("last", CheckpointError)


def test_a_run_without_checkpoints_has_none_to_evaluate() -> None:
    make_run()
    assert "no checkpoint yet" in refusal("last")


def test_a_path_is_told_from_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain").write_text("x")
    assert all(is_path(word) for word in ("a.toml", "w.safetensors", "x.pt", "a/b", "plain"))
    assert not any(is_path(word) for word in ("book", "last:best", "x" * 5000, "a\0b", ""))


def test_a_file_of_a_checkpoint_means_that_checkpoint(run: RunDirectory) -> None:
    folder = run.checkpoints_folder / "s000000020-a1"
    for path in (folder, folder / "weights.safetensors", folder / "manifest.json"):
        assert find_checkpoint(str(path)).manifest.epoch == 2


@pytest.mark.parametrize("name", ["absent.pt", "~nobody-here/x.pt", "a\0b.pt", "x" * 5000 + ".pt"], ids=short)
def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path, name: str) -> None:
    assert "is not there" in refusal(name)


@pytest.mark.parametrize(
    "content", [b"", b"x", b"text\n", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", "folder", "fifo", "broken link", "loop"]
)
def test_a_file_that_is_no_checkpoint_of_a_run_is_refused(tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / "file.safetensors"
    match content:
        case bytes():
            path.write_bytes(content)
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "broken link":
            path.symlink_to(tmp_path / "nowhere")
        case _:
            path.symlink_to(path)
    assert "no checkpoint of a run" in refusal(str(path), CheckpointError)
