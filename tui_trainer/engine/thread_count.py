"""How many threads the operators of one thread use: torch keeps a count for each, but takes the first from all."""

from __future__ import annotations

import torch


def keep_thread_count(num_threads: int) -> None:
    """Let the operators that the calling thread runs use `num_threads` threads, whatever count another thread sets.

    A thread's count is set up by its first operator, from what any thread has set last; only asking for it before makes
    `torch.set_num_threads` last. Another count would give sums of other bits.
    """
    torch.get_num_threads()
    torch.set_num_threads(num_threads)
