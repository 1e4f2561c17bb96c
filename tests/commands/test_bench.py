from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands.command_process import CommandLine, run_process, start_process
from tui_trainer.commands import bench as bench_command
from tui_trainer.commands.bench import bench_source
from tui_trainer.commands.book_claims import judge_claims
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.data_source import CACHED_ARRAYS, mnist_folder
from tui_trainer.runs.paths import data_folder, machine_file
from tui_trainer.runs.processes import is_alive, start_time_of
from tui_trainer.runs.threads import resolve_threads

pytestmark = pytest.mark.slow


def contender(name: str, seconds: float, over_numpy: float, **changes: Any) -> dict[str, Any]:
    return {
        "name": name, "kind": name.partition("-")[0], "device": "cpu", "threads": 1, "is_counted": True,
        "epoch_s": {"median": seconds, "min": seconds, "max": seconds}, "rounds_s": [seconds],
        "times_book_speed": 2.0 / seconds,
        "time_over_numpy": over_numpy, "train_acc": 0.9, "test_acc": 0.9, "weights_sha256": None, "dropped": None,
    } | changes  # fmt: skip


def document(**changes: Any) -> dict[str, Any]:
    """A comparison as the engine answers it, with figures that no machine measured."""
    return {
        "schema": 1,
        "data": {"source": "digits", "num_train": 1437, "num_test": 360, "num_inputs": 64, "num_classes": 10},
        "hidden": [128, 64], "batch_size": 64, "eval_batch_size": 512, "lr": 0.5, "seed": 0,
        "rounds": 1, "epochs_per_round": 3, "epochs_trained": 4, "threads": 1,
        "machine": {"cores": 2, "versions": {"torch": "2.13"}, "devices": {"cpu": "x"}, "blas": {"numpy": ["openblas"]}},
        "contenders": [
            contender("numpy-1", 1.0, 1.0),
            contender("book-1", 6.0, 6.0, weights_sha256="a"),
            contender("book-2", 7.0, 7.0, is_counted=False, threads=2, weights_sha256="b"),
            contender("replay", 0.4, 0.4, weights_sha256="a"),
        ],
        "left_out": [{"name": "numpy-2", "threads": 2, "warm_up_s": 9.0}],
    } | changes  # fmt: skip


@pytest.mark.process
def test_bench_prints_one_document_with_every_contender_and_claim() -> None:
    done = run_process("bench", "--json", "--rounds", "1", "--data", "digits")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert {"numpy", "book", "sklearn", "eager", "replay"} == {entry["kind"] for entry in result["contenders"]}
    for entry in result["contenders"]:
        assert entry["epoch_s"]["min"] <= entry["epoch_s"]["median"] <= entry["epoch_s"]["max"]
        assert 0 < entry["test_acc"] <= 1 and entry["threads"] >= 1
    assert {"torch", "numpy", "scikit-learn"} <= result["machine"]["versions"].keys()
    assert result["machine"]["blas"]["numpy"] and result["claims"]
    assert not (data_folder().parent / "runs").exists()


@pytest.mark.process
def test_the_probe_replaces_the_entry_that_later_runs_take() -> None:
    shape = ["--set", "model.hidden=[16]", "--set", "data.source=digits"]
    config = resolve_config(sets=["model.hidden=[16]"])
    resolve_threads(config)
    entries = json.loads(machine_file().read_bytes())
    (key,) = entries["threads"]
    machine_file().write_text(json.dumps({**entries, "threads": {key: 777, "other": 3}}))

    done = run_process("bench", "--threads", "--json", "--rounds", "1", *shape)

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["before"] == 777 and result["threads"] <= os.cpu_count()
    assert json.loads(machine_file().read_bytes())["threads"] == {key: result["threads"], "other": 3}
    assert resolve_threads(config) == result["threads"]


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_bench_that_is_ended_takes_its_engine_and_its_files_along(
    number: signal.Signals, home: Path, wait_until: Callable[..., None]
) -> None:
    process = start_process("bench", "--rounds", "1000", "--data", "digits")
    wait_until(lambda: list(home.glob(".tmp-bench-*/replay/events.jsonl")), 60)
    (folder,) = home.glob(".tmp-bench-*")
    engine = int(folder.name.split("-")[2])
    identity = start_time_of(engine)
    assert identity is not None
    process.send_signal(number)
    assert process.wait(10) == (130 if number is signal.SIGINT else -number)
    wait_until(lambda: not is_alive(engine, identity) and not folder.exists(), 20)
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


def test_the_table_for_people_holds_no_escapes_in_a_pipe(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(bench_command, "measure", lambda job, on_progress: document())
    assert command_line("bench", "--data", "digits") == 0
    assert "\x1b" not in command_line.out and "\x1b" not in command_line.err
    lines = command_line.out.splitlines()
    bars = {line.split("  ")[0].strip(): line.count("█") for line in lines if "█" in line}
    assert bars["DataLoader loop"] > bars["NumPy by hand"] > bars["ours, replay"] >= 1
    for words in (
        "DataLoader loop on 2 threads is the slower of its two",
        "NumPy by hand on 2 threads was left out: 9.00 s",
        "ended with the same weights, bit for bit",
        "init_params()",
        "no such device here",
        "the book speaks of MNIST",
    ):
        assert any(words in line for line in lines), words


def test_weights_that_differ_are_not_called_the_same(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    result = document()
    result["contenders"][-1]["weights_sha256"] = "c"
    monkeypatch.setattr(bench_command, "measure", lambda job, on_progress: result)
    assert command_line("bench", "--data", "digits") == 0
    assert "did NOT end with the same weights" in command_line.out


def test_claims_are_judged_on_each_device_against_the_books_range() -> None:
    gpu = contender("cuda:0", 0.1, 0.05, kind="eager", device="cuda:0")
    result = document(contenders=[*document()["contenders"], gpu])
    judged = [(claim["contender"], claim["measured"], claim["verdict"]) for claim in judge_claims(result)]
    assert judged == [
        ("book-1", pytest.approx(1 / 6), "less"),
        ("replay", pytest.approx(2.5), "as said"),
        ("cuda:0", pytest.approx(20.0), "as said"),
        ("book-1", 6.0, "as said"),
        ("replay", 0.4, "less"),
        ("cuda:0", 0.1, "less"),
    ]
    (no_gpu,) = [claim for claim in judge_claims(document()) if claim["measured"] is None]
    assert no_gpu["device"] == "cuda or mps" and no_gpu["verdict"] is None


def test_an_unset_source_never_downloads() -> None:
    assert bench_source(None).source == "digits"
    folder = mnist_folder(data_folder())
    folder.mkdir(parents=True)
    for name in CACHED_ARRAYS:
        (folder / f"{name}.npy").write_bytes(b"")
    assert bench_source(None).source == "mnist"
    assert bench_source("idx:/x").source == "idx:/x"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["--rounds", "0"], 2, "--rounds 0"),
        (["--preset", "polished"], 2, "go with --threads"),
        (["--data", "nosuch"], 2, "is no data source"),
        (["--threads", "--set", "training.epochs=no"], 2, "training.epochs"),
    ],
)
def test_wrong_words_are_refused_in_one_line(
    arguments: list[str], exit_code: int, words: str, command_line: CommandLine
) -> None:
    assert command_line("bench", *arguments) == exit_code
    assert words in command_line.complaint


@pytest.mark.process
def test_data_that_is_not_there_is_exit_3(tmp_path: Path) -> None:
    done: subprocess.CompletedProcess[str] = run_process("bench", "--data", f"idx:{tmp_path / 'none'}", "--json")
    assert done.returncode == 3 and done.stdout == ""
    assert done.stderr.count("\n") == 1
