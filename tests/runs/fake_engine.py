"""Engine processes that are small scripts: they answer a launcher or a client as the real ones do, or fail as they might."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tui_trainer.runs import engine_server, launcher

ACCEPT = """
import json, os, sys
def say(**fields): print(json.dumps(fields), flush=True)
def accept(folder):
    born = os.path.join(os.path.dirname(folder), os.path.basename(folder).removeprefix(".new-"))
    os.rename(folder, born)
    say(accepted=os.path.basename(born))
kind = sys.argv[1]
"""

SERVE = """
import json, sys
def say(**fields): print(json.dumps(fields), flush=True)
def requests():
    for line in sys.stdin:
        request = json.loads(line)
        yield request["id"], request["method"], request["params"]
"""


class FakeEngine:
    """Stands in for the engine's command; `processes` are all that were started."""

    def __init__(self, script: str) -> None:
        self.script = script
        self.processes: list[subprocess.Popen[bytes]] = []

    def spawn(
        self, arguments: list[str], *, stdin: int, stderr: int | IO[bytes] = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """As `launcher.spawn_engine`."""
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", self.script, *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def clean_up(self) -> None:
        """Kill and reap what still runs, and close its pipes."""
        for process in self.processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()


def install(monkeypatch: pytest.MonkeyPatch, script: str) -> FakeEngine:
    """Every engine that this test starts runs `script`."""
    engine = FakeEngine(script)
    monkeypatch.setattr(launcher, "spawn_engine", engine.spawn)
    monkeypatch.setattr(engine_server, "spawn_engine", engine.spawn)
    return engine


def is_gone(process: subprocess.Popen[bytes]) -> bool:
    """Whether the process was reaped and left nothing in /proc."""
    return process.returncode is not None and not Path(f"/proc/{process.pid}").exists()
