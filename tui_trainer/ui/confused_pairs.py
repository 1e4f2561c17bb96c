"""Which classes are taken for which: as one line under a matrix, as a table where a matrix would not fit, and as a legend.

Pure functions from an Evaluation to rich text of a given width.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from tui_trainer.ui.evaluation import ConfusedPair, Evaluation
from tui_trainer.ui.shading import HEAT_LIMITS
from tui_trainer.ui.theme import Tokens

NOTHING_WRONG = "no mistake"
LINE_GAP = "   "


def format_pair(evaluation: Evaluation, pair: ConfusedPair) -> str:
    """4→9."""
    return f"{evaluation.classes[pair.true].name}→{evaluation.classes[pair.predicted].name}"


def format_most_confused(evaluation: Evaluation, width: int, palette: Tokens) -> Text:
    """The most frequent pairs in one line, as many as fit."""
    line = Text.assemble(("most confused", palette["dim"]), no_wrap=True, overflow="crop")
    if not evaluation.confused_pairs:
        return line.append(f"  {NOTHING_WRONG}", palette["text"])
    for index, pair in enumerate(evaluation.confused_pairs):
        name, count = format_pair(evaluation, pair), f" {pair.count:,}"
        gap = "  " if index == 0 else LINE_GAP
        if line.cell_len + cell_len(gap + name + count) > width:
            break
        line.append(gap)
        line.append(name, f"bold {palette['text']}" if index == 0 else palette["text"])
        line.append(count, palette["test"])
    return line


def format_pair_table(evaluation: Evaluation, width: int, height: int, palette: Tokens) -> Text:
    """The most frequent pairs as a table of at most `height` rows, its head among them."""
    name_width = max(6, min(24, (width - 26) // 2))
    head = f"{'true':<{name_width}}  {'read as':<{name_width}}  {'times':>8}  {'of class':>8}"
    table = Text.assemble((head, palette["dim"]), no_wrap=True, overflow="crop")
    if not evaluation.confused_pairs:
        table.append(f"\n{NOTHING_WRONG}", palette["text"])
    for pair in evaluation.confused_pairs[: max(0, height - 1)]:
        true, predicted = (_fit(evaluation.classes[index].name, name_width) for index in (pair.true, pair.predicted))
        table.append(f"\n{true}  {predicted}", palette["text"])
        table.append(f"  {pair.count:>8,}", palette["test"])
        table.append(f"  {100 * pair.share:>6.1f} %", palette["dim"])
    return table


def format_legend(evaluation: Evaluation, palette: Tokens) -> Text:
    """What the shades of the mistakes mean: each with the largest share of its row, in per cent."""
    legend = Text.assemble(("shade  ", palette["dim"]), no_wrap=True, overflow="crop")
    for step, limit in enumerate(HEAT_LIMITS, start=1):
        legend.append("  ", f"on {palette[f'heat-{step}']}")
        legend.append(f" {100 * limit * evaluation.largest_share:.1f}", palette["dim"])
        legend.append(LINE_GAP if step < len(HEAT_LIMITS) else " % of the row", palette["dim"])
    return legend


def describe_cell(evaluation: Evaluation, true: int, predicted: int) -> str:
    """A cell in words: 4 read as 9: 11 of 982, 1.1 %."""
    count, support = evaluation.confusion[true][predicted], sum(evaluation.confusion[true])
    name = evaluation.classes[true].name
    reading = "read rightly" if true == predicted else f"read as {evaluation.classes[predicted].name}"
    share = f", {100 * count / support:.1f} %" if support else ""
    return f"{name} {reading}: {count:,} of {support:,}{share}"


def _fit(name: str, width: int) -> str:
    text = Text(name)
    text.truncate(width, overflow="ellipsis", pad=True)
    return text.plain
