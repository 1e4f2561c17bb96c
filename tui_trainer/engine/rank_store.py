"""RankStore: small JSON messages between the ranks of a run, before, beside and after their process group.

torch's TCPStore, hosted by rank 0 on loopback at a port that the system chose, or by torchrun. What it holds is never pickled.
"""

from __future__ import annotations

import json
import socket
from datetime import timedelta
from typing import Any

from torch._C._distributed_c10d import PrefixStore, Store, TCPStore
from torch.distributed.rendezvous import rendezvous

LOOPBACK = "127.0.0.1"
WAIT_S = 600.0
"""How long a rank waits for another one that lives, in a start or in a collective call, before it gives the run up."""


class RankStore:
    """Keys with JSON values that every rank can write and read."""

    def __init__(self, store: Store, port: int = 0) -> None:
        self._store = store
        self.port = port
        """Where other ranks of this machine join it."""

    def write(self, key: str, value: Any) -> None:
        """Publish `value`."""
        self._store.set(key, json.dumps(value, allow_nan=False))

    def read(self, key: str) -> Any:
        """The value, waited for up to WAIT_S; torch's DistError where it does not come or the store is gone."""
        return json.loads(self._store.get(key))

    def has(self, key: str) -> bool:
        """Whether the key has been written; does not wait."""
        return bool(self._store.check([key]))

    def for_group(self) -> Store:
        """The part of the store that a process group may use."""
        return PrefixStore("group", self._store)


def host_store() -> RankStore:
    """A new store of this process; nothing of it can be reached from outside this machine."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen(socket.SOMAXCONN)
        port = listener.getsockname()[1]
        descriptor = listener.detach()
    # Given a port alone, TCPStore would listen on every interface.
    store = TCPStore(
        LOOPBACK,
        port,
        is_master=True,
        timeout=timedelta(seconds=WAIT_S),
        wait_for_workers=False,
        master_listen_fd=descriptor,
        use_libuv=False,
    )
    return RankStore(store, port)


def join_store(port: int) -> RankStore:
    """The store that rank 0 of this machine hosts at `port`."""
    return RankStore(TCPStore(LOOPBACK, port, is_master=False, timeout=timedelta(seconds=WAIT_S), wait_for_workers=False))


def join_torchrun_store() -> RankStore:
    """The store that torchrun described in the environment."""
    store, _, _ = next(rendezvous("env://", timeout=timedelta(seconds=WAIT_S)))
    return RankStore(store)
