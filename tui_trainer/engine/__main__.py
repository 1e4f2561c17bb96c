"""The engine's processes: `python -m tui_trainer.engine train RUN_DIR [--nproc N] | spare | serve | bench`.

train trains the run in RUN_DIR, on N processes of this machine or, under torchrun, on those that it started; `rank` is how
the trainer starts the others. spare imports torch, then waits for one line of JSON, a train job; end of file before a whole
line ends it with 0, in mid-import too, after it nothing does. serve answers JSON lines while its input is open.
bench reads one line of JSON, a job to measure, and answers JSON lines.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tui_trainer.engine.input_watch import InputWatch

USAGE = "usage: python -m tui_trainer.engine train RUN_DIR [--nproc N] | spare | serve | bench"


def main(arguments: list[str]) -> int:
    """Run one of the forms; its exit code."""
    match arguments:
        case ["train", folder]:
            return train(Path(folder))
        case ["train", folder, "--nproc", number] if number.isdecimal():
            return train(Path(folder), int(number))
        case ["rank", rank, world_size, port]:
            from tui_trainer.engine.follower import follow_parent

            follow_parent(int(rank), int(world_size), int(port))
        case ["spare"]:
            return spare()
        case ["serve"]:
            watch = InputWatch()
            from tui_trainer.engine.server import serve

            watch.stop()
            return serve()
        case ["bench"]:
            from tui_trainer.engine.bench.process import answer_job

            return answer_job()
    sys.stderr.write(f"{USAGE}\n")
    return 2


def train(folder: Path, num_processes: int | None = None) -> int:
    """Train the run at `folder`, or take part in it where torchrun made this process another rank than the first."""
    from tui_trainer.engine.train_job import run_train_job
    from tui_trainer.engine.world import world_of_torchrun

    world = world_of_torchrun(os.environ)
    if world is not None and world.rank > 0:
        from tui_trainer.engine.follower import follow_torchrun

        follow_torchrun(world)
    return run_train_job(folder.absolute(), num_processes)


def spare() -> int:
    """Import what a train job needs and set it up, then wait for one."""
    watch = InputWatch()
    from tui_trainer.engine.answers import send_errors_to
    from tui_trainer.engine.train_job import run_train_job
    from tui_trainer.engine.warm_up import warm_up

    warm_up()
    watch.stop()
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return 0
    folder = Path(json.loads(line)["train"])
    send_errors_to(folder / "trainer.log")
    return run_train_job(folder)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
