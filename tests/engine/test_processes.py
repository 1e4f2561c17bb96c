"""The engine's processes for real: started, killed, resumed, asked."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
from pathlib import Path

import pytest

from tests.engine.training import digits_config, ended, train
from tests.waiting import wait_until
from tui_trainer.runs import paths
from tui_trainer.runs.engine_server import EngineServer
from tui_trainer.runs.errors import CheckpointError, DataError, MlpTuiError, ResourceError, UsageError
from tui_trainer.runs.launcher import SpareEngine, resume_run, spawn_engine, start_run
from tui_trainer.runs.manifest import WEIGHTS
from tui_trainer.runs.run_directory import RunDirectory, RunStatus

pytestmark = pytest.mark.process


def test_a_run_killed_at_three_moments_ends_with_the_weights_of_one_that_was_not() -> None:
    config = digits_config(training__epochs=40, model__dropout=0.2, optimizer__name="adamw", schedule__name="cosine")
    whole = ended(train(config))["weights_sha256"]
    generator = random.Random(4)
    started = start_run(config)
    run = started.directory
    for kill in range(3):
        steps = 40 * 23 * (kill + 1) // 4 - generator.randrange(23)
        wait_until(lambda steps=steps: run.history().step >= steps, within_s=30)
        started.process.kill()
        assert started.process.wait(10) == -signal.SIGKILL
        wait_until(lambda: run.status(run.history()) is RunStatus.CRASHED, within_s=5)
        started = resume_run(run)

    assert started.process.wait(60) == 0
    history = run.history()
    assert ended(run)["weights_sha256"] == whole
    assert history.attempt == 4
    assert len(history.losses) == 40 * 23
    assert [epoch.epoch for epoch in history.epochs] == list(range(1, 41))


def test_term_finishes_the_step_saves_records_and_exits_with_143() -> None:
    started = start_run(digits_config(training__epochs=5000))
    run = started.directory
    wait_until(lambda: run.history().step > 30, within_s=30)

    started.process.terminate()

    assert started.process.wait(5) == 143
    end = ended(run)
    assert (end["status"], end["reason"], end["exit_code"]) == ("stopped", "SIGTERM", 143)
    assert run.checkpoints()[-1].step == run.history().step


def test_a_spare_leaves_when_its_input_ends_and_takes_a_job_at_once() -> None:
    idle = spawn_engine(["spare"], stdin=subprocess.PIPE)
    assert idle.stdin is not None and idle.stdout is not None
    idle.stdin.close()
    assert idle.wait(30) == 0
    idle.stdout.close()

    spare = SpareEngine()
    spare.start()
    started = start_run(digits_config(training__epochs=1), spare=spare)
    assert started.process.wait(30) == 0
    assert ended(started.directory)["status"] == "done"
    assert "spare" in started.process.args


@pytest.mark.parametrize("form", ["spare", "serve"])
def test_who_is_kept_ready_leaves_with_its_keeper_before_torch_is_imported(form: str) -> None:
    kept = spawn_engine([form], stdin=subprocess.PIPE)
    assert kept.stdin is not None and kept.stdout is not None
    kept.stdin.close()
    # Read while it starts: once torch is imported, it is in the process's memory.
    has_torch = False
    while kept.poll() is None:
        with contextlib.suppress(OSError):
            has_torch = has_torch or b"libtorch" in Path(f"/proc/{kept.pid}/maps").read_bytes()
    kept.stdout.close()
    assert (kept.returncode, has_torch) == (0, False)


def test_a_job_that_is_sent_while_torch_is_imported_is_done_though_nothing_follows_it() -> None:
    serving = spawn_engine(["serve"], stdin=subprocess.PIPE)
    assert serving.stdin is not None and serving.stdout is not None
    serving.stdin.write(b'{"id": 1, "method": "devices", "params": {}}\n')
    serving.stdin.close()
    with serving.stdout:
        [answer] = [json.loads(line) for line in serving.stdout]
    assert serving.wait(30) == 0 and answer["result"]["devices"][-1]["device"] == "cpu"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"data__source": "idx:/nowhere/at/all"}, DataError),
        ({"device": "cuda:99"}, ResourceError),
        ({"model__hidden": [1_000_000, 1_000_000]}, UsageError),
        ({"model__batch_norm": True, "data__batch_size": 1}, UsageError),
    ],
)
def test_what_cannot_be_trained_is_refused_and_leaves_no_folder(changes: dict[str, object], error: type[MlpTuiError]) -> None:
    with pytest.raises(error) as refusal:
        start_run(digits_config(**changes))

    assert len(refusal.value.message) <= 300
    assert list(paths.runs_folder().glob("*")) == []


def test_a_trainer_is_not_fooled_by_a_torch_beside_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text("raise SystemExit('wrong torch')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    paths.ensure_folder(paths.home())
    (paths.home() / "torch.py").write_text("raise SystemExit('wrong torch')")

    assert start_run(digits_config(training__epochs=1)).process.wait(30) == 0


def test_the_server_repeats_the_recorded_accuracy_and_outlives_bad_requests() -> None:
    run = train(digits_config())
    last = run.checkpoints()[-1]
    server = EngineServer()
    progress: list[int] = []
    try:
        result = server.request("evaluate", {"run": str(run.path), "checkpoint": last.id}, lambda p: progress.append(p.done))
        assert result["accuracy"] == last.metrics["test_acc"]
        assert result["loss"] == last.metrics["test_loss"]
        assert sum(map(sum, result["confusion"])) == result["num_examples"] == 360
        assert [row["class"] for row in result["per_class"]] == [str(digit) for digit in range(10)]
        assert progress[-1] == 360
        assert len(list(run.evaluations_folder.iterdir())) == 1

        _flip_a_bit(run, last.id)
        with pytest.raises(CheckpointError, match="sha256"):
            server.request("evaluate", {"run": str(run.path), "checkpoint": last.id})
        with pytest.raises(UsageError, match="no method"):
            server.request("dance", {})
        with pytest.raises(MlpTuiError):
            server.request("evaluate", {})
        train_split = {"run": str(run.path), "checkpoint": run.checkpoints()[0].id, "split": "train"}
        assert server.request("evaluate", train_split)["accuracy"] == run.checkpoints()[0].metrics["train_acc"]
        assert server.request("devices", {})["devices"][-1]["device"] == "cpu"
    finally:
        server.close()


def _flip_a_bit(run: RunDirectory, identifier: str) -> None:
    path = run.checkpoints_folder / identifier / WEIGHTS
    data = bytearray(path.read_bytes())
    data[-5] ^= 4
    path.write_bytes(data)


def test_folders_and_files_are_private_whatever_the_umask() -> None:
    before = os.umask(0)
    try:
        started = start_run(digits_config(training__epochs=1))
        assert started.process.wait(30) == 0
    finally:
        os.umask(before)

    for path in [paths.home(), *paths.home().rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
