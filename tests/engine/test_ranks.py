"""Several processes for real, with gloo on the CPU: what they train, what they say of it, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine.training import digits_config, ended, train
from tests.waiting import wait_until
from tui_trainer.engine.answers import LauncherAnswers
from tui_trainer.engine.evaluation import evaluate_set
from tui_trainer.engine.loaded_run import load_run
from tui_trainer.engine.tensor_files import load_tensors
from tui_trainer.runs import control, paths
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import DataError, MlpTuiError, ResourceError, UsageError
from tui_trainer.runs.launcher import StartedRun, prepare_run, resume_run, start_run
from tui_trainer.runs.manifest import WEIGHTS
from tui_trainer.runs.run_directory import RunDirectory

pytestmark = [pytest.mark.process, pytest.mark.slow]

LIMIT_S = 120
BATCH_NORM = {"model__batch_norm": True, "model__dropout": 0.2, "optimizer__name": "adamw", "schedule__name": "cosine"}


def finish(started: StartedRun) -> RunDirectory:
    assert started.process.wait(LIMIT_S) == 0, started.directory.log_path.read_text()
    return started.directory


def children_of(pid: int) -> list[int]:
    """Live processes whose parent is `pid`, zombies aside."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != b"Z":
            found.append(int(path.name))
    return found


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def begin_two(**changes: Any) -> tuple[StartedRun, int]:
    """A long run of two processes that makes steps, and the pid of its rank 1."""
    started = start_run(digits_config(training__epochs=100_000, **changes), nproc=2)
    wait_until(lambda: started.directory.history().step > 30, within_s=LIMIT_S)
    (rank_1,) = children_of(started.process.pid)
    return started, rank_1


def test_two_processes_make_the_steps_of_one_and_leave_one_whole_run_directory() -> None:
    config = digits_config(optimizer__lr=0.05, optimizer__momentum=0.9, data__batch_size=63, training__epochs=3)
    alone = train(config).history()

    run = finish(start_run(config, nproc=2))

    history = run.history()
    assert len(history.losses) == len(alone.losses) == 3 * 23
    assert max(abs(one - other) for one, other in zip(history.losses[:50], alone.losses[:50], strict=True)) < 1e-5
    assert history.started is not None and history.ended is not None
    assert history.started["world_size"] == 2 and history.started["step_mode"] == "eager"
    assert [reason.partition(":")[0] for reason in history.started["exact"]] == ["2 processes"]
    events = run.events_path.read_text().splitlines()
    assert [f'"seq":{number}' in line for number, line in enumerate(events, 1)] == [True] * len(events)
    assert [manifest.epoch for manifest in run.checkpoints()] == [1, 2, 3] and run.damaged_checkpoints() == []
    assert {manifest.world_size for manifest in run.checkpoints()} == {2}
    assert sorted(path.name for path in run.path.iterdir()) == [
        "checkpoints", "events.jsonl", "lock", "run.json", "run.toml", "trainer.log"
    ]  # fmt: skip


def test_an_evaluation_by_three_processes_has_the_bits_of_one_by_one() -> None:
    run = finish(start_run(digits_config(data__eval_batch_size=100, training__epochs=1), nproc=3))

    (epoch,), (manifest,) = run.history().epochs, run.checkpoints()
    loaded = load_run(run.config, 1, LauncherAnswers())
    weights = load_tensors((run.checkpoints_folder / manifest.id / WEIGHTS).read_bytes(), "test")
    loaded.state.network.load_state_dict(weights)
    train_metrics, test_metrics = (
        evaluate_set(loaded.state.network, part, 100) for part in (loaded.train_set, loaded.test_set)
    )
    assert (epoch.train_acc, epoch.test_acc, epoch.test_loss) == (
        train_metrics.accuracy, test_metrics.accuracy, test_metrics.loss
    )  # fmt: skip


def test_dropout_and_batch_norm_are_marked_and_a_resume_on_as_many_processes_goes_on_bit_for_bit() -> None:
    config = digits_config(training__epochs=40, **BATCH_NORM)
    whole = finish(start_run(config, nproc=2))
    started = whole.history().started
    assert started is not None
    assert [reason.partition(":")[0] for reason in started["exact"]] == ["2 processes", "dropout", "batch norm"]

    cut_off = start_run(config, nproc=2)
    run = cut_off.directory
    wait_until(lambda: run.history().step > 100, within_s=LIMIT_S)
    cut_off.process.kill()
    cut_off.process.wait()
    finish(resume_run(run))

    assert run.history().attempt == 2
    assert ended(run)["weights_sha256"] == ended(whole)["weights_sha256"]
    assert run.history().started["exact"] == started["exact"]  # type: ignore[index]


def test_a_resume_on_another_number_of_processes_is_marked() -> None:
    started, _ = begin_two()
    run = started.directory
    started.process.terminate()
    assert started.process.wait(LIMIT_S) == 143
    assert ended(run)["reason"] == "SIGTERM"
    saved = run.checkpoints()[-1]
    assert saved.step == run.history().step

    alone = resume_run(run, nproc=1)
    wait_until(lambda: run.history().step > saved.step, within_s=LIMIT_S)
    alone.process.terminate()
    alone.process.wait(LIMIT_S)

    begun = run.history().started
    assert begun is not None and begun["world_size"] == 1
    assert "world_size changed: 2 -> 1" in begun["exact"]


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGKILL, 6), (signal.SIGSEGV, 1)])
def test_the_death_of_rank_1_ends_the_run_with_one_line_and_leaves_no_process(number: int, exit_code: int) -> None:
    started, rank_1 = begin_two()

    os.kill(rank_1, number)

    assert started.process.wait(10) == exit_code
    end = ended(started.directory)
    assert (end["status"], end["exit_code"]) == ("failed", exit_code)
    assert end["reason"].startswith(f"rank 1 died (signal {int(number)})") and "\n" not in end["reason"]
    assert not is_running(rank_1)


def test_the_death_of_rank_0_leaves_no_process() -> None:
    started, rank_1 = begin_two()
    started.process.kill()
    started.process.wait()
    wait_until(lambda: not is_running(rank_1), within_s=5)


def test_a_paused_run_of_two_goes_on_when_it_is_told_to() -> None:
    started, _ = begin_two()
    run = started.directory
    control.request(run, "pause", 1)
    wait_until(lambda: run.history().is_paused, within_s=LIMIT_S)
    step = run.history().step
    control.request(run, "continue", 1)
    wait_until(lambda: run.history().step > step + 10, within_s=LIMIT_S)
    control.request(run, "stop", 1)
    assert finish(started) and ended(run)["status"] == "stopped"


def test_a_batch_smaller_than_the_world_leaves_some_ranks_without_examples_and_goes_on() -> None:
    # 1437 examples in batches of 359: the last one holds a single example for three processes.
    run = finish(start_run(digits_config(data__batch_size=359, training__epochs=2, optimizer__lr=0.05), nproc=3))
    alone = train(digits_config(data__batch_size=359, training__epochs=2, optimizer__lr=0.05))
    together, single = run.history().losses, alone.history().losses
    assert len(together) == 2 * 5
    assert max(abs(one - other) for one, other in zip(together, single, strict=True)) < 1e-5


@pytest.mark.parametrize(
    ("changes", "nproc", "error", "words"),
    [
        ({"data__batch_size": 2}, 3, UsageError, "too few for 3 processes"),
        ({"data__batch_size": 3, "model__batch_norm": True}, 2, UsageError, "batch norm"),
        ({"device": "cuda:0"}, 2, UsageError, "one device"),
        ({"device": "cuda"}, 2, ResourceError, "GPU"),
        ({"data__source": "idx:/nowhere/at/all"}, 2, DataError, "nowhere"),
    ],
)
def test_what_two_processes_cannot_share_is_refused_and_leaves_nothing(
    changes: dict[str, Any], nproc: int, error: type[MlpTuiError], words: str
) -> None:
    if changes.get("device") == "cuda" and torch.cuda.device_count() > 1:
        pytest.skip("this machine has GPUs enough")
    with pytest.raises(error, match=words) as refusal:
        start_run(digits_config(**changes), nproc=nproc)

    assert len(refusal.value.message) <= 300
    assert list(paths.runs_folder().iterdir()) == []


def test_torchrun_trains_a_prepared_run_says_so_in_words_and_a_failure_in_one_line(tmp_path: Path) -> None:
    finished = run_torchrun(prepare(digits_config(training__epochs=2)))
    assert finished.returncode == 0, finished.stderr
    (folder,) = paths.runs_folder().iterdir()
    assert f"{folder.name} has begun" in finished.stderr and "ended with exit code 0" in finished.stderr
    assert RunDirectory(folder).history().started["world_size"] == 2  # type: ignore[index]

    prepared = prepare(digits_config(data__batch_size=1))
    refused = run_torchrun(prepared)
    assert refused.returncode != 0
    assert "mlp-tui: data.batch_size: 1 examples are too few for 2 processes" in refused.stderr
    assert prepared.is_dir()


def prepare(config: RunConfig) -> Path:
    return prepare_run(config, is_prepared=True)


def run_torchrun(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "tui_trainer.engine", "train", str(folder)]
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=LIMIT_S, check=False)
