"""What is typed to find runs: words, !words that must be absent, /patterns/, and comparisons such as acc>0.97 or epoch<=5.

A run fits when every part fits: words are looked for in its name, status, configuration and data source, whatever their case.
What cannot be understood yet, such as a pattern half typed, is taken literally, because one is still typing. Pure functions.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache

from tui_trainer.ui.run_entry import RunEntry

Claim = Callable[[RunEntry], bool]
_COMPARISON = re.compile(r"([a-z_]+)(>=|<=|=|>|<)(-?[0-9.]+(?:e-?[0-9]+)?)", re.IGNORECASE)
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "=": operator.eq,
}  # fmt: skip
MAX_PATTERN = 100
SAME_WITHIN = 1e-9


def num_checkpoints(entry: RunEntry) -> float:
    """How many saved states there are."""
    return float(entry.num_checkpoints)


def test_score(entry: RunEntry) -> float | None:
    """Test accuracy of its best state."""
    return entry.test_acc


def train_score(entry: RunEntry) -> float | None:
    """Train accuracy of its best state."""
    return entry.train_acc


def num_parameters(entry: RunEntry) -> float | None:
    """Parameters of its network, as its log says."""
    return float(entry.num_parameters) if entry.num_parameters is not None else None


def _setting(key: str) -> Callable[[RunEntry], float | None]:
    """The figure that a configuration says of `key`."""

    def figure(entry: RunEntry) -> float | None:
        try:
            return float(entry.setting(key) or "")
        except ValueError:
            return None

    return figure


FIGURES: dict[str, Callable[[RunEntry], float | None]] = {
    "acc": test_score,
    "test": test_score,
    "train": train_score,
    "epoch": lambda entry: float(entry.epoch),
    "epochs": lambda entry: float(entry.num_epochs) if entry.num_epochs else None,
    "lr": _setting("optimizer.lr"),
    "seed": _setting("seed"),
    "batch": _setting("data.batch_size"),
    "params": num_parameters,
    "bytes": lambda entry: float(entry.num_bytes),
    "saves": num_checkpoints,
}
"""{name in a comparison: what it compares}; None fits no comparison."""


def parse_filter(typed: str) -> Claim:
    """The claim that is typed; an empty line fits every run."""
    claims = [_parse_part(part) for part in typed.split()]
    return lambda entry: all(claim(entry) for claim in claims)


def _parse_part(part: str) -> Claim:
    if part.startswith("!") and len(part) > 1:
        inner = _parse_part(part[1:])
        return lambda entry: not inner(entry)
    pattern = _compile(part[1:-1]) if len(part) > 2 and part.startswith("/") and part.endswith("/") else None
    if pattern is not None:
        return lambda entry: pattern.search(entry.words) is not None
    match = _COMPARISON.fullmatch(part)
    if match is not None and match[1].lower() in FIGURES:
        return _compare(match[1].lower(), match[2], match[3]) or _contain(part)
    return _contain(part)


def _contain(word: str) -> Claim:
    folded = word.casefold()
    return lambda entry: folded in entry.words


def _compare(name: str, sign: str, written: str) -> Claim | None:
    try:
        limit = float(written)
    except ValueError:
        return None

    def holds(entry: RunEntry) -> bool:
        figure = FIGURES[name](entry)
        if figure is None:
            return False
        is_same = abs(figure - limit) <= SAME_WITHIN * max(1.0, abs(limit))
        return is_same if sign == "=" else _OPERATORS[sign](figure, limit)

    return holds


@lru_cache(maxsize=32)
def _compile(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern[:MAX_PATTERN], re.IGNORECASE)
    except (re.error, OverflowError):
        return None
