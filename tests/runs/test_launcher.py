from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runs.descriptors import count_descriptors
from tests.runs.fake_engine import ACCEPT, FakeEngine, install, is_gone
from tests.runs.fake_run import make_run
from tui_trainer.runs import launcher
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.errors import DataError, MlpTuiError, ResourceError, RunBusyError, TrainerDiedError
from tui_trainer.runs.launcher import (
    Progress,
    SpareEngine,
    StartedRun,
    last_log_line,
    prepare_run,
    reap,
    resume_run,
    start_run,
    sweep_unborn,
)
from tui_trainer.runs.paths import ensure_folder, runs_folder
from tui_trainer.runs.processes import own_identity
from tui_trainer.runs.run_lock import RunLock

Install = Callable[[str], FakeEngine]

REFUSE = 'say(refused=3, message="no data at \\x1b[31mx")'
SPARE = 'job = json.loads(sys.stdin.readline() or "{}"); job and accept(job["train"])'


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """`engine(script)` makes every engine that is started run `script` with `say` and `accept` at hand."""
    engines: list[FakeEngine] = []

    def install_script(script: str) -> FakeEngine:
        engines.append(install(monkeypatch, ACCEPT + script))
        return engines[-1]

    yield install_script
    for started in engines:
        started.clean_up()


def digits() -> RunConfig:
    return resolve_config(preset="quick")


def refused(kind: type[MlpTuiError], start: Callable[[], StartedRun]) -> str:
    before = count_descriptors()
    with pytest.raises(kind) as caught:
        start()
    assert type(caught.value) is kind and caught.value.message.isprintable()
    assert count_descriptors() == before
    return caught.value.message


def left_behind() -> list[str]:
    return [path.name for path in runs_folder().iterdir()]


def test_an_accepted_run_is_born_with_its_configuration_and_its_trainer(engine: Install) -> None:
    fake = engine("accept(sys.argv[2]); sys.stdout.close()")
    started = start_run(digits(), parent={"run": "x"})
    assert left_behind() == [started.directory.run]
    assert started.directory.config == digits()
    info = started.directory.info
    assert info["schema"] == 1 and info["run"] == started.directory.run and info["parent"] == {"run": "x"}
    assert info["created"].endswith("Z") and info["threads"] >= 1 and info["launcher"]["pid"] == os.getpid()
    assert started.process is fake.processes[0] and started.process.wait(5) == 0


def test_progress_is_told_and_lines_that_are_no_answers_are_passed_over(engine: Install) -> None:
    engine("""
say(progress={"what": "bytes", "done": 5, "total": 10})
print("a library prints"); print("[" * 100000); print(5); print('{"progress": {"what": 1}}'); print()
sys.stdout.buffer.write(b"\\xff\\xfe\\n"); sys.stdout.flush()
say(progress={"what": "rows", "done": 6, "total": None})
accept(sys.argv[2])
""")
    seen: list[Progress] = []
    started = start_run(digits(), on_progress=seen.append)
    assert seen == [Progress("bytes", 5, 10), Progress("rows", 6, None)]
    assert started.directory.path.is_dir()


def test_a_refused_run_leaves_nothing_behind(engine: Install) -> None:
    fake = engine(REFUSE)
    assert "no data at" in refused(DataError, lambda: start_run(digits()))
    assert left_behind() == [] and is_gone(fake.processes[0])


def test_a_trainer_that_refuses_and_hangs_is_ended(
    engine: Install, stopwatch: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "_STOP_S", 0.3)
    fake = engine(f"import signal, time; signal.signal(15, signal.SIG_IGN); {REFUSE}; time.sleep(60)")
    refused(DataError, lambda: start_run(digits()))
    assert stopwatch() < 5 and is_gone(fake.processes[0])


def test_a_trainer_that_dies_in_silence_is_reported_with_its_last_words(engine: Install) -> None:
    fake = engine('print("Traceback", file=sys.stderr); print("ImportError: no torch\\x1b", file=sys.stderr); sys.exit(3)')
    message = refused(TrainerDiedError, lambda: start_run(digits()))
    assert "exit code 3" in message and "ImportError: no torch" in message
    assert left_behind() == [] and is_gone(fake.processes[0])


def test_a_trainer_that_is_killed_is_reported(engine: Install) -> None:
    engine("os.kill(os.getpid(), 9)")
    assert "-9" in refused(TrainerDiedError, lambda: start_run(digits()))
    assert left_behind() == []


def test_a_caller_that_gives_up_ends_the_trainer(engine: Install) -> None:
    fake = engine('say(progress={"what": "x", "done": 0, "total": 1}); import time; time.sleep(60)')

    def give_up(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start_run(digits(), on_progress=give_up)
    assert left_behind() == [] and is_gone(fake.processes[0])


def test_a_refused_resume_changes_nothing_of_the_run(engine: Install) -> None:
    run = make_run()
    before = {path.name: path.read_bytes() for path in run.path.iterdir()}
    engine('say(refused=7, message="held by process 5")')
    refused(RunBusyError, lambda: resume_run(run))
    assert {path.name: path.read_bytes() for path in run.path.iterdir() if path.name != "trainer.log"} == before


def test_an_accepted_resume_is_the_same_run_wherever_it_lies(engine: Install, tmp_path: Path) -> None:
    engine("say(accepted=os.path.basename(sys.argv[2]))")
    run = make_run()
    moved = type(run)(run.path.rename(tmp_path / run.run))
    assert resume_run(moved).directory == moved


def test_a_run_that_is_gone_or_cannot_be_written_is_refused_in_words(engine: Install) -> None:
    engine("")
    run = make_run()
    run.log_path.mkdir()
    assert "no trainer can be started" in refused(ResourceError, lambda: resume_run(run))


def test_a_home_that_cannot_be_written_is_refused_in_words(home: Path, engine: Install) -> None:
    engine("")
    home.write_text("a file")
    assert "MLP_TUI_HOME" in refused(ResourceError, lambda: start_run(digits()))


def test_a_spare_takes_one_run_and_the_next_start_is_fresh(engine: Install) -> None:
    fake = engine(f'if kind == "spare":\n    {SPARE}\nelse: accept(sys.argv[2])')
    spare = SpareEngine()
    spare.start()
    spare.start()  # one is enough
    assert len(fake.processes) == 1
    first = start_run(digits(), spare=spare)
    assert first.process is fake.processes[0] and first.directory.path.is_dir()
    second = start_run(digits(), spare=spare)
    assert second.process is fake.processes[1]


@pytest.mark.parametrize("is_noticed", [True, False])
def test_a_spare_that_died_is_replaced_by_a_fresh_trainer(engine: Install, is_noticed: bool) -> None:
    fake = engine('kind == "spare" and sys.exit(1); accept(sys.argv[2])')
    spare = SpareEngine()
    spare.start()
    os.waitid(os.P_PID, fake.processes[0].pid, os.WEXITED | os.WNOWAIT)
    if is_noticed:
        fake.processes[0].wait()
    started = start_run(digits(), spare=spare)
    assert started.process is fake.processes[1]


def test_a_spare_is_closed_within_two_seconds_even_if_it_will_not_listen(
    engine: Install, stopwatch: Callable[[], float]
) -> None:
    fake = engine("import signal, time; signal.signal(15, signal.SIG_IGN); say(ready=1); time.sleep(60)")
    spare = SpareEngine()
    spare.start()
    stdout = fake.processes[0].stdout
    assert stdout is not None and stdout.readline()
    before = stopwatch()
    spare.close()
    spare.close()
    assert stopwatch() - before < 2.0 and is_gone(fake.processes[0])


def dead_identity() -> dict[str, Any]:
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    return {**own_identity(), "pid": child.pid, "start_time": "1"}


def make_unborn(name: str, info: Any) -> Path:
    folder = ensure_folder(runs_folder()) / f".new-{name}"
    folder.mkdir()
    (folder / "run.json").write_text(info if isinstance(info, str) else json.dumps(info))
    return folder


def test_unborn_runs_are_swept_when_launcher_and_trainer_are_dead() -> None:
    dead = dead_identity()
    for name, info in (
        ("dead", {"launcher": dead}),
        ("old boot", {"launcher": {**own_identity(), "boot_id": "earlier"}}),
        ("damaged", "{"),
        ("nested", "[" * 100_000),
        ("strange", {"launcher": {**own_identity(), "pid": 1e300}}),
        ("alive", {"launcher": dict(own_identity())}),
        ("elsewhere", {"launcher": {**dead, "host": "another machine"}}),
        ("locked", {"launcher": dead}),
    ):
        make_unborn(name, info)
    (runs_folder() / ".tmp-.new-x-1-0").mkdir()
    lock = RunLock(runs_folder() / ".new-locked" / "lock")
    lock.acquire(attempt=1)
    sweep_unborn(runs_folder())
    lock.release()
    assert sorted(left_behind()) == [".new-alive", ".new-elsewhere", ".new-locked"]


def test_a_new_start_sweeps_what_a_dead_launcher_left(engine: Install) -> None:
    make_unborn("x", {"launcher": dead_identity()})
    engine("accept(sys.argv[2])")
    started = start_run(digits())
    assert left_behind() == [started.directory.run]


def test_an_unborn_run_is_never_seen_without_its_run_json(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    real = os.fsync

    def look(descriptor: int) -> None:
        seen.extend((path / "run.json").is_file() for path in runs_folder().glob(".new-*"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    prepare_run(digits())
    assert seen and all(seen)


def test_a_run_names_its_source_and_its_threads_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_trainer.runs.data_source.answers_within", lambda: False)
    folder = prepare_run(RunConfig())
    assert 'source = "digits"' in (folder / "run.toml").read_text()
    assert 'threads = "auto"' in (folder / "run.toml").read_text()
    assert json.loads((folder / "run.json").read_bytes())["threads"] >= 1
    assert folder.stat().st_mode & 0o777 == 0o700 and (folder / "run.json").stat().st_mode & 0o777 == 0o600


def test_an_engine_gets_a_session_of_its_own_and_no_foreign_modules(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: given.update(options, command=command))
    for name in ("PYTHONPATH", "PYTHONSTARTUP", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"):
        monkeypatch.setenv(name, "/evil")
    launcher.spawn_engine(["train", "/x"], stdin=subprocess.DEVNULL)
    assert given["command"] == [sys.executable, "-P", "-X", "utf8", "-m", "tui_trainer.engine", "train", "/x"]
    assert given["start_new_session"] is True and given["cwd"] == home
    assert "/evil" not in given["env"].values() and given["env"]["MLP_TUI_HOME"] == str(home)


def test_an_ended_trainer_is_reaped_and_a_signal_is_said(engine: Install) -> None:
    fake = engine("accept(sys.argv[2]); sys.stdout.close(); import time; time.sleep(60)")
    started = start_run(digits())
    assert reap(started) is None
    fake.processes[0].kill()
    fake.processes[0].wait()
    error = reap(started)
    assert error is not None and error.exit_code == 8
    assert "signal 9" in error.message and f"mlp-tui resume {started.directory.shown_name}" in error.message


def test_the_last_words_of_a_log_are_found_without_reading_it_whole(tmp_path: Path) -> None:
    assert "doctor" in last_log_line(tmp_path)
    with (tmp_path / "trainer.log").open("wb") as file:
        file.truncate(10**12)
        file.seek(10**12)
        file.write(b"\nthe last \xffword\x1b\n\n  \n")
    assert last_log_line(tmp_path) == "the last �word�"
