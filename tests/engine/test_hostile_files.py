"""Each hostile or broken file is refused in time, in one line, with 4, and leaves nothing behind."""

from __future__ import annotations

import re
import time
from pathlib import Path

import psutil
import pytest

from tests.engine.hostile_files import GOOD_SAFE, PICKLED, PLAIN, canary_of, good_zip
from tui_trainer.engine import foreign_file
from tui_trainer.engine.server_methods import METHODS
from tui_trainer.runs.engine_server import EngineServer
from tui_trainer.runs.errors import CheckpointError, MlpTuiError

LIMIT_S = 10.0
MAX_GROWTH_BYTES = 50 << 20


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_corpus_is_large_enough() -> None:
    assert len(PLAIN) + len(PICKLED) >= 40


@pytest.mark.parametrize("name", PLAIN)
def test_a_broken_file_is_refused_before_anything_is_started(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(foreign_file, "_ask_child", fail)
    write, reason = PLAIN[name]
    path = tmp_path / "files" / name
    path.parent.mkdir()
    write(path)
    before = contents(tmp_path)
    started = time.monotonic()
    with pytest.raises(CheckpointError, match=reason) as refused:
        METHODS["evaluate"]({"file": str(path), "data": "digits"}, lambda *_: None)
    assert time.monotonic() - started < 2.0
    assert len(refused.value.message) <= 300 and "\n" not in refused.value.message
    assert contents(tmp_path) == before
    assert not canary_of(path).exists()


@pytest.mark.slow
@pytest.mark.process
def test_the_whole_corpus_harms_neither_app_nor_server(tmp_path: Path, home: Path) -> None:
    server = EngineServer()
    folder = tmp_path / "files"
    folder.mkdir()
    try:
        server.request("devices", {})
        (pid,) = (child.pid for child in psutil.Process().children())
        before_bytes = psutil.Process().memory_info().rss
        for name, (write, reason) in {**PLAIN, **PICKLED}.items():
            path = folder / name
            write(path)
            before = contents(tmp_path)
            started = time.monotonic()
            with pytest.raises(MlpTuiError) as refused:
                server.request("evaluate", {"file": str(path), "data": "digits"})
            took_s = time.monotonic() - started
            message = refused.value.message
            assert refused.value.exit_code == 4, (name, message)
            assert re.search(reason, message), (name, message)
            assert took_s < LIMIT_S, (name, took_s)
            assert len(message) <= 300 and message.isprintable(), name
            assert contents(tmp_path) == before, name
            assert not canary_of(path).exists(), name
            assert [child.pid for child in psutil.Process().children(recursive=True)] == [pid], name
        assert psutil.Process().memory_info().rss - before_bytes < MAX_GROWTH_BYTES
        (folder / "good.safetensors").write_bytes(GOOD_SAFE)
        assert server.request("evaluate", {"file": str(folder / "good.safetensors"), "data": "digits"})["num_examples"] == 360
    finally:
        server.close()


@pytest.mark.process
@pytest.mark.parametrize("name", ["canary_zip.pt", "sparse.pt", "expanded.pt", "flipped.pt"])
def test_a_hostile_pickle_is_refused_by_the_reading_process(tmp_path: Path, name: str) -> None:
    write, reason = PICKLED[name]
    write(tmp_path / name)
    with pytest.raises(CheckpointError, match=reason):
        METHODS["evaluate"]({"file": str(tmp_path / name), "data": "digits"}, lambda *_: None)
    assert not canary_of(tmp_path / name).exists()


@pytest.mark.process
def test_a_sound_file_is_read_with_the_order_of_its_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    (tmp_path / "good.pt").write_bytes(good_zip())
    path = tmp_path / "good.pt"
    file = foreign_file.read_foreign(path, foreign_file.file_state(path))
    assert list(file.tensors) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert file.format == "torch file"


def test_only_one_module_calls_torch_load() -> None:
    package = Path(foreign_file.__file__).parent.parent
    pattern = re.compile(r"(?<!safetensors\.)torch\.load\(|import pickle|weights_only=False|allow_pickle=True|mmap=True")
    found = {path.name: pattern.findall(path.read_text()) for path in package.rglob("*.py")}
    assert {name: hits for name, hits in found.items() if hits} == {
        "foreign_reader.py": ["torch.load("],
        "exported_folder.py": ["torch.load("],  # in the text of the program that it writes
    }
