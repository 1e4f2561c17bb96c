"""What a network says of each example of a set, kept small: prediction, loss and confidence, not the logits.

Made by one pass over the set (`record_predictions`); scores, galleries and comparisons are read off it. The last few passes are
kept, because a person goes back and forth between them.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tui_trainer.engine.dataset import Array
from tui_trainer.engine.evaluated_part import EvaluatedPart
from tui_trainer.engine.evaluation import SetMetrics, evaluate_set
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.opened_network import OpenedNetwork

NUM_KEPT = 6


@dataclass(frozen=True, slots=True, eq=False)
class PredictionRecord:
    """One entry for each of N examples, in the order of the set, and the metrics of the whole."""

    metrics: SetMetrics
    true: Array
    """(N,) int64 labels; of a regression float64 targets, standardised."""
    predicted: Array
    """(N,) as `true`; ties go to the lower class."""
    losses: Array
    """(N,) float64, in nats; of a regression squared errors."""
    confidences: Array
    """(N,) float64: probability of the predicted class; of a regression zeros."""
    is_in_top2: Array
    """(N,) bool: whether the true class is one of the two most probable."""

    @property
    def is_right(self) -> Array:
        """(N,) bool; of classes alone."""
        return np.asarray(self.true == self.predicted)


class _Recorder:
    """Takes in batches; a synchronisation each on a GPU."""

    def __init__(self) -> None:
        self._parts: list[tuple[Tensor, ...]] = []

    def take(self, outputs: Tensor, y_B: Tensor) -> None:
        """Outputs (B, C) and labels (B,), or predictions (B, 1) and targets (B, 1)."""
        if y_B.is_floating_point():
            predicted, true = outputs.double().reshape(-1), y_B.double().reshape(-1)
            part = (true, predicted, (predicted - true) ** 2, torch.zeros_like(true), torch.zeros_like(true, dtype=torch.bool))
        else:
            log_p_BC = F.log_softmax(outputs.double(), dim=1)
            predicted = outputs.argmax(dim=1)
            top = outputs.topk(min(2, outputs.shape[1]), dim=1).indices
            rows = torch.arange(len(y_B), device=y_B.device)
            part = (y_B, predicted, -log_p_BC[rows, y_B], log_p_BC[rows, predicted].exp(), (top == y_B[:, None]).any(dim=1))
        self._parts.append(tuple(tensor.cpu() for tensor in part))

    def record(self, metrics: SetMetrics) -> PredictionRecord:
        """All that was taken in."""
        columns = [torch.cat(column).numpy() for column in zip(*self._parts, strict=True)]
        return PredictionRecord(metrics, *columns)


_kept: OrderedDict[tuple[str, str, str, str], PredictionRecord] = OrderedDict()


def record_predictions(opened: OpenedNetwork, part: EvaluatedPart, on_progress: OnProgress) -> PredictionRecord:
    """The network over the whole part, in batches of the run's eval_batch_size; from memory where it was done already."""
    key = (opened.weights_sha256, f"{opened.variant}{opened.name}", part.fingerprint, part.split)
    if key not in _kept:
        batch_size = opened.config.data.eval_batch_size if opened.config else 512
        recorder, num_done = _Recorder(), 0

        def on_batch(outputs: Tensor, y_B: Tensor) -> None:
            nonlocal num_done
            recorder.take(outputs, y_B)
            num_done += len(y_B)
            on_progress("examples", num_done, len(part.examples))

        metrics = evaluate_set(opened.network, part.examples, batch_size, on_batch)
        _kept[key] = recorder.record(metrics)
        while len(_kept) > NUM_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]


def probabilities_of(opened: OpenedNetwork, X_BD: Tensor) -> Tensor:
    """(B, C) float32 on the CPU: softmax of the logits of scaled inputs."""
    with torch.no_grad():
        return torch.softmax(opened.network(X_BD.to(opened.device)).float(), dim=1).cpu()
