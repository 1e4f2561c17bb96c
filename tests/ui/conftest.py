"""No test of a screen asks the network: an unset data source means the embedded digits."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenML does not answer."""
    monkeypatch.setattr("tui_trainer.runs.data_source.answers_within", lambda *_: False)
