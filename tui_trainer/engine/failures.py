"""Exceptions classified once, at the edge of a process, into the errors that people are told about."""

from __future__ import annotations

import errno

import torch

from tui_trainer.runs.errors import MlpTuiError, NumericError, ResourceError


class OutOfMemory(ResourceError):
    """A device or a machine without memory left; who knows the configuration can say what would fit."""


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENOMEM})


def classify(error: BaseException) -> MlpTuiError:
    """The error for people that `error`, or the first known one among its causes, stands for; else a bug (exit code 1)."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    for link in chain:
        known = _known(link)
        if known is not None:
            return known
    return MlpTuiError(f"a bug: {type(error).__name__}: {error}; the trainer's log has the traceback")


def _known(error: BaseException) -> MlpTuiError | None:
    if isinstance(error, MlpTuiError):
        return error
    if isinstance(error, torch.OutOfMemoryError):
        return OutOfMemory("the device has no memory left; take a smaller batch or network, or --device cpu")
    if isinstance(error, MemoryError):
        return OutOfMemory("the machine has no memory left; take a smaller batch or network")
    if isinstance(error, RuntimeError) and "can't allocate memory" in str(error):
        return OutOfMemory("the machine has no memory left; take a smaller batch or network")
    if isinstance(error, RuntimeError) and "without overflow" in str(error):
        return NumericError("a step has a factor that float32 cannot hold; take a lower learning rate, or less weight decay")
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        where = f"{error.filename} " if error.filename else ""
        return ResourceError(f"{where}cannot be written: {error.strerror}; free some room or set MLP_TUI_HOME elsewhere")
    return None
