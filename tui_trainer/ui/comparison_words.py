"""A comparison as text: the verdict with the four counts, distances of the weights a layer, and the settings that differ.

Pure functions from a Comparison to rich text of a given width.
"""

from __future__ import annotations

import textwrap

from rich.text import Text

from tui_trainer.runs.loss_words import format_loss
from tui_trainer.ui.comparison import Comparison, LayerDistance
from tui_trainer.ui.quantities import shorten_middle
from tui_trainer.ui.share_bars import format_share_bar
from tui_trainer.ui.subject import Subject
from tui_trainer.ui.theme import Tokens

MAX_LAYERS = 8
COUNT_BAR = 18


def format_verdict(comparison: Comparison, subjects: tuple[Subject, Subject], width: int, palette: Tokens) -> Text:
    """Who they are, McNemar's test in words, and the two-by-two table as bars."""
    lines = []
    for place, subject in enumerate(subjects):
        line = Text.assemble((f"{'AB'[place]} ", f"bold {palette['train' if place == 0 else 'test']}"))
        figures = f"  {comparison.accuracies[place]:.4f}  loss {format_loss(comparison.losses[place])}"
        name = shorten_middle(subject.title, max(8, width - 2 - len(figures)), tail=12)
        line.append(name.ljust(width - 2 - len(figures)), palette["text"]).append(figures, palette["dim"])
        lines.append(line)
    lines += [Text(comparison.verdict, f"bold {palette['text']}")]
    counts = comparison.counts
    most = max(1, counts["fixed"], counts["broken"], counts["both_wrong"])
    for name, key, colour in (
        ("only B right", "fixed", "test"),
        ("only A right", "broken", "train"),
        ("both wrong", "both_wrong", "faint"),
    ):
        line = Text(f"{name:<14}", palette["dim"]).append(f"{counts[key]:>7,} ", palette["text"])
        lines.append(line.append(format_share_bar(counts[key] / most, min(COUNT_BAR, max(4, width - 22))), palette[colour]))
    lines.append(
        Text(f"{'both right':<14}{comparison.both_right:>7,} of {comparison.num_examples:,} {comparison.split}", palette["dim"])
    )
    return _block(lines, width)


def format_differences(comparison: Comparison, width: int, height: int, palette: Tokens) -> Text:
    """Weights and settings, the settings first: they are what was changed."""
    lines = [Text("settings that differ", palette["dim"])]
    if comparison.config is None:
        lines.append(Text("  not known of a file that belongs to no run", palette["dim"]))
    elif not comparison.config:
        lines.append(Text("  none", palette["text"]))
    for key, a, b in comparison.config or ():
        lines.append(
            Text.assemble((f"  {key} ", palette["dim"]), (a, palette["train"]), (" → ", palette["dim"]), (b, palette["test"]))
        )
    room = max(2, height - 2 - min(MAX_LAYERS, max(1, len(comparison.layers))))
    if len(lines) > room:
        lines = [*lines[: room - 1], Text(f"  and {len(lines) - room + 1} more", palette["dim"])]
    lines += [Text(), Text("distance of the weights, a layer", palette["dim"])]
    if not comparison.layers:
        words = textwrap.wrap(comparison.layers_note or "not comparable", max(10, width - 2))
        lines += [Text(f"  {line}", palette["text"]) for line in words]
    longest = max((layer.relative or 0.0 for layer in comparison.layers), default=1.0) or 1.0
    lines += [_format_layer(layer, longest, width, palette) for layer in comparison.layers[:MAX_LAYERS]]
    return _block(lines[:height], width)


def _format_layer(layer: LayerDistance, longest: float, width: int, palette: Tokens) -> Text:
    bar_width = max(4, width - 2 - 16 - 18)
    line = Text(f"  {shorten_middle(layer.layer, 15):<16}", palette["text"])
    line.append(format_share_bar((layer.relative or 0.0) / longest, bar_width), palette["faint"])
    relative = "" if layer.relative is None else f"{100 * layer.relative:.0f} %"
    return line.append(f"{layer.distance:>9.3g}", palette["text"]).append(f"{relative:>9}", palette["dim"])


def _block(lines: list[Text], width: int) -> Text:
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    block = Text("\n").join(lines)
    block.no_wrap, block.overflow = True, "crop"
    return block
