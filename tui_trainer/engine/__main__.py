"""The engine's processes: `python -m tui_trainer.engine train RUN_DIR | spare | serve | bench`.

train trains the run in RUN_DIR. spare imports torch, then waits for one line of JSON, a train job; end of file before a whole
line ends it with 0, after it nothing does. serve answers JSON lines while its input is open.
bench reads one line of JSON, a job to measure, and answers JSON lines.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

USAGE = "usage: python -m tui_trainer.engine train RUN_DIR | spare | serve | bench"


def main(arguments: list[str]) -> int:
    """Run one of the forms; its exit code."""
    match arguments:
        case ["train", folder]:
            return train(Path(folder))
        case ["spare"]:
            return spare()
        case ["serve"]:
            from tui_trainer.engine.server import serve

            return serve()
        case ["bench"]:
            from tui_trainer.engine.bench.process import answer_job

            return answer_job()
    sys.stderr.write(f"{USAGE}\n")
    return 2


def train(folder: Path) -> int:
    """Train the run at `folder`."""
    from tui_trainer.engine.train_job import run_train_job

    return run_train_job(folder.absolute())


def spare() -> int:
    """Import what a train job needs, then wait for one."""
    from tui_trainer.engine.answers import send_errors_to
    from tui_trainer.engine.train_job import run_train_job

    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return 0
    folder = Path(json.loads(line)["train"])
    send_errors_to(folder / "trainer.log")
    return run_train_job(folder)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
