from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from tui_trainer.runs.run_comparison import ComparedRow
from tui_trainer.ui.overlaid_run import OverlaidRun
from tui_trainer.ui.overlay_table import format_overlay_table
from tui_trainer.ui.theme import DARK

ROWS = [
    ComparedRow("best test acc", ("0.9737 at 3", "0.9828 at 20"), best=1),
    ComparedRow("data.source", ("sklearn at home", "npz:/data/set.npz"), is_key=True),
]


def _runs() -> list[OverlaidRun]:
    compared: Any = [SimpleNamespace(name=name) for name in ("book-aaaa", "adam-bbbb")]
    return [OverlaidRun(place, name, one) for place, (name, one) in enumerate(zip("ab", compared, strict=True))]


@pytest.mark.parametrize(("width", "figures"), [(80, ["0.9737 at 3", "0.9828 at 20"]), (40, ["0.9737", "0.9828"])])
def test_a_figure_without_room_loses_its_epoch_and_none_of_its_digits(width: int, figures: list[str]) -> None:
    [_, figure_line, key_line] = format_overlay_table(ROWS, _runs(), width, 10, 0, DARK).plain.split("\n")

    assert [words for words in re.split(r"  +|★ ", figure_line) if words] == ["best test acc", *figures]
    assert ("…" in key_line) is (width == 40)
