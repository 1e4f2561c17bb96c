from __future__ import annotations

import pytest

from tui_trainer.runs.loss_words import format_loss


@pytest.mark.parametrize(
    ("loss", "words"),
    [(0.0, "0.0000"), (0.01214, "0.0121"), (9999.0, "9999.0000"), (1e4, "1.00e+04"), (1.4973771830881509e31, "1.50e+31")],
)
def test_a_loss_is_short_however_large_it_is(loss: float, words: str) -> None:
    assert format_loss(loss) == words
    assert len(words) <= 10
