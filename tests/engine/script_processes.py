"""Printed scripts as processes of their own, many of them: each is forked from one that has imported torch and nothing else.

A fresh interpreter takes some 3 s to import torch and scikit-learn; the fork has its own memory, generator and threads, and
none of the modules of this program.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.training import THREADS
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.script_printer import print_script

_PARENT = """
import os, runpy, sys
import torch, torch.nn.functional, torch.optim.swa_utils, torch.utils.data
import sklearn.datasets, sklearn.model_selection, sklearn.preprocessing
torch.set_num_threads(1)
for line in sys.stdin:
    path = line.rstrip("\\n")
    child = os.fork()
    if child == 0:
        assert not any(name.startswith("tui_trainer") for name in sys.modules)
        output = os.open(path + ".out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        try:
            runpy.run_path(path, run_name="__main__")
            sys.stdout.flush()
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", flush=True)
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class ScriptProcesses:
    """Runs scripts, one process each."""

    def __init__(self, parent: subprocess.Popen[str], folder: Path) -> None:
        self._parent, self._folder = parent, folder
        self._count = 0

    def weights(self, config: RunConfig) -> tuple[str, str]:
        """(weights_sha256, everything printed) of the script that `config` stands for."""
        self._count += 1
        path = self._folder / f"script-{self._count}.py"
        path.write_text(print_script(config, threads=THREADS, verify=True))
        assert self._parent.stdin is not None and self._parent.stdout is not None
        self._parent.stdin.write(f"{path}\n")
        self._parent.stdin.flush()
        exit_code = self._parent.stdout.readline().strip()
        printed = Path(f"{path}.out").read_text()
        assert exit_code == "0", printed
        return printed.rstrip().rpartition("weights_sha256 ")[2], printed


@contextmanager
def script_processes(folder: Path) -> Iterator[ScriptProcesses]:
    """The parent process while the context is open; scripts and what they print lie in `folder`."""
    command = [sys.executable, "-P", "-c", _PARENT]
    parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield ScriptProcesses(parent, folder)
    finally:
        assert parent.stdin is not None and parent.stdout is not None
        parent.stdin.close()
        parent.stdout.close()
        parent.wait(30)
