"""A stand-in for the engine's server: it answers at once, refuses, or waits until a test lets it go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from tui_trainer.runs.launcher import OnProgress, Progress, ignore_progress

TEN_DIGITS = [
    [971, 0, 1, 1, 0, 1, 3, 1, 2, 0],
    [0, 1127, 2, 1, 0, 1, 2, 1, 1, 0],
    [3, 1, 1009, 4, 2, 0, 2, 7, 4, 0],
    [0, 0, 3, 990, 0, 6, 0, 5, 4, 2],
    [1, 0, 2, 0, 959, 0, 4, 3, 2, 11],
    [2, 0, 0, 8, 1, 871, 4, 1, 4, 1],
    [4, 2, 1, 0, 4, 4, 942, 0, 1, 0],
    [1, 3, 9, 2, 1, 0, 0, 1006, 2, 4],
    [3, 0, 3, 5, 4, 3, 2, 3, 949, 2],
    [2, 2, 0, 4, 8, 3, 0, 5, 2, 983],
]
"""10,000 examples, 193 of them wrong; the most frequent mistake is 4 read as 9, 11 times."""


def evaluation_answer(confusion: Sequence[Sequence[int]] = TEN_DIGITS, names: Sequence[str] = ()) -> dict[str, Any]:
    """What `evaluate` answers for a confusion matrix; classes are called by their index unless `names` are given."""
    size, num_examples = len(confusion), sum(map(sum, confusion))
    per_class = []
    for index in range(size):
        hits, support, predicted = confusion[index][index], sum(confusion[index]), sum(row[index] for row in confusion)
        per_class.append(
            {
                "class": names[index] if names else str(index),
                "precision": hits / predicted if predicted else 0.0,
                "recall": hits / support if support else 0.0,
                "f1": 2 * hits / (support + predicted) if support + predicted else 0.0,
                "support": support,
            }
        )
    return {
        "checkpoint": "book-3f2a:s000000938-a1",
        "data": "mnist",
        "split": "test",
        "num_examples": num_examples,
        "accuracy": sum(confusion[index][index] for index in range(size)) / num_examples,
        "loss": 0.0812,
        "confusion": [list(row) for row in confusion],
        "per_class": per_class,
        "weights_sha256": "0" * 64,
        "image_shape": [28, 28],
    }


def picture_of(kind: int) -> list[int]:
    """28 x 28 pixels with a stroke that differs by `kind`."""
    pixels = [0] * 784
    for step in range(18):
        row, column = 5 + step, 8 + (step * kind) // 9
        for beside in range(3):
            pixels[row * 28 + column + beside] = 255 if beside == 1 else 120
    return pixels


def examples_answer(params: dict[str, Any], total: int = 11) -> dict[str, Any]:
    """What `examples` answers: `total` of the asked cell, numbered from 0."""
    true = 4 if params["true"] is None else params["true"]
    predicted = params["predicted"] if params["predicted"] is not None else true if params["which"] == "right" else 9
    rows = []
    for index in range(params["offset"], min(total, params["offset"] + params["limit"])):
        shares = [0.01] * 10
        shares[true] = 0.2
        shares[predicted] = 0.72
        row = {"index": index, "true": true, "predicted": predicted, "loss": 3.0 - index / 10, "probabilities": shares}
        rows.append({**row, "pixels": picture_of(index % 9), "values": None})
    common = {"checkpoint": "book-3f2a:s000000938-a1", "data": "mnist", "split": "test", "total": total}
    shape = {"image_shape": [28, 28], "columns": None, "class_names": [str(digit) for digit in range(10)]}
    return {**common, "offset": params["offset"], **shape, "examples": rows}


class FakeEngine:
    """`request` as EngineServer has it; `answers` {method: its answer to params} replace what it says by itself."""

    def __init__(self, answer: dict[str, Any] | None = None, error: Exception | None = None) -> None:
        self.answer = answer or evaluation_answer()
        self.error = error
        self.answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"examples": examples_answer}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        """(method, params) of every request."""
        self.gate = threading.Event()
        """A request does not end before it is set."""
        self.gate.set()

    def request(self, method: str, params: dict[str, Any], on_progress: OnProgress = ignore_progress) -> dict[str, Any]:
        """The answer, or the error."""
        self.asked.append((method, params))
        on_progress(Progress("examples", 2_560, 10_000))
        assert self.gate.wait(10), "nobody let the engine go on"
        if self.error is not None:
            raise self.error
        return self.answers[method](params) if method in self.answers else self.answer

    def params_of(self, method: str) -> list[dict[str, Any]]:
        """What was asked of one method, in order."""
        return [params for asked, params in self.asked if asked == method]
