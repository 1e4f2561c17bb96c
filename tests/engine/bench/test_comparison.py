from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.training import digits_config, ended, train
from tui_trainer.engine.bench import comparison
from tui_trainer.engine.bench.comparison import compare, find_hopeless
from tui_trainer.engine.bench.contender import bench_data
from tui_trainer.engine.bench.process import do_job, working_folder
from tui_trainer.engine.digits import load_digits
from tui_trainer.engine.load_progress import no_progress
from tui_trainer.runs.config import dump_config
from tui_trainer.runs.paths import home, machine_file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLP_TUI_HOME", str(folder / "home"))
        # However slow one thread a core is on a busy machine, this test looks at both counts.
        patch.setattr(comparison, "HOPELESS", 1e9)
        patch.setattr(comparison, "num_cores", lambda: 2)
        return compare(bench_data(load_digits(0)), digits_config(), 1, 1, folder)


def test_every_contender_is_measured_at_the_runs_threads_and_the_others_at_one_a_core_too(document: dict[str, Any]) -> None:
    measured = [(entry["kind"], entry["threads"]) for entry in document["contenders"] if entry["device"] == "cpu"]
    both = [(kind, threads) for kind in ("numpy", "book", "sklearn") for threads in (1, 2)]
    assert measured == [*both, ("eager", 1), ("replay", 1)]
    json.dumps(document, allow_nan=False)


def test_of_two_thread_counts_the_faster_one_counts(document: dict[str, Any]) -> None:
    for kind in ("numpy", "book", "sklearn"):
        one, two = (entry for entry in document["contenders"] if entry["kind"] == kind)
        fast, slow = (one, two) if one["epoch_s"]["median"] <= two["epoch_s"]["median"] else (two, one)
        assert fast["is_counted"] and not slow["is_counted"]


def test_ratios_are_taken_within_rounds_against_what_counts(document: dict[str, Any]) -> None:
    counted = {entry["kind"]: entry for entry in document["contenders"] if entry["is_counted"]}
    replay = counted["replay"]
    assert replay["times_book_speed"] == pytest.approx(counted["book"]["rounds_s"][0] / replay["rounds_s"][0])
    assert replay["time_over_numpy"] == pytest.approx(replay["rounds_s"][0] / counted["numpy"]["rounds_s"][0])
    assert counted["book"]["times_book_speed"] == counted["numpy"]["time_over_numpy"] == 1.0


def test_book_loop_eager_and_replay_do_the_work_of_a_real_run(document: dict[str, Any]) -> None:
    run = train(digits_config(training__epochs=document["epochs_trained"]))
    entries = [entry for entry in document["contenders"] if entry["weights_sha256"] and entry["threads"] == 1]
    assert [entry["kind"] for entry in entries] == ["book", "eager", "replay"]
    assert {entry["weights_sha256"] for entry in entries} == {ended(run)["weights_sha256"]}
    assert {entry["test_acc"] for entry in entries} == {run.history().epochs[-1].test_acc}


def test_all_contenders_learn_as_much(document: dict[str, Any]) -> None:
    accuracies = [entry["test_acc"] for entry in document["contenders"]]
    assert min(accuracies) > 0.8 and max(accuracies) - min(accuracies) < 0.1


def test_a_thread_count_that_is_far_behind_the_other_is_left_out() -> None:
    class Entry:
        def __init__(self, kind: str) -> None:
            self.kind = kind

    contenders: Any = {
        "numpy-1": Entry("numpy"),
        "numpy-8": Entry("numpy"),
        "book-1": Entry("book"),
        "sklearn-1": Entry("sklearn"),
    }
    first_s = {"numpy-1": 1.0, "numpy-8": 2.5, "book-1": 9.0, "sklearn-1": 1.0}
    assert find_hopeless(contenders, first_s) == ["numpy-8"]
    assert find_hopeless(contenders, {**first_s, "numpy-8": 1.5}) == []


def test_the_probe_times_every_count_and_remembers_nothing_by_itself() -> None:
    job = {"job": "threads", "config": dump_config(digits_config()), "threads": 1, "rounds": 1}
    result = do_job(job, no_progress)
    counts = [candidate["threads"] for candidate in result["candidates"]]
    assert counts[0] == 1 and result["threads"] in counts
    assert all(candidate["epoch_s"]["median"] > 0 for candidate in result["candidates"])
    assert not machine_file().exists()


def test_the_working_folder_goes_and_takes_those_of_dead_owners_along() -> None:
    home().mkdir()
    dead = home() / ".tmp-bench-999999999-1"
    (dead / "eager").mkdir(parents=True)
    folder: Path
    with pytest.raises(RuntimeError), working_folder() as folder:
        (folder / "file").write_text("x")
        assert not dead.exists()
        raise RuntimeError
    assert list(home().iterdir()) == []
