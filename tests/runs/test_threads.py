from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tui_trainer.runs import threads
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.paths import machine_file
from tui_trainer.runs.threads import num_cores, resolve_threads, suggest_threads


def remembered() -> dict[str, int]:
    entries: dict[str, int] = json.loads(machine_file().read_bytes())["threads"]
    return entries


def test_a_written_count_is_taken_and_not_remembered() -> None:
    assert resolve_threads(resolve_config(sets=["training.threads=3"])) == 3
    assert not machine_file().exists()


def test_the_first_answer_is_remembered_and_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "suggest_threads", lambda config, cores: 7)
    assert resolve_threads(resolve_config()) == 7
    monkeypatch.setattr(threads, "suggest_threads", lambda config, cores: 1)
    assert resolve_threads(resolve_config()) == 7
    assert list(remembered().values()) == [7]


def test_each_shape_is_remembered_by_itself() -> None:
    for words in ([], ["model.hidden=[5]"], ["data.batch_size=128"], ["seed=1"], ["optimizer.name=adam"]):
        resolve_threads(resolve_config(sets=words))
    assert len(remembered()) == 3


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"threads": 5}', b"\xff", b"[" * 100_000, b"null"], ids=lambda content: repr(content)[:20]
)
def test_a_damaged_machine_file_is_replaced(content: bytes, home: Path) -> None:
    home.mkdir()
    machine_file().write_bytes(content)
    count = resolve_threads(resolve_config())
    assert 1 <= count <= num_cores() and list(remembered().values()) == [count]


@pytest.mark.parametrize("value", [0, -1, 1025, "2", None, 1.5])
def test_a_remembered_count_that_is_none_is_found_anew(value: Any) -> None:
    expected = resolve_threads(resolve_config())
    (key,) = remembered()
    machine_file().write_text(json.dumps({"schema": 1, "threads": {key: value, "other": 5}}))
    assert resolve_threads(resolve_config()) == expected
    assert remembered() == {key: expected, "other": 5}


def test_a_home_that_cannot_be_written_still_gets_an_answer(home: Path) -> None:
    home.write_text("a file where the folder should be")
    assert resolve_threads(resolve_config()) >= 1


def test_launchers_at_the_same_time_remember_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    given = iter(range(1, 100))
    monkeypatch.setattr(threads, "suggest_threads", lambda config, cores: next(given))
    answers: list[int] = []
    workers = [threading.Thread(target=lambda: answers.append(resolve_threads(resolve_config()))) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert len(answers) == 6 and set(answers) == {1}


def test_the_rule_grows_with_the_work_and_stays_within_the_machine() -> None:
    small, large = resolve_config(), resolve_config(sets=["model.hidden=[8192, 8192]", "data.batch_size=1024"])
    assert suggest_threads(small, 64) == 1
    assert suggest_threads(large, 64) == 64 and suggest_threads(large, 2) == 2
    assert suggest_threads(resolve_config(sets=["model.hidden=[]"]), 2) == 1
