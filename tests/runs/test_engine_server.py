from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.runs.descriptors import count_descriptors
from tests.runs.fake_engine import SERVE, FakeEngine, install, is_gone
from tui_trainer.runs.engine_server import EngineServer
from tui_trainer.runs.errors import CheckpointError, MlpTuiError
from tui_trainer.runs.launcher import Progress

ECHO = """
for id, method, params in requests():
    say(id=id, progress={"what": "examples", "done": 1, "total": 2})
    print("a library prints"); print("[" * 100000); print(5)
    say(id=id - 1, result={"of": "an earlier request"})
    say(id=id, result={"method": method, "params": params})
"""


@pytest.fixture
def server() -> Iterator[EngineServer]:
    started = EngineServer()
    yield started
    started.close()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], FakeEngine]]:
    engines: list[FakeEngine] = []

    def install_script(script: str) -> FakeEngine:
        engines.append(install(monkeypatch, SERVE + script))
        return engines[-1]

    yield install_script
    for started in engines:
        started.clean_up()


Install = Callable[[str], FakeEngine]


def ask_in_thread(server: EngineServer, progress: list[Progress], errors: list[MlpTuiError]) -> threading.Thread:
    def ask() -> None:
        try:
            server.request("wait", {}, progress.append)
        except MlpTuiError as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_a_request_gets_its_progress_and_its_own_result(engine: Install, server: EngineServer) -> None:
    fake = engine(ECHO)
    seen: list[Progress] = []
    for number in range(3):
        assert server.request("evaluate", {"n": number}, seen.append) == {"method": "evaluate", "params": {"n": number}}
    assert seen == [Progress("examples", 1, 2)] * 3
    assert len(fake.processes) == 1


def test_an_error_of_the_engine_is_raised_as_itself_and_the_server_goes_on(engine: Install, server: EngineServer) -> None:
    fake = engine("""
for id, method, params in requests():
    say(id=id, error={"exit_code": 4, "message": "damaged \\x1b[31m"}) if method == "bad" else say(id=id, result={})
""")
    with pytest.raises(CheckpointError) as caught:
        server.request("bad", {})
    assert caught.value.message.startswith("damaged") and caught.value.message.isprintable()
    assert server.request("good", {}) == {}
    assert len(fake.processes) == 1


def test_a_server_that_dies_in_mid_answer_is_said_and_started_anew(engine: Install, server: EngineServer) -> None:
    fake = engine("""
for id, method, params in requests():
    if method == "die":
        print('{"id": 1, "resu', end="", flush=True)
        raise SystemExit
    say(id=id, result={"well": 1})
""")
    with pytest.raises(MlpTuiError, match="starts anew"):
        server.request("die", {})
    assert is_gone(fake.processes[0])
    assert server.request("live", {}) == {"well": 1}
    assert len(fake.processes) == 2


def test_a_server_that_died_between_requests_is_started_anew(engine: Install, server: EngineServer) -> None:
    fake = engine(ECHO)
    server.request("a", {})
    fake.processes[0].kill()
    fake.processes[0].wait()
    before = count_descriptors()
    assert server.request("b", {})["method"] == "b"
    assert len(fake.processes) == 2 and count_descriptors() == before


def test_start_starts_one_process_and_only_one(engine: Install, server: EngineServer) -> None:
    fake = engine(ECHO)
    server.start()
    server.start()
    server.request("a", {})
    assert len(fake.processes) == 1


def test_threads_take_turns_and_each_gets_its_own_answer(engine: Install, server: EngineServer) -> None:
    engine(ECHO)
    answers: dict[int, Any] = {}

    def ask(number: int) -> None:
        answers[number] = server.request("m", {"n": number})["params"]["n"]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert answers == {number: number for number in range(8)}


@pytest.mark.parametrize("stubborn", ["", "import signal; signal.signal(15, signal.SIG_IGN)"])
def test_close_ends_it_in_mid_request_within_two_seconds(
    engine: Install, server: EngineServer, stopwatch: Callable[[], float], wait_until: Callable[..., None], stubborn: str
) -> None:
    fake = engine(f"""
import time
{stubborn}
for id, method, params in requests():
    say(id=id, progress={{"what": "x", "done": 0, "total": 1}})
    time.sleep(60)
""")
    progress: list[Progress] = []
    errors: list[MlpTuiError] = []
    thread = ask_in_thread(server, progress, errors)
    wait_until(lambda: progress)
    before = stopwatch()
    server.close()
    assert stopwatch() - before < 2.0
    thread.join(5)
    assert not thread.is_alive() and len(errors) == 1 and is_gone(fake.processes[0])


def test_a_closed_server_starts_nothing(engine: Install, server: EngineServer) -> None:
    fake = engine(ECHO)
    server.close()
    with pytest.raises(MlpTuiError, match="closed already"):
        server.request("a", {})
    server.close()
    assert fake.processes == []


def test_a_callback_that_fails_does_not_mix_up_the_next_answer(engine: Install, server: EngineServer) -> None:
    engine(ECHO)

    def fail(progress: Progress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        server.request("first", {}, fail)
    assert server.request("second", {})["method"] == "second"


def test_a_request_that_is_cancelled_ends_with_an_error_and_the_server_goes_on(
    engine: Install, server: EngineServer, wait_until: Callable[..., None]
) -> None:
    fake = engine("""
for line in sys.stdin:
    request = json.loads(line)
    if request.get("method") == "wait":
        say(id=request["id"], progress={"what": "x", "done": 0, "total": 1})
        waiting = request["id"]
    elif "cancel" in request:
        say(id=waiting, error={"exit_code": 2, "message": f"cancelled {request['cancel'] == waiting}"})
    else:
        say(id=request["id"], result={"well": 1})
""")
    progress: list[Progress] = []
    errors: list[MlpTuiError] = []
    thread = ask_in_thread(server, progress, errors)
    wait_until(lambda: progress)
    server.cancel()
    thread.join(5)
    assert [error.message for error in errors] == ["cancelled True"]
    assert server.request("other", {}) == {"well": 1}
    assert len(fake.processes) == 1


def test_cancelling_a_server_that_does_nothing_starts_nothing(engine: Install, server: EngineServer) -> None:
    fake = engine(ECHO)
    server.cancel()
    assert fake.processes == []
