"""SharedEvaluation: sets of labelled examples, evaluated batch by batch by one thread or by as many as have nothing else to do.

Each batch is measured by one thread alone and its sums are added in the order of the set, so that the metrics have the bits of
`evaluate_set` whoever measured what. The threads must have the same thread count of torch's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from tui_trainer.engine.batch_measure import Measure
from tui_trainer.engine.evaluation import SetMetrics
from tui_trainer.engine.example_set import Batch, ExampleSet


class SharedEvaluation:
    """Metrics over `sets` in batches of `batch_size`, each by `measure`; nobody changes its network's weights meanwhile."""

    def __init__(self, measure: Measure, sets: Sequence[ExampleSet], batch_size: int) -> None:
        self._measure, self._sets, self._batch_size = measure, sets, batch_size
        self._batches = self._numbered_batches()
        self._sums: list[list[tuple[float, int]]] = [[(0.0, 0)] * -(-len(part) // batch_size) for part in sets]
        self._num_running = 0
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def help(self) -> None:
        """Measure batches until none is left to begin; from any thread. What goes wrong is raised by `metrics`."""
        while (taken := self._take()) is not None:
            number, index, (X_B, y_B) = taken
            try:
                self._sums[number][index] = self._measure(X_B, y_B)
            except BaseException as error:
                self._error = error
            with self._changed:
                self._num_running -= 1
                self._changed.notify_all()

    def metrics(self) -> list[SetMetrics]:
        """One entry a set, after all batches were measured, here and by whoever helps."""
        self.help()
        with self._changed:
            self._changed.wait_for(lambda: self._num_running == 0)
        if self._error is not None:
            raise self._error
        return [_add_up(sums, len(part)) for sums, part in zip(self._sums, self._sets, strict=True)]

    def _take(self) -> tuple[int, int, Batch] | None:
        """The next batch, with the numbers of its set and of itself; None where none is left, or one has failed."""
        with self._changed:
            try:
                taken = None if self._error is not None else next(self._batches, None)
            except BaseException as error:
                # Rows of a streamed set are read here.
                self._error, taken = error, None
            self._num_running += taken is not None
            return taken

    def _numbered_batches(self) -> Iterator[tuple[int, int, Batch]]:
        for number, part in enumerate(self._sets):
            for index, batch in enumerate(part.batches(self._batch_size)):
                yield number, index, batch


def _add_up(sums: list[tuple[float, int]], count: int) -> SetMetrics:
    loss_sum, num_correct = 0.0, 0
    for loss, correct in sums:
        loss_sum += loss
        num_correct += correct
    return SetMetrics(num_correct / count, loss_sum / count, count)
