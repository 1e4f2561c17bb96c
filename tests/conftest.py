"""What every test gets: a home of its own, far from the user's, a real run, and the ways to reach real data and to wait."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.waiting import wait_until as bounded_wait
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.launcher import start_run
from tui_trainer.runs.run_directory import RunDirectory

REPOSITORY = Path(__file__).parent.parent


if hasattr(signal, "SIGHUP"):
    # Whoever runs the tests under nohup: a signal that is ignored stays so in every process that they start.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """$MLP_TUI_HOME of this test; not created yet."""
    folder = tmp_path / "home"
    monkeypatch.setenv("MLP_TUI_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one real run: the book's network on the digits, three epochs. Not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLP_TUI_HOME", str(tmp_path_factory.mktemp("trained")))
        config = resolve_config(flags={"data.source": "digits", "training.epochs": 3, "training.threads": 1})
        started = start_run(config)
        assert started.process.wait(60) == 0
    return started.directory.path


@pytest.fixture
def trained_run(trained_folder: Path, home: Path) -> RunDirectory:
    """A copy of the real run, in this test's own home."""
    shutil.copytree(trained_folder, home / "runs" / trained_folder.name)
    return RunDirectory(home / "runs" / trained_folder.name)


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """The folder with the four real idx files; the test is skipped where it is absent."""
    folder = (REPOSITORY / ".." / "shared" / "data" / "mnist").resolve()
    if not (folder / "train-images-idx3-ubyte.gz").is_file():
        pytest.skip("real MNIST is not in ../shared/data/mnist")
    return folder


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """The one way to wait: until a claim holds, at most some seconds."""
    return bounded_wait


@pytest.fixture
def stopwatch() -> Callable[[], float]:
    """Seconds since the test began, by the monotonic clock."""
    started_at = time.monotonic()
    return lambda: time.monotonic() - started_at
