from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tui_trainer.engine.thread_count import keep_thread_count


@pytest.fixture(autouse=True)
def _same_count_after() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_thread_keeps_its_count_though_another_sets_one_before_its_first_operator() -> None:
    with ThreadPoolExecutor(1, "other", keep_thread_count, (1,)) as pool:
        pool.submit(int).result()
        torch.set_num_threads(2)
        assert pool.submit(torch.get_num_threads).result() == 1
    assert torch.get_num_threads() == 2
