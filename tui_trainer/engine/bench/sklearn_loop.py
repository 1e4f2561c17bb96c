"""SklearnLoop: scikit-learn's MLPClassifier with the same widths, batches and learning rate; an epoch is one partial_fit.

It scores accuracies only, without the losses that the others compute as well, because that is what its user does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tui_trainer.engine.bench.contender import BenchData, Scores, as_arrays, plain_lr
from tui_trainer.runs.config import RunConfig


class SklearnLoop:
    """A contender; see the module."""

    kind = "sklearn"
    device = "cpu"

    def __init__(self, data: BenchData, config: RunConfig, threads: int) -> None:
        # Two seconds of import, which only the bench pays.
        from sklearn.neural_network import MLPClassifier

        self.threads = threads
        self._train, self._test = as_arrays(data.train), as_arrays(data.test)
        self._classes = np.arange(data.dataset.num_classes)
        self._classifier: Any = MLPClassifier(
            hidden_layer_sizes=config.model.hidden,
            activation="relu",
            solver="sgd",
            alpha=0.0,
            batch_size=min(config.data.batch_size, data.dataset.num_train),
            learning_rate_init=plain_lr(config),
            momentum=0.0,
            nesterovs_momentum=False,
            random_state=config.seed % 2**32,
        )
        self._scores: Scores | None = None

    def train(self, num_epochs: int) -> None:
        """partial_fit and two scores, for each epoch."""
        for _ in range(num_epochs):
            self._classifier.partial_fit(*self._train, classes=self._classes)
            self._scores = Scores(float(self._classifier.score(*self._train)), float(self._classifier.score(*self._test)))

    def scores(self) -> Scores:
        """Of the last epoch."""
        assert self._scores is not None, "no epoch was trained yet"
        return self._scores

    def weights_sha256(self) -> None:
        """No state_dict, no digest."""
        return
