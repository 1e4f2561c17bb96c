from __future__ import annotations

import pytest
import torch

from tests.engine.training import digits_config
from tui_trainer.engine.world import World, choose_rank_device, share_threads, world_of_nproc, world_of_torchrun
from tui_trainer.runs.errors import ResourceError, UsageError

TORCHRUN = {"TORCHELASTIC_RUN_ID": "x", "RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4"}


def test_torchruns_environment_describes_the_world_and_no_other_one_does() -> None:
    world = world_of_torchrun(TORCHRUN)
    assert world == World(5, 8, 1, 4, is_torchrun=True) and not world.is_one_machine
    assert world_of_torchrun({key: value for key, value in TORCHRUN.items() if key != "TORCHELASTIC_RUN_ID"}) is None
    assert world_of_torchrun({**TORCHRUN, "RANK": "first"}) is None


@pytest.mark.parametrize("number", [0, -1, 1025])
def test_a_number_of_processes_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(UsageError, match="--nproc"):
        world_of_nproc(number)


def test_cores_are_divided_over_the_ranks_unless_threads_were_written() -> None:
    two = world_of_nproc(2)
    automatic, written = digits_config(training__threads="auto"), digits_config(training__threads=6)
    assert share_threads(automatic, 8, two, cores=8) == 4
    assert share_threads(automatic, 1, two, cores=8) == 1
    assert share_threads(automatic, 8, world_of_nproc(8), cores=4) == 1
    assert share_threads(written, 6, two, cores=8) == 6


def test_each_rank_takes_the_gpu_of_its_local_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    third = World(rank=6, size=8, local_rank=2, local_size=4)
    assert choose_rank_device("auto", third) == choose_rank_device("cuda", third) == torch.device("cuda", 2)
    assert choose_rank_device("cpu", third) == torch.device("cpu")
    with pytest.raises(ResourceError, match="5 processes need a GPU each and this machine has 4"):
        choose_rank_device("auto", world_of_nproc(5))
    for written in ("cuda:1", "mps"):
        with pytest.raises(UsageError, match="is one device"):
            choose_rank_device(written, third)


def test_without_a_gpu_auto_is_the_cpu_and_cuda_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_rank_device("auto", world_of_nproc(2)) == torch.device("cpu")
    with pytest.raises(ResourceError, match="has 0"):
        choose_rank_device("cuda", world_of_nproc(2))
